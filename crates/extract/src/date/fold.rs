//! Text in the one form in which words are compared.

use unicode_normalization::UnicodeNormalization as _;

/// The digit zero of every script whose digits are read as those of ASCII: Arabic, Persian, Devanagari, Bengali, Thai.
/// (Full-width digits are compatible with those of ASCII and come out by normalization.)
const ZEROS: [char; 5] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}'];

/// `text` in lower case and without accents, with the digits, apostrophes, hyphens and spaces of ASCII.
///
/// A hyphen between two letters is a space, so that "avant-hier" and "avant hier" are the same.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        for c in text.chars() {
            push(&mut folded, c.to_ascii_lowercase());
        }
    } else {
        let plain = text.nfkd().flat_map(char::to_lowercase).filter_map(plain);
        for c in plain.nfc() {
            push(&mut folded, c);
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Appends `c`, with runs of white space made one space, and hyphens between letters too.
fn push(folded: &mut String, c: char) {
    if c.is_whitespace() {
        if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
        return;
    }
    if c.is_alphabetic()
        && let Some(before) = folded.strip_suffix('-')
        && before.ends_with(char::is_alphabetic)
    {
        folded.truncate(before.len());
        folded.push(' ');
    }
    folded.push(c);
}

/// A decomposed character as it is compared; none if it does not count.
fn plain(c: char) -> Option<char> {
    let c = match c {
        // Accents; the vowel signs of Arabic, and what prolongs its letters.
        '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}' => return None,
        // Directions and joints that are not seen.
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{61c}'
        | '\u{feff}' => {
            return None;
        }
        '’' | '‘' | 'ʼ' | 'ʻ' | 'ʹ' | '՚' | 'ꞌ' | '′' | '‵' | '`' | '´' | '׳' => {
            '\''
        }
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        '،' | '、' => ',',
        '。' => '.',
        // Letters that do not decompose, and that people and capitals write plainly.
        'ı' => 'i',
        'ł' => 'l',
        'đ' => 'd',
        'ø' => 'o',
        'ς' => 'σ',
        other => other,
    };
    let zero = ZEROS
        .iter()
        .map(|&zero| u32::from(c).wrapping_sub(u32::from(zero)));
    let mut digits = zero.filter(|&digit| digit < 10);
    Some(
        digits
            .next()
            .and_then(|digit| char::from_digit(digit, 10))
            .unwrap_or(c),
    )
}

/// The first word of folded text: a run of letters, or one character of a script that puts no space between words.
pub(super) fn first_word(text: &str) -> &str {
    let Some(first) = text.chars().next() else {
        return text;
    };
    if is_unspaced(first) || !is_letter(first) {
        return &text[..first.len_utf8()];
    }
    let end = text.char_indices().find(|&(at, c)| {
        let joins = c == '\'' && text[at + 1..].starts_with(is_letter);
        (!is_letter(c) || is_unspaced(c)) && !joins
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// Whether a word may end between `phrase` and `rest`.
pub(super) fn is_boundary(phrase: &str, rest: &str) -> bool {
    let (Some(last), Some(next)) = (phrase.chars().next_back(), rest.chars().next()) else {
        return true;
    };
    if last.is_ascii_digit() {
        return !next.is_ascii_digit();
    }
    if is_unspaced(last) || is_unspaced(next) || !is_letter(last) {
        return true;
    }
    let joins = next == '\'' && rest[1..].starts_with(is_letter);
    !is_letter(next) && !joins
}

pub(super) fn is_letter(c: char) -> bool {
    // The signs of Indian scripts are parts of words, though some are no letters.
    c.is_alphabetic() || ('\u{900}'..'\u{e00}').contains(&c) && !c.is_numeric()
}

/// Han, Kana, Hangul and Thai. (Hangul has spaces, but units often stand before "ago" without one.)
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{e7f}' | '\u{3005}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_alike() {
        for (text, folded) in [
            ("Aujourd’hui", "aujourd'hui"),
            ("Avant-Hier", "avant hier"),
            ("févr.\u{a0}2026", "fevr. 2026"),
            ("fe\u{301}vr", "fevr"),
            ("٢٢ يونيو", "22 يونيو"),
            ("２０２６年", "2026年"),
            ("أسبوع", "اسبوع"),
            ("\u{200f}منذ", "منذ"),
            ("ARALIK", "aralik"),
            ("aralık", "aralik"),
            ("7 дней", "7 днеи"),
            ("3일 전", "3일 전"),
            ("2026–07–09", "2026-07-09"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn words_end_where_they_end() {
        assert_eq!(first_word("aujourd'hui, 5"), "aujourd'hui");
        assert_eq!(first_word("days'"), "days");
        assert_eq!(first_word("日前"), "日");
        assert_eq!(first_word(""), "");
        assert!(is_boundary("日", "前"));
        assert!(!is_boundary("day", "s"));
        assert!(is_boundary("thang 1", " nam"));
        assert!(!is_boundary("thang 1", "2"));
    }
}
