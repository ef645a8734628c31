//! Addresses: resolving links, telling sites apart, and the canonical form of a URL.

use url::Url;

/// Query parameters that say how a visitor came, not what the page is.
const TRACKING: [&str; 8] = [
    "gclid", "fbclid", "yclid", "msclkid", "dclid", "mc_cid", "mc_eid", "_ga",
];

/// The address that `href` means on a page, if a browser would fetch it over HTTP.
pub(crate) fn resolve(base: &Url, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.contains("{{") {
        return None;
    }
    let url = base.join(href).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// The site an address belongs to: its registrable domain; for an IP address or a host without a
/// public suffix (`localhost`), host and port.
#[must_use]
pub fn site(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    let domain = match url.host()? {
        url::Host::Domain(_) => psl::domain_str(&host).filter(|_| host.contains('.')),
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => None,
    };
    Some(match domain {
        Some(domain) => domain.to_owned(),
        None => format!("{host}:{}", url.port_or_known_default().unwrap_or(0)),
    })
}

pub(crate) fn is_same_site(a: &Url, b: &Url) -> bool {
    site(a).is_some_and(|site_of_a| site(b).is_some_and(|site_of_b| site_of_a == site_of_b))
}

/// The address without what does not change the page: fragment, tracking, order of the query.
pub(crate) fn canonical(url: &Url) -> Url {
    let mut canonical = url.clone();
    canonical.set_fragment(None);
    let mut pairs: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !is_tracking(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    pairs.sort();
    canonical.set_query(None);
    if !pairs.is_empty() {
        canonical.query_pairs_mut().extend_pairs(pairs);
    }
    canonical
}

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_web_addresses_resolve() {
        let base = url("https://a.example/jobs/");
        assert_eq!(
            resolve(&base, " ../1 ").unwrap().as_str(),
            "https://a.example/1"
        );
        for href in [
            "",
            "javascript:void(0)",
            "mailto:a@b.example",
            "tel:1",
            "/{{ url }}",
            "https://",
        ] {
            assert_eq!(resolve(&base, href), None, "{href}");
        }
    }

    #[test]
    fn a_site_is_a_registrable_domain_or_host_and_port() {
        assert!(is_same_site(
            &url("https://www.a.co.uk/x"),
            &url("http://jobs.a.co.uk/")
        ));
        assert!(!is_same_site(
            &url("https://a.co.uk"),
            &url("https://b.co.uk")
        ));
        assert!(!is_same_site(
            &url("http://127.0.0.1:80"),
            &url("http://127.0.0.1:81")
        ));
        assert!(!is_same_site(
            &url("http://localhost:80"),
            &url("http://localhost:81")
        ));
        assert!(is_same_site(
            &url("http://localhost"),
            &url("http://localhost:80/x")
        ));
    }

    #[test]
    fn canonical_keeps_only_what_makes_the_page() {
        let canonical = canonical(&url("HTTPS://A.example/x?b=2&utm_source=q&a=1&GCLID=7#top"));
        assert_eq!(canonical.as_str(), "https://a.example/x?a=1&b=2");
        assert_eq!(
            super::canonical(&url("https://a.example/?fbclid=1")).as_str(),
            "https://a.example/"
        );
    }
}
