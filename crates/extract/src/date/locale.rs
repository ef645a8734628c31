//! What a page tells about how to read its dates.

use super::token::{Number, digits};
use crate::document::Document;

/// A page's language, and the order in which it writes numbers of dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Locale {
    /// ISO 639-1, in lower case.
    pub(super) language: Option<[u8; 2]>,
    /// None where it is not known.
    pub(super) order: Option<Order>,
}

/// Which comes first where the year comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

/// Languages in which the day is first wherever they are spoken, by the Unicode CLDR.
///
/// Not those that begin with the year (a year at the end is then somebody else's order), and not those of
/// countries that disagree: English, Spanish of Puerto Rico, French of Canada.
const DAY_FIRST: [&[u8; 2]; 40] = [
    b"ar", b"be", b"bg", b"bn", b"bs", b"ca", b"cs", b"da", b"de", b"el", b"es", b"et", b"fi",
    b"fr", b"gl", b"he", b"hi", b"hr", b"id", b"it", b"lv", b"mk", b"ms", b"nb", b"nl", b"nn",
    b"no", b"pl", b"pt", b"ro", b"ru", b"sk", b"sl", b"sq", b"sr", b"sv", b"th", b"tr", b"uk",
    b"vi",
];

impl Locale {
    /// What the page says: its numbers, where one can only be a day, and else the language that it declares.
    ///
    /// Numbers outweigh the language, which many sites leave as their software came.
    pub(crate) fn of(document: &Document<'_>) -> Self {
        let root = document.all().find(|&index| document.name(index) == "html");
        let tag = root.and_then(|root| document.attr(root, "lang"));
        let declared = Self::of_language(tag.unwrap_or_default());
        let (mut day_first, mut month_first) = (false, false);
        for line in document.all_lines() {
            for order in orders(&line) {
                match order {
                    Order::DayFirst => day_first = true,
                    Order::MonthFirst => month_first = true,
                }
            }
        }
        let order = match (day_first, month_first) {
            (true, true) => None,
            (true, false) => Some(Order::DayFirst),
            (false, true) => Some(Order::MonthFirst),
            (false, false) => declared.order,
        };
        Self { order, ..declared }
    }

    /// What a language tag such as "de" or "en-GB" tells.
    pub(super) fn of_language(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split(['-', '_']);
        let name = parts.next().unwrap_or_default();
        let region = parts.find(|part| part.len() == 2).unwrap_or_default();
        let language: Option<[u8; 2]> = name.as_bytes().try_into().ok();
        let order = match (name, region) {
            ("en", "us" | "ph") | ("es", "pr") | ("fil" | "tl", _) => Some(Order::MonthFirst),
            ("en", "gb" | "ie" | "au" | "nz" | "in" | "sg" | "my") => Some(Order::DayFirst),
            ("fr", "ca") | ("es", "us" | "pa") => None,
            _ => language
                .filter(|code| DAY_FIRST.contains(&code))
                .map(|_| Order::DayFirst),
        };
        Self { language, order }
    }

    /// Whether the page is in the language.
    pub(super) fn speaks(self, code: &str) -> bool {
        let own = match self.language {
            // Two names of Norwegian, and one that takes both in.
            Some([b'n', b'o' | b'n']) => *b"nb",
            Some(own) => own,
            None => return false,
        };
        own.as_slice() == code.as_bytes()
    }
}

/// The orders of the dates in a text that only one order makes dates of.
fn orders(text: &str) -> impl Iterator<Item = Order> {
    let bytes = text.as_bytes();
    let starts = (0..bytes.len()).filter(|&at| {
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        is_digit(at)
            && (at == 0 || !(is_digit(at - 1) || matches!(bytes[at - 1], b'.' | b'/' | b'-')))
    });
    starts.filter_map(|at| certain_order(&text[at..]))
}

fn certain_order(text: &str) -> Option<Order> {
    let (first, length) = digits(text)?;
    let rest = &text[length..];
    let mark = rest
        .chars()
        .next()
        .filter(|mark| matches!(mark, '.' | '/' | '-'))?;
    let rest = &rest[1..];
    let (second, length) = digits(rest)?;
    let rest = rest[length..].strip_prefix(mark)?;
    let (third, length) = digits(rest)?;
    let is_year = third
        .year()
        .is_some_and(|year| (1970..2100).contains(&year));
    if !is_year || rest[length..].starts_with(mark) {
        return None;
    }
    let part = |number: Number| number.part();
    match (part(first)?, part(second)?) {
        (13..=31, 1..=12) => Some(Order::DayFirst),
        (1..=12, 13..=31) => Some(Order::MonthFirst),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn order(html: &str) -> Option<Order> {
        let html = Html::parse_document(html);
        Locale::of(&Document::new(&html)).order
    }

    #[test]
    fn languages_have_an_order_where_their_countries_agree() {
        for (tag, expected) in [
            ("de", Some(Order::DayFirst)),
            ("pt-BR", Some(Order::DayFirst)),
            ("sr-Latn-RS", Some(Order::DayFirst)),
            ("en-US", Some(Order::MonthFirst)),
            ("en_GB", Some(Order::DayFirst)),
            ("en", None),
            ("en-CA", None),
            ("fr-CA", None),
            ("ja", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(Locale::of_language(tag).order, expected, "{tag}");
        }
    }

    #[test]
    fn numbers_that_leave_no_choice_outweigh_the_language() {
        assert_eq!(order("<p>03/04/2026"), None);
        assert_eq!(order("<html lang=de><p>03/04/2026"), Some(Order::DayFirst));
        assert_eq!(
            order("<p>03/04/2026<p>on 23/04/2026."),
            Some(Order::DayFirst)
        );
        assert_eq!(
            order("<html lang=en-US><p>23/04/2026"),
            Some(Order::DayFirst)
        );
        assert_eq!(order("<p>4/23/2026, 7 pm"), Some(Order::MonthFirst));
        assert_eq!(order("<html lang=de><p>4/23/2026<p>23/4/2026"), None);
        assert_eq!(order("<p>1.13.2026.4<p>0/13.1.2026<p>13/1/9999"), None);
    }
}
