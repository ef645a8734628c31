//! The numbers, times of day and words that a folded text is made of.

use super::clock::{self, Clock};
use super::fold;
use super::vocabulary::{LanguageIndex, Meaning, Unit, vocabulary};

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Number(Number),
    /// Three numbers with the same mark between them.
    Triple(Triple),
    Clock(Clock),
    /// Seconds east of Greenwich.
    Offset(i32),
    /// A plus (1) or minus (-1) before a number.
    Sign(i8),
    Word(Meaning),
}

/// A number in digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) whole: u32,
    /// Hundredths.
    pub(super) hundredths: u8,
    /// How many digits `whole` is written with.
    pub(super) digits: u8,
    pub(super) kind: Kind,
}

/// What a number can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// With a decimal mark: an amount, and no part of a date.
    Decimal,
    /// "9th": a part of a date, and no amount.
    Ordinal,
}

/// Three numbers with the same mark between them: "09.07.2026".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Triple {
    pub(super) numbers: [Number; 3],
    /// One of `.`, `/`, `-`.
    pub(super) mark: char,
}

/// What stands behind a number to make it an ordinal one.
const ORDINALS: [&str; 12] = [
    "st", "nd", "rd", "th", "er", "ere", "o", "a", "e", "го", "ого", "е",
];

/// A text of more parts states more than a date.
const MAX_TOKENS: usize = 40;

/// The parts of folded text as one language reads it; nothing if there is a word that it does not know, or a sign that
/// changes what is said ("30+", "<", "$").
pub(super) fn tokens(text: &str, language: LanguageIndex) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        if tokens.len() > MAX_TOKENS {
            return None;
        }
        let length = if c.is_ascii_digit() {
            number(rest, &mut tokens)?
        } else if c.is_alphanumeric() || fold::is_letter(c) {
            let (meaning, length) = vocabulary().read(rest, language)?;
            tokens.push(Token::Word(meaning));
            match clock::offset(&rest[length..]).filter(|_| meaning == Meaning::Utc) {
                Some((seconds, more)) => {
                    tokens.push(Token::Offset(seconds));
                    length + more
                }
                None => length,
            }
        } else if c == '(' && vocabulary().read(rest, language).is_some() {
            // "(木)" is Thursday.
            let (meaning, length) = vocabulary().read(rest, language)?;
            tokens.push(Token::Word(meaning));
            length
        } else if matches!(c, '+' | '-') {
            let is_sign = before == ' ' && is_number(rest[1..].trim_start());
            if c == '+' && !is_sign {
                return None;
            }
            if is_sign {
                tokens.push(Token::Sign(if c == '+' { 1 } else { -1 }));
            } else if before.is_ascii_digit() && is_number(&rest[1..]) {
                // "2-3 days": a range, which is no amount.
                return None;
            }
            1
        } else if "<>≥≤=%#@&/\\$€£¥₽₹~?!".contains(c) {
            return None;
        } else {
            c.len_utf8()
        };
        before = rest[..length].chars().next_back().unwrap_or(' ');
        rest = &rest[length..];
    }
    clock::join(tokens)
}

/// The text from its first word on; an ending that makes a number an ordinal is none.
pub(super) fn first_word(text: &str) -> Option<&str> {
    let mut after_digit = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        if fold::is_letter(c) {
            let word = fold::first_word(rest);
            if !(after_digit && ORDINALS.contains(&word)) {
                return Some(rest);
            }
            length = word.len();
        }
        after_digit = c.is_ascii_digit() || (after_digit && c == '-');
        rest = &rest[length..];
    }
    None
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// Reads what starts with a digit, and says how long it is.
fn number(text: &str, tokens: &mut Vec<Token>) -> Option<usize> {
    if let Some((clock, length)) = clock::read(text) {
        tokens.push(Token::Clock(clock));
        let after = &text[length..];
        if let Some((seconds, more)) = clock::offset(after) {
            tokens.push(Token::Offset(seconds));
            return Some(length + more);
        }
        return Some(length);
    }
    if let Some((triple, length)) = triple(text) {
        tokens.push(Token::Triple(triple));
        // "2026-07-09t19:52"
        let joint = text[length..].starts_with('t') && is_number(&text[length + 1..]);
        return Some(length + usize::from(joint));
    }
    let (mut number, mut length) = digits(text)?;
    let after = &text[length..];
    if let Some(fraction) = after.strip_prefix(['.', ',']) {
        let places = fraction.len()
            - fraction
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let ends = !fraction[places..].starts_with(['.', ',']) || places == 0;
        if (1..=2).contains(&places) && ends && number.digits < 4 {
            let hundredths: u8 = fraction[..places].parse().ok()?;
            number.hundredths = if places == 1 {
                hundredths * 10
            } else {
                hundredths
            };
            number.kind = Kind::Decimal;
            length += 1 + places;
        }
    } else if number.digits <= 2 {
        let suffix = after.strip_prefix('-').unwrap_or(after);
        let word = fold::first_word(suffix);
        if ORDINALS.contains(&word) {
            number.kind = Kind::Ordinal;
            length = text.len() - suffix.len() + word.len();
        }
    }
    tokens.push(Token::Number(number));
    Some(length)
}

/// The number at the start of `text`, and its length.
pub(super) fn digits(text: &str) -> Option<(Number, usize)> {
    let length = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if !(1..=4).contains(&length) {
        return None;
    }
    let number = Number {
        whole: text[..length].parse().ok()?,
        hundredths: 0,
        digits: length as u8,
        kind: Kind::Plain,
    };
    Some((number, length))
}

/// "09.07.2026", "9. 7. 2026", "2026/07/09" at the start of `text`.
fn triple(text: &str) -> Option<(Triple, usize)> {
    let (first, mut length) = digits(text)?;
    let mark = text[length..]
        .chars()
        .next()
        .filter(|mark| matches!(mark, '.' | '/' | '-'))?;
    let mut next = || {
        let rest = text[length..].strip_prefix(mark)?;
        let spaced = rest.strip_prefix(' ').filter(|_| mark == '.');
        let rest = spaced.unwrap_or(rest);
        let (number, more) = digits(rest)?;
        length = text.len() - rest.len() + more;
        Some(number)
    };
    let numbers = [first, next()?, next()?];
    // A year and two short numbers; more of them is a version or an address.
    let more = text[length..].strip_prefix(mark).is_some_and(is_number);
    let is_short = |number: &Number| number.digits <= 2;
    let is_date = is_short(&numbers[1])
        && (is_short(&numbers[0]) != is_short(&numbers[2]) || numbers.iter().all(is_short))
        && numbers.iter().all(|number| number.digits != 3);
    (!more && is_date).then_some((Triple { numbers, mark }, length))
}

impl Number {
    /// The number as a part of a date or time.
    pub(super) fn part(self) -> Option<i8> {
        (self.digits <= 2 && self.kind != Kind::Decimal).then_some(self.whole as i8)
    }

    /// The number as a year.
    pub(super) fn year(self) -> Option<i16> {
        (self.digits == 4 && self.kind == Kind::Plain).then_some(self.whole as i16)
    }
}

impl Token {
    pub(super) fn meaning(self) -> Option<Meaning> {
        match self {
            Self::Word(meaning) => Some(meaning),
            _ => None,
        }
    }

    /// Whether this is the unit, as a word of its own or as a part of dates.
    pub(super) fn is_unit(self, wanted: Unit) -> bool {
        matches!(self, Self::Word(Meaning::Unit(unit, _) | Meaning::Mark(unit)) if unit == wanted)
    }
}
