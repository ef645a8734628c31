//! The lines of a robots.txt, and what each of them says.

use std::time::Duration;

/// What one line says.
#[derive(Debug, PartialEq)]
pub(super) enum Record<'a> {
    /// The rules that follow are for this agent.
    UserAgent(&'a [u8]),
    /// What matches `path` may be fetched, or may not.
    Rule { allow: bool, path: &'a [u8] },
    /// How long to wait between two requests.
    CrawlDelay(Duration),
    /// Where a sitemap is.
    Sitemap(&'a [u8]),
}

/// The lines without their comments and the white space around them, empty ones left out.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\r' | b'\n'))
        .map(|line| {
            let comment = line.iter().position(|byte| *byte == b'#');
            line[..comment.unwrap_or(line.len())].trim_ascii()
        })
        .filter(|line| !line.is_empty())
}

/// What `line` says, if anything that matters here.
pub(super) fn record(line: &[u8]) -> Option<Record<'_>> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let key = line[..colon].trim_ascii();
    let value = line[colon + 1..].trim_ascii();
    let is = |name: &str| key.eq_ignore_ascii_case(name.as_bytes());
    if is("user-agent") {
        Some(Record::UserAgent(value))
    } else if is("allow") || is("disallow") {
        Some(Record::Rule {
            allow: is("allow"),
            path: value,
        })
    } else if is("sitemap") && !value.is_empty() {
        Some(Record::Sitemap(value))
    } else if is("crawl-delay") {
        let seconds = std::str::from_utf8(value).ok()?.parse().ok()?;
        // Refuses what is negative, endless or no number.
        let delay = Duration::try_from_secs_f64(seconds).ok()?;
        Some(Record::CrawlDelay(delay))
    } else {
        None
    }
}

/// The name that `value` begins with, without version and comment.
///
/// The RFC has letters, `_` and `-` only. Digits are part of it here, for there are agents of such names, and cutting
/// `bot1` and `bot2` to `bot` would give each the rules of the other.
pub(super) fn product_token(value: &[u8]) -> &[u8] {
    let end = value
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-'));
    &value[..end.unwrap_or(value.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<Option<Record<'_>>> {
        lines(text.as_bytes()).map(record).collect()
    }

    #[test]
    fn lines_end_with_cr_lf_or_both_and_lose_their_comments() {
        let text = "User-agent: a # all\r\n\r\n  allow : /x\t\rDISALLOW:/y#z\n#nothing\nSitemap: s";
        let rule = |allow, path| Some(Record::Rule { allow, path });
        assert_eq!(
            records(text),
            [
                Some(Record::UserAgent(b"a")),
                rule(true, b"/x"),
                rule(false, b"/y"),
                Some(Record::Sitemap(b"s")),
            ]
        );
    }

    #[test]
    fn a_line_without_a_colon_or_with_an_unknown_key_says_nothing() {
        for line in [
            "disallow /",
            "host: a.example",
            ": /",
            "dis allow: /",
            "sitemap:",
            "\u{feff}allow: /",
        ] {
            assert_eq!(records(line), [None], "{line}");
        }
    }

    #[test]
    fn a_crawl_delay_is_a_number_of_seconds_with_or_without_a_fraction() {
        let millis = |ms| [Some(Record::CrawlDelay(Duration::from_millis(ms)))];
        assert_eq!(records("crawl-delay: 10"), millis(10_000));
        assert_eq!(records("Crawl-Delay: 0.5"), millis(500));
        for text in ["-1", "nan", "inf", "1e300", "10s", "", "\u{663}"] {
            assert_eq!(records(&format!("crawl-delay: {text}")), [None], "{text}");
        }
    }

    #[test]
    fn a_product_token_ends_before_version_and_comment() {
        for (value, token) in [
            ("marketscan", "marketscan"),
            ("marketscan/0.1 (+https://a.example)", "marketscan"),
            ("url_spider-2 pro", "url_spider-2"),
            ("*", ""),
            ("\u{431}\u{43e}\u{442}", ""),
        ] {
            assert_eq!(product_token(value.as_bytes()), token.as_bytes(), "{value}");
        }
    }
}
