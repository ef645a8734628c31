//! Job postings that a page declares in JSON-LD scripts.

use serde_json::Value;
use url::Url;

use crate::document::Document;
use crate::draft::Draft;
use crate::job_posting::{Reader, has_type, property};
use crate::money::Region;
use crate::{Provenance, lenient_json};

/// How many postings are read of one page.
const MAX_POSTINGS: usize = 5_000;

/// Every `JobPosting` of the page's JSON-LD, wherever it stands in it, in document order.
pub(crate) fn postings(document: &Document<'_>, base: &Url) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let reader = Reader {
        base,
        source: Provenance::JsonLd,
        region: Region::of(document, base),
    };
    for script in document.all().filter(|&index| is_json_ld(document, index)) {
        for value in lenient_json::values(&document.raw_text(script)) {
            collect(&value, None, reader, &mut drafts);
        }
    }
    drafts
}

fn is_json_ld(document: &Document<'_>, index: usize) -> bool {
    document.name(index) == "script"
        && document.attr(index, "type").is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("application/ld+json")
        })
}

/// Walks `value`; its depth is bounded by the JSON reader. `item_url` is that of the list item around it.
fn collect(value: &Value, item_url: Option<&str>, reader: Reader<'_>, drafts: &mut Vec<Draft>) {
    if drafts.len() >= MAX_POSTINGS {
        return;
    }
    match value {
        Value::Array(several) => several
            .iter()
            .for_each(|value| collect(value, None, reader, drafts)),
        Value::Object(object) if has_type(object, "JobPosting") => {
            let Some(mut draft) = reader.read(object) else {
                return;
            };
            if draft.url.is_none()
                && let Some(url) = item_url
            {
                draft.url = crate::site::resolve(reader.base, url);
                draft = draft.stamped(Provenance::JsonLd);
            }
            drafts.push(draft);
        }
        Value::Object(object) => {
            let url = property(object, "url")
                .and_then(Value::as_str)
                .filter(|_| has_type(object, "ListItem"));
            object
                .values()
                .for_each(|value| collect(value, url, reader, drafts));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn titles(json: &str) -> Vec<String> {
        let html = Html::parse_document(&format!(
            "<script type='application/ld+json; charset=utf-8'>{json}</script>"
        ));
        let base = Url::parse("https://a.example/").unwrap();
        postings(&Document::new(&html), &base)
            .into_iter()
            .map(|draft| draft.title)
            .collect()
    }

    #[test]
    fn postings_are_found_wherever_they_stand() {
        for json in [
            r#"{"@type":"JobPosting","title":"A"}"#,
            r#"[{"@type":"WebSite"},{"@type":["Thing","JobPosting"],"title":"A"}]"#,
            r#"{"@graph":[{"@type":"https://schema.org/JobPosting","schema:title":"A"}]}"#,
            r#"{"@type":"WebPage","mainEntity":{"@type":"schema:JobPosting","title":"A"}}"#,
            r#"{"@type":"ItemList","itemListElement":[{"@type":"ListItem","item":{"@type":"JobPosting","title":"A"}}]}"#,
        ] {
            assert_eq!(titles(json), ["A"], "{json}");
        }
    }

    #[test]
    fn other_types_are_no_postings() {
        for json in [
            r#"{"@type":"Product","title":"A"}"#,
            r#"{"title":"A"}"#,
            r#"{"@type":"NotAJobPosting","title":"A"}"#,
            "null",
        ] {
            assert!(titles(json).is_empty(), "{json}");
        }
    }

    #[test]
    fn a_broken_script_spoils_only_itself() {
        let broken = r#"{"@type":"JobPosting","title":</script><script type="application/ld+json">{"@type":"JobPosting","title":"B"}"#;
        assert_eq!(titles(broken), ["B"]);
    }

    #[test]
    fn the_list_item_may_hold_the_address() {
        let html = Html::parse_document(
            r#"<script type="application/ld+json">{"@type":"ListItem","url":"/1","item":{"@type":"JobPosting","title":"A"}}</script>"#,
        );
        let base = Url::parse("https://a.example/").unwrap();
        let drafts = postings(&Document::new(&html), &base);
        assert_eq!(
            drafts[0].url.as_ref().unwrap().as_str(),
            "https://a.example/1"
        );
    }
}
