//! Limits on what is given to the HTML parser, so that no page costs unbounded time or memory.
//!
//! The parser itself never recurses, but three shapes of input make it quadratic: elements nested
//! without end, formatting tags that are never closed (it repeats them in every later paragraph),
//! and tags with thousands of attributes. [`tame`] leaves tags of these shapes out. Ordinary
//! pages pass through untouched and uncopied.

use std::borrow::Cow;

/// Pages longer than this, in bytes, are not read at all.
pub(crate) const MAX_HTML: usize = 50 * 1024 * 1024;
/// How deep elements may nest, as in browsers.
const MAX_DEPTH: usize = 512;
/// How far up an end tag looks for its start tag.
const MAX_SEARCH: usize = 1_000;
/// How many formatting tags may be open at once.
const MAX_FORMATTING: usize = 8;
/// How many attributes one tag may have.
const MAX_ATTRIBUTES: usize = 500;
/// How many tags are read of one page.
const MAX_TAGS: usize = 500_000;

/// Elements without an end tag.
const VOID: [&str; 16] = [
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "link", "meta", "source", "track", "wbr",
];
/// Elements that end by themselves where the next one starts, so that an open one does not count.
const SELF_ENDING: [&str; 17] = [
    "a", "body", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "tbody",
    "td", "tfoot", "th", "thead", "tr",
];
/// Elements that the parser opens again in every later block until they are closed.
const FORMATTING: [&str; 13] = [
    "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];
/// Elements whose content is text up to their own end tag.
const RAW_TEXT: [&str; 8] = [
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
];

/// `html` without the tags that would make parsing it quadratic.
pub(crate) fn tame(html: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut copied = 0;
    let mut at = 0;
    let mut open = Open::default();
    let mut tags = 0;
    while let Some(tag) = next_tag(html, at) {
        tags += 1;
        if tags > MAX_TAGS {
            kept.push_str(&html[copied..tag.start]);
            return Cow::Owned(kept);
        }
        if !open.admit(&tag) {
            kept.push_str(&html[copied..tag.start]);
            copied = tag.end;
        }
        at = if !tag.closing && open.foreign == 0 && RAW_TEXT.contains(&tag.name.as_str()) {
            raw_text_end(html, tag.end, &tag.name)
        } else {
            tag.end
        };
    }
    if copied == 0 && kept.is_empty() {
        return Cow::Borrowed(html);
    }
    kept.push_str(&html[copied..]);
    Cow::Owned(kept)
}

/// Which elements are open, roughly as the parser sees it.
#[derive(Default)]
struct Open {
    /// Their names, and whether their tags were kept.
    stack: Vec<(String, bool)>,
    kept: usize,
    formatting: usize,
    foreign: usize,
}

impl Open {
    /// Takes `tag` into account; false if it must be left out.
    fn admit(&mut self, tag: &Tag) -> bool {
        let name = tag.name.as_str();
        if tag.attributes > MAX_ATTRIBUTES {
            return false;
        }
        if matches!(name, "svg" | "math") {
            self.foreign = step(self.foreign, tag.closing);
        }
        // Inside SVG and MathML no element ends by itself.
        if VOID.contains(&name) || (self.foreign == 0 && SELF_ENDING.contains(&name)) {
            return true;
        }
        if FORMATTING.contains(&name) {
            let before = self.formatting;
            self.formatting = step(before, tag.closing);
            return before.max(self.formatting) <= MAX_FORMATTING;
        }
        if tag.closing {
            self.close(name)
        } else {
            self.open(name)
        }
    }

    fn open(&mut self, name: &str) -> bool {
        let is_kept = self.kept < MAX_DEPTH;
        self.kept += usize::from(is_kept);
        self.stack.push((name.to_owned(), is_kept));
        is_kept
    }

    /// Closes the innermost element of that name and all inside it.
    fn close(&mut self, name: &str) -> bool {
        let lowest = self.stack.len().saturating_sub(MAX_SEARCH);
        let Some(found) = self.stack[lowest..]
            .iter()
            .rposition(|(open, _)| open == name)
        else {
            return true;
        };
        let closed = self.stack.drain(lowest + found..);
        let mut is_kept = None;
        let mut kept = 0;
        for (_, was_kept) in closed {
            is_kept.get_or_insert(was_kept);
            kept += usize::from(was_kept);
        }
        self.kept -= kept;
        is_kept.unwrap_or(true)
    }
}

fn step(count: usize, closing: bool) -> usize {
    if closing {
        count.saturating_sub(1)
    } else {
        count + 1
    }
}

struct Tag {
    start: usize,
    end: usize,
    name: String,
    closing: bool,
    attributes: usize,
}

/// The first tag at or after `from`; comments are passed over.
fn next_tag(html: &str, from: usize) -> Option<Tag> {
    let bytes = html.as_bytes();
    let mut at = from;
    loop {
        let start = at + html.get(at..)?.find('<')?;
        let rest = &html[start..];
        if rest.starts_with("<!--") {
            at = start + comment_length(rest)?;
            continue;
        }
        let closing = bytes.get(start + 1) == Some(&b'/');
        let name_start = start + 1 + usize::from(closing);
        if !bytes.get(name_start).is_some_and(u8::is_ascii_alphabetic) {
            at = start + 1;
            continue;
        }
        let name_end = bytes[name_start..]
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
            .map_or(bytes.len(), |length| name_start + length);
        // A longer name is none that any list here knows.
        let name = html
            .get(name_start..name_end.min(name_start + 16))
            .unwrap_or_default();
        let (end, attributes) = tag_end(bytes, name_end);
        return Some(Tag {
            start,
            end,
            name: name.to_ascii_lowercase(),
            closing,
            attributes,
        });
    }
}

/// The length of the comment that `rest` starts with; nothing if it never ends.
fn comment_length(rest: &str) -> Option<usize> {
    // `<!-->` and `<!--->` are whole comments: their dashes count at both ends.
    let inner = rest.get(2..)?;
    let end = inner.match_indices('>').find_map(|(at, _)| {
        let before = &inner[..at];
        let is_end = before.ends_with("--") || (before.ends_with("--!") && before.len() > 4);
        is_end.then_some(at + 1)
    });
    end.map(|end| end + 2)
}

/// Where the tag ends that has its attributes from `at` on, and how many there are, at most.
fn tag_end(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let mut attributes = 0;
    let mut previous = b' ';
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return (at + 1, attributes),
            b'"' | b'\'' if previous == b'=' => {
                let quoted = bytes[at + 1..].iter().position(|b| *b == byte);
                at = quoted.map_or(bytes.len(), |length| at + 1 + length);
                previous = b' ';
            }
            byte if byte.is_ascii_whitespace() || byte == b'/' => {
                if previous != b'=' {
                    previous = b' ';
                }
            }
            byte => {
                attributes += usize::from(previous == b' ' && byte != b'=');
                previous = byte;
            }
        }
        at += 1;
    }
    (bytes.len(), attributes)
}

/// Where the end tag of the raw text element `name` starts.
fn raw_text_end(html: &str, from: usize, name: &str) -> usize {
    let bytes = html.as_bytes();
    let mut at = from;
    while let Some(found) = html.get(at..).and_then(|rest| rest.find("</")) {
        let start = at + found;
        let end = start + 2 + name.len();
        if bytes
            .get(start + 2..end)
            .is_some_and(|b| b.eq_ignore_ascii_case(name.as_bytes()))
        {
            return start;
        }
        at = start + 2;
    }
    html.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_page_is_not_copied() {
        let html = "<!doctype html><title>a<b</title><p>1<p>2<ul><li>3<li>4</ul><!-- <b> -->";
        assert!(matches!(tame(html), Cow::Borrowed(_)));
    }

    #[test]
    fn elements_nested_too_deep_are_left_out_and_their_text_stays() {
        let html = format!("{}text{}", "<div>".repeat(5_000), "</div>".repeat(5_000));
        let tamed = tame(&html);
        assert_eq!(tamed.matches("<div>").count(), MAX_DEPTH);
        assert_eq!(tamed.matches("</div>").count(), MAX_DEPTH);
        assert!(tamed.contains("text"));
    }

    #[test]
    fn elements_left_open_inside_others_do_not_add_up() {
        let html = "<div><span>x</div>".repeat(3_000);
        assert!(matches!(tame(&html), Cow::Borrowed(_)));
    }

    #[test]
    fn unclosed_formatting_is_cut() {
        assert_eq!(
            tame(&"<b><p>".repeat(100)).matches("<b>").count(),
            MAX_FORMATTING
        );
    }

    #[test]
    fn rows_that_end_by_themselves_do_not_count_as_depth() {
        let html = format!("<table>{}</table>", "<tr><td>x".repeat(3_000));
        assert!(matches!(tame(&html), Cow::Borrowed(_)));
        let foreign = format!("<svg>{}", "<tr>".repeat(3_000));
        assert!(tame(&foreign).len() < foreign.len());
    }

    #[test]
    fn tags_inside_scripts_do_not_count() {
        let html = format!("<script>{}</script><p>x", "<div>".repeat(3_000));
        assert!(matches!(tame(&html), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_hides_tags_from_the_count() {
        let deep = "<div>".repeat(3_000);
        for opening in [
            "<!-->",
            "<!--->",
            "<!-- x --!>",
            "<!-- x -->",
            "<svg><style>",
            "<svg><title>",
        ] {
            let html = format!("{opening}{deep}");
            assert!(tame(&html).len() < html.len(), "{opening}");
        }
        let commented = format!("<!-- {deep} --><p>x");
        assert!(matches!(tame(&commented), Cow::Borrowed(_)));
    }

    #[test]
    fn a_tag_with_a_thousand_attributes_is_left_out() {
        let attributes: String = (0..1_000).map(|n| format!(" a{n}=1")).collect();
        assert_eq!(tame(&format!("<p{attributes}>x")), "x");
    }

    #[test]
    fn a_quoted_greater_than_does_not_end_a_tag() {
        let tag = next_tag("<a title=\"a > b\" x>y", 0).unwrap();
        assert_eq!((tag.end, tag.attributes), (19, 2));
    }
}
