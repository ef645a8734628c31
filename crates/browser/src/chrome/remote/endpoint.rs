//! The address of a remote browser.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::LaunchError;

/// The address of a remote browser. Shown without what may be a credential.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    url: Url,
    /// Taken out of the address, so that it cannot be shown.
    authorization: Option<String>,
}

impl Endpoint {
    pub(super) fn parse(endpoint: &str) -> Result<Self, LaunchError> {
        // What cannot be read may hold a password anywhere: it is not quoted.
        let mut url = Url::parse(endpoint).map_err(|error| LaunchError::Endpoint {
            endpoint: "the given address".to_owned(),
            problem: error.to_string(),
        })?;
        let authorization = basic(&url);
        // Neither fails for an address with a host, and one without is refused below.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        let endpoint = Self { url, authorization };
        match endpoint.url.scheme() {
            "ws" | "wss" | "http" | "https" => Ok(endpoint),
            scheme => Err(LaunchError::Endpoint {
                problem: format!("{scheme} is no way to a browser"),
                // Of such an address it is not known where a password may be.
                endpoint: format!("{scheme}:…"),
            }),
        }
    }

    /// Whether the browser's own address has to be asked for first.
    pub(super) fn is_http(&self) -> bool {
        self.url.scheme().starts_with("http")
    }

    pub(super) fn is_secure(&self) -> bool {
        matches!(self.url.scheme(), "https" | "wss")
    }

    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// The host to connect to; an IPv6 address without brackets.
    pub(super) fn host(&self) -> String {
        match self.url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            host => host.map(|host| host.to_string()).unwrap_or_default(),
        }
    }

    pub(super) fn port(&self) -> u16 {
        let default = if self.is_secure() { 443 } else { 80 };
        self.url.port_or_known_default().unwrap_or(default)
    }

    /// The host as a request names it.
    pub(super) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether Chrome may refuse to be called by this host's name.
    pub(super) fn may_be_refused_by_name(&self) -> bool {
        let named = matches!(self.url.host(), Some(Host::Domain(name)) if name != "localhost");
        named && !self.is_secure()
    }

    /// Path and query.
    pub(super) fn target(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }

    /// Where the browser's own address is asked for.
    pub(super) fn version(&self) -> Self {
        let mut endpoint = self.clone();
        let path = format!("{}/json/version", self.url.path().trim_end_matches('/'));
        endpoint.url.set_path(&path);
        endpoint
    }

    /// The browser of which `told` is the address as it knows it itself. Chrome knows its host and port only from the
    /// request, and nothing of TLS, so that ours are kept; so is our query where it tells none.
    pub(super) fn browser(&self, told: &str) -> Result<Self, LaunchError> {
        let told = Url::parse(told).map_err(|error| {
            self.rejected(format!("webSocketDebuggerUrl is no address: {error}"))
        })?;
        let mut endpoint = self.clone();
        let scheme = if self.is_secure() { "wss" } else { "ws" };
        // It cannot fail between schemes of the web.
        let _ = endpoint.url.set_scheme(scheme);
        endpoint.url.set_path(told.path());
        if let Some(query) = told.query() {
            endpoint.url.set_query(Some(query));
        }
        Ok(endpoint)
    }

    /// Something answered that is no browser, or a browser that does not want us.
    pub(super) fn rejected(&self, problem: String) -> LaunchError {
        let endpoint = self.to_string();
        LaunchError::Rejected { endpoint, problem }
    }
}

/// The value of `Authorization` for the user and password in an address, which holds them escaped.
fn basic(url: &Url) -> Option<String> {
    let (user, password) = (url.username(), url.password());
    (!user.is_empty() || password.is_some()).then(|| {
        let mut both: Vec<u8> = percent_decode_str(user).collect();
        both.push(b':');
        both.extend(percent_decode_str(password.unwrap_or_default()));
        format!("Basic {}", BASE64_STANDARD.encode(both))
    })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url[..url::Position::AfterPath])?;
        if self.url.query().is_some() {
            f.write_str("?…")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        Endpoint::parse(text).unwrap()
    }

    #[test]
    fn what_may_be_a_credential_is_sent_and_never_shown() {
        let secret = endpoint("wss://us%40er:s%3Acret@host:444/path?token=hidden#part");
        assert_eq!(secret.to_string(), "wss://host:444/path?…");
        assert_eq!(format!("{secret:?}"), "Endpoint(wss://host:444/path?…)");
        assert_eq!(secret.target(), "/path?token=hidden");
        let basic = format!("Basic {}", BASE64_STANDARD.encode("us@er:s:cret"));
        assert_eq!(secret.authorization(), Some(basic.as_str()));
        assert_eq!(endpoint("ws://host/").authorization(), None);
        for error in [
            secret.rejected("no".into()),
            Endpoint::parse("ftp://user:secret@host/?token=hidden").unwrap_err(),
            Endpoint::parse("user:secret@host").unwrap_err(),
            Endpoint::parse("ws://user:secret@/hidden").unwrap_err(),
        ] {
            let text = format!("{error} {error:?}");
            assert!(!text.contains("cret") && !text.contains("hidden"), "{text}");
        }
    }

    #[test]
    fn an_address_that_leads_nowhere_is_refused_with_an_example() {
        for text in ["", "host:9222", "/devtools", "ws://", "file:///chrome"] {
            let error = Endpoint::parse(text).unwrap_err().to_string();
            assert!(error.contains("give ws://HOST:PORT"), "{text}: {error}");
        }
    }

    #[test]
    fn host_port_and_names_are_told() {
        for (text, host, port, authority, by_name) in [
            (
                "ws://1.2.3.4:9222/x",
                "1.2.3.4",
                9222,
                "1.2.3.4:9222",
                false,
            ),
            ("http://[::1]:9222", "::1", 9222, "[::1]:9222", false),
            ("http://localhost", "localhost", 80, "localhost", false),
            ("http://chrome:9222", "chrome", 9222, "chrome:9222", true),
            ("wss://chrome", "chrome", 443, "chrome", false),
        ] {
            let endpoint = endpoint(text);
            assert_eq!(
                (endpoint.host().as_str(), endpoint.port()),
                (host, port),
                "{text}"
            );
            assert_eq!(endpoint.authority(), authority);
            assert_eq!(endpoint.may_be_refused_by_name(), by_name, "{text}");
        }
    }

    #[test]
    fn the_browser_is_where_the_endpoint_is_whatever_it_calls_itself() {
        for (text, told, browser) in [
            (
                "http://h:1",
                "ws://127.0.0.1:9222/devtools/browser/a",
                "ws://h:1/devtools/browser/a",
            ),
            (
                "https://h/?token=t",
                "ws://h/devtools/browser/a",
                "wss://h/devtools/browser/a?token=t",
            ),
            (
                "https://h/p?a=b",
                "ws://x/devtools?c=d",
                "wss://h/devtools?c=d",
            ),
        ] {
            assert_eq!(
                endpoint(text).browser(told).unwrap(),
                endpoint(browser),
                "{text}"
            );
        }
        assert_eq!(
            endpoint("https://h/p/?a=b").version().target(),
            "/p/json/version?a=b"
        );
        assert!(endpoint("http://h").browser("nothing").is_err());
    }
}
