//! Dates as pages write them, exactly as precise as the page: never a day or a zone that it does not state.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// An ISO 8601 date or date-time at the start of `text`, as RFC 3339.
///
/// A time keeps the offset that the page gives it, and has none where the page gives none: to add one
/// would be to guess the instant.
pub(crate) fn absolute(text: &str) -> Option<String> {
    let text = text.trim();
    let date = text.get(..10)?;
    let bytes = date.as_bytes();
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = digits(&date[..4])?;
    let date = Date::new(
        i16::try_from(year).ok()?,
        digits(&date[5..7])? as i8,
        digits(&date[8..])? as i8,
    )
    .ok()?;
    if date.year() < 1970 {
        return None;
    }
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(date.to_string());
    }
    let clock = rest.strip_prefix(['T', 't', ' ']);
    match clock.and_then(time) {
        Some(time) => Some(format!("{date}T{time}")),
        // "2026-05-04x" is no date; "2026-05-04 (new)" is one.
        None => rest.starts_with([' ', ',']).then(|| date.to_string()),
    }
}

/// A time of day and its offset, if any, at the start of `text`.
fn time(text: &str) -> Option<String> {
    let hour = digits(text.get(..2)?)?;
    let mut rest = text[2..].strip_prefix(':')?;
    let minute = digits(rest.get(..2)?)?;
    rest = &rest[2..];
    let mut second = 0;
    if let Some(seconds) = rest.strip_prefix(':') {
        second = digits(seconds.get(..2)?)?;
        rest = &seconds[2..];
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    let time = Time::new(hour as i8, minute as i8, second as i8, 0).ok()?;
    let offset = offset(rest.trim_start_matches(' '))?;
    Some(format!("{time}{offset}"))
}

/// The offset at the start of `text`, empty if there is none; nothing if it is broken.
fn offset(text: &str) -> Option<String> {
    if text.starts_with(['Z', 'z']) || text.starts_with("UTC") || text.starts_with("GMT") {
        return Some("Z".to_owned());
    }
    let Some(sign) = text.chars().next().filter(|sign| matches!(sign, '+' | '-')) else {
        // HTML's own times may have no zone.
        return Some(String::new());
    };
    let hour = digits(text.get(1..3)?)?;
    let rest = text[3..].strip_prefix(':').unwrap_or(&text[3..]);
    let minute = if rest.is_empty() {
        0
    } else {
        digits(rest.get(..2)?)?
    };
    (hour < 24 && minute < 60).then(|| format!("{sign}{hour:02}:{minute:02}"))
}

fn digits(text: &str) -> Option<u16> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// How exactly a relative date is stated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Beginnings of words for units of time. A word matches the longest beginning.
const UNITS: [(&str, Unit); 49] = [
    ("sec", Unit::Second),
    ("min", Unit::Minute),
    ("hour", Unit::Hour),
    ("hr", Unit::Hour),
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("wk", Unit::Week),
    ("month", Unit::Month),
    ("mth", Unit::Month),
    ("year", Unit::Year),
    ("yr", Unit::Year),
    ("сек", Unit::Second),
    ("мин", Unit::Minute),
    ("час", Unit::Hour),
    ("дн", Unit::Day),
    ("ден", Unit::Day),
    ("недел", Unit::Week),
    ("месяц", Unit::Month),
    ("год", Unit::Year),
    ("лет", Unit::Year),
    ("sek", Unit::Second),
    ("stund", Unit::Hour),
    ("std", Unit::Hour),
    ("tag", Unit::Day),
    ("woche", Unit::Week),
    ("monat", Unit::Month),
    ("jahr", Unit::Year),
    ("heure", Unit::Hour),
    ("jour", Unit::Day),
    ("semaine", Unit::Week),
    ("mois", Unit::Month),
    ("hora", Unit::Hour),
    ("día", Unit::Day),
    ("dia", Unit::Day),
    ("semana", Unit::Week),
    ("mes", Unit::Month),
    ("mês", Unit::Month),
    ("año", Unit::Year),
    ("ano", Unit::Year),
    ("ore", Unit::Hour),
    ("ora", Unit::Hour),
    ("giorn", Unit::Day),
    ("settiman", Unit::Week),
    ("godzin", Unit::Hour),
    ("dni", Unit::Day),
    ("dzień", Unit::Day),
    ("tydzień", Unit::Week),
    ("uur", Unit::Hour),
    ("dag", Unit::Day),
];

/// Words that make an amount of time a moment in the past.
const PAST: [&str; 9] = [
    "ago",
    "назад",
    "vor",
    "il y a",
    "hace",
    "há",
    "fa",
    "temu",
    "geleden",
];

/// Words around a relative date that do not change it.
const FILLER: [&str; 21] = [
    "posted",
    "reposted",
    "published",
    "added",
    "listed",
    "updated",
    "active",
    "about",
    "over",
    "almost",
    "on",
    "date",
    "опубликовано",
    "и",
    "and",
    "est",
    "около",
    "veröffentlicht",
    "publié",
    "publicado",
    "seit",
];

/// The moment that `text` means, counted back from `now`: "Posted 3 hours ago", "yesterday".
///
/// Hours and less give a date-time, days and more a date. Text with any other word in it means nothing.
pub(crate) fn relative(text: &str, now: Timestamp) -> Option<String> {
    if text.len() > 100 {
        return None;
    }
    // The words of the French phrase mean other things elsewhere.
    let text = text.to_lowercase().replace("il y a ", "ago ");
    let is_in_past = PAST
        .iter()
        .any(|word| format!(" {text} ").contains(&format!(" {word} ")));
    let words: Vec<&str> = text
        .split(|c: char| {
            c.is_whitespace() || matches!(c, ',' | ':' | '.' | '·' | '•' | '(' | ')' | '|')
        })
        .flat_map(split_amount)
        .filter(|word| !word.is_empty() && !FILLER.contains(word))
        .collect();
    match words.as_slice() {
        ["today" | "сегодня" | "heute" | "aujourd'hui" | "hoy" | "hoje" | "oggi" | "dzisiaj"] =>
        {
            return day_before(now, 0);
        }
        ["yesterday" | "вчера" | "gestern" | "hier" | "ayer" | "ontem" | "ieri" | "wczoraj"] =>
        {
            return day_before(now, 1);
        }
        ["just"] | ["just", "now"] | ["now"] => return moment_before(now, Span::new()),
        _ => {}
    }
    let mut span = Span::new();
    let mut finest = None;
    let mut amount = None;
    // "час назад" is one hour ago.
    let mut implied = text.ends_with(" назад").then_some(1);
    for word in words {
        if let Ok(number) = word.parse::<u16>() {
            amount = Some(i64::from(number));
        } else if let Some(unit) = unit(word) {
            span = add(span, unit, amount.take().or(implied.take())?)?;
            finest = Some(unit);
        } else if matches!(
            word,
            "a" | "an" | "one" | "ein" | "einer" | "einem" | "une" | "un" | "una"
        ) && amount.is_none()
        {
            amount = Some(1);
        } else if !PAST
            .iter()
            .any(|past| past.split(' ').any(|part| part == word))
        {
            return None;
        }
    }
    if !is_in_past || amount.is_some() {
        return None;
    }
    match finest? {
        Unit::Second | Unit::Minute | Unit::Hour => moment_before(now, span),
        Unit::Day | Unit::Week | Unit::Month | Unit::Year => {
            let today = TimeZone::UTC.to_datetime(now).date();
            Some(today.checked_sub(span).ok()?.to_string())
        }
    }
}

/// "3h" as "3" and "h".
fn split_amount(word: &str) -> [&str; 2] {
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    [&word[..digits], &word[digits..]]
}

fn unit(word: &str) -> Option<Unit> {
    match word {
        "s" => return Some(Unit::Second),
        "m" => return Some(Unit::Minute),
        "h" | "ч" => return Some(Unit::Hour),
        "d" => return Some(Unit::Day),
        "w" => return Some(Unit::Week),
        "mo" | "mos" => return Some(Unit::Month),
        "y" => return Some(Unit::Year),
        _ => {}
    }
    let beginnings = UNITS
        .iter()
        .filter(|(beginning, _)| word.starts_with(beginning));
    beginnings
        .max_by_key(|(beginning, _)| beginning.len())
        .map(|(_, unit)| *unit)
}

fn add(span: Span, unit: Unit, amount: i64) -> Option<Span> {
    let span = match unit {
        Unit::Second => span.try_seconds(amount),
        Unit::Minute => span.try_minutes(amount),
        Unit::Hour => span.try_hours(amount),
        Unit::Day => span.try_days(amount),
        Unit::Week => span.try_weeks(amount),
        Unit::Month => span.try_months(amount),
        Unit::Year => span.try_years(amount),
    };
    span.ok()
}

fn day_before(now: Timestamp, days: i64) -> Option<String> {
    let today = TimeZone::UTC.to_datetime(now).date();
    Some(
        today
            .checked_sub(Span::new().try_days(days).ok()?)
            .ok()?
            .to_string(),
    )
}

fn moment_before(now: Timestamp, span: Span) -> Option<String> {
    let now = Timestamp::from_second(now.as_second()).ok()?;
    Some(now.checked_sub(span).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-07-10T12:00:00.5Z".parse().unwrap()
    }

    #[test]
    fn absolute_dates_keep_their_precision() {
        for (text, expected) in [
            ("2026-05-04", "2026-05-04"),
            ("2026-05-04T09:30:00+01:00", "2026-05-04T09:30:00+01:00"),
            ("2026-05-04T09:30:00.123-0700", "2026-05-04T09:30:00-07:00"),
            ("2026-05-04 09:30", "2026-05-04T09:30:00"),
            ("2026-05-04t09:30z", "2026-05-04T09:30:00Z"),
            ("2026-05-04 (new)", "2026-05-04"),
        ] {
            assert_eq!(absolute(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "soon",
            "",
            "0000-00-00",
            "2026-02-30",
            "2026-05-04x",
            "04/05/2026",
            "２０２６-05-04",
            "12:30",
        ] {
            assert_eq!(absolute(text), None, "{text}");
        }
    }

    #[test]
    fn relative_times_count_back_from_now() {
        for (text, expected) in [
            ("3 hours ago", "2026-07-10T09:00:00Z"),
            ("Posted 20 Hours Ago", "2026-07-09T16:00:00Z"),
            ("an hour ago", "2026-07-10T11:00:00Z"),
            ("5m ago", "2026-07-10T11:55:00Z"),
            ("2 часа 5 минут назад", "2026-07-10T09:55:00Z"),
            ("vor 2 Stunden", "2026-07-10T10:00:00Z"),
            ("il y a 3 jours", "2026-07-07"),
            ("Reposted 9 Days Ago", "2026-07-01"),
            ("2 weeks ago", "2026-06-26"),
            ("день назад", "2026-07-09"),
            ("Posted yesterday", "2026-07-09"),
            ("today", "2026-07-10"),
            ("just now", "2026-07-10T12:00:00Z"),
        ] {
            assert_eq!(relative(text, now()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_amounts_of_time_are_no_dates() {
        for text in [
            "3 hours",
            "2 years of experience ago",
            "ago",
            "hours ago",
            "45+ days ago",
            "40 hours a week",
            "in 3 days",
            "99999 years ago",
            "",
        ] {
            assert_eq!(relative(text, now()), None, "{text}");
        }
    }
}
