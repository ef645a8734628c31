//! Dates in the formats of machines: ISO 8601, RFC 2822, seconds since 1970.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::fmt::rfc2822;

use super::written;

/// Seconds that are taken for a moment: of this century, and in 32 bits. Other long numbers are ids and telephones.
const SECONDS: std::ops::RangeInclusive<i64> = 946_684_800..=2_147_483_647;

/// The date or date-time that `text` is, as RFC 3339.
pub(super) fn read(text: &str) -> Option<String> {
    iso(text).or_else(|| mail(text)).or_else(|| unix(text))
}

/// RFC 2822, as feeds and headers have it. A weekday that does not fit is passed over.
fn mail(text: &str) -> Option<String> {
    const PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let zoned = PARSER.parse_zoned_datetime(text).ok()?;
    let is_known = (1970..2200).contains(&zoned.year());
    is_known.then(|| written::stamp(zoned.datetime(), Some(zoned.offset().seconds())))
}

/// Seconds or milliseconds since 1970.
fn unix(text: &str) -> Option<String> {
    if !matches!(text.len(), 10 | 13) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds: i64 = text[..10].parse().ok()?;
    let moment = SECONDS.contains(&seconds).then_some(seconds)?;
    Some(Timestamp::from_second(moment).ok()?.to_string())
}

/// An ISO 8601 date or date-time at the start of `text`, as RFC 3339.
///
/// A time keeps the offset that the page gives it, and has none where the page gives none: to add one
/// would be to guess the instant.
pub(super) fn iso(text: &str) -> Option<String> {
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
