//! A page about one job that declares nothing: its heading, and the facts around it.

use std::collections::HashSet;

use url::Url;

use crate::Provenance;
use crate::budget;
use crate::card::{Card, Reader};
use crate::card_facts::is_employment_type;
use crate::cards::facts as count_of_facts;
use crate::date;
use crate::document::{Document, Index};
use crate::draft::Draft;
use crate::labels::{self, Label};
use crate::open_page::OpenPage;
use crate::signals::Topic;
use crate::text::words;

/// How many headings are tried, and how far around each the facts may stand.
const MAX_HEADINGS: usize = 20;
const MAX_LEVELS: usize = 8;
/// A line of fewer characters is no part of a description.
const MIN_PROSE: usize = 80;
/// How sure a posting is that only its heading, its address and its facts speak for.
const CONFIDENCE: f64 = 0.6;

/// The job that the page is about, if its heading is what its address says and facts about a job stand around it.
pub(crate) fn posting(page: &OpenPage<'_, '_>) -> Option<Draft> {
    let document = page.document;
    let reader = Reader {
        page: *page,
        decoys: HashSet::new(),
    };
    let headings: Vec<Index> = document
        .all()
        .filter(|&index| matches!(document.name(index), "h1" | "h2" | "h3"))
        .take(MAX_HEADINGS)
        .collect();
    let last = last_segment(page.url);
    let spelt = headings
        .iter()
        .copied()
        .filter(|&heading| is_spelt(&document.text(heading), &last));
    let draft = spelt
        .chain(titled(document, &headings, &last))
        .find_map(|heading| around(&reader, heading))?;
    let draft = Draft {
        url: Some(page.url.clone()),
        confidence: CONFIDENCE,
        ..draft
    };
    Some(draft.stamped(Provenance::Structure))
}

/// The part of the address that names the page.
fn last_segment(page: &Url) -> String {
    let last = page
        .path_segments()
        .and_then(|mut segments| segments.rfind(|segment| !segment.is_empty()));
    let last = percent_encoding::percent_decode_str(last.unwrap_or_default());
    last.decode_utf8_lossy().into_owned()
}

/// Whether the address spells the heading.
fn is_spelt(heading: &str, last: &str) -> bool {
    let (of_heading, of_address) = (words(heading), words(last));
    !of_heading.is_empty() && of_heading.iter().all(|word| of_address.contains(word))
}

/// The only main heading, where the page's title says the same and the address numbers a single thing.
fn titled(document: &Document<'_>, headings: &[Index], last: &str) -> Option<Index> {
    let mut main = headings
        .iter()
        .copied()
        .filter(|&heading| document.name(heading) == "h1");
    let heading = main.next().filter(|_| main.next().is_none())?;
    let text = document.text(heading);
    let title = document
        .all()
        .find(|&index| document.name(index) == "title")?;
    let has_number = last.bytes().any(|byte| byte.is_ascii_digit());
    let says_the_same = words(&text).len() >= 2 && document.text(title).contains(&text);
    (has_number && says_the_same).then_some(heading)
}

/// What stands around the heading, in the smallest element that says enough of a job.
fn around(reader: &Reader<'_, '_>, heading: Index) -> Option<Draft> {
    let document = reader.page.document;
    document
        .ancestors(heading)
        .take(MAX_LEVELS)
        .take_while(|&around| document.name(around) != "html")
        .map(|around| heading..document.subtree(around).end)
        .filter_map(|region| read(reader, &region, heading))
        .find(|draft| speaks_of_a_job(draft, reader.page.topic))
}

fn read(reader: &Reader<'_, '_>, region: &Card, heading: Index) -> Option<Draft> {
    let mut draft = reader.read(region)?;
    if draft.title != reader.page.document.text(heading) {
        return None;
    }
    for (label, value) in labels::facts(reader.page.document, region.clone()) {
        match label {
            Label::Employer => fill(&mut draft.employer, || Some(value)),
            Label::Location => fill(&mut draft.location, || Some(value)),
            Label::Pay => fill(&mut draft.budget, || {
                budget::parse(&value, reader.page.region)
            }),
            Label::Posted => fill(&mut draft.posted_at, || {
                date::posted(&value, reader.page.now, reader.page.locale)
            }),
            Label::Deadline => fill(&mut draft.valid_through, || {
                date::deadline(&value, reader.page.now, reader.page.locale)
            }),
            Label::Kind => fill(&mut draft.employment_type, || {
                let mut parts = value.split([',', ';', '(', '|']).map(str::trim);
                parts
                    .find(|part| is_employment_type(part))
                    .map(str::to_owned)
            }),
            Label::Skills if draft.skills.is_empty() => {
                let skills = value.split([',', ';', '•', '|']).map(str::trim);
                draft.skills = skills
                    .filter(|skill| !skill.is_empty())
                    .map(str::to_owned)
                    .collect();
            }
            Label::Skills => {}
        }
    }
    fill(&mut draft.description, || {
        let lines = reader.page.document.lines(region.clone());
        let prose = lines
            .into_iter()
            .filter(|line| line.chars().count() >= MIN_PROSE);
        Some(prose.collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty())
    });
    Some(draft)
}

fn fill<T>(field: &mut Option<T>, value: impl FnOnce() -> Option<T>) {
    if field.is_none() {
        *field = value();
    }
}

/// Whether the facts, with what the page is about, are those of a job and of nothing else: products have prices, too, and
/// articles dates.
fn speaks_of_a_job(draft: &Draft, topic: Topic) -> bool {
    let facts = count_of_facts(draft);
    let beyond_dates = facts - usize::from(draft.posted_at.is_some());
    let of_employment = [
        draft.employer.is_some(),
        draft.location.is_some(),
        draft.employment_type.is_some(),
    ];
    let of_employment = of_employment.into_iter().filter(|stated| *stated).count();
    match topic {
        Topic::Job => facts >= 2 && beyond_dates >= 1,
        Topic::Project => beyond_dates >= 2,
        Topic::Unknown | Topic::Other => of_employment >= 2 && facts >= 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_page::opened;

    fn at(url: &str, body: &str) -> Option<Draft> {
        opened(url, body, posting)
    }

    const BODY: &str = "<title>Acme careers</title><nav><h2>Find work</h2></nav><main><h1>Stone mason (m/f)</h1>
        <p class=company>Acme</p><dl><dt>Standort<dd>Leeds<dt>Gehalt<dd>41.000 € pro Jahr</dl>
        <p>Hours: Full-time, 38 a week<p>Posted: 2026-07-01<p>Apply by: 2026-08-01<p>Skills: stone, lime
        <p>You will work with a small team on the arches of the old bridge, from spring to the first frost.</main>";

    #[test]
    fn a_heading_that_the_address_spells_and_facts_around_it_are_a_posting() {
        let draft = at("https://a.example/jobs/stone-mason-m-f-17", BODY).unwrap();
        assert_eq!(draft.title, "Stone mason (m/f)");
        assert_eq!(
            draft.url.as_ref().unwrap().path(),
            "/jobs/stone-mason-m-f-17"
        );
        assert_eq!(draft.employer.as_deref(), Some("Acme"));
        assert_eq!(draft.location.as_deref(), Some("Leeds"));
        let budget = draft.budget.as_ref().unwrap();
        assert_eq!(
            (budget.min, budget.currency.as_deref()),
            (Some(41_000.0), Some("EUR"))
        );
        assert_eq!(draft.employment_type.as_deref(), Some("Full-time"));
        assert_eq!(draft.posted_at.as_deref(), Some("2026-07-01"));
        assert_eq!(draft.valid_through.as_deref(), Some("2026-08-01"));
        assert_eq!(draft.skills, ["stone", "lime"]);
        assert!(draft.description.unwrap().starts_with("You will work"));
        assert_eq!(draft.bids, None);
    }

    #[test]
    fn where_the_address_has_only_a_number_the_title_speaks_for_the_heading() {
        let titled = BODY.replace("Acme careers", "Stone mason (m/f) - Acme");
        assert!(at("https://a.example/jobs/17", &titled).is_some());
        assert!(at("https://a.example/jobs/17", BODY).is_none());
        assert!(at("https://a.example/jobs", &titled).is_none());
        // Of two main headings one may be the name of the site.
        let two = format!("{titled}<h1>Acme careers</h1>");
        assert!(at("https://a.example/jobs/17", &two).is_none());
    }

    #[test]
    fn products_and_articles_are_no_postings() {
        let product = "<h1>Stone hammer</h1><p class=price>$49.00</p><p class=brand>Acme</p>";
        assert_eq!(at("https://a.example/product/stone-hammer", product), None);
        let article =
            "<h1>Stone mason jobs</h1><time datetime=2026-07-01>x</time><p>All about them.";
        assert_eq!(at("https://a.example/jobs/stone-mason-jobs", article), None);
    }
}
