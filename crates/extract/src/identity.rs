//! The id of a posting: the same for the same job on every run and machine.

use url::Url;

use crate::site;
use crate::text;

/// What a posting is known by on its page.
pub(crate) struct Identity<'a> {
    pub(crate) url: Option<&'a Url>,
    /// Whether another posting of the page has the same address, which then tells nobody apart.
    pub(crate) url_is_shared: bool,
    pub(crate) title: &'a str,
    pub(crate) employer: Option<&'a str>,
    pub(crate) description: Option<&'a str>,
}

impl Identity<'_> {
    /// 32 hex digits: a hash of the canonical URL, else of title, employer and description.
    pub(crate) fn id(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut part = |name: &str, value: &str| {
            // Lengths keep "ab" + "c" apart from "a" + "bc".
            hasher.update(format!("{name}:{}:", value.len()).as_bytes());
            hasher.update(value.as_bytes());
        };
        if let Some(url) = self.url {
            part("url", site::canonical(url).as_str());
        }
        if self.url.is_none() || self.url_is_shared {
            part("title", &normalised(self.title));
        }
        if self.url.is_none() {
            part("employer", &normalised(self.employer.unwrap_or_default()));
            part(
                "description",
                &normalised(self.description.unwrap_or_default()),
            );
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }
}

/// Text as two pages must agree on it: case and white space do not count.
pub(crate) fn normalised(text: &str) -> String {
    text::collapse(text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(url: Option<&'a Url>, title: &'a str, employer: Option<&'a str>) -> Identity<'a> {
        Identity {
            url,
            url_is_shared: false,
            title,
            employer,
            description: None,
        }
    }

    #[test]
    fn the_address_alone_decides_where_there_is_one() {
        let plain = Url::parse("https://a.example/1").unwrap();
        let tracked = Url::parse("https://A.example/1?utm_source=x#y").unwrap();
        let id = of(Some(&plain), "One", None).id();
        assert_eq!(id, of(Some(&tracked), "Another", Some("Acme")).id());
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|b| b.is_ascii_hexdigit()));
    }

    #[test]
    fn the_id_never_changes() {
        let url = Url::parse("https://a.example/1").unwrap();
        assert_eq!(
            of(Some(&url), "One", None).id(),
            "23ac18761e31f3a1c1d82a30664b746f"
        );
        assert_eq!(
            of(None, "One", None).id(),
            "eaec3ff6970af477a54d63ebe265a982"
        );
    }

    #[test]
    fn without_an_address_the_text_decides() {
        assert_eq!(
            of(None, " One  two", None).id(),
            of(None, "one two", None).id()
        );
        assert_ne!(
            of(None, "One", Some("Acme")).id(),
            of(None, "One", None).id()
        );
        assert_ne!(
            of(None, "ab", Some("c")).id(),
            of(None, "a", Some("bc")).id()
        );
    }

    #[test]
    fn a_shared_address_needs_the_title_too() {
        let url = Url::parse("https://a.example/").unwrap();
        let shared = |title| {
            Identity {
                url_is_shared: true,
                ..of(Some(&url), title, None)
            }
            .id()
        };
        assert_ne!(shared("One"), shared("Two"));
    }
}
