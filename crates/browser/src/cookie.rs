//! Cookies.

use serde::{Deserialize, Serialize};

/// A cookie of a context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The host it is for; with a dot in front, for every host below it as well.
    pub domain: String,
    /// The path it is for. Default `/`.
    pub path: String,
    /// When it ends, in seconds since 1970; none for the end of the context.
    #[serde(
        default,
        deserialize_with = "expiry",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires: Option<f64>,
    /// Whether scripts cannot see it. Default false.
    #[serde(default)]
    pub http_only: bool,
    /// Whether it is sent over HTTPS only. Default false.
    #[serde(default)]
    pub secure: bool,
    /// Whether requests from other sites carry it; none for the browser's default, which is as `Lax`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_site: Option<SameSite>,
}

impl Cookie {
    /// A cookie for every path of a host, until its context ends.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        value: impl Into<String>,
        domain: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            domain: domain.into(),
            path: "/".to_owned(),
            expires: None,
            http_only: false,
            secure: false,
            same_site: None,
        }
    }
}

/// Whether requests from other sites carry a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SameSite {
    /// None do.
    Strict,
    /// Those that lead to the site do.
    Lax,
    /// All do, over HTTPS.
    None,
}

/// Chrome says -1 of cookies without an end.
fn expiry<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let expires = Option::<f64>::deserialize(deserializer)?;
    Ok(expires.filter(|expires| *expires >= 0.0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cookie_is_read_as_chrome_tells_it_and_sent_as_chrome_takes_it() {
        let told = json!({"name": "a", "value": "b", "domain": ".x.example", "path": "/p", "expires": -1, "size": 2,
            "httpOnly": true, "secure": false, "session": true, "priority": "Medium", "sameSite": "Lax"});
        let cookie: Cookie = serde_json::from_value(told).unwrap();
        let expected = Cookie {
            path: "/p".to_owned(),
            http_only: true,
            same_site: Some(SameSite::Lax),
            ..Cookie::new("a", "b", ".x.example")
        };
        assert_eq!(cookie, expected);
        assert_eq!(
            serde_json::to_value(Cookie::new("a", "b", "x")).unwrap(),
            json!({"name": "a", "value": "b", "domain": "x", "path": "/", "httpOnly": false, "secure": false})
        );
    }
}
