//! From the JSON of an answer to a value.
//!
//! A string of a page may hold half of a surrogate pair. Chrome passes it on as an escape that is legal JSON and
//! no legal text, so that no decoder for text accepts it. What a browser would show for it is U+FFFD.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::CallError;

/// Reads what came back for `method`.
pub(crate) fn decode<T: DeserializeOwned>(method: &str, raw: &RawValue) -> Result<T, CallError> {
    decode_text(method, raw.get())
}

/// As [`decode`], of a part of it.
pub(crate) fn decode_text<T: DeserializeOwned>(method: &str, json: &str) -> Result<T, CallError> {
    serde_json::from_str(json).or_else(|error| {
        let repaired = replace_lone(json).and_then(|json| serde_json::from_str(&json).ok());
        repaired.ok_or_else(|| CallError::decode(method, &error))
    })
}

/// `json` with U+FFFD for every escaped half pair; `None` when there is none.
fn replace_lone(json: &str) -> Option<String> {
    const REPLACEMENT: &str = "\\ufffd";
    let mut repaired = String::new();
    let mut copied = 0;
    let mut rest = 0;
    while let Some(found) = json[rest..].find('\\') {
        let at = rest + found;
        rest = match escape_at(json, at) {
            Some(High) if escape_at(json, at + 6) == Some(Low) => at + 12,
            Some(_half) => {
                repaired.push_str(&json[copied..at]);
                repaired.push_str(REPLACEMENT);
                copied = at + 6;
                copied
            }
            // Another escape: what follows the backslash is a single byte that begins no escape of its own.
            None => (at + 2).min(json.len()),
        };
    }
    (copied > 0).then(|| repaired + &json[copied..])
}

#[derive(Debug, PartialEq)]
enum Half {
    High,
    Low,
}
use Half::{High, Low};

/// The half of a pair whose escape begins at `at`.
fn escape_at(json: &str, at: usize) -> Option<Half> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(High),
        0xDC00..=0xDFFF => Some(Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lone_halves_are_replaced() {
        for (json, repaired) in [
            (r#""plain""#, None),
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud800""#, None),
            (r#""a\ud800b""#, Some(r#""a\ufffdb""#)),
            (r#""\udc00\ud800""#, Some(r#""\ufffd\ufffd""#)),
            (
                r#""\ud800\ud83d\ude00\udfff""#,
                Some(r#""\ufffd\ud83d\ude00\ufffd""#),
            ),
            (r#""é\n\uD800é""#, Some(r#""é\n\ufffdé""#)),
            (r#""\ud8"#, None),
            ("\\", None),
        ] {
            assert_eq!(replace_lone(json).as_deref(), repaired, "{json}");
        }
    }
}
