//! The facts that one card of a list states: employer, place, pay, dates, skills, bids.

use std::collections::HashSet;

use crate::Budget;
use crate::budget;
use crate::card::{Card, Reader};
use crate::date;
use crate::document::Index;
use crate::text::words;

/// An employer or a place longer than this, in characters, is a text.
const MAX_NAME: usize = 120;

impl Reader<'_, '_> {
    /// The first element that is named by one of `wanted` and none of `unwanted`, or has the `itemprop`, and has text.
    pub(crate) fn labelled(
        &self,
        card: &Card,
        wanted: &[&str],
        unwanted: &[&str],
        max: usize,
        itemprop: &str,
    ) -> Option<Index> {
        card.clone().skip(1).find(|&index| {
            let label = self.page.document.label(index);
            let is_named = has_any(&label, wanted) && !has_any(&label, unwanted);
            (is_named || self.page.document.attr(index, "itemprop") == Some(itemprop))
                && !matches!(
                    self.page.document.name(index),
                    "svg" | "img" | "i" | "input" | "select" | "button"
                )
                && (1..=max).contains(&self.page.document.text(index).chars().count())
        })
    }

    pub(crate) fn name(&self, card: &Card, wanted: &[&str], itemprop: &str) -> Option<String> {
        // Such names stand for more than the name alone, or for something beside it.
        let unwanted = [
            "logo",
            "icon",
            "info",
            "details",
            "meta",
            "wrapper",
            "container",
            "size",
            "rating",
            "type",
            "label",
            "title",
        ];
        let index = self.labelled(card, wanted, &unwanted, MAX_NAME, itemprop)?;
        let text = self.page.document.text(index);
        let text = match text.split_once(':') {
            Some((label, value)) if wanted.contains(&label.trim().to_lowercase().as_str()) => {
                value.trim().to_owned()
            }
            _ => text,
        };
        text.chars().any(char::is_alphabetic).then_some(text)
    }

    pub(crate) fn budget(&self, card: &Card, lines: &[String]) -> Option<Budget> {
        let region = self.page.region;
        let wanted = [
            "budget",
            "salary",
            "price",
            "pay",
            "compensation",
            "wage",
            "payment",
            "remuneration",
            "rate",
        ];
        let unwanted = ["verified", "spent", "rating", "method", "icon", "label"];
        if let Some(index) = self.labelled(card, &wanted, &unwanted, 200, "baseSalary") {
            return budget::parse(&self.page.document.text(index), region);
        }
        let unwanted = [
            "spent", "bonus", "raised", "funding", "equity", "off", "save", "fee", "deposit",
            "earned", "revenue", "prize", "million",
        ];
        let plain = lines
            .iter()
            .filter(|line| line.chars().count() <= 60 && !has_any(&words(line), &unwanted));
        plain
            .filter_map(|line| budget::parse(line, region))
            .find(|budget| budget.currency.is_some())
    }

    /// The texts of the elements named as skills or tags, or of the elements in them.
    pub(crate) fn skills(&self, card: &Card) -> Vec<String> {
        let mut skills: Vec<String> = Vec::new();
        let mut past = card.start;
        for index in card.clone().skip(1) {
            let label = self.page.document.label(index);
            if index < past || !has_any(&label, &["skill", "skills", "tag", "tags", "technologies"])
            {
                continue;
            }
            past = self.page.document.subtree(index).end;
            let leaves = self
                .page
                .document
                .subtree(index)
                .filter(|&leaf| self.page.document.children(leaf).next().is_none());
            let texts = leaves.map(|leaf| self.page.document.text(leaf));
            skills.extend(texts.filter(|text| (1..=50).contains(&text.chars().count())));
        }
        let mut seen = HashSet::new();
        skills.retain(|skill| seen.insert(skill.clone()));
        skills
    }

    pub(crate) fn posted_at(&self, card: &Card, lines: &[String]) -> Option<String> {
        let is_time = |&index: &Index| {
            self.page.document.name(index) == "time"
                || self.page.document.attr(index, "itemprop") == Some("datePosted")
        };
        let times = card.clone().filter(is_time);
        let named = card.clone().skip(1).filter(|&index| {
            has_any(
                &self.page.document.label(index),
                &[
                    "date",
                    "time",
                    "posted",
                    "age",
                    "ago",
                    "published",
                    "created",
                ],
            )
        });
        let elements = times
            .chain(named)
            .filter(|&index| !self.is_deadline(card, index) && !self.is_start(index));
        let stated = elements.filter_map(|index| self.moment(index)).next();
        stated.or_else(|| {
            lines
                .iter()
                .find_map(|line| date::posted_line(line, self.page.now, self.page.locale))
        })
    }

    pub(crate) fn valid_through(&self, card: &Card, lines: &[String]) -> Option<String> {
        let mut elements = card
            .clone()
            .skip(1)
            .filter(|&index| self.is_deadline(card, index));
        let stated = elements.find_map(|index| {
            let text = self.page.document.text(index);
            self.attributed(index)
                .or_else(|| date::deadline(&text, self.page.now, self.page.locale))
        });
        stated.or_else(|| {
            lines
                .iter()
                .find_map(|line| date::deadline_line(line, self.page.now, self.page.locale))
        })
    }

    /// Whether the element is named as the beginning of the work.
    fn is_start(&self, index: Index) -> bool {
        let names = ["start", "starts", "starting", "begin", "begins"];
        has_any(&self.page.document.label(index), &names)
    }

    /// Whether the element, or one around it inside the card, is named as the end of something.
    fn is_deadline(&self, card: &Card, index: Index) -> bool {
        let names = [
            "expires", "expiry", "deadline", "closing", "closes", "ends", "valid", "until",
        ];
        let own = std::iter::once(index).chain(
            self.page
                .document
                .ancestors(index)
                .take_while(|ancestor| card.contains(ancestor)),
        );
        own.take(3).any(|index| {
            has_any(&self.page.document.label(index), &names)
                || self.page.document.attr(index, "itemprop") == Some("validThrough")
        })
    }

    /// The moment an element states, in an attribute or as text.
    fn moment(&self, index: Index) -> Option<String> {
        let text = self.page.document.text(index);
        let label = ["posted", "published", "date", "added"];
        let value = match text.split_once(':') {
            Some((name, value)) if has_any(&words(name), &label) => value,
            _ => &text,
        };
        // Elements named "time" may hold how long the job takes; only in these is an amount how long ago it was posted.
        let names = ["posted", "published", "created", "date", "ago"];
        let is_sure = has_any(&self.page.document.label(index), &names)
            || self.page.document.attr(index, "itemprop") == Some("datePosted");
        let in_text = || {
            if is_sure {
                date::posted(value, self.page.now, self.page.locale)
                    .or_else(|| date::posted(&text, self.page.now, self.page.locale))
            } else {
                date::absolute(value, self.page.locale)
                    .or_else(|| date::posted_line(&text, self.page.now, self.page.locale))
            }
        };
        self.attributed(index).or_else(in_text)
    }

    fn attributed(&self, index: Index) -> Option<String> {
        [
            "datetime",
            "content",
            "title",
            "data-timestamp",
            "data-date",
        ]
        .iter()
        .find_map(|name| date::absolute(self.page.document.attr(index, name)?, self.page.locale))
    }

    /// Lines and pieces of text that can be a field of their own: short, and neither title nor description.
    pub(crate) fn short_lines(
        &self,
        card: &Card,
        title: &str,
        description: Option<Index>,
    ) -> Vec<String> {
        let mut lines = self.page.document.texts_without(card.clone(), description);
        lines.retain(|line| line.chars().count() <= 100 && !line.contains(title));
        lines
    }
}

/// Whether one of `words` is wanted.
pub(crate) fn has_any(words: &[String], wanted: &[&str]) -> bool {
    words.iter().any(|word| wanted.contains(&word.as_str()))
}

pub(crate) fn is_employment_type(line: &str) -> bool {
    matches!(
        line.to_lowercase().replace(['-', '_'], " ").as_str(),
        "full time"
            | "part time"
            | "contract"
            | "contractor"
            | "freelance"
            | "internship"
            | "temporary"
            | "permanent"
            | "full time/permanent"
    )
}

/// How many bids the card says there are: "31 proposals", "Bids: 4".
pub(crate) fn bids(lines: &[String]) -> Option<u32> {
    // Nobody bids for employment: who answers to a vacancy is an applicant.
    let is_vacancy = |line: &String| {
        words(line)
            .first()
            .is_some_and(|word| matches!(word.as_str(), "vacancy" | "вакансия"))
    };
    if lines.iter().any(is_vacancy) {
        return None;
    }
    lines.iter().find_map(|line| {
        let line = line.to_lowercase();
        let parts: Vec<&str> = line
            .split([' ', ':'])
            .filter(|part| !part.is_empty())
            .collect();
        match parts.as_slice() {
            [number, name] if is_bid(name) => number.parse().ok(),
            [name, number] if is_bid(name) => number.parse().ok(),
            _ => None,
        }
    })
}

fn is_bid(word: &str) -> bool {
    matches!(
        word,
        "proposal" | "proposals" | "bid" | "bids" | "angebote" | "propuestas"
    ) || ["ответ", "отклик", "заявк", "заявок"]
        .iter()
        .any(|stem| word.starts_with(stem))
}
