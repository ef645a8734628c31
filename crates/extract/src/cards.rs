//! Lists of jobs found by their repeated structure, on pages that declare nothing.

use std::collections::{HashMap, HashSet};

use url::Url;

use crate::Provenance;
use crate::card::{Card, Reader};
use crate::document::{Document, Index};
use crate::draft::Draft;
use crate::groups::{as_cards, groups};
use crate::open_page::OpenPage;
use crate::signals::{self, Topic};
use crate::site;
use crate::text::words;

/// The postings of the page's best list of jobs, if there is one.
pub(crate) fn postings(page: &OpenPage<'_, '_>) -> Vec<Draft> {
    let mut best: Option<List> = None;
    for group in groups(page.document) {
        let list = read(page, &group);
        // Of lists that state the same, the outer one comes first and stays.
        if let Some(list) = list
            && best.as_ref().is_none_or(|best| list.score > best.score)
        {
            best = Some(list);
        }
    }
    best.map(|list| list.drafts).unwrap_or_default()
}

struct List {
    drafts: Vec<Draft>,
    score: f64,
}

/// The group read as a list of jobs; nothing if it does not show that it is one.
fn read(page: &OpenPage<'_, '_>, group: &[Index]) -> Option<List> {
    let document = page.document;
    let cards = as_cards(document, group);
    let reader = Reader {
        page: *page,
        decoys: decoys(document, page.base, &cards),
    };
    let mut drafts: Vec<Draft> = cards.iter().filter_map(|card| reader.read(card)).collect();
    if drafts.len() < 2 || drafts.len() * 2 < cards.len() {
        return None;
    }
    drop_advertisements(&mut drafts);
    let addresses: HashSet<Url> = drafts.iter().filter_map(Draft::address).collect();
    let titles: HashSet<String> = drafts.iter().map(Draft::name).collect();
    if addresses.len() < 2
        || addresses.len() * 2 < drafts.len()
        || titles.len() < 2
        || titles.len() * 3 < drafts.len()
    {
        return None;
    }
    let evidence = Evidence::of(&drafts);
    if !evidence.speaks_of_jobs(topic_of_list(document, &cards, &drafts), page.topic) {
        return None;
    }
    let score = drafts
        .iter()
        .map(|draft| 1.0 + facts(draft) as f64 + f64::from(u8::from(draft.url.is_some())))
        .sum();
    let confidence = (f64::from(4 + evidence.kinds()) / 10.0).min(0.9);
    let drafts = drafts
        .into_iter()
        .map(|draft| {
            Draft {
                confidence,
                ..draft
            }
            .stamped(Provenance::Structure)
        })
        .collect();
    Some(List { drafts, score })
}

/// Drops the cards that state none of the facts that most others do and lead elsewhere.
fn drop_advertisements(drafts: &mut Vec<Draft>) {
    let with_facts = drafts.iter().filter(|draft| facts(draft) > 0).count();
    if with_facts * 2 < drafts.len() {
        return;
    }
    let mut uses: HashMap<String, usize> = HashMap::new();
    for section in drafts
        .iter()
        .filter(|draft| facts(draft) > 0)
        .filter_map(section)
    {
        *uses.entry(section).or_default() += 1;
    }
    uses.retain(|_, uses| *uses * 2 > with_facts);
    drafts.retain(|draft| {
        facts(draft) > 0 || section(draft).is_some_and(|section| uses.contains_key(&section))
    });
}

/// The part of a site that a posting is in: its host and the first segment of its path.
fn section(draft: &Draft) -> Option<String> {
    let url = draft.url.as_ref()?;
    let segment = url.path_segments()?.next().unwrap_or_default();
    Some(format!("{}/{segment}", url.host_str().unwrap_or_default()))
}

/// Addresses that more than a third of the cards link to.
fn decoys(document: &Document<'_>, base: &Url, cards: &[Card]) -> HashSet<Url> {
    let mut uses: HashMap<Url, usize> = HashMap::new();
    for card in cards {
        let links = card.clone().filter(|&index| document.name(index) == "a");
        let urls = links.filter_map(|index| site::resolve(base, document.attr(index, "href")?));
        for url in urls
            .map(|url| site::canonical(&url))
            .collect::<HashSet<_>>()
        {
            *uses.entry(url).or_default() += 1;
        }
    }
    uses.into_iter()
        .filter(|(_, uses)| *uses >= 2 && *uses * 3 > cards.len())
        .map(|(url, _)| url)
        .collect()
}

/// How many facts that lists of jobs state a card has.
pub(crate) fn facts(draft: &Draft) -> usize {
    let stated = [
        draft.posted_at.is_some(),
        draft.budget.is_some(),
        draft.employer.is_some(),
        draft.location.is_some(),
        draft.employment_type.is_some(),
        draft.bids.is_some(),
    ];
    stated.into_iter().filter(|stated| *stated).count()
}

/// Which facts a good part of the cards state.
pub(crate) struct Evidence {
    date: bool,
    money: bool,
    employer: bool,
    location: bool,
    kind: bool,
    bids: bool,
}

impl Evidence {
    pub(crate) fn of(drafts: &[Draft]) -> Self {
        let often = |states: &dyn Fn(&Draft) -> bool| {
            drafts.iter().filter(|draft| states(draft)).count() * 10 >= drafts.len() * 3
        };
        Self {
            date: often(&|draft| draft.posted_at.is_some()),
            money: often(&|draft| draft.budget.is_some()),
            employer: often(&|draft| draft.employer.is_some()),
            location: often(&|draft| draft.location.is_some()),
            kind: often(&|draft| draft.employment_type.is_some()),
            bids: often(&|draft| draft.bids.is_some()),
        }
    }

    fn kinds(&self) -> u8 {
        [
            self.date,
            self.money,
            self.employer,
            self.location,
            self.kind,
            self.bids,
        ]
        .map(u8::from)
        .iter()
        .sum()
    }

    /// Whether facts and words together say that the list is one of jobs.
    pub(crate) fn speaks_of_jobs(&self, list: Topic, page: Topic) -> bool {
        let beyond_dates = self.kinds() > u8::from(self.date);
        match (list, page) {
            (Topic::Job, _) => self.kinds() >= 1,
            (Topic::Other, Topic::Job) => self.employer && self.location,
            (_, Topic::Job) => self.kinds() >= 1,
            (Topic::Project, _) | (Topic::Unknown, Topic::Project) => beyond_dates,
            (Topic::Unknown, _) => self.employer && self.location,
            (Topic::Other, _) => false,
        }
    }
}

/// What the list's own markup is about: class names of the cards and what is around them, and where they link to.
fn topic_of_list(document: &Document<'_>, cards: &[Card], drafts: &[Draft]) -> Topic {
    let mut labels: Vec<String> = Vec::new();
    for card in cards.iter().take(3) {
        labels.extend(document.label(card.start));
        labels.extend(
            document
                .ancestors(card.start)
                .take(2)
                .flat_map(|index| document.label(index)),
        );
        labels.extend(
            card.clone()
                .take(50)
                .flat_map(|index| document.label(index)),
        );
        let kinds = card
            .clone()
            .filter_map(|index| document.attr(index, "itemtype"));
        labels.extend(kinds.flat_map(words));
    }
    let paths: Vec<HashSet<String>> = drafts
        .iter()
        .filter_map(|draft| draft.url.as_ref())
        .map(|url| words(url.path()).into_iter().collect())
        .collect();
    // A word stands for the list where half of the addresses have it.
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in paths.iter().flatten() {
        *counts.entry(word).or_default() += 1;
    }
    let shared = counts
        .into_iter()
        .filter(|(_, count)| *count * 2 >= paths.len())
        .map(|(word, _)| word);
    let by_address = signals::topic(shared);
    let by_label = signals::topic(labels.iter().map(String::as_str));
    if by_address == Topic::Other && by_label < Topic::Job {
        Topic::Other
    } else {
        by_address.max(by_label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_page::opened;

    fn drafts_at(url: &str, body: &str) -> Vec<Draft> {
        opened(url, body, postings)
    }

    fn repeated(count: usize, item: &str) -> String {
        let names = [
            "Rust developer",
            "Data analyst",
            "Tester",
            "Designer",
            "Site engineer",
            "Writer",
        ];
        (0..count)
            .map(|n| {
                item.replace("{n}", &n.to_string())
                    .replace("{name}", names[n % names.len()])
            })
            .collect()
    }

    #[test]
    fn job_cards_become_postings_in_order() {
        let card = "<article class='job-card {n}'><h2><a href=/jobs/{n}>{name}</a></h2><span class=company>Acme {n}</span>
            <span class=location>Leeds</span><span class=budget>$100-500</span><time datetime=2026-07-0{n}>now</time></article>";
        let drafts = drafts_at(
            "https://a.example/",
            &format!("<main>{}</main>", repeated(6, card)),
        );
        assert_eq!(drafts.len(), 6);
        assert_eq!(drafts[1].title, "Data analyst");
        assert_eq!(drafts[1].employer.as_deref(), Some("Acme 1"));
        assert_eq!(drafts[1].budget.as_ref().unwrap().max, Some(500.0));
        assert_eq!(drafts[1].posted_at.as_deref(), Some("2026-07-01"));
        assert!(drafts[1].confidence > 0.5);
    }

    #[test]
    fn a_job_may_take_several_rows() {
        let rows = "<tr class=head><td>{n}.</td><td class=title><a href=https://b{n}.example/>{name} wanted</a></td></tr>
            <tr><td class=sub><span class=age title=2026-07-0{n}T07:00:00>3 days ago</span></td></tr><tr class=gap></tr>";
        let drafts = drafts_at(
            "https://a.example/jobs",
            &format!("<table>{}</table>", repeated(5, rows)),
        );
        assert_eq!(drafts.len(), 5);
        assert_eq!(drafts[2].title, "Tester wanted");
        assert_eq!(drafts[2].posted_at.as_deref(), Some("2026-07-02T07:00:00"));
    }

    #[test]
    fn cards_set_apart_by_a_state_or_a_box_belong_to_one_list() {
        let plain = "<div class=box><div class='vacancy odd'><a href=/v/{n}>{name}</a><p>£20 per hour, central Leeds</p></div></div><script></script>";
        let apart = plain.replace("odd", "even featured").replace("/v/", "/v/1");
        let drafts = drafts_at(
            "https://a.example/",
            &(repeated(3, plain) + &repeated(3, &apart)),
        );
        assert_eq!(drafts.len(), 6);
    }

    #[test]
    fn an_advertisement_among_the_cards_is_no_posting() {
        let card =
            "<li class=job><a href=/jobs/{n}>{name}</a><time datetime=2026-07-0{n}>now</time></li>";
        let advertisement = "<li class=job><a href=/about-you>Tell us about yourself</a></li>";
        let drafts = drafts_at(
            "https://a.example/",
            &format!("<ul>{}{advertisement}</ul>", repeated(4, card)),
        );
        assert_eq!(drafts.len(), 4);
    }

    #[test]
    fn other_lists_are_not_lists_of_jobs() {
        let product = "<div class=product><h3><a href=/product/{n}>{name}</a></h3><span class=price>$49.00</span></div>";
        let post = "<article><h2><a href=/blog/{n}>{name}</a></h2><time datetime=2026-07-0{n}>x</time><p>Some longer text.</p></article>";
        let entry = "<li><a href=/jobs/c{n}>{name} jobs</a></li>";
        let page = "<li class=job-page><a href='/jobs?page={n}'>Page {n}</a></li>";
        for (url, body) in [
            ("https://a.example/", repeated(6, product)),
            ("https://a.example/", repeated(6, post)),
            (
                "https://a.example/jobs",
                format!("<nav><ul>{}</ul></nav>", repeated(6, entry)),
            ),
            (
                "https://a.example/jobs",
                format!("<ul>{}</ul>", repeated(6, entry)),
            ),
            (
                "https://a.example/jobs",
                format!("<ul class=pagination>{}</ul>", repeated(6, page)),
            ),
            (
                "https://a.example/jobs",
                format!("<footer>{}</footer>", repeated(6, entry)),
            ),
        ] {
            assert_eq!(drafts_at(url, &body), [], "{body}");
        }
    }

    #[test]
    fn a_pager_among_the_cards_is_no_posting() {
        let card = "<div><a href=/projects/{n}>{name}</a><b class=budget>$100</b></div>";
        let pager =
            "<div>Pages of projects: <a href='/projects?page=2'>To the following page</a></div>";
        let drafts = drafts_at("https://a.example/projects", &(repeated(4, card) + pager));
        assert_eq!(drafts.len(), 4);
    }

    #[test]
    fn one_card_is_no_list() {
        assert!(
            drafts_at(
                "https://a.example/jobs",
                "<div class=job><a href=/jobs/1>Rust developer</a><p>$5/hr</p></div>"
            )
            .is_empty()
        );
    }
}
