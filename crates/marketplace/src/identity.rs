//! When two addresses name the same marketplace.

use url::Url;

/// Why an address cannot name a marketplace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Only web pages are scanned.
    #[error(
        "a marketplace needs an http or https address, not {scheme}; write it as https://host/path"
    )]
    Scheme {
        /// The scheme it has.
        scheme: String,
    },
}

/// The form of `url` under which a marketplace is known.
///
/// Host in lower case, default port left out, no fragment and no credentials; path and query are kept as they are,
/// because sites list different work under each. Credentials are dropped so that a key can be stored and logged.
///
/// ```
/// let url = url::Url::parse("HTTP://Jobs.Example:80/a/?page=1#list")?;
/// assert_eq!(marketplace::canonical_url(&url)?.as_str(), "http://jobs.example/a/?page=1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`UrlError::Scheme`] unless the scheme is http or https.
pub fn canonical_url(url: &Url) -> Result<Url, UrlError> {
    require_web(url)?;
    // The parser has already put the host in lower case and dropped the default port.
    let mut key = url.clone();
    key.set_fragment(None);
    // Neither can fail: an http address always has a host.
    let _ = key.set_username("");
    let _ = key.set_password(None);
    Ok(key)
}

pub(crate) fn require_web(url: &Url) -> Result<(), UrlError> {
    match url.scheme() {
        "http" | "https" => Ok(()),
        scheme => Err(UrlError::Scheme {
            scheme: scheme.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        canonical_url(&Url::parse(text).unwrap()).unwrap().into()
    }

    #[test]
    fn host_case_default_port_and_fragment_do_not_make_another_marketplace() {
        let key = "https://jobs.example/search?q=rust";
        assert_eq!(canonical("https://jobs.example/search?q=rust"), key);
        assert_eq!(canonical("HTTPS://Jobs.EXAMPLE/search?q=rust"), key);
        assert_eq!(canonical("https://jobs.example:443/search?q=rust"), key);
        assert_eq!(canonical("https://jobs.example/search?q=rust#page"), key);
        assert_eq!(
            canonical("https://me:secret@jobs.example/search?q=rust"),
            key
        );
    }

    #[test]
    fn path_query_port_and_scheme_do() {
        let key = canonical("https://jobs.example/search?q=rust");
        for other in [
            "https://jobs.example/search/?q=rust",
            "https://jobs.example/Search?q=rust",
            "https://jobs.example/search?q=go",
            "https://jobs.example/search",
            "https://jobs.example:8443/search?q=rust",
            "http://jobs.example/search?q=rust",
        ] {
            assert_ne!(canonical(other), key, "{other}");
        }
    }

    #[test]
    fn an_address_that_is_no_web_page_is_refused_by_its_scheme() {
        for text in [
            "ftp://jobs.example/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:1",
            "ws://a.example/",
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(
                canonical_url(&url),
                Err(UrlError::Scheme {
                    scheme: url.scheme().to_owned()
                })
            );
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_of_a_canonical_form_is_itself(
            text in "https?://([a-z]{1,3}:[a-z]{0,3}@)?[A-Za-z]{1,8}\\.example(:[0-9]{1,4})?(/[a-z%2F]{0,6}){0,3}(\\?[a-z=&]{0,6})?(#[a-z]{0,4})?"
        ) {
            let Ok(url) = Url::parse(&text) else { return Ok(()) };
            let once = canonical_url(&url).unwrap();
            prop_assert_eq!(canonical_url(&once).unwrap(), once.clone());
            prop_assert_eq!(Url::parse(once.as_str()).unwrap(), once);
        }
    }
}
