//! What follows an amount and multiplies it: `k`, `тыс.`, `万`, `lakh`.

/// What an amount's suffix multiplies it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Factor(pub(crate) u32);

impl Factor {
    pub(crate) const ONE: Self = Self(1);
}

const THOUSAND: u32 = 1_000;
const LAKH: u32 = 100_000;
const MILLION: u32 = 1_000_000;
const CRORE: u32 = 10_000_000;

/// Suffixes in lower case. The first that fits is taken, so the longer stand before their beginnings.
const SUFFIXES: &[(&str, u32)] = &[
    ("thousand", THOUSAND),
    ("tausend", THOUSAND),
    ("tsd.", THOUSAND),
    ("tsd", THOUSAND),
    ("mille", THOUSAND),
    ("mila", THOUSAND),
    ("mil", THOUSAND),
    ("tys.", THOUSAND),
    ("tys", THOUSAND),
    ("tis.", THOUSAND),
    ("тысяч", THOUSAND),
    ("тысячи", THOUSAND),
    ("тыс.", THOUSAND),
    ("тыс", THOUSAND),
    ("тис.", THOUSAND),
    ("тис", THOUSAND),
    ("ألف", THOUSAND),
    ("الف", THOUSAND),
    ("آلاف", THOUSAND),
    ("हजार", THOUSAND),
    ("千", THOUSAND),
    ("천", THOUSAND),
    ("万", 10_000),
    ("萬", 10_000),
    ("만", 10_000),
    ("億", 100_000_000),
    ("亿", 100_000_000),
    ("억", 100_000_000),
    ("lakhs", LAKH),
    ("lakh", LAKH),
    ("lacs", LAKH),
    ("lac", LAKH),
    ("लाख", LAKH),
    ("crores", CRORE),
    ("crore", CRORE),
    ("cr", CRORE),
    ("करोड़", CRORE),
    ("millions", MILLION),
    ("million", MILLION),
    ("millionen", MILLION),
    ("millones", MILLION),
    ("milhões", MILLION),
    ("milioni", MILLION),
    ("mio.", MILLION),
    ("mio", MILLION),
    ("млн.", MILLION),
    ("млн", MILLION),
    ("مليون", MILLION),
    ("k", THOUSAND),
];

/// Letters that are suffixes only right behind the digits.
const GLUED: [(char, u32); 2] = [('m', MILLION), ('l', LAKH)];

/// Currencies that are written in one word with their thousands: `45 k€`, `45 KEUR`, `60 T€`.
const AFTER_LETTER: [&str; 6] = ["eur", "usd", "gbp", "chf", "sek", "pln"];

/// The factor that begins `chars`, right after digits, and its length with the space before it.
pub(crate) fn suffix(chars: &[char]) -> Option<(Factor, usize)> {
    let gap = chars.iter().take_while(|&&c| c == ' ').count();
    let rest = &chars[gap..];
    let listed = SUFFIXES.iter().find_map(|&(suffix, factor)| {
        let length = super::prefix(rest, suffix)?;
        super::ends_word(rest, length).then_some((factor, length))
    });
    let glued = || {
        let &(_, factor) = GLUED
            .iter()
            .find(|(letter, _)| rest.first() == Some(letter) && gap == 0)?;
        (super::ends_word(rest, 1)).then_some((factor, 1))
    };
    let with_currency = || match rest {
        ['k', after @ ..] => AFTER_LETTER
            .iter()
            .any(|code| {
                super::prefix(after, code).is_some_and(|length| super::ends_word(after, length))
            })
            .then_some((THOUSAND, 1)),
        ['t', '€', ..] => Some((THOUSAND, 1)),
        // "т.р.": thousands of roubles.
        ['т', '.', 'р', ..] => Some((THOUSAND, 2)),
        ['т', '.', ' ', 'р', ..] => Some((THOUSAND, 2)),
        // "12 LPA": lakhs per annum.
        ['l', 'p', 'a', ..] if super::ends_word(rest, 3) => Some((LAKH, 1)),
        _ => None,
    };
    let (factor, length) = listed.or_else(glued).or_else(with_currency)?;
    Some((Factor(factor), gap + length))
}
