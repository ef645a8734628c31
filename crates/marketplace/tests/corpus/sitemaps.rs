use marketplace::{Sitemap, SitemapContent, SitemapError, SitemapLimits};
use serde_json::Value;
use url::Url;

use super::{bytes, corpus, list, tell, text};

/// Why what was read of one file is not what it is known to hold, if it is not.
fn complaint(entry: &Value, body: &[u8]) -> Option<String> {
    let base = Url::parse(text(entry, "url")).expect("the sitemap has an address");
    let valid = entry["valid"] == true;
    let sitemap = match Sitemap::parse(body, &base, SitemapLimits::default()) {
        Ok(sitemap) => sitemap,
        Err(SitemapError::Text) if !valid && entry["count"] == 0 => return None,
        Err(error) => return Some(error.to_string()),
    };
    if sitemap.fault.is_none() != valid {
        return Some(format!("fault: {:?}", sitemap.fault));
    }
    let (index, entries) = match sitemap.content {
        SitemapContent::Urls(entries) => (false, entries),
        SitemapContent::Index(entries) => (true, entries),
    };
    if index != entry["index"] {
        return Some(format!("index: {index}"));
    }
    let urls: Vec<_> = entries.iter().map(|entry| entry.url.as_str()).collect();
    let Some(expected) = entry["urls"].as_array() else {
        // Where even the count is open, a recovering reader may give the one address there is.
        return (urls.len() > 1).then(|| format!("{urls:?}"));
    };
    // Addresses are compared as addresses. An empty one is that of an item without a link, whose guid serves.
    let alike = |(url, expected): (&&str, &Value)| {
        let expected = expected.as_str().unwrap_or_default();
        expected.is_empty()
            || base
                .join(expected)
                .is_ok_and(|expected| expected.as_str() == *url)
    };
    let right = urls.len() == expected.len()
        && entry["count"] == urls.len()
        && urls.iter().zip(expected).all(alike);
    (!right).then(|| format!("{urls:?} instead of {expected:?}"))
}

#[test]
fn every_sitemap_lists_what_it_holds_and_broken_ones_say_so() {
    let Some(folder) = corpus("sitemaps", "sitemaps") else {
        return;
    };
    let entries = list(&folder.join("truth.json"));
    let mut wrong = Vec::new();
    for entry in &entries {
        let file = text(entry, "file");
        if let Some(complaint) = complaint(entry, &bytes(&folder.join(file))) {
            wrong.push(format!("{file}: {complaint}"));
        }
    }
    tell(&format!(
        "sitemaps: {} of {}",
        entries.len() - wrong.len(),
        entries.len()
    ));
    assert_eq!(entries.len(), 26);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_sitemap_of_a_real_site_cut_anywhere_lists_a_beginning_of_what_it_listed() {
    let Some(folder) = corpus("sitemaps", "sitemaps that are cut off") else {
        return;
    };
    let read = |body: &[u8]| {
        let base = Url::parse("https://www.example.com/sitemap.xml").unwrap();
        match Sitemap::parse(body, &base, SitemapLimits::default()).map(|sitemap| sitemap.content) {
            Ok(SitemapContent::Urls(entries) | SitemapContent::Index(entries)) => entries,
            Err(_) => Vec::new(),
        }
    };
    for entry in list(&folder.join("truth.json")) {
        let file = text(&entry, "file");
        let body = bytes(&folder.join(file));
        let whole = read(&body);
        // A plain text does not tell that it was cut off.
        if !body.starts_with(b"<") {
            continue;
        }
        for cut in (0..body.len()).step_by(body.len() / 500 + 1) {
            let urls = read(&body[..cut]);
            let same = urls
                .iter()
                .zip(&whole)
                .all(|(some, all)| some.url == all.url);
            assert!(urls.len() <= whole.len() && same, "{file} cut at {cut}");
        }
    }
}
