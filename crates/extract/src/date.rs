//! Dates as pages write them, exactly as precise as the page: never a day or a zone that it does not state.
//!
//! A date comes out as an RFC 3339 date or date-time. A time keeps the offset that the page gives it, and has none where
//! the page gives none: to add one would be to guess the instant. Only what is counted from now, to the hour or finer,
//! is an instant by itself.
//!
//! | a text | is read as |
//! | --- | --- |
//! | "2026-07-09T19:52:00+02:00", "Thu, 09 Jul 2026 19:52:00 +0200", "1783619520" | what it is |
//! | "9. Juli 2026", "July 9th, 2026, 7:52 pm", "2026年7月9日", "٩ يوليو ٢٠٢٦" | that day, at that time |
//! | "09.07.2026", "23/07/2026" | that day |
//! | "03/04/2026" | a day if the page tells its order ([`Locale`]), else nothing |
//! | "8 июля, 19:00", "May 2026", "30 Feb 2026" | nothing: the year, the day is not stated, or does not exist |
//! | "vor 3 Tagen", "2週間前", "yesterday" | the day, counted from now in UTC |
//! | "il y a 2 heures", "just now" | the instant, to the second |
//! | "heute, 14:05" | today at that time, without an offset |
//! | "30+ days ago", "more than a month ago", "last week" | nothing: no day is stated |
//!
//! What a text is asked for decides how much it must say. A line of a card may be about anything, so there
//! [`posted_line`] wants a word such as "ago" or "posted", and [`deadline_line`] one such as "closes": "3 days" may be
//! how long the job takes. The text of an element that the page itself names as a date needs no such word: in one that is
//! named "posted", "3 days" are three days ago ([`posted`]), in one named "deadline" they are what is left ([`deadline`]).
//!
//! Every language reads a text by itself and must understand all of it. Where they disagree ("listopad" is
//! November in Polish and October in Croatian), the page's own language decides; if that is not known, nothing does.

mod clock;
#[cfg(test)]
mod corpus_tests;
mod fold;
mod iso;
mod locale;
mod relative;
mod token;
mod vocabulary;
mod words;
mod written;

use jiff::Timestamp;

pub(crate) use locale::Locale;
use relative::{Direction, Relative};
use token::Token;
use vocabulary::{Meaning, vocabulary};

/// A longer text, in bytes, is more than a date.
const MAX_TEXT: usize = 200;

/// The date or date-time that `text` states in full.
pub(crate) fn absolute(text: &str, locale: Locale) -> Option<String> {
    let text = text.trim();
    if let Some(date) = iso::read(text) {
        return Some(date);
    }
    match Statement::read(text, locale)? {
        Statement {
            value: Value::Absolute(date),
            label: None,
        } => Some(date),
        _ => None,
    }
}

/// When something was posted, by a line of text that may be about anything else.
///
/// Amounts of time need a word that puts them into the past, dates one that says that they are of the posting.
pub(crate) fn posted_line(text: &str, now: Timestamp, locale: Locale) -> Option<String> {
    let statement = Statement::read(text, locale)?;
    match (statement.label, statement.value) {
        (Some(Label::Posted), Value::Absolute(date)) => Some(date),
        (None | Some(Label::Posted), Value::Relative(relative)) => {
            let is_past = match relative {
                Relative::Day(0, _) => true,
                _ => relative.direction() == Some(Direction::Past),
            };
            is_past.then(|| relative.at(now, Direction::Past)).flatten()
        }
        _ => None,
    }
}

/// When something was posted, by the text of an element that holds just that: amounts of time need no "ago".
pub(crate) fn posted(text: &str, now: Timestamp, locale: Locale) -> Option<String> {
    if let Some(date) = iso::read(text.trim()) {
        return Some(date);
    }
    let statement = Statement::read(text, locale)?;
    match (statement.label, statement.value) {
        (Some(Label::Deadline | Label::End), _) => None,
        (_, Value::Absolute(date)) => Some(date),
        (_, Value::Relative(relative)) => {
            let is_future = match relative {
                Relative::Day(0, _) => false,
                _ => relative.direction() == Some(Direction::Future),
            };
            (!is_future)
                .then(|| relative.at(now, Direction::Past))
                .flatten()
        }
    }
}

/// When something ends, by a line of text that may be about anything else: the line must say so.
pub(crate) fn deadline_line(text: &str, now: Timestamp, locale: Locale) -> Option<String> {
    let statement = Statement::read(text, locale)?;
    (statement.label == Some(Label::Deadline))
        .then(|| statement.value.at(now, Direction::Future))
        .flatten()
}

/// When something ends, by the text of an element that holds just that: amounts of time are what is left.
pub(crate) fn deadline(text: &str, now: Timestamp, locale: Locale) -> Option<String> {
    if let Some(date) = iso::read(text.trim()) {
        return Some(date);
    }
    let statement = Statement::read(text, locale)?;
    (statement.label != Some(Label::Posted))
        .then(|| statement.value.at(now, Direction::Future))
        .flatten()
}

/// Whether `text` is a date and says nothing else.
pub(crate) fn is_date(text: &str, now: Timestamp, locale: Locale) -> bool {
    absolute(text, locale).is_some() || posted_line(text, now, locale).is_some()
}

/// A text that states one date.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    label: Option<Label>,
    value: Value,
}

/// What a text says that its date is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Posted,
    Deadline,
    /// An end of something.
    End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Absolute(String),
    Relative(Relative),
}

impl Value {
    fn at(&self, now: Timestamp, bare: Direction) -> Option<String> {
        match self {
            Self::Absolute(date) => Some(date.clone()),
            Self::Relative(relative) => relative.at(now, bare),
        }
    }
}

impl Statement {
    fn read(text: &str, locale: Locale) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_TEXT {
            return None;
        }
        let folded = fold::fold(text);
        let statement = Self::read_folded(&folded, locale);
        // "9 July 2026 (3 days ago)", and the names of zones that browsers write.
        let before = folded
            .strip_suffix(')')
            .and_then(|text| text.rsplit_once('('));
        statement.or_else(|| Self::read_folded(before?.0.trim_end(), locale))
    }

    fn read_folded(text: &str, locale: Locale) -> Option<Self> {
        let vocabulary = vocabulary();
        let speakers = match token::first_word(text) {
            Some(first) => vocabulary.speakers(first),
            // Numbers are the same in every language.
            None => vec![0],
        };
        let mut found: Option<Self> = None;
        let mut agree = true;
        for language in speakers {
            let Some(tokens) = token::tokens(text, language) else {
                continue;
            };
            let read = Self::of(&tokens, locale);
            if locale.speaks(vocabulary.code(language)) {
                return read;
            }
            if let Some(read) = read {
                agree &= found.as_ref().is_none_or(|found| *found == read);
                found = Some(read);
            }
        }
        found.filter(|_| agree)
    }

    fn of(tokens: &[Token], locale: Locale) -> Option<Self> {
        let labels = tokens.iter().filter_map(|token| match token.meaning()? {
            Meaning::Posted => Some(Label::Posted),
            Meaning::Deadline => Some(Label::Deadline),
            Meaning::End => Some(Label::End),
            _ => None,
        });
        let mut label = None;
        for next in labels {
            match (label, next) {
                (None, next) => label = Some(next),
                // "Closing date: until 9 July 2026".
                (Some(Label::Deadline | Label::End), Label::Deadline | Label::End) => {
                    label = Some(Label::Deadline);
                }
                (Some(before), next) if before == next => {}
                _ => return None,
            }
        }
        let value = match relative::read(tokens) {
            Some(relative) => Value::Relative(relative),
            None => Value::Absolute(written::read(tokens, locale)?),
        };
        Some(Self { label, value })
    }
}

#[cfg(test)]
mod tests;
