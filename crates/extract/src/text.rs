//! Plain text: white space, words, HTML turned into text.

use scraper::Html;

use crate::bounds;
use crate::document::Document;

/// `text` with every run of white space turned into one space, and none at its ends.
pub(crate) fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len().min(256));
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

/// White space, and the invisible characters that pages put where white space goes.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{2060}')
}

/// The lower-case words of an identifier: a class name, an id, the path of a URL.
///
/// Splits at everything that is no letter, and where lower case turns into upper case:
/// `job-card_titleText2` gives `job`, `card`, `title`, `text`.
pub(crate) fn words(identifier: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut after_lower = false;
    for c in identifier.chars() {
        if !word.is_empty() && (!c.is_alphabetic() || (after_lower && c.is_uppercase())) {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The text of a piece of HTML on one line, or `text` itself where it holds no HTML.
pub(crate) fn from_html(text: &str) -> String {
    rendered(text).map_or_else(|| collapse(text), |lines| collapse(&lines))
}

/// The text of a piece of HTML, one line for each block.
pub(crate) fn lines_from_html(text: &str) -> String {
    rendered(text).unwrap_or_else(|| lines(text))
}

/// A text of several lines without the empty ones, each with its white space collapsed.
pub(crate) fn lines(text: &str) -> String {
    let lines = text.lines().map(collapse).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// `text` read as HTML, if it looks like HTML; twice, if what comes out was escaped HTML.
fn rendered(text: &str) -> Option<String> {
    if !text.contains('&') && !has_tag(text) {
        return None;
    }
    let once = render(text);
    Some(if has_tag(&once) && !has_tag(text) {
        render(&once)
    } else {
        once
    })
}

fn render(text: &str) -> String {
    let bounded = bounds::tame(text);
    let html = Html::parse_fragment(&bounded);
    let document = Document::new(&html);
    document.all_lines().join("\n")
}

/// Whether a tag stands in `text`: `<` before a letter or a slash, and a `>` after it.
fn has_tag(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = &text[at + 1..];
        rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!')
            && rest.contains('>')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collapse_joins_every_kind_of_space() {
        assert_eq!(collapse("  a\u{a0}\n\tb\u{200b} c "), "a b c");
        assert_eq!(collapse(" \n"), "");
    }

    #[test]
    fn identifiers_fall_apart_into_words() {
        assert_eq!(
            words("job-card_titleText2"),
            ["job", "card", "title", "text"]
        );
        assert_eq!(words("/Jobs/42"), ["jobs"]);
        assert!(words("123").is_empty());
    }

    #[test]
    fn html_becomes_lines_of_text() {
        assert_eq!(
            lines_from_html("<p>One <b>two</b></p><ul><li>three<li>four</ul>"),
            "One two\nthree\nfour"
        );
        assert_eq!(from_html("<p>One</p><p>two</p>"), "One two");
    }

    #[test]
    fn escaped_html_is_read_twice() {
        assert_eq!(lines_from_html("&lt;p&gt;Q&amp;amp;A&lt;/p&gt;"), "Q&A");
    }

    #[test]
    fn plain_text_with_a_less_than_stays_whole() {
        assert_eq!(from_html("a < b & c"), "a < b & c");
        assert_eq!(lines_from_html("one\n\n  two  three"), "one\ntwo three");
    }
}
