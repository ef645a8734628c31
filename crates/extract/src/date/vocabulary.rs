//! What words mean, language by language.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold::{self, fold};
use super::words::{self, Language};

/// A unit of time, the finest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    Decade,
}

const UNITS: [Unit; 8] = [
    Unit::Second,
    Unit::Minute,
    Unit::Hour,
    Unit::Day,
    Unit::Week,
    Unit::Month,
    Unit::Year,
    Unit::Decade,
];

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// January is 1.
    Month(i8),
    Weekday,
    /// So many days from today.
    Day(i8),
    Now,
    Present,
    /// A unit, and how many of it are meant where no number stands.
    Unit(Unit, Option<u8>),
    /// A unit that is also a part of dates and times.
    Mark(Unit),
    Number(u8),
    Few,
    Past,
    Future,
    Around,
    Morning,
    Evening,
    Utc,
    Zone,
    Posted,
    Deadline,
    End,
}

/// A language by its place in the list.
pub(super) type LanguageIndex = usize;

struct Entry {
    /// Folded.
    phrase: String,
    /// None for all languages.
    language: Option<LanguageIndex>,
    meaning: Meaning,
}

/// Every word of every language, found by the first word of its phrase.
pub(super) struct Vocabulary {
    entries: HashMap<String, Vec<Entry>>,
    codes: Vec<&'static str>,
}

// Made once from constants, and never changed.
static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::new);

/// The words of all languages.
pub(super) fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}

impl Vocabulary {
    fn new() -> Self {
        let mut vocabulary = Self {
            entries: HashMap::new(),
            codes: Vec::new(),
        };
        for (index, language) in words::languages().enumerate() {
            vocabulary.codes.push(language.code);
            vocabulary.learn(index, language);
        }
        for (phrases, meaning) in [
            (words::MORNING, Meaning::Morning),
            (words::EVENING, Meaning::Evening),
            (words::UTC, Meaning::Utc),
            (words::ZONES, Meaning::Zone),
            (words::POSTED, Meaning::Posted),
            (words::DEADLINE, Meaning::Deadline),
            (words::END, Meaning::End),
        ] {
            vocabulary.add_all(None, phrases, meaning);
        }
        for entries in vocabulary.entries.values_mut() {
            // Longest first, a language's own word before that of all; the sort is stable, so what was learnt first
            // wins within a language.
            entries.sort_by_key(|entry| {
                (
                    std::cmp::Reverse(entry.phrase.len()),
                    entry.language.is_none(),
                )
            });
        }
        vocabulary
    }

    fn learn(&mut self, index: LanguageIndex, language: &Language) {
        let own = Some(index);
        for (phrases, days) in slots(language.days).zip(-2..) {
            self.add_all(own, phrases, Meaning::Day(days));
        }
        self.add_all(own, language.now, Meaning::Now);
        self.add_all(own, language.present, Meaning::Present);
        for (implied, units) in [(Some(2), language.two), (Some(1), language.one)] {
            for (phrases, unit) in slots(units).zip(UNITS) {
                self.add_all(own, phrases, Meaning::Unit(unit, implied));
            }
        }
        // Marks are what they are even where they are listed as units as well.
        for (phrases, unit) in slots(language.marks).zip(UNITS) {
            self.add_all(own, phrases, Meaning::Mark(unit));
        }
        for (phrases, unit) in slots(language.units).zip(UNITS) {
            self.add_all(own, phrases, Meaning::Unit(unit, None));
        }
        self.add_all(own, language.past, Meaning::Past);
        self.add_all(own, language.future, Meaning::Future);
        self.add_all(own, language.few, Meaning::Few);
        self.add_all(own, language.morning, Meaning::Morning);
        self.add_all(own, language.evening, Meaning::Evening);
        self.add_all(own, language.around, Meaning::Around);
        for (phrases, month) in slots(language.months).zip(1..) {
            self.add_all(own, phrases, Meaning::Month(month));
        }
        self.add_all(own, language.weekdays, Meaning::Weekday);
        for (phrases, number) in slots(language.numbers).zip(1..) {
            self.add_all(own, phrases, Meaning::Number(number));
        }
    }

    fn add_all(&mut self, language: Option<LanguageIndex>, phrases: &str, meaning: Meaning) {
        let phrases = phrases.split(',').map(fold);
        for phrase in phrases.filter(|phrase| !phrase.is_empty()) {
            let first = fold::first_word(&phrase).to_owned();
            self.entries.entry(first).or_default().push(Entry {
                phrase,
                language,
                meaning,
            });
        }
    }

    pub(super) fn code(&self, language: LanguageIndex) -> &'static str {
        self.codes.get(language).copied().unwrap_or_default()
    }

    /// The languages that know the first word of `text`; all of them, in order, if it is one that all know.
    pub(super) fn speakers(&self, text: &str) -> Vec<LanguageIndex> {
        let entries = self.entries.get(fold::first_word(text));
        let entries = entries.map(Vec::as_slice).unwrap_or_default();
        let is_known_to_all = entries.iter().any(|entry| entry.language.is_none());
        (0..self.codes.len())
            .filter(|&language| {
                is_known_to_all || entries.iter().any(|entry| entry.language == Some(language))
            })
            .collect()
    }

    /// The longest phrase at the start of `text` that means something in the language, and its length.
    pub(super) fn read(&self, text: &str, language: LanguageIndex) -> Option<(Meaning, usize)> {
        let entries = self.entries.get(fold::first_word(text))?;
        let known = entries
            .iter()
            .filter(|entry| entry.language.is_none_or(|own| own == language));
        let mut whole = known.filter(|entry| {
            text.strip_prefix(entry.phrase.as_str())
                .is_some_and(|rest| fold::is_boundary(&entry.phrase, rest))
        });
        whole
            .next()
            .map(|entry| (entry.meaning, entry.phrase.len()))
    }
}

/// The meanings of a list, in order.
fn slots(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split('|')
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_language_fills_its_slots() {
        let mut codes = HashSet::new();
        for language in words::languages() {
            let code = language.code;
            assert!(codes.insert(code), "{code} is there twice");
            assert!(
                language.months.is_empty() || slots(language.months).count() == 12,
                "{code}"
            );
            assert_eq!(slots(language.days).count(), 5, "{code}");
            assert!((7..=8).contains(&slots(language.units).count()), "{code}");
            for units in [language.one, language.two] {
                assert!(
                    units.is_empty() || (7..=8).contains(&slots(units).count()),
                    "{code}"
                );
            }
            assert!(!language.past.is_empty(), "{code}");
            assert!(!language.future.is_empty(), "{code}");
        }
    }
}
