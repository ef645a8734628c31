//! The country that a page is made for, as far as it tells.

use url::Url;

use crate::document::Document;

/// A country as ISO 3166-1 names it with two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region([u8; 2]);

/// Country domains that are sold as abbreviations all over the world, and say nothing of a country.
const EVERYWHERE: [&str; 16] = [
    "ai", "cc", "co", "fm", "gg", "io", "la", "ly", "me", "nu", "sh", "so", "st", "to", "tv", "ws",
];

impl Region {
    /// Of the page's address, else of the language it declares.
    pub(crate) fn of(document: &Document<'_>, url: &Url) -> Option<Self> {
        let language = || {
            let root = document
                .all()
                .find(|&index| document.name(index) == "html")?;
            Self::of_language(document.attr(root, "lang")?)
        };
        Self::of_address(url).or_else(language)
    }

    /// Of the country domain that the address ends in.
    pub(crate) fn of_address(url: &Url) -> Option<Self> {
        let host = url.domain()?.trim_end_matches('.').to_ascii_lowercase();
        let (rest, country) = host.rsplit_once('.')?;
        // "com.co" is Colombia's own.
        let is_everywhere = EVERYWHERE.contains(&country) && !rest.ends_with(".com");
        match country {
            "uk" => Self::new("gb"),
            _ if is_everywhere => None,
            _ => Self::new(country),
        }
    }

    /// Of a language tag: the region in it, or the only country whose money people who read that language mean.
    pub(crate) fn of_language(tag: &str) -> Option<Self> {
        let mut parts = tag.trim().split(['-', '_']);
        let language = parts.next()?.to_ascii_lowercase();
        parts
            .find_map(Self::new)
            .or_else(|| match language.as_str() {
                "ja" => Self::new("jp"),
                "sv" => Self::new("se"),
                "nb" | "nn" | "no" => Self::new("no"),
                "da" => Self::new("dk"),
                "is" => Self::new("is"),
                _ => None,
            })
    }

    fn new(code: &str) -> Option<Self> {
        let code: [u8; 2] = code.as_bytes().try_into().ok()?;
        code.iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(code.map(|c| c.to_ascii_uppercase())))
    }

    pub(crate) fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn of(url: &str, html: &str) -> Option<String> {
        let html = Html::parse_document(html);
        let region = Region::of(&Document::new(&html), &Url::parse(url).unwrap());
        region.map(|region| region.code().to_owned())
    }

    #[test]
    fn the_address_comes_before_the_language() {
        for (url, html, region) in [
            ("https://jobs.com.au/", "<html lang=en-US>", Some("AU")),
            ("https://jobs.co.uk/", "", Some("GB")),
            ("https://jobs.example/", "<html lang=en-CA>", Some("CA")),
            ("https://jobs.io/", "<html lang=zh-Hant-TW>", Some("TW")),
            ("https://jobs.io/", "<html lang=ja>", Some("JP")),
            ("https://jobs.com.co/", "", Some("CO")),
            ("https://jobs.co/", "<html lang=en>", None),
            ("https://127.0.0.1/", "<html lang=es-419>", None),
        ] {
            assert_eq!(of(url, html).as_deref(), region, "{url} {html}");
        }
    }
}
