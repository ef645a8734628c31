//! Job postings that a page declares in its own markup: schema.org as microdata or RDFa.
//!
//! Both are read by their rules ([microdata](https://html.spec.whatwg.org/multipage/microdata.html), [RDFa
//! Lite](https://www.w3.org/TR/rdfa-lite/)) into the objects that JSON-LD has, so that one reader serves all three.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};
use url::Url;

use crate::Provenance;
use crate::document::{Document, Index};
use crate::draft::Draft;
use crate::job_posting::{Reader, has_type};
use crate::money::Region;

/// How many postings are read of one page.
const MAX_POSTINGS: usize = 5_000;
/// How deep items may stand in items: a posting's place, its address, its country, and room.
const MAX_DEPTH: usize = 6;
/// How many values of one property are read.
const MAX_VALUES: usize = 20;
/// How often, on average, an element may be looked at: items that refer to each other are read again and again.
const MAX_LOOKS: usize = 16;

/// The properties that a posting, and what belongs to it, is read from.
const PROPERTIES: &[&str] = &[
    "address",
    "addressCountry",
    "addressLocality",
    "addressRegion",
    "baseSalary",
    "currency",
    "datePosted",
    "description",
    "employmentType",
    "hiringOrganization",
    "jobLocation",
    "jobLocationType",
    "legalName",
    "mainEntityOfPage",
    "maxValue",
    "minValue",
    "name",
    "postalCode",
    "priceCurrency",
    "salaryCurrency",
    "skills",
    "streetAddress",
    "title",
    "unitCode",
    "unitText",
    "url",
    "validThrough",
    "value",
];

/// The two ways to write data into markup.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Syntax {
    Microdata,
    Rdfa,
}

impl Syntax {
    fn property(self) -> &'static str {
        match self {
            Self::Microdata => "itemprop",
            Self::Rdfa => "property",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Microdata => "itemtype",
            Self::Rdfa => "typeof",
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Microdata => "itemid",
            Self::Rdfa => "resource",
        }
    }

    /// Whether the element is a thing with properties of its own.
    fn is_item(self, document: &Document<'_>, element: Index) -> bool {
        match self {
            Self::Microdata => document.has_attr(element, "itemscope"),
            Self::Rdfa => document.has_attr(element, "typeof"),
        }
    }

    fn source(self) -> Provenance {
        match self {
            Self::Microdata => Provenance::Microdata,
            Self::Rdfa => Provenance::Rdfa,
        }
    }
}

/// Every `JobPosting` of the page's markup, in document order, microdata before RDFa.
pub(crate) fn postings(document: &Document<'_>, base: &Url) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for syntax in [Syntax::Microdata, Syntax::Rdfa] {
        let mut items = Items::new(document, syntax);
        let reader = Reader {
            base,
            source: syntax.source(),
            region: Region::of(document, base),
        };
        for element in document.all() {
            if drafts.len() < MAX_POSTINGS && items.is_posting(element) {
                drafts.extend(reader.read(&items.read(element, 0)));
            }
        }
    }
    drafts
}

/// Reads the items of a page.
struct Items<'d, 'h> {
    document: &'d Document<'h>,
    syntax: Syntax,
    by_id: HashMap<&'h str, Index>,
    /// How many elements may still be looked at, and how many bytes of text copied.
    looks: usize,
    bytes: usize,
}

impl<'d, 'h> Items<'d, 'h> {
    fn new(document: &'d Document<'h>, syntax: Syntax) -> Self {
        let refers = |element| document.has_attr(element, "itemref");
        let mut by_id = HashMap::new();
        if syntax == Syntax::Microdata && document.all().any(refers) {
            for element in document.all() {
                if let Some(id) = document.attr(element, "id") {
                    by_id.entry(id).or_insert(element);
                }
            }
        }
        Self {
            document,
            syntax,
            by_id,
            looks: document.len().saturating_mul(MAX_LOOKS),
            bytes: document.text_length().saturating_mul(MAX_LOOKS),
        }
    }

    fn is_posting(&self, element: Index) -> bool {
        self.syntax.is_item(self.document, element)
            && has_type(&self.declared(element), "JobPosting")
    }

    /// The item's types and id.
    fn declared(&self, element: Index) -> Map<String, Value> {
        let mut object = Map::new();
        if let Some(kinds) = self.document.attr(element, self.syntax.kind()) {
            let kinds = kinds.split_whitespace().map(Value::from).collect();
            object.insert("@type".to_owned(), Value::Array(kinds));
        }
        if let Some(id) = self.document.attr(element, self.syntax.id()) {
            object.insert("@id".to_owned(), Value::from(id));
        }
        object
    }

    /// The item as an object. The depth bounds the recursion.
    fn read(&mut self, item: Index, depth: usize) -> Map<String, Value> {
        let mut object = self.declared(item);
        let mut open: VecDeque<Index> = self.document.children(item).collect();
        let named = self.document.attr(item, "itemref").unwrap_or_default();
        let named = named.split_whitespace().filter_map(|id| self.by_id.get(id));
        open.extend(named.filter(|&&named| named != item));
        while let Some(element) = open.pop_front() {
            if self.looks == 0 {
                break;
            }
            self.looks -= 1;
            for name in self.names(element) {
                let values = object
                    .entry(name)
                    .or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(values) = values
                    && values.len() < MAX_VALUES
                {
                    values.extend(self.value(element, depth));
                }
            }
            if !self.syntax.is_item(self.document, element) {
                let children: Vec<_> = self.document.children(element).collect();
                for child in children.into_iter().rev() {
                    open.push_front(child);
                }
            }
        }
        object
    }

    /// The properties that the element is a value of, without their prefixes.
    fn names(&self, element: Index) -> Vec<&'static str> {
        let names = self.document.attr(element, self.syntax.property());
        let names = names.unwrap_or_default().split_whitespace();
        names.filter_map(known).collect()
    }

    fn value(&mut self, element: Index, depth: usize) -> Option<Value> {
        if self.syntax.is_item(self.document, element) && depth < MAX_DEPTH {
            return Some(Value::Object(self.read(element, depth + 1)));
        }
        let text = match self.attribute(element) {
            Some(value) => value.to_owned(),
            None => {
                let text = self
                    .document
                    .lines(self.document.subtree(element))
                    .join("\n");
                self.bytes = self.bytes.checked_sub(text.len())?;
                text
            }
        };
        (!text.is_empty()).then_some(Value::String(text))
    }

    /// The value where it is not the text of the element: what a machine is to read, or where a link leads.
    fn attribute(&self, element: Index) -> Option<&'h str> {
        let own = match self.document.name(element) {
            "a" | "area" | "link" => "href",
            "audio" | "embed" | "iframe" | "img" | "source" | "track" | "video" => "src",
            "object" => "data",
            "data" | "meter" => "value",
            "time" => "datetime",
            _ => "content",
        };
        let content = self.document.attr(element, "content");
        content.or_else(|| self.document.attr(element, own))
    }
}

/// The property by that name, whatever vocabulary it is written with.
fn known(name: &str) -> Option<&'static str> {
    let name = name.rsplit(['/', ':', '#']).next()?;
    let place = PROPERTIES.binary_search(&name).ok()?;
    Some(PROPERTIES[place])
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn read(html: &str) -> Vec<Draft> {
        let html = Html::parse_document(html);
        let base = Url::parse("https://a.example/jobs").unwrap();
        postings(&Document::new(&html), &base)
    }

    #[test]
    fn properties_are_sorted() {
        assert!(PROPERTIES.is_sorted());
    }

    #[test]
    fn microdata_is_read_with_the_items_inside_it() {
        let [draft] = &read(
            r#"<div itemscope itemtype="https://schema.org/JobPosting" itemref="more">
            <h1 itemprop="title">Stonemason for <i>arches</i></h1><a itemprop="url" href="/jobs/1">more</a>
            <div itemprop="hiringOrganization" itemscope itemtype="https://schema.org/Organization">
              <span itemprop="name">Arch &amp; Sons</span><a itemprop=url href="/arch">home</a></div>
            <span itemprop="jobLocation" itemscope itemtype="https://schema.org/Place"><span itemprop="address" itemscope>
              <b itemprop="addressLocality">Leeds</b>, <b itemprop="addressCountry">UK</b></span></span>
            <time itemprop="datePosted" datetime="2026-05-04">last week</time>
            <div itemprop="baseSalary" itemscope itemtype="https://schema.org/MonetaryAmount">
              <meta itemprop="currency" content="GBP"><span itemprop="value" itemscope>
              <span itemprop="minValue" content="31000">31k</span><meta itemprop="maxValue" content="39000">
              <meta itemprop="unitText" content="YEAR"></span></div>
            <div itemscope itemtype="https://schema.org/Thing"><p itemprop="title">Another thing</p></div></div>
            <p id=more itemprop="description">One<br>two &lt;b&gt;"#,
        )[..] else {
            panic!("one posting")
        };
        assert_eq!(draft.title, "Stonemason for arches");
        assert_eq!(draft.url.as_ref().unwrap().path(), "/jobs/1");
        assert_eq!(draft.employer.as_deref(), Some("Arch & Sons"));
        assert_eq!(draft.location.as_deref(), Some("Leeds, UK"));
        assert_eq!(draft.posted_at.as_deref(), Some("2026-05-04"));
        assert_eq!(draft.description.as_deref(), Some("One\ntwo <b>"));
        let budget = draft.budget.as_ref().unwrap();
        assert_eq!(
            (
                budget.min,
                budget.max,
                budget.currency.as_deref(),
                budget.unit
            ),
            (
                Some(31_000.0),
                Some(39_000.0),
                Some("GBP"),
                Some(crate::BudgetUnit::Year)
            )
        );
        assert_eq!(draft.provenance["title"], Provenance::Microdata);
    }

    #[test]
    fn rdfa_is_read_by_its_own_attributes() {
        let [draft] = &read(
            r#"<div vocab="https://schema.org/" typeof="JobPosting"><h2 property="title">Miller</h2>
            <meta property="schema:datePosted" content="2026-05-04"><a property="url" href="/jobs/2">x</a>
            <p property="hiringOrganization" typeof="Organization"><span property="name">Mill</span></p></div>"#,
        )[..] else {
            panic!("one posting")
        };
        assert_eq!(
            (draft.title.as_str(), draft.employer.as_deref()),
            ("Miller", Some("Mill"))
        );
        assert_eq!(draft.posted_at.as_deref(), Some("2026-05-04"));
        assert_eq!(draft.url.as_ref().unwrap().path(), "/jobs/2");
        assert_eq!(draft.provenance["employer"], Provenance::Rdfa);
    }

    #[test]
    fn other_types_and_postings_without_titles_are_none() {
        assert!(
            read(
                "<div itemscope itemtype=https://schema.org/Product><b itemprop=title>A</b></div>"
            )
            .is_empty()
        );
        assert!(
            read(
                "<div itemscope itemtype=https://schema.org/JobPosting><b itemprop=url>A</b></div>"
            )
            .is_empty()
        );
        assert!(read("<meta property=og:title content=A>").is_empty());
    }

    #[test]
    fn items_that_refer_to_each_other_end() {
        let circle = "<div itemscope itemtype=https://schema.org/JobPosting id=a itemref=b><b itemprop=title>A</b></div>\
            <div itemscope itemprop=address id=b itemref=a></div>";
        assert_eq!(read(circle).len(), 1);
        let many = "<div itemscope itemtype=https://schema.org/JobPosting itemref=all></div>"
            .repeat(3_000);
        let all = format!(
            "{many}<div id=all>{}</div>",
            "<p itemprop=skills>x</p>".repeat(3_000)
        );
        assert!(read(&all).is_empty());
    }
}
