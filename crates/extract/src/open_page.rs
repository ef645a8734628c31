//! A parsed page, and what is known of it before its postings are read.

use jiff::Timestamp;
use url::Url;

use crate::Page;
use crate::date::Locale;
use crate::document::Document;
use crate::money::Region;
use crate::signals::{self, Topic};
use crate::text::{self, words};

/// What everything that is read of a page is read with.
#[derive(Clone, Copy)]
pub(crate) struct OpenPage<'d, 'h> {
    pub(crate) document: &'d Document<'h>,
    /// What relative addresses resolve against.
    pub(crate) base: &'d Url,
    pub(crate) url: &'d Url,
    /// The moment of the visit.
    pub(crate) now: Timestamp,
    pub(crate) topic: Topic,
    pub(crate) locale: Locale,
    pub(crate) region: Option<Region>,
}

impl<'d, 'h> OpenPage<'d, 'h> {
    pub(crate) fn new(document: &'d Document<'h>, base: &'d Url, page: &Page<'d>) -> Self {
        Self {
            document,
            base,
            url: page.url,
            now: page.now,
            topic: topic(document, page.url),
            locale: Locale::of(document),
            region: Region::of(document, page.url),
        }
    }
}

/// What the page is about: its address, title and main headings.
fn topic(document: &Document<'_>, url: &Url) -> Topic {
    let mut all = words(url.path());
    all.extend(words(url.host_str().unwrap_or_default()));
    let headings = document
        .all()
        .filter(|&index| matches!(document.name(index), "title" | "h1"));
    all.extend(
        headings
            .take(5)
            .flat_map(|index| words(&text::collapse(&document.text(index)))),
    );
    signals::topic(all.iter().map(String::as_str))
}

/// Puts a question to the page that has this address and this HTML, in a test.
#[cfg(test)]
pub(crate) fn opened<T>(url: &str, html: &str, ask: impl FnOnce(&OpenPage<'_, '_>) -> T) -> T {
    let url = Url::parse(url).expect("tests have addresses");
    let page = Page {
        url: &url,
        html,
        now: "2026-07-10T12:00:00Z".parse().expect("a moment"),
    };
    let html = scraper::Html::parse_document(html);
    ask(&OpenPage::new(&Document::new(&html), &url, &page))
}
