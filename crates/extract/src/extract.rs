//! From a page to what it holds.

use std::collections::HashMap;

use scraper::Html;
use url::Url;

use crate::bounds;
use crate::document::Document;
use crate::draft::Draft;
use crate::open_page::OpenPage;
use crate::{Evidence, Extraction, Outcome, Page, Posting, Provenance};
use crate::{cards, detail, json_ld, markup, next_page, state, verdict};

/// What the page holds: its postings, the next page of the list, and why there are none if so.
///
/// Never panics and never recurses, whatever the page; a page of more than 50 MiB is not read.
/// Postings that the page declares in JSON-LD come before those in microdata and RDFa, then those in the data of its
/// scripts, then what its repeated structure shows, field by field. A field that the page does not state is absent.
#[must_use]
pub fn extract(page: &Page<'_>) -> Extraction {
    if page.html.len() > bounds::MAX_HTML {
        let detail = format!(
            "the page has {} bytes; at most {} are read",
            page.html.len(),
            bounds::MAX_HTML
        );
        return without_postings(
            page,
            vec![Evidence::new("too_large", detail, Some(page.url.clone()))],
        );
    }
    let tamed = bounds::tame(page.html);
    let html = Html::parse_document(&tamed);
    let document = Document::new(&html);
    let base = base_url(&document, page.url);

    let in_scripts = distinct(json_ld::postings(&document, &base));
    let in_markup = distinct(markup::postings(&document, &base));
    let declared = merge(in_scripts, in_markup);
    let is_single = declared.len() == 1;
    let opened = OpenPage::new(&document, &base, page);
    let shown = cards::postings(&opened);
    let read_by_scripts = state::postings(&opened);
    let mut drafts = merge(declared, completed(shown, read_by_scripts));
    if is_single {
        about(page.url, &mut drafts);
    }
    if drafts.is_empty() {
        drafts.extend(detail::posting(&opened));
    }
    let postings = finish(drafts);
    let (outcome, evidence) = if postings.is_empty() {
        verdict::of_none(&document, page.url)
    } else {
        (Outcome::Ok, Vec::new())
    };
    Extraction {
        url: page.url.clone(),
        outcome,
        postings,
        next_page: next_page::find(&document, &base, page.url),
        evidence,
    }
}

fn without_postings(page: &Page<'_>, evidence: Vec<Evidence>) -> Extraction {
    Extraction {
        url: page.url.clone(),
        outcome: Outcome::NotABoard,
        postings: Vec::new(),
        next_page: None,
        evidence,
    }
}

/// What relative links resolve against.
fn base_url(document: &Document<'_>, url: &Url) -> Url {
    let base = document
        .all()
        .find(|&index| document.name(index) == "base" && document.has_attr(index, "href"));
    let href = base.and_then(|base| document.attr(base, "href"));
    href.and_then(|href| crate::site::resolve(url, href))
        .unwrap_or_else(|| url.clone())
}

/// One posting for each job: of those that agree in address and title, or in all they say, the first,
/// completed by the others.
fn distinct(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut kept: Vec<Draft> = Vec::with_capacity(drafts.len());
    let mut places: HashMap<(Option<Url>, String, Option<String>), usize> = HashMap::new();
    for draft in drafts {
        let address = draft.address();
        // Without an address, two jobs of one title may differ in their employers.
        let employer = if address.is_some() {
            None
        } else {
            draft.employer.clone()
        };
        match places.get(&(address.clone(), draft.name(), employer.clone())) {
            Some(&place) => kept[place].fill_from(draft),
            None => {
                places.insert((address, draft.name(), employer), kept.len());
                kept.push(draft);
            }
        }
    }
    kept
}

/// What the page shows, completed by the data behind it: what a script reads is more exact than what it makes of it. Data
/// about something else than what is shown is not what the page is for.
fn completed(shown: Vec<Draft>, data: Vec<Draft>) -> Vec<Draft> {
    let names: std::collections::HashSet<String> = shown.iter().map(Draft::name).collect();
    let is_shown = data.iter().any(|draft| names.contains(&draft.name()));
    if shown.is_empty() || is_shown {
        merge(data, shown)
    } else {
        shown
    }
}

/// What the page says in one way, completed by what it says in another.
fn merge(better: Vec<Draft>, other: Vec<Draft>) -> Vec<Draft> {
    if better.is_empty() {
        return other;
    }
    let are_single = better.len() == 1 && other.len() == 1;
    let others = Places::of(other);
    let mut slots = others.slots;
    let mut places = Vec::new();
    let mut merged: Vec<Draft> = Vec::new();
    for mut draft in better {
        let by_address = draft
            .address()
            .and_then(|address| others.by_address.get(&address));
        let by_title = others.by_title.get(&draft.name()).filter(|&&place| {
            let has_no_address = |draft: &Draft| draft.url.is_none();
            are_single
                || has_no_address(&draft)
                || slots[place].as_ref().is_some_and(has_no_address)
        });
        let place = by_address.or(by_title).copied();
        if let Some(other) = place.and_then(|place| slots[place].take()) {
            draft.fill_from(other);
        }
        places.push(place);
        merged.push(draft);
    }
    // What says nothing of any of them is about something else: similar jobs, say.
    if places.iter().all(Option::is_none) {
        return merged;
    }
    in_page_order(merged, &places, slots)
}

/// A page that declares one job, and does not say where else it is described, is about that job.
fn about(page: &Url, drafts: &mut [Draft]) {
    let declared = drafts.iter_mut().find_map(|draft| {
        let source = *draft.provenance.get("title")?;
        (source != Provenance::Structure).then_some((draft, source))
    });
    if let Some((draft, source)) = declared
        && draft.url.is_none()
    {
        draft.url = Some(page.clone());
        draft.provenance.insert("url".to_owned(), source);
    }
}

/// Postings, and where to find the one about a job.
struct Places {
    slots: Vec<Option<Draft>>,
    by_address: HashMap<Url, usize>,
    by_title: HashMap<String, usize>,
}

impl Places {
    fn of(drafts: Vec<Draft>) -> Self {
        let mut by_address = HashMap::new();
        let mut by_title = HashMap::new();
        for (place, draft) in drafts.iter().enumerate() {
            if let Some(address) = draft.address() {
                by_address.entry(address).or_insert(place);
            }
            by_title.entry(draft.name()).or_insert(place);
        }
        Self {
            slots: drafts.into_iter().map(Some).collect(),
            by_address,
            by_title,
        }
    }
}

/// Merged postings at the places of what they were merged with, the rest at theirs, and at the end what has none.
fn in_page_order(
    merged: Vec<Draft>,
    places: &[Option<usize>],
    mut slots: Vec<Option<Draft>>,
) -> Vec<Draft> {
    let mut without = Vec::new();
    for (draft, place) in merged.into_iter().zip(places) {
        match place {
            // Two may claim one place; the second then has none of its own.
            Some(place) if slots[*place].is_none() => slots[*place] = Some(draft),
            _ => without.push(draft),
        }
    }
    slots.into_iter().flatten().chain(without).collect()
}

fn finish(drafts: Vec<Draft>) -> Vec<Posting> {
    let drafts = distinct(drafts);
    let mut uses: HashMap<Url, usize> = HashMap::new();
    for address in drafts.iter().filter_map(Draft::address) {
        *uses.entry(address).or_default() += 1;
    }
    let finished = drafts.into_iter().map(|draft| {
        let is_shared = draft
            .address()
            .is_some_and(|address| uses.get(&address).is_some_and(|uses| *uses > 1));
        draft.finish(is_shared)
    });
    // The page may hold what differs in nothing that an id is made of.
    let mut seen = std::collections::HashSet::new();
    finished
        .filter(|posting| seen.insert(posting.id.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extract_at(url: &str, html: &str) -> Extraction {
        let url = Url::parse(url).unwrap();
        extract(&Page {
            url: &url,
            html,
            now: "2026-07-10T12:00:00Z".parse().unwrap(),
        })
    }

    fn titles(found: &Extraction) -> Vec<&str> {
        found
            .postings
            .iter()
            .map(|posting| posting.title.as_str())
            .collect()
    }

    const DECLARED: &str = r#"<script type="application/ld+json">{"@type":"JobPosting","title":"Rust developer","hiringOrganization":"Acme"}</script>"#;

    #[test]
    fn a_page_about_one_job_gives_one_posting_with_its_address() {
        let found = extract_at("https://a.example/jobs/1", DECLARED);
        let posting = &found.postings[0];
        assert_eq!(found.outcome, Outcome::Ok);
        assert!(found.evidence.is_empty());
        assert_eq!(
            posting.url.as_ref().unwrap().as_str(),
            "https://a.example/jobs/1"
        );
        assert_eq!(posting.provenance["url"], Provenance::JsonLd);
        assert_eq!(posting.client, crate::Client::default());
    }

    #[test]
    fn the_same_declaration_twice_is_one_posting() {
        assert_eq!(
            extract_at("https://a.example/jobs/1", &DECLARED.repeat(2))
                .postings
                .len(),
            1
        );
    }

    fn cards(count: usize) -> String {
        (1..=count)
            .map(|n| format!("<div class=job-card><h2><a href=/jobs/{n}>Job number {}</a></h2><p class=location>Leeds</p></div>", ["one", "two", "three", "four"][n - 1]))
            .collect()
    }

    #[test]
    fn declared_fields_win_and_shown_ones_complete_them() {
        let declared = r#"<script type="application/ld+json">{"@graph":[
            {"@type":"JobPosting","title":"Second job","url":"/jobs/2#x","employmentType":"CONTRACTOR"},
            {"@type":"JobPosting","title":"Unseen job","url":"/jobs/9"}]}</script>"#;
        let found = extract_at("https://a.example/jobs", &(declared.to_owned() + &cards(3)));
        assert_eq!(
            titles(&found),
            [
                "Job number one",
                "Second job",
                "Job number three",
                "Unseen job"
            ]
        );
        let merged = &found.postings[1];
        assert_eq!(merged.location.as_deref(), Some("Leeds"));
        assert_eq!(merged.provenance["title"], Provenance::JsonLd);
        assert_eq!(merged.provenance["location"], Provenance::Structure);
    }

    #[test]
    fn similar_jobs_beside_a_declared_one_are_not_taken() {
        let found = extract_at(
            "https://a.example/jobs/77",
            &(DECLARED.to_owned() + &cards(3)),
        );
        assert_eq!(titles(&found), ["Rust developer"]);
    }

    #[test]
    fn postings_that_share_an_address_have_ids_of_their_own() {
        let declared = r#"<script type="application/ld+json">[
            {"@type":"JobPosting","title":"A","url":"/jobs"},{"@type":"JobPosting","title":"B","url":"/jobs"}]</script>"#;
        let found = extract_at("https://a.example/jobs", declared);
        assert_eq!(titles(&found), ["A", "B"]);
        assert_ne!(found.postings[0].id, found.postings[1].id);
    }

    #[test]
    fn links_resolve_against_the_base_element() {
        let html = format!(
            "<base href=https://b.example/x/>{}",
            cards(2).replace("/jobs/", "jobs/")
        );
        let found = extract_at("https://a.example/jobs", &html);
        assert_eq!(
            found.postings[0].url.as_ref().unwrap().as_str(),
            "https://b.example/x/jobs/1"
        );
    }

    #[test]
    fn a_page_that_is_too_large_is_not_read() {
        let found = extract_at("https://a.example/", &" ".repeat(bounds::MAX_HTML + 1));
        assert_eq!(
            (found.outcome, found.evidence[0].code.as_str()),
            (Outcome::NotABoard, "too_large")
        );
    }

    #[test]
    fn the_json_is_the_documented_one() {
        let found = extract_at("https://a.example/jobs/1", DECLARED);
        let json = serde_json::to_string(&found.postings[0]).unwrap();
        let fields = [
            "id",
            "title",
            "url",
            "description",
            "employer",
            "location",
            "remote",
            "employment_type",
            "budget",
            "skills",
            "posted_at",
            "valid_through",
            "client",
            "bids",
            "provenance",
            "confidence",
        ];
        let places: Vec<usize> = fields
            .iter()
            .map(|field| json.find(&format!("\"{field}\":")).unwrap())
            .collect();
        assert!(places.is_sorted(), "{json}");
        assert!(
            json.contains(r#""budget":null"#)
                && json.contains(r#""client":{"name":null,"rating":null,"spend":null}"#)
        );
        assert_eq!(
            serde_json::from_str::<Posting>(&json).unwrap(),
            found.postings[0]
        );
    }
}
