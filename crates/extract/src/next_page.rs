//! The next page of a list.

use std::collections::HashMap;

use url::Url;

use crate::document::{Document, Index};
use crate::page_address::PageAddress;
use crate::site;
use crate::text::words;

/// What links to the next page say, in lower case and without arrows.
const NEXT: [&str; 44] = [
    "next",
    "next page",
    "go to next page",
    "page suivante",
    "older",
    "older posts",
    "older entries",
    "more results",
    "suivant",
    "suivante",
    "weiter",
    "nächste",
    "nächste seite",
    "vor",
    "siguiente",
    "siguientes",
    "página siguiente",
    "próxima",
    "próximo",
    "próxima página",
    "seguinte",
    "следующая",
    "следующая страница",
    "дальше",
    "вперед",
    "вперёд",
    "далее",
    "след",
    "след.",
    "nästa",
    "neste",
    "næste",
    "volgende",
    "volgende pagina",
    "avanti",
    "successiva",
    "następna",
    "dalej",
    "další",
    "sonraki",
    "次へ",
    "次のページ",
    "下一页",
    "다음",
];

/// The address of the page after this one, on the same site; never this page itself.
///
/// In order: what is declared `rel=next`, links that say so, the number after the current one in a
/// pager, a link whose address has the number after this page's. An address with a smaller number than
/// this page's leads back, whatever it says: blogs call newer pages "next".
pub(crate) fn find(document: &Document<'_>, base: &Url, page: &Url) -> Option<Url> {
    let links = Links::new(document, base, page);
    links
        .declared()
        .or_else(|| links.named())
        .or_else(|| links.numbered())
        .or_else(|| links.following())
}

struct Links<'d, 'h> {
    document: &'d Document<'h>,
    base: &'d Url,
    page: &'d Url,
    here: PageAddress,
    /// Links a visitor can follow from here within the site, in order.
    anchors: Vec<(Index, Url)>,
}

impl<'d, 'h> Links<'d, 'h> {
    fn new(document: &'d Document<'h>, base: &'d Url, page: &'d Url) -> Self {
        let mut links = Self {
            document,
            base,
            page,
            here: PageAddress::new(page),
            anchors: Vec::new(),
        };
        let is_disabled =
            |index: Index| document.label(index).iter().any(|word| word == "disabled");
        let anchors = document.all().filter(|&index| {
            document.name(index) == "a"
                && !is_disabled(index)
                && !document.parent(index).is_some_and(is_disabled)
        });
        links.anchors = anchors
            .filter_map(|index| Some((index, links.target(index)?)))
            .collect();
        links
    }

    fn target(&self, index: Index) -> Option<Url> {
        let href = self.document.attr(index, "href")?;
        let mut url = site::resolve(self.base, href).filter(|_| !href.starts_with('#'))?;
        url.set_fragment(None);
        let address = PageAddress::new(&url);
        // Without a number here, `page=1` may be the second page of a list that counts from 0.
        let leads_back = address.is_of_same_list(&self.here)
            && self
                .here
                .number
                .is_some_and(|number| address.place() <= number);
        let is_this = site::canonical(&url) == site::canonical(self.page);
        (!is_this && !leads_back && site::is_same_site(&url, self.page)).then_some(url)
    }

    fn declared(&self) -> Option<Url> {
        let is_next = |&index: &Index| {
            matches!(self.document.name(index), "a" | "link")
                && self.document.attr(index, "rel").is_some_and(|rel| {
                    rel.split_whitespace()
                        .any(|rel| rel.eq_ignore_ascii_case("next"))
                })
        };
        let mut declared = self.document.all().filter(is_next);
        declared.find_map(|index| self.target(index))
    }

    fn named(&self) -> Option<Url> {
        let best = self
            .anchors
            .iter()
            .filter_map(|(index, url)| Some((self.says_next(*index)?, url)));
        // Of equals the first: pagers above and below a list agree.
        let best = best.reduce(|best, other| if other.0 > best.0 { other } else { best });
        best.map(|(_, url)| url.clone())
    }

    /// How clearly a link says that it leads to the next page.
    fn says_next(&self, index: Index) -> Option<u8> {
        let around: Vec<Index> = std::iter::once(index)
            .chain(self.document.ancestors(index).take(2))
            .collect();
        let label: Vec<Vec<String>> = around
            .iter()
            .map(|&index| self.document.label(index))
            .collect();
        let is_named = |name: &str| label.iter().take(2).flatten().any(|word| word == name);
        if is_named("prev") || is_named("previous") {
            return None;
        }
        let around = std::iter::once(index).chain(self.document.ancestors(index).take(6));
        if around.into_iter().any(|index| {
            self.document
                .label(index)
                .iter()
                .any(|word| word == "calendar")
        }) {
            return None;
        }
        let text = self.document.text(index).to_lowercase();
        let texts = [
            Some(text.as_str()),
            self.document.attr(index, "aria-label"),
            self.document.attr(index, "title"),
        ];
        let bare = |text: &str| {
            text.to_lowercase()
                .trim_matches(|c: char| c.is_whitespace() || is_arrow(c) || c == '(' || c == ')')
                .to_owned()
        };
        if texts
            .into_iter()
            .flatten()
            .any(|text| NEXT.contains(&bare(text).as_str()))
        {
            return Some(4);
        }
        if matches!(text.as_str(), "›" | ">" | "→" | "❯" | "▶" | "►") {
            return Some(3);
        }
        let is_in_pager = self.is_in_pager(index);
        if is_in_pager && is_named("next") {
            return Some(2);
        }
        (is_in_pager && matches!(text.as_str(), "»" | ">>")).then_some(1)
    }

    fn is_in_pager(&self, index: Index) -> bool {
        let around = std::iter::once(index).chain(self.document.ancestors(index).take(4));
        let names = [
            "pager",
            "pagination",
            "paging",
            "pages",
            "paginator",
            "page",
            "pagenav",
            "paginate",
            "nav",
        ];
        around.into_iter().any(|index| {
            self.document
                .label(index)
                .iter()
                .any(|word| names.contains(&word.as_str()))
        })
    }

    /// The link whose own address says that it is the page after this one.
    fn following(&self) -> Option<Url> {
        let is_after = |url: &Url| {
            let address = PageAddress::new(url);
            address.is_of_same_list(&self.here)
                && address.place() == self.here.place().saturating_add(1)
        };
        self.anchors
            .iter()
            .find(|(_, url)| is_after(url))
            .map(|(_, url)| url.clone())
    }

    /// The link with the number after the current page's.
    fn numbered(&self) -> Option<Url> {
        let mut pagers: HashMap<Index, Vec<(u32, Index, &Url)>> = HashMap::new();
        let mut order = Vec::new();
        for (index, url) in &self.anchors {
            let Some(number) = page_number(&self.document.text(*index)) else {
                continue;
            };
            // The pager is the list around the link or around the item that holds it.
            for ancestor in self.document.ancestors(*index).take(3) {
                let pager = pagers.entry(ancestor).or_default();
                if pager.is_empty() {
                    order.push(ancestor);
                }
                pager.push((number, *index, url));
            }
        }
        order
            .into_iter()
            .find_map(|pager| self.after_current(pager, &pagers[&pager]))
    }

    fn after_current(&self, pager: Index, links: &[(u32, Index, &Url)]) -> Option<Url> {
        let current = self.current(pager, links)?;
        let (_, _, next) = links.iter().find(|(number, _, _)| *number == current + 1)?;
        // Numbers of a calendar or of a rating are no pages: these differ in nothing but a number.
        let shape = |url: &Url| words(url.as_str());
        let alike = links
            .iter()
            .filter(|(_, _, url)| shape(url) == shape(next))
            .count();
        (has_number_of(next, current + 1) && (alike >= 2 || self.is_in_pager(pager)))
            .then(|| (*next).clone())
    }

    /// The number in the pager that is no link, or the one marked as current.
    fn current(&self, pager: Index, links: &[(u32, Index, &Url)]) -> Option<u32> {
        let numbers: Vec<u32> = links.iter().map(|(number, _, _)| *number).collect();
        let subtree = self.document.subtree(pager);
        if subtree.len() > 400 {
            return None;
        }
        let marked = subtree.clone().find_map(|index| {
            let label = self.document.label(index);
            let is_marked = self.document.attr(index, "aria-current").is_some()
                || label.iter().any(|word| {
                    matches!(
                        word.as_str(),
                        "current" | "active" | "selected" | "cur" | "act"
                    )
                });
            page_number(&self.document.text(index)).filter(|_| is_marked)
        });
        let unlinked = || {
            self.document
                .pieces(pager)
                .iter()
                .filter_map(|piece| page_number(piece))
                .find(|number| !numbers.contains(number))
        };
        let is_near = |number: &u32| {
            numbers.contains(&(number + 1)) || numbers.contains(&number.saturating_sub(1))
        };
        marked.or_else(unlinked).filter(is_near)
    }
}

/// A page's number: all that stands in a link, but for brackets.
fn page_number(text: &str) -> Option<u32> {
    let text = text.trim_matches(['[', ']', '(', ')', ' ']);
    text.parse()
        .ok()
        .filter(|number| (1..100_000).contains(number) && text.len() <= 5)
}

fn is_arrow(c: char) -> bool {
    matches!(
        c,
        '›' | '»' | '>' | '→' | '❯' | '▶' | '►' | '‹' | '…' | '.' | '⟩' | '<' | '\u{f105}'
    )
}

/// Whether the address holds the page's number, or how many entries stand before that page.
fn has_number_of(url: &Url, page: u32) -> bool {
    let numbers = url
        .as_str()
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() <= 6);
    let mut numbers = numbers.filter_map(|digits| digits.parse::<u32>().ok());
    numbers.any(|number| {
        number == page
            || number + 1 == page
            || (number >= 5 && page > 1 && number % (page - 1) == 0)
    })
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn next(body: &str) -> Option<String> {
        next_of("https://a.example/jobs?page=2", body)
    }

    fn next_of(page: &str, body: &str) -> Option<String> {
        let html = Html::parse_document(body);
        let page = Url::parse(page).unwrap();
        find(&Document::new(&html), &page, &page).map(String::from)
    }

    #[test]
    fn what_is_declared_comes_first() {
        let declared =
            next("<head><link rel=next href='?page=3'></head><a href='?page=9'>Next</a>");
        assert_eq!(declared.unwrap(), "https://a.example/jobs?page=3");
        assert_eq!(
            next("<a rel='nofollow NEXT' href='/jobs?page=3#top'>more</a>").unwrap(),
            "https://a.example/jobs?page=3"
        );
    }

    #[test]
    fn links_that_say_next() {
        for link in [
            "Next",
            "Next ›",
            "next page »",
            "›",
            "Weiter",
            "Следующая →",
            "<span>Older posts</span>",
        ] {
            let html = format!("<a href='/jobs?page=1'>1</a><a href='/jobs?page=3'>{link}</a>");
            assert_eq!(
                next(&html).unwrap(),
                "https://a.example/jobs?page=3",
                "{link}"
            );
        }
        assert!(next("<a href='/jobs?page=3' aria-label='Next page'><svg></svg></a>").is_some());
    }

    #[test]
    fn numbers_count_from_the_current_one() {
        let unlinked = "<div class=pager><a href='?page=1'>1</a> <b>2</b> <a href='?page=3'>3</a> <a href='?page=4'>4</a></div>";
        assert_eq!(next(unlinked).unwrap(), "https://a.example/jobs?page=3");
        let marked = "<ul><li><a href='?page=1'>1</a><li class=active><a href='?page=2'>2</a><li><a href='?page=3'>3</a></ul>";
        assert_eq!(next(marked).unwrap(), "https://a.example/jobs?page=3");
        let last = "<div class=pager><a href='?page=1'>1</a> <b>2</b></div>";
        assert_eq!(next(last), None);
    }

    #[test]
    fn neither_this_page_nor_another_site_is_next() {
        for link in [
            "#",
            "?page=2",
            "?page=2&utm_source=x",
            "https://b.example/jobs?page=3",
            "javascript:next()",
        ] {
            assert_eq!(
                next(&format!("<a rel=next href='{link}'>Next</a>")),
                None,
                "{link}"
            );
        }
        assert!(next("<a rel=next href='https://www.a.example/jobs?page=3'>Next</a>").is_some());
    }

    #[test]
    fn a_disabled_link_and_ordinary_words_are_not_followed() {
        assert_eq!(
            next("<li class=disabled><a href='/jobs?page=3'>Next</a></li>"),
            None
        );
        assert_eq!(next("<a href='/next-steps'>Next steps for you</a>"), None);
    }
}
