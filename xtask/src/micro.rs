//! What `bench micro` measured, and the tables made of it.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::{
    columns::Columns,
    estimates::Estimate,
    figures::{self, Figure},
};

/// The contestant that is ours. Another way to use it is called the same, with a comma and how.
pub(crate) const OURS: &str = "ours";
/// Where a contestant does not take part.
pub(crate) const ABSENT: &str = "-";
/// The heading of the ratios.
pub(crate) const RATIO: &str = "ours/best peer";

/// What was measured of one suite.
#[derive(Debug, Serialize)]
pub(crate) struct Suite {
    pub(crate) name: String,
    /// Every estimate of every round.
    pub(crate) rounds: Vec<Vec<Estimate>>,
    /// Every figure that the suite found out by itself, of every round.
    pub(crate) figures: Vec<Vec<Figure>>,
    pub(crate) counted: Counted,
}

/// What a suite prints when it counts.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Counted {
    allocations: Vec<Allocations>,
    sizes: Vec<Bytes>,
    growth: Vec<Bytes>,
}

/// What one operation allocates, on average.
#[derive(Debug, Deserialize, Serialize)]
struct Allocations {
    operation: String,
    contestant: String,
    count: f64,
    bytes: f64,
}

#[derive(Debug, Deserialize, Serialize)]
struct Bytes {
    what: String,
    contestant: String,
    bytes: i64,
}

impl Counted {
    /// Reads the one object that a suite prints.
    ///
    /// # Errors
    /// It does not follow the schema.
    pub(crate) fn parse(stdout: &[u8]) -> anyhow::Result<Self> {
        serde_json::from_slice(stdout).context("what the suite counted does not follow its schema")
    }
}

impl Suite {
    /// All tables for a person.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _written = write!(
            text,
            "{}: ns, medians of {} rounds\n\n{}\n{}: allocations of one operation (bytes), and bytes\n\n{}",
            self.name,
            self.rounds.len(),
            self.times(),
            self.name,
            self.counts()
        );
        for (title, table) in figures::tables(&self.figures) {
            let _written = write!(text, "\n{}: {title}\n\n{table}", self.name);
        }
        text
    }

    fn times(&self) -> String {
        let all = || self.rounds.iter().flatten();
        let contestants = contestants(all().map(|estimate| estimate.contestant.as_str()));
        let mut heading = vec!["operation".to_owned()];
        heading.extend(contestants.iter().map(ToString::to_string));
        heading.push(RATIO.to_owned());
        let mut table = Columns::new(heading);
        for operation in distinct(all().map(|estimate| estimate.operation.as_str())) {
            let mut row = vec![operation.to_owned()];
            row.extend(contestants.iter().map(|contestant| {
                let times = self.rounds.iter();
                let times = times.filter_map(|round| time(round, operation, contestant));
                median(times.collect()).map_or_else(|| ABSENT.to_owned(), number)
            }));
            let ratios = self.rounds.iter();
            let ratios = ratios.filter_map(|round| ratio(round, operation));
            row.push(
                median(ratios.collect())
                    .map_or_else(|| ABSENT.to_owned(), |ratio| format!("{ratio:.2}")),
            );
            table.row(row);
        }
        table.text()
    }

    fn counts(&self) -> String {
        let Counted {
            allocations,
            sizes,
            growth,
        } = &self.counted;
        let allocations = allocations.iter().map(|found| Count {
            what: format!("allocations: {}", found.operation),
            contestant: &found.contestant,
            shown: match found.count {
                0.0 => "0".to_owned(),
                count => format!("{count} ({})", found.bytes),
            },
        });
        let bytes = |kind: &'static str| {
            move |found: &'_ Bytes| (format!("{kind}: {}", found.what), found.bytes.to_string())
        };
        let (size, grown) = (bytes("size"), bytes("growth"));
        let sizes = sizes.iter().map(|found| Count::of(found, size(found)));
        let growth = growth.iter().map(|found| Count::of(found, grown(found)));
        let counts: Vec<Count<'_>> = allocations.chain(sizes).chain(growth).collect();

        let contestants = contestants(counts.iter().map(|count| count.contestant));
        let mut heading = vec!["what".to_owned()];
        heading.extend(contestants.iter().map(ToString::to_string));
        let mut table = Columns::new(heading);
        for what in distinct(counts.iter().map(|count| count.what.as_str())) {
            let mut row = vec![what.to_owned()];
            row.extend(contestants.iter().map(|contestant| {
                let mut found = counts.iter();
                let found = found.find(|c| c.what == what && c.contestant == *contestant);
                found.map_or(ABSENT, |count| &count.shown).to_owned()
            }));
            table.row(row);
        }
        table.text()
    }
}

/// A cell of the second table.
struct Count<'a> {
    what: String,
    contestant: &'a str,
    shown: String,
}

impl<'a> Count<'a> {
    fn of(found: &'a Bytes, (what, shown): (String, String)) -> Self {
        let contestant = &found.contestant;
        Self {
            what,
            contestant,
            shown,
        }
    }
}

/// Whether a contestant is ours, in whatever way it is used.
pub(crate) fn is_ours(name: &str) -> bool {
    let rest = name.strip_prefix(OURS);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
}

/// The contestants, each once: ours, then the peers as they come.
pub(crate) fn contestants<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names = distinct(names);
    // Stable: the peers keep their order.
    names.sort_by_key(|name| (*name != OURS, !is_ours(name)));
    names
}

/// The names, each once, as they come.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

fn time(round: &[Estimate], operation: &str, contestant: &str) -> Option<f64> {
    round
        .iter()
        .find(|estimate| estimate.operation == operation && estimate.contestant == contestant)
        .map(|estimate| estimate.ns)
}

/// How many times as long as the fastest peer of the same round ours took, where there is a peer.
fn ratio(round: &[Estimate], operation: &str) -> Option<f64> {
    let best = round
        .iter()
        .filter(|estimate| estimate.operation == operation && !is_ours(&estimate.contestant))
        .map(|estimate| estimate.ns)
        .min_by(f64::total_cmp)?;
    Some(time(round, operation, OURS)? / best)
}

/// The value in the middle, or the mean of both.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(values[middle - 1], upper))
}

/// Nanoseconds, or something else, with as many digits as mean something.
pub(crate) fn number(ns: f64) -> String {
    let digits = match ns {
        ..0.1 => 4,
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{ns:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::tests::words;

    const COUNTED: &str = r#"{
        "allocations":[
            {"operation":"open","contestant":"tower","count":2.0,"bytes":233.0},
            {"operation":"open","contestant":"ours","count":0.0,"bytes":0.0}],
        "sizes":[{"what":"permit","contestant":"ours","bytes":48}],
        "growth":[{"what":"many keys","contestant":"ours","bytes":0}]}"#;

    fn suite(rounds: &[&[(&str, &str, f64)]]) -> Suite {
        let round = |round: &&[(&str, &str, f64)]| {
            let estimate = |&(operation, contestant, ns): &(&str, &str, f64)| Estimate {
                operation: operation.to_owned(),
                contestant: contestant.to_owned(),
                ns,
            };
            round.iter().map(estimate).collect()
        };
        Suite {
            name: "breaker".to_owned(),
            rounds: rounds.iter().map(round).collect(),
            figures: Vec::new(),
            counted: Counted::parse(COUNTED.as_bytes()).unwrap(),
        }
    }

    #[test]
    fn times_and_ratios_are_medians_over_the_rounds() {
        let suite = suite(&[
            &[
                ("open", "a", 20.0),
                ("open", "ours", 10.0),
                ("open", "b", 40.0),
            ],
            &[
                ("open", "a", 900.0),
                ("open", "ours", 300.0),
                ("open", "b", 100.0),
            ],
            &[
                ("open", "a", 25.0),
                ("open", "ours", 5.0),
                ("open", "b", 50.0),
            ],
        ]);
        assert_eq!(
            words(&suite.times()),
            [
                vec!["operation", "ours", "a", "b", "ours/best peer"],
                // The ratios are 10/20, 300/100 and 5/25.
                vec!["open", "10.0", "25.0", "50.0", "0.50"],
            ]
        );
    }

    #[test]
    fn who_takes_no_part_has_a_dash_and_no_ratio() {
        let suite = suite(&[&[
            ("open", "a", 20.0),
            ("open", "ours", 10.0),
            ("keyed", "ours", 123.4),
            ("closed", "a", 5.0),
        ]]);
        assert_eq!(
            words(&suite.times()),
            [
                vec!["operation", "ours", "a", "ours/best peer"],
                vec!["open", "10.0", "20.0", "0.50"],
                vec!["keyed", "123", "-", "-"],
                vec!["closed", "-", "5.00", "-"],
            ]
        );
    }

    #[test]
    fn another_way_to_use_ours_is_no_peer() {
        let suite = suite(&[&[
            ("open", "a", 20.0),
            ("open", "ours, owned", 5.0),
            ("open", "ours", 10.0),
            ("open", "ours-not", 40.0),
        ]]);
        assert_eq!(
            words(&suite.times()),
            [
                ["operation", "ours", "ours, owned", "a", "ours-not", RATIO],
                ["open", "10.0", "5.00", "20.0", "40.0", "0.50"],
            ]
        );
    }

    #[test]
    fn counts_are_shown_with_ours_first() {
        assert_eq!(
            words(&suite(&[]).counts()),
            [
                vec!["what", "ours", "tower"],
                vec!["allocations: open", "0", "2 (233)"],
                vec!["size: permit", "48", "-"],
                vec!["growth: many keys", "0", "-"],
            ]
        );
    }

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
    }

    #[test]
    fn only_what_follows_the_schema_is_counted() {
        let error = Counted::parse(b"thread panicked").unwrap_err();
        assert_eq!(
            error.to_string(),
            "what the suite counted does not follow its schema"
        );
    }
}
