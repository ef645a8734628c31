//! JSON as pages embed it: mended where only one reading is possible.

use serde_json::Value;

/// The JSON values in `text`, one after another, up to the first that cannot be read.
///
/// Mended are comments (`//`, `/* */`, `<!-- -->`), CDATA marks, trailing commas and semicolons,
/// raw control characters in strings, escapes that JSON does not know, and objects that are HTML-escaped
/// as a whole. Anything else that is broken, such as a quote inside a string, yields nothing.
pub(crate) fn values(text: &str) -> Vec<Value> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mended = if has_escaped_quotes(text) {
        mend(&unescape_quotes(text))
    } else {
        mend(text)
    };
    // serde_json bounds the depth, so neither reading nor dropping a value can overflow the stack.
    serde_json::Deserializer::from_str(&mended)
        .into_iter::<Value>()
        .map_while(Result::ok)
        .collect()
}

/// Whether the quotes that delimit strings are written as entities.
fn has_escaped_quotes(text: &str) -> bool {
    !text.contains('"') && text.contains("&quot;")
}

fn unescape_quotes(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn mend(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            let length = string_length(rest);
            mend_string(&rest[..length], &mut mended);
            rest = &rest[length..];
        } else if let Some(length) = noise_length(rest) {
            rest = &rest[length..];
        } else {
            if matches!(c, '}' | ']') && mended.trim_end().ends_with(',') {
                mended.truncate(mended.trim_end().len() - 1);
            }
            mended.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    mended
}

/// The length of what stands between tokens without meaning anything, if `rest` starts with such.
fn noise_length(rest: &str) -> Option<usize> {
    for mark in [
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "//<![CDATA[",
        "//]]>",
        "// <![CDATA[",
        "// ]]>",
        ";",
    ] {
        if rest.starts_with(mark) {
            return Some(mark.len());
        }
    }
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let comment = rest.strip_prefix("/*")?;
    Some(comment.find("*/").map_or(rest.len(), |length| length + 4))
}

/// The length of the string literal that `rest` starts with, its quotes included.
fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn mend_string(literal: &str, mended: &mut String) {
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(known @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => {
                    mended.extend(['\\', known])
                }
                // `\'` means the quote; a backslash at the end of a line continues it.
                Some('\n' | '\r') | None => {}
                Some(other) => mended.push(other),
            },
            '\n' => mended.push_str("\\n"),
            '\r' => {}
            '\t' => mended.push_str("\\t"),
            c if c.is_control() && c.is_ascii() => {}
            c => mended.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn reads(text: &str, expected: &Value) {
        assert_eq!(values(text), std::slice::from_ref(expected), "{text}");
    }

    #[test]
    fn wrappings_are_taken_off() {
        let expected = json!({"a": 1});
        reads("\u{feff} {\"a\":1}", &expected);
        reads("<!--\n{\"a\":1}\n-->", &expected);
        reads("//<![CDATA[\n{\"a\":1}\n//]]>", &expected);
        reads("<![CDATA[{\"a\":1}]]>", &expected);
        reads("{\"a\":1};", &expected);
        reads("{&quot;a&quot;:1}", &expected);
    }

    #[test]
    fn comments_go_but_slashes_in_strings_stay() {
        reads(
            "// x\n{/* y */\"a\": // z\n\"https://b//c/*d*/\"}",
            &json!({"a": "https://b//c/*d*/"}),
        );
    }

    #[test]
    fn trailing_commas_go() {
        reads("{\"a\":[1,2, ],\n}", &json!({"a": [1, 2]}));
        reads("{\"a\":1, /* end */ }", &json!({"a": 1}));
    }

    #[test]
    fn control_characters_and_odd_escapes_are_mended() {
        reads("{\"a\":\"x\ny\tz\u{1}\"}", &json!({"a": "x\ny\tz"}));
        reads(
            r#"{"a":"Bob\'s \u00e9 \\ \x"}"#,
            &json!({"a": "Bob's é \\ x"}),
        );
    }

    #[test]
    fn several_values_are_all_read() {
        assert_eq!(
            values("{\"a\":1}\n{\"a\":2}"),
            [json!({"a": 1}), json!({"a": 2})]
        );
    }

    #[test]
    fn what_is_ambiguous_yields_nothing() {
        for text in [
            r#"{"a":"b "c" d"}"#,
            r#"{"a":"b"#,
            "{'a':1}",
            r#"{"a": }"#,
            r#"{"a" "b"}"#,
            "",
        ] {
            assert!(values(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn endless_nesting_is_refused() {
        assert!(values(&"[".repeat(100_000)).is_empty());
        assert!(values(&"{\"a\":".repeat(100_000)).is_empty());
    }
}
