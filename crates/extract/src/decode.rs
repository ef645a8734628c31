//! From the bytes of a page to its text.

use encoding_rs::{Encoding, UTF_8};

/// How far into a page its own declaration of the encoding is looked for, as browsers do.
const PRESCAN: usize = 1024;

/// The text of a page, by its byte order mark, else the charset of its `Content-Type`, else its own declaration, else
/// UTF-8. Bytes that are no text of the encoding become U+FFFD.
#[must_use]
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    let declared = content_type
        .and_then(charset_parameter)
        .or_else(|| charset_in_page(&bytes[..bytes.len().min(PRESCAN)]));
    // A byte order mark wins over what is declared.
    declared.unwrap_or(UTF_8).decode(bytes).0.into_owned()
}

/// The encoding that `charset=` names, in a header value or in the attributes of a tag.
fn charset_parameter(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let value = lower
        .split("charset")
        .nth(1)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let label = value.split(['"', '\'', ';', ' ', '>', '/', '?']).next()?;
    Encoding::for_label(label.as_bytes())
}

/// The encoding that a `meta` tag or an XML declaration at the head of the page names.
fn charset_in_page(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let meta = head
        .split("<meta")
        .skip(1)
        .find_map(|tag| charset_parameter(tag.split('>').next()?));
    let encoding = meta.or_else(|| {
        let declaration = head
            .trim_start()
            .strip_prefix("<?xml")?
            .split("?>")
            .next()?;
        let value = declaration.split("encoding=").nth(1)?;
        Encoding::for_label(
            value
                .trim_matches(['"', '\''])
                .split(['"', '\''])
                .next()?
                .as_bytes(),
        )
    })?;
    // A page that could be read up to its declaration is not in a two-byte encoding, whatever it says.
    Some(encoding.output_encoding())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_wins_over_the_header_and_the_header_over_the_page() {
        let marked = [&b"\xef\xbb\xbf"[..], "é".as_bytes()].concat();
        assert_eq!(
            decode(&marked, Some("text/html; charset=windows-1251")),
            "é"
        );
        let declared = b"<meta charset=koi8-r>\xcf\xf0";
        assert!(decode(declared, Some("text/html; Charset=\"windows-1251\"")).ends_with("Пр"));
        assert!(decode(declared, None).ends_with("оП"));
    }

    #[test]
    fn declarations_are_found_in_all_their_forms() {
        for head in [
            "<meta charset='windows-1251'>",
            "<META http-equiv=Content-Type content=\"text/html; charset=windows-1251\">",
            "<meta name=x><meta charset = \"windows-1251\" />",
            "<?xml version='1.0' encoding='windows-1251'?>",
        ] {
            let page = [head.as_bytes(), b"\xcf\xf0"].concat();
            assert!(decode(&page, Some("text/html")).ends_with("Пр"), "{head}");
        }
    }

    #[test]
    fn without_a_word_it_is_utf8_and_never_an_error() {
        assert_eq!(decode("日本".as_bytes(), None), "日本");
        assert_eq!(
            decode(b"a\xffb", Some("text/html; charset=no-such")),
            "a\u{fffd}b"
        );
        assert_eq!(
            decode(b"<meta charset=utf-16>ab", None),
            "<meta charset=utf-16>ab"
        );
        assert_eq!(decode(b"", None), "");
    }
}
