//! The corpus' dates, measured. What is right is in its README.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use serde_json::Value as Json;

use super::*;
use crate::corpus::cases;

/// The languages that must be read nearly always.
const LANGUAGES: [&str; 9] = ["en", "de", "fr", "es", "pt", "it", "ru", "ar", "ja"];

fn text<'c>(case: &'c Json, key: &str) -> Option<&'c str> {
    case[key].as_str()
}

fn now(case: &Json) -> Timestamp {
    text(case, "now").unwrap().parse().unwrap()
}

/// Whether `read` is the moment expected: a time the instant, and a date the day where whole days are counted.
fn is_moment(read: Option<&str>, expected: Option<&str>, now: Timestamp) -> bool {
    let (Some(read), Some(expected)) = (read, expected) else {
        return read.is_none() && expected.is_none();
    };
    let expected: Timestamp = expected.parse().unwrap();
    if read.contains('T') {
        return read.parse().ok() == Some(expected);
    }
    let at = |moment: Timestamp| TimeZone::UTC.to_datetime(moment);
    at(expected).time() == at(now).time() && at(expected).date().to_string() == read
}

/// Runs the cases, prints those that fail, and returns the rate of the others.
fn rate(name: &str, cases: &[Json], is_right: impl Fn(&Json) -> (bool, Option<String>)) -> f64 {
    let mut right = 0;
    let mut failed = String::new();
    for case in cases {
        let (is_right, read) = is_right(case);
        if is_right {
            right += 1;
        } else {
            failed += &format!(
                "  {}: {:?} gave {read:?}, not {}\n",
                case["language"], case["text"], case["expected"]
            );
        }
    }
    let rate = f64::from(right) / cases.len() as f64;
    #[expect(clippy::print_stdout, reason = "the figure is what the test is for")]
    {
        println!("{name}: {right} of {} ({rate:.4})\n{failed}", cases.len());
    }
    rate
}

#[test]
fn dates_of_boards_are_read() {
    let Some(cases) = cases("dates/board_cases.json") else {
        return;
    };
    let rate = rate("board_cases", &cases, |case| {
        let read = posted_line(text(case, "text").unwrap(), now(case), Locale::default());
        let is_fine = |precision| matches!(precision, "hour" | "minute" | "second");
        let is_precise =
            text(case, "precision").map(is_fine) == read.as_ref().map(|read| read.contains('T'));
        let is_right = is_moment(read.as_deref(), text(case, "expected"), now(case));
        (is_right && is_precise, read)
    });
    assert!(rate >= 0.97);
}

/// The cases are texts that are known to be dates, before or after now, so an amount alone is one in the past.
fn relative_to_now(case: &Json) -> (bool, Option<String>) {
    let locale = Locale::of_language(text(case, "language").unwrap());
    let read = Statement::read(text(case, "text").unwrap(), locale);
    let read = read.and_then(|read| read.value.at(now(case), Direction::Past));
    let is_right = is_moment(read.as_deref(), text(case, "expected"), now(case));
    (is_right, read)
}

#[test]
fn relative_dates_are_read() {
    let Some(cases) = cases("dates/relative_cases.json") else {
        return;
    };
    let is_listed = |case: &Json| LANGUAGES.contains(&text(case, "language").unwrap());
    let (listed, others): (Vec<Json>, Vec<Json>) = cases.into_iter().partition(is_listed);
    rate("relative_cases, other languages", &others, relative_to_now);
    let rate = rate(
        "relative_cases, the nine languages",
        &listed,
        relative_to_now,
    );
    assert!(rate >= 0.97);
}

#[test]
fn absolute_dates_are_read() {
    let Some(cases) = cases("dates/absolute_cases.json") else {
        return;
    };
    let instant = |text: &str| text.parse::<Timestamp>().ok();
    let civil = |text: &str| {
        text.parse::<DateTime>()
            .ok()
            .and_then(|at| at.round(Unit::Second).ok())
    };
    let rate = rate("absolute_cases", &cases, |case| {
        let locale = Locale::of_language(text(case, "language").unwrap());
        let read = absolute(text(case, "text").unwrap(), locale);
        let is_right = match (read.as_deref(), text(case, "expected")) {
            (Some(read), Some(expected)) => {
                read.len().min(11) == expected.len().min(11)
                    && instant(read) == instant(expected)
                    && (instant(read).is_some() || civil(read) == civil(expected))
            }
            (read, expected) => read == expected,
        };
        (is_right, read)
    });
    assert!(rate >= 1.0);
}
