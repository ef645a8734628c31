//! Patterns of paths, and the two forms in which a path is compared with them.

use url::Url;

/// The path and query of an address, ready to be compared.
#[derive(Debug)]
pub(super) struct Path {
    /// With the escapes it has.
    pub(super) written: String,
    /// With those undone that need not be there.
    pub(super) meant: String,
}

impl Path {
    pub(super) fn of(url: &Url) -> Self {
        let mut path = url.path().to_owned();
        if let Some(query) = url.query() {
            path.push('?');
            path.push_str(query);
        }
        // A pattern spells these two as escapes where it means themselves.
        let special = |byte| matches!(byte, b'*' | b'$');
        Self {
            written: normalized(path.as_bytes(), Escapes::Kept, special),
            meant: normalized(path.as_bytes(), Escapes::Undone, special),
        }
    }
}

/// What a rule says of paths: a beginning, in which `*` stands for anything, or with `$` a whole path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    /// ASCII, so that its search is one for text and takes time that grows with the lengths' sum, not their product.
    glob: String,
    /// Whether it must match to the end.
    anchored: bool,
}

impl Pattern {
    /// For [`Path::written`].
    pub(super) fn written(path: &[u8]) -> Self {
        Self::new(path, Escapes::Kept)
    }

    /// For [`Path::meant`].
    pub(super) fn meant(path: &[u8]) -> Self {
        Self::new(path, Escapes::Undone)
    }

    fn new(path: &[u8], escapes: Escapes) -> Self {
        let beginning = path.strip_suffix(b"$");
        Self {
            // Elsewhere than at the end, `$` stands for itself.
            glob: normalized(beginning.unwrap_or(path), escapes, |byte| byte == b'$'),
            anchored: beginning.is_some(),
        }
    }

    /// How specific it is.
    pub(super) fn octets(&self) -> usize {
        self.glob.len() + usize::from(self.anchored)
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        let Some((start, others)) = self.glob.split_once('*') else {
            return if self.anchored {
                path == self.glob
            } else {
                path.starts_with(&self.glob)
            };
        };
        let Some(mut rest) = path.strip_prefix(start) else {
            return false;
        };
        // Taking each part where it comes first leaves the most for those after it, so there is nothing to go back to.
        let mut parts = others.split('*').peekable();
        while let Some(part) = parts.next() {
            if self.anchored && parts.peek().is_none() {
                return rest.ends_with(part);
            }
            let Some(at) = rest.find(part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        true
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Escapes {
    Kept,
    /// Those of unreserved characters, which mean the same without.
    Undone,
}

/// `path` in ASCII: everything that an address cannot hold as it is, and whatever is `special`, becomes an escape, and
/// escapes are in upper case.
fn normalized(path: &[u8], escapes: Escapes, special: impl Fn(u8) -> bool) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let [byte, after @ ..] = rest {
        rest = after;
        if let (b'%', Some(value)) = (*byte, hex_pair(after)) {
            rest = &after[2..];
            if escapes == Escapes::Undone && is_unreserved(value) {
                text.push(char::from(value));
            } else {
                push_escape(&mut text, value);
            }
        } else if special(*byte) || !may_stand_in_url(*byte) {
            push_escape(&mut text, *byte);
        } else {
            text.push(char::from(*byte));
        }
    }
    text
}

fn push_escape(text: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(HEX[usize::from(byte >> 4)]));
    text.push(char::from(HEX[usize::from(byte & 15)]));
}

fn hex_pair(text: &[u8]) -> Option<u8> {
    let [high, low, ..] = text else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The characters of RFC 3986, less `'`, which the parser of addresses escapes in queries.
fn may_stand_in_url(byte: u8) -> bool {
    is_unreserved(byte) || b":/?#[]@!$&()*+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let path = Path::of(&Url::parse("https://a.example").unwrap().join(path).unwrap());
        let pattern = pattern.as_bytes();
        let written = Pattern::written(pattern).matches(&path.written);
        assert_eq!(written, Pattern::meant(pattern).matches(&path.meant));
        written
    }

    #[test]
    fn a_pattern_is_a_beginning() {
        for path in ["/fish", "/fish.html", "/fish/salmon", "/fish?id=1"] {
            assert!(matches("/fish", path), "{path}");
            assert!(matches("/fish*", path), "{path}");
        }
        for path in ["/Fish", "/catfish", "/?id=fish", "/"] {
            assert!(!matches("/fish", path), "{path}");
        }
        assert!(!matches("fish", "/fish"));
    }

    #[test]
    fn a_star_is_anything_and_a_dollar_the_end() {
        assert!(matches("/*.php", "/a/b.php?c"));
        assert!(!matches("/*.php$", "/a/b.php?c"));
        assert!(matches("/*.php$", "/a.php/b.php"));
        assert!(matches("/a*b*c$", "/a-b-b-c-c"));
        assert!(!matches("/a*b*b$", "/ab"));
        assert!(matches("*", "/a") && matches("*$", "/a") && matches("/*", "/"));
        assert!(matches("/$", "/") && !matches("/$", "/a"));
    }

    #[test]
    fn a_star_or_dollar_that_is_meant_itself_is_an_escape() {
        assert!(matches("/a%2Ab", "/a*b") && !matches("/a%2Ab", "/a-b"));
        assert!(matches("/a%2ab", "/a%2Ab"));
        assert!(matches("/a%24", "/a$b") && !matches("/a%24", "/ab"));
        assert!(matches("/a$b", "/a$b"));
    }

    #[test]
    fn escapes_of_either_case_are_equal_and_letters_beyond_ascii_are_escapes() {
        assert!(matches("/\u{30c4}", "/%e3%83%84"));
        assert!(matches("/%E3%83%84", "/\u{30c4}"));
        assert!(matches("/a%2fb", "/a%2Fb") && !matches("/a%2fb", "/a/b"));
        assert!(matches("/a b|'", "/a%20b%7C%27") && matches("/?'", "/?'"));
        assert!(matches("/100%", "/100%/x") && matches("/%zz", "/%zz"));
    }

    #[test]
    fn an_escape_that_need_not_be_is_undone_only_in_what_is_meant() {
        let path = Path::of(&Url::parse("https://a.example/%7ejoe/b%61r").unwrap());
        assert_eq!(path.written, "/%7Ejoe/b%61r");
        assert_eq!(path.meant, "/~joe/bar");
    }

    /// Tries everything that a star may stand for.
    fn slowly(pattern: &[u8], path: &[u8]) -> bool {
        match pattern {
            [] => true,
            b"$" => path.is_empty(),
            [b'*', rest @ ..] => (0..=path.len()).any(|skip| slowly(rest, &path[skip..])),
            [byte, rest @ ..] => path.first() == Some(byte) && slowly(rest, &path[1..]),
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_what_trying_everything_finds(pattern in "/[ab*]{0,9}\\$?", path in "/[ab]{0,12}") {
            let found = Pattern::meant(pattern.as_bytes()).matches(&path);
            prop_assert_eq!(found, slowly(pattern.as_bytes(), path.as_bytes()), "{} {}", pattern, path);
        }
    }
}
