//! Which Chrome it is.

use std::fmt;

use headless_chrome::protocol::cdp::Browser::GetVersionReturnObject;

/// The oldest Chrome that is driven, by its major version.
///
/// The first in which `--headless` means one thing, the browser itself without windows; before it the same flag started
/// another implementation, with contexts, downloads and windows of its own. What is left of that one is the headless shell,
/// which has the same numbers. No command that we send is newer.
pub(crate) const OLDEST: u32 = 132;

/// Which Chrome a browser is, as it said itself when it was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name and full version, such as `HeadlessChrome/156.0.7601.0`.
    pub product: String,
    /// The first number of it.
    pub major: u32,
    /// The version of its protocol, such as `1.3`.
    pub protocol: String,
    /// What it tells servers that it is, unless a page is told otherwise.
    pub user_agent: String,
}

impl Version {
    /// Reads what a browser answered; gives back the name of one that is no Chrome or too old.
    pub(crate) fn accept(answer: GetVersionReturnObject) -> Result<Self, String> {
        match major_of(&answer.product) {
            Some(major) if major >= OLDEST => Ok(Self {
                major,
                product: answer.product,
                protocol: answer.protocol_version,
                user_agent: answer.user_agent,
            }),
            _ => Err(answer.product),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.product)
    }
}

/// Chrome is `Chrome`, `HeadlessChrome` or, as a branded build of it, anything that ends so.
fn major_of(product: &str) -> Option<u32> {
    let (name, version) = product.split_once('/')?;
    let major = version.split('.').next()?;
    name.ends_with("Chrome").then(|| major.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(product: &str) -> Result<u32, String> {
        let answer = GetVersionReturnObject {
            protocol_version: "1.3".into(),
            product: product.into(),
            revision: "@0".into(),
            user_agent: "Mozilla/5.0".into(),
            js_version: "15.6".into(),
        };
        Version::accept(answer).map(|version| version.major)
    }

    #[test]
    fn only_chrome_that_is_new_enough_is_accepted() {
        assert_eq!(accept("HeadlessChrome/156.0.7601.0"), Ok(156));
        assert_eq!(accept("Chrome/132.0.6834.83"), Ok(132));
        for refused in [
            "HeadlessChrome/131.0.6778.264",
            "Firefox/140.0",
            "Chrome",
            "Chrome/new",
            "",
        ] {
            assert_eq!(accept(refused), Err(refused.to_owned()));
        }
    }
}
