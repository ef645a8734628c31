//! Text about money in one form, whatever script, case or width it is written in.

/// The zero of each script whose ten digits follow one another.
const ZEROS: [char; 16] = [
    '0', '٠', '۰', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '๐', '໐', '၀', '០',
];

/// The characters of a text: digits in ASCII, letters in lower case, marks and spaces of one kind, and nothing that
/// only steers how text is laid out.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    pub(crate) chars: Vec<char>,
    /// Whether the character was a capital, for abbreviations that are words when they are small.
    pub(crate) capitals: Vec<bool>,
}

impl Folded {
    pub(crate) fn new(text: &str) -> Self {
        let (chars, capitals) = text
            .chars()
            .filter(|&c| !is_invisible(c))
            .map(|c| (fold(c), c.is_uppercase()))
            .unzip();
        Self { chars, capitals }
    }
}

/// The value of a digit of any script.
pub(crate) fn digit(c: char) -> Option<u32> {
    // Full-width digits fold as all full-width characters do.
    let c = narrow(c);
    ZEROS.iter().find_map(|&zero| {
        let value = u32::from(c).checked_sub(u32::from(zero))?;
        (value < 10).then_some(value)
    })
}

fn fold(c: char) -> char {
    if c.is_ascii() {
        return match c {
            _ if c.is_whitespace() => ' ',
            _ => c.to_ascii_lowercase(),
        };
    }
    if let Some(value) = digit(c) {
        return char::from_digit(value, 10).unwrap_or(c);
    }
    match narrow(c) {
        c if c.is_whitespace() => ' ',
        '‘' | '’' | 'ʼ' | '′' | '٬' => '\'',
        '،' | '、' => ',',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        '∼' | '〜' => '~',
        '⁄' | '∕' => '/',
        '٪' => '%',
        c => {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(lower), None) => lower,
                _ => c,
            }
        }
    }
}

/// The ordinary form of a full-width character.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '￥' => '¥',
        '￡' => '£',
        '￦' => '₩',
        _ => c,
    }
}

/// Marks of direction, soft hyphens and characters without width.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_cases_and_widths_become_one() {
        for (text, folded) in [
            ("١٢٣٫٥ د.إ", "123٫5 د.إ"),
            ("۱۲۳", "123"),
            ("₹१,५०,०००", "₹1,50,000"),
            ("￥１，２００", "¥1,200"),
            ("１万円～", "1万円~"),
            ("12\u{a0}000\u{202f}000\u{2009}€", "12 000 000 €"),
            ("CHF 1’000–2’000", "chf 1'000-2'000"),
            ("\u{200f}٣٠٪\u{200e}", "30%"),
            ("Kč İ", "kč İ"),
        ] {
            let chars: String = Folded::new(text).chars.iter().collect();
            assert_eq!(chars, folded, "{text}");
        }
    }

    #[test]
    fn capitals_are_remembered() {
        assert_eq!(Folded::new("Ft 1").capitals, [true, false, false, false]);
    }
}
