//! One card of a list: the fields that its markup states clearly.

use std::collections::HashSet;
use std::ops::Range;

use url::Url;

use crate::card_facts::{bids, has_any, is_employment_type};
use crate::date;
use crate::document::Index;
use crate::draft::Draft;
use crate::open_page::OpenPage;
use crate::page_address::PageAddress;
use crate::site;
use crate::text::words;

/// A title longer than this, in characters, is a text.
const MAX_TITLE: usize = 250;
/// A description longer than this, in characters, is more than a card's.
const MAX_DESCRIPTION: usize = 20_000;

/// Words in the class names of elements that hold a description, a place, an employer.
const DESCRIPTION: &[&str] = &[
    "description",
    "descript",
    "desc",
    "summary",
    "snippet",
    "excerpt",
    "preview",
];
const LOCATION: &[&str] = &[
    "location",
    "locations",
    "joblocation",
    "city",
    "place",
    "region",
];
const EMPLOYER: &[&str] = &[
    "company",
    "companyname",
    "employer",
    "organization",
    "organisation",
];

/// Texts of links that say what to do, not what the job is.
const ACTIONS: [&str; 28] = [
    "apply",
    "apply now",
    "view",
    "view job",
    "view details",
    "view more",
    "details",
    "more",
    "more info",
    "more details",
    "read more",
    "learn more",
    "learn",
    "see more",
    "save",
    "save job",
    "share",
    "bid",
    "bid now",
    "quick apply",
    "easy apply",
    "откликнуться",
    "подробнее",
    "bewerben",
    "mehr",
    "postuler",
    "voir",
    "ver más",
];

/// A card: neighbouring elements, the first of which is its root.
pub(crate) type Card = Range<Index>;

/// What all cards of a page are read with.
pub(crate) struct Reader<'d, 'h> {
    pub(crate) page: OpenPage<'d, 'h>,
    /// Addresses that many cards of the list share, and that are therefore no job's own.
    pub(crate) decoys: HashSet<Url>,
}

struct Link {
    index: Index,
    url: Url,
    text: String,
}

impl Reader<'_, '_> {
    /// What the card states; nothing if it has no title.
    pub(crate) fn read(&self, card: &Card) -> Option<Draft> {
        let links = self.links(card);
        let (title, title_at) = self.title(card, &links)?;
        let description =
            self.labelled(card, DESCRIPTION, &["meta"], MAX_DESCRIPTION, "description");
        let lines = self.short_lines(card, &title, description);
        let location = self.name(card, LOCATION, "jobLocation");
        let is_remote = |text: &String| {
            matches!(
                text.to_lowercase().as_str(),
                "remote" | "fully remote" | "100% remote" | "remote only"
            )
        };
        Some(Draft {
            url: self.address(card, &title, title_at, &links),
            description: description.map(|index| {
                self.page
                    .document
                    .lines(self.page.document.subtree(index))
                    .join("\n")
            }),
            employer: self.name(card, EMPLOYER, "hiringOrganization"),
            remote: (location.iter().any(is_remote) || lines.iter().any(is_remote)).then_some(true),
            location,
            employment_type: lines.iter().find(|line| is_employment_type(line)).cloned(),
            budget: self.budget(card, &lines),
            skills: self.skills(card),
            posted_at: self.posted_at(card, &lines),
            valid_through: self.valid_through(card, &lines),
            bids: bids(&lines),
            title,
            ..Draft::default()
        })
    }

    /// The card's links that may lead to the job, in order: not to this list, nor to another page of it.
    fn links(&self, card: &Card) -> Vec<Link> {
        let here = PageAddress::new(self.page.url);
        let links = card
            .clone()
            .filter(|&index| self.page.document.name(index) == "a")
            .filter_map(|index| {
                let url = site::resolve(self.page.base, self.page.document.attr(index, "href")?)?;
                let canonical = site::canonical(&url);
                let is_own = !PageAddress::new(&url).is_of_same_list(&here)
                    && !self.decoys.contains(&canonical);
                is_own.then(|| Link {
                    index,
                    url,
                    text: self.page.document.text(index),
                })
            });
        links.collect()
    }

    /// The title, and the element that holds it.
    fn title(&self, card: &Card, links: &[Link]) -> Option<(String, Index)> {
        let marked = card
            .clone()
            .filter(|&index| self.page.document.attr(index, "itemprop") == Some("title"));
        let headings = card
            .clone()
            .filter(|&index| is_heading(self.page.document.name(index)));
        let labelled = card.clone().skip(1).filter(|&index| {
            let label = self.page.document.label(index);
            has_any(&label, &["title", "jobtitle", "headline"])
                && !has_any(&label, &["subtitle", "company", "employer", "wrapper"])
        });
        for index in marked.chain(headings).chain(labelled) {
            // A heading may hold more than its link: a badge, the site's name.
            let anchors = self
                .page
                .document
                .subtree(index)
                .filter(|&inner| self.page.document.name(inner) == "a");
            for index in anchors.chain([index]) {
                let text = self.page.document.text(index);
                if self.is_title(&text) {
                    return Some((text, index));
                }
            }
        }
        let link = links
            .iter()
            .find(|link| self.is_title(&link.text) && link.index != card.start)?;
        Some((link.text.clone(), link.index))
    }

    fn is_title(&self, text: &str) -> bool {
        text.chars().filter(|c| c.is_alphabetic()).count() >= 2
            && text.chars().count() <= MAX_TITLE
            && !ACTIONS.contains(&text.to_lowercase().as_str())
            && !text.contains("{{")
            && !date::is_date(text, self.page.now, self.page.locale)
    }

    /// The job's own address: of the link that is the title, or the only one that can be meant.
    fn address(&self, card: &Card, title: &str, title_at: Index, links: &[Link]) -> Option<Url> {
        let own = links
            .iter()
            .find(|link| self.page.document.subtree(title_at).contains(&link.index));
        let around = || {
            links
                .iter()
                .find(|link| self.page.document.subtree(link.index).contains(&title_at))
        };
        let same_text = || links.iter().find(|link| link.text == title);
        let same_words = || {
            let title = words(title);
            links.iter().find(|link| {
                let path = words(link.url.path());
                !title.is_empty()
                    && title.iter().filter(|word| path.contains(word)).count() * 2 > title.len()
            })
        };
        let only = || {
            let mut distinct = links
                .iter()
                .filter(|link| !link.url.path().trim_matches('/').is_empty());
            let first = distinct.next()?;
            distinct.all(|link| link.url == first.url).then_some(first)
        };
        let link = own
            .or_else(around)
            .or_else(same_text)
            .or_else(same_words)
            .or_else(only);
        link.map(|link| link.url.clone())
            .or_else(|| self.around_card(card))
    }

    /// The address of a link that the whole card stands in.
    fn around_card(&self, card: &Card) -> Option<Url> {
        let anchor = self
            .page
            .document
            .ancestors(card.start)
            .take(3)
            .find(|&index| self.page.document.name(index) == "a")?;
        site::resolve(self.page.base, self.page.document.attr(anchor, "href")?)
    }
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_page::opened;

    fn read(card: &str) -> Option<Draft> {
        opened("https://a.example/jobs", card, |page| {
            let mut elements = page.document.all();
            let root = elements.find(|&index| page.document.name(index) == "article");
            Reader {
                page: *page,
                decoys: HashSet::new(),
            }
            .read(&page.document.subtree(root.unwrap()))
        })
    }

    #[test]
    fn a_card_with_clear_markup_is_read_whole() {
        let draft = read(
            "<article class=job-card><h2><a href=/jobs/1>Rust developer</a></h2><div class=company-logo></div>
            <p class=company>Acme</p><p class=job-location>Location: Leeds</p><p class=budget>$20-30/hr</p>
            <time datetime=2026-07-01>nine days ago</time><span class=closing-date>2026-08-01</span>
            <div class=description><p>One.</p><p>Two.</p></div><ul class=tags><li>Rust<li>SQL</ul>
            <span>Part-time</span><span>12 proposals</span><span>Remote</span></article>",
        )
        .unwrap();
        assert_eq!(draft.title, "Rust developer");
        assert_eq!(draft.url.unwrap().as_str(), "https://a.example/jobs/1");
        assert_eq!(draft.employer.unwrap(), "Acme");
        assert_eq!(draft.location.unwrap(), "Leeds");
        assert_eq!(draft.budget.unwrap().max, Some(30.0));
        assert_eq!(draft.posted_at.unwrap(), "2026-07-01");
        assert_eq!(draft.valid_through.unwrap(), "2026-08-01");
        assert_eq!(draft.description.unwrap(), "One.\nTwo.");
        assert_eq!(draft.skills, ["Rust", "SQL"]);
        assert_eq!(draft.employment_type.unwrap(), "Part-time");
        assert_eq!(draft.bids, Some(12));
        assert_eq!(draft.remote, Some(true));
    }

    #[test]
    fn what_the_markup_does_not_say_is_absent() {
        let draft =
            read("<article><a href=/1>Rust developer</a> <p>We spent $5k on it.</p></article>")
                .unwrap();
        assert_eq!(
            draft,
            Draft {
                title: "Rust developer".into(),
                url: draft.url.clone(),
                ..Draft::default()
            }
        );
    }

    #[test]
    fn the_address_comes_from_the_link_that_fits_the_title() {
        let draft = read(
            "<article><h3>Rust developer</h3><a href=https://b.example/>Learn</a><a href=/jobs/rust-developer-7>Apply</a></article>",
        );
        assert_eq!(draft.unwrap().url.unwrap().path(), "/jobs/rust-developer-7");
        let around = read("<a href=/jobs/7><article><h3>Rust developer</h3></article></a>");
        assert_eq!(around.unwrap().url.unwrap().path(), "/jobs/7");
    }

    #[test]
    fn an_unclear_address_is_absent() {
        let draft = read(
            "<article><h3>Rust developer</h3><a href=/a>Learn</a><a href=/b>Apply</a></article>",
        );
        assert_eq!(draft.unwrap().url, None);
    }

    #[test]
    fn a_card_of_actions_has_no_title() {
        assert_eq!(
            read("<article><a href=/1>Apply now</a><a href=/2>Save</a></article>"),
            None
        );
    }

    #[test]
    fn relative_dates_count_from_the_visit() {
        let draft =
            read("<article><a href=/1>Rust developer</a><span>Posted 2 hours ago</span></article>")
                .unwrap();
        assert_eq!(draft.posted_at.unwrap(), "2026-07-10T10:00:00Z");
    }

    /// When a card with this in it says that it was posted, and when it ends.
    fn dates(facts: &str) -> (Option<String>, Option<String>) {
        let draft = read(&format!(
            "<html lang=en-GB><article><a href=/1>Rust developer</a> {facts}</article>"
        ))
        .unwrap();
        (draft.posted_at, draft.valid_through)
    }

    fn posted(facts: &str) -> Option<String> {
        dates(facts).0
    }

    #[test]
    fn dates_are_read_where_the_page_says_what_they_are_of() {
        let day = Some("2026-07-09".to_owned());
        assert_eq!(posted("<p class=date>9. Juli 2026</p>"), day);
        assert_eq!(posted("<p class=date>09/07/2026</p>"), day);
        assert_eq!(posted("<p>Posted on July 9, 2026</p>"), day);
        assert_eq!(posted("<p class=posted-ago>1d</p>"), day);
        assert_eq!(
            posted("<p class=date data-timestamp=1783540800>new</p>"),
            Some("2026-07-08T20:00:00Z".to_owned())
        );
        assert_eq!(dates("<p>Closes 9 July 2026</p>"), (None, day.clone()));
        assert_eq!(dates("<p class=deadline>09/07/2026</p>"), (None, day));
        let left = Some("2026-07-13".to_owned());
        assert_eq!(dates("<p class=ends>3 days</p>"), (None, left.clone()));
        assert_eq!(dates("<p>3 days left</p>"), (None, left));
    }

    #[test]
    fn dates_of_something_else_are_not_read() {
        for facts in [
            "<p>July 9, 2026</p>",
            "<p class=start-date>July 9, 2026</p>",
            "<p class=time>3 days</p>",
            "<p>3 days</p>",
            "<p class=date>in 3 days</p>",
            "<p>until 9 July 2026</p>",
        ] {
            assert_eq!(dates(facts), (None, None), "{facts}");
        }
    }

    #[test]
    fn a_date_is_no_title() {
        for date in ["July 9, 2026", "vor 3 Tagen", "2026年7月9日"] {
            let draft = read(&format!(
                "<article><h3>{date}</h3><a href=/1>Rust developer</a></article>"
            ));
            assert_eq!(draft.unwrap().title, "Rust developer", "{date}");
        }
    }
}
