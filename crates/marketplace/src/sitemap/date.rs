//! The dates of sitemaps and feeds.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// The moment that `text` names, in the form of sitemaps and Atom (W3C) or that of RSS (RFC 2822).
///
/// Nothing for a year or a month alone: no moment in it is more likely than another.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    const RSS: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let text = text.trim();
    let in_utc = |time: DateTime| TimeZone::UTC.to_timestamp(time).ok();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return in_utc(time);
    }
    if let Ok(date) = text.parse::<Date>() {
        return in_utc(date.at(0, 0, 0, 0));
    }
    RSS.parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_sitemaps_and_of_feeds_are_read() {
        for (text, expected) in [
            ("2004-10-01T18:23:17+02:00", "2004-10-01T16:23:17Z"),
            ("2004-10-01T18:23+00:00", "2004-10-01T18:23:00Z"),
            ("2004-10-01T18:23:17.5Z", "2004-10-01T18:23:17.5Z"),
            ("2004-10-01T18:23:17", "2004-10-01T18:23:17Z"),
            (" 2004-10-01\n", "2004-10-01T00:00:00Z"),
            ("Thu, 05 Jan 2017 13:34:51 +0100", "2017-01-05T12:34:51Z"),
            ("Fri, 5 Jan 17 13:34:52 GMT", "2017-01-05T13:34:52Z"),
            ("05 Jan 2017 13:34:53 +0100", "2017-01-05T12:34:53Z"),
        ] {
            assert_eq!(
                moment(text).map(|at| at.to_string()).as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_names_no_moment_is_none() {
        for text in [
            "",
            "2004",
            "2004-10",
            "2004-13-01",
            "yesterday",
            "05 Jan 17 13:34:55",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
