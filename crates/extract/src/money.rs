//! Text about money as tokens: amounts, currencies, and the words that relate them.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::BudgetUnit;
use crate::money_words::{PHRASES, RATE_WORDS, unit_of};

/// One piece of a text about money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token {
    /// An amount as written, and the factor that a suffix such as `k` states.
    Amount(Decimal, Factor),
    /// The ISO 4217 code that a sign stands for, unless it stands for several (¥), and whether a code beside it may
    /// overrule it, as in `$10 CAD`.
    Currency(Option<&'static str>, bool),
    /// What one amount is paid for.
    Unit(BudgetUnit),
    /// "to", "-".
    To,
    /// "from", "over".
    From,
    /// "up to", "under".
    UpTo,
    /// "+".
    Plus,
    /// Anything else.
    Other,
}

/// What an amount's suffix multiplies it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Factor(pub(crate) u32);

/// The tokens of `text`, in order.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let text = text.to_lowercase();
    let mut tokens = Vec::new();
    let mut previous = ' ';
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let (token, length) = if c.is_whitespace() {
            (None, c.len_utf8())
        } else if c.is_ascii_digit() {
            let (token, length) = amount(rest, previous);
            (Some(token), length)
        } else if let Some((unit, length)) = rate(rest, previous) {
            (Some(Token::Unit(unit)), length)
        } else if let Some((token, length)) = phrase(rest, previous) {
            (Some(token), length)
        } else {
            (Some(Token::Other), word_length(rest))
        };
        tokens.extend(token);
        previous = rest[..length].chars().next_back().unwrap_or(' ');
        rest = &rest[length..];
    }
    tokens
}

/// A word's length in bytes; one character where `rest` starts with none.
fn word_length(rest: &str) -> usize {
    let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    length.max(rest.chars().next().map_or(1, char::len_utf8))
}

/// Letters of scripts that put white space between words.
fn is_word(c: char) -> bool {
    c.is_alphabetic() && c < '\u{2e80}'
}

/// Whether a match that ends or starts with `inner` may stand beside `outer`.
fn is_boundary(inner: Option<char>, outer: Option<char>) -> bool {
    !(inner.is_some_and(is_word) && outer.is_some_and(is_word))
}

fn phrase(rest: &str, previous: char) -> Option<(Token, usize)> {
    let fits = PHRASES.iter().filter(|(phrase, _)| {
        rest.strip_prefix(phrase).is_some_and(|after| {
            is_boundary(phrase.chars().next_back(), after.chars().next())
                && is_boundary(phrase.chars().next(), Some(previous))
        })
    });
    let longest = fits.max_by_key(|(phrase, _)| phrase.len());
    longest.map(|(phrase, token)| (*token, phrase.len()))
}

/// A rate word and its noun, such as `/hr` or `per hour`.
fn rate(rest: &str, previous: char) -> Option<(BudgetUnit, usize)> {
    RATE_WORDS.iter().find_map(|word| {
        let after = rest.strip_prefix(word)?;
        let noun = after.trim_start();
        let is_sign = !word.starts_with(is_word);
        let is_apart = is_sign
            || (noun.len() < after.len() && is_boundary(word.chars().next(), Some(previous)));
        let length = word_length(noun);
        let unit = noun.get(..length).and_then(unit_of)?;
        is_apart.then_some((unit, rest.len() - noun.len() + length))
    })
}

/// The amount at the start of `rest`, and its length with its suffix; no amount where it is part of
/// a word or a percentage.
fn amount(rest: &str, previous: char) -> (Token, usize) {
    let length = number_length(rest);
    let after = &rest[length..];
    let glued = is_word(previous) && !is_currency_letter(previous);
    if glued || after.trim_start().starts_with('%') {
        return (Token::Other, length);
    }
    let Some(value) = decimal(&rest[..length]) else {
        return (Token::Other, length);
    };
    let spaced = after.trim_start();
    let gap = after.len() - spaced.len();
    for (suffix, factor) in [
        ("k", 1_000),
        ("万", 10_000),
        ("만", 10_000),
        ("тыс.", 1_000),
        ("тыс", 1_000),
        ("m", 1_000_000),
    ] {
        if let Some(next) = spaced.strip_prefix(suffix)
            && is_boundary(suffix.chars().next_back(), next.chars().next())
            && (gap == 0 || factor != 1_000_000)
        {
            return (
                Token::Amount(value, Factor(factor)),
                length + gap + suffix.len(),
            );
        }
    }
    // "401(k)", "3d" and "2x" are no amounts.
    if after.starts_with("(k)") || (after.starts_with(is_word) && phrase(after, ' ').is_none()) {
        return (Token::Other, length);
    }
    (Token::Amount(value, Factor(1)), length)
}

/// Letters that end a currency written without a space: `RM3000`, `Rp5.000`, `EUR50`.
fn is_currency_letter(c: char) -> bool {
    matches!(c, 'm' | 'p' | 'r' | 'd' | 'f' | 'k' | 'n' | 'b' | 'l')
}

/// The length of a number with its separators: `1,500.00`, `30 000`, `110'000`, `1,50,000`.
fn number_length(rest: &str) -> usize {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mut length = digits(rest);
    let mut groups = length;
    loop {
        let Some(separator) = rest[length..].chars().next() else {
            return length;
        };
        let after = &rest[length + separator.len_utf8()..];
        let group = digits(after);
        let continues = match separator {
            '.' | ',' | '\'' | '’' => group > 0,
            c if c.is_whitespace() => group == 3 && groups <= 3,
            _ => false,
        };
        if !continues {
            return length;
        }
        length += separator.len_utf8() + group;
        groups = group;
    }
}

/// A number with separators as a value; whether a point or comma separates thousands or decimals
/// is told by how many digits follow it.
pub(crate) fn decimal(number: &str) -> Option<Decimal> {
    let last = number.rfind(['.', ',']);
    let point = last.filter(|&at| {
        let mark = &number[at..=at];
        let is_only_one = number.matches(mark).count() == 1;
        let digits = number.len() - at - 1;
        let other_kind = number[..at].contains(|c: char| !c.is_ascii_digit());
        is_only_one && (digits != 3 || (other_kind && mark == ".") || number.starts_with("0."))
    });
    let plain: String = number
        .char_indices()
        .filter_map(|(at, c)| {
            if Some(at) == point {
                Some('.')
            } else {
                c.is_ascii_digit().then_some(c)
            }
        })
        .collect();
    (plain.len() <= 18).then(|| plain.parse().ok()).flatten()
}

/// The value of `amount` times `factor`.
pub(crate) fn value(amount: Decimal, factor: Factor) -> Option<f64> {
    amount.checked_mul(Decimal::from(factor.0))?.to_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_told_apart_by_what_follows() {
        for (text, expected) in [
            ("1,500.00", 1500.0),
            ("1.200,50", 1200.5),
            ("1.200", 1200.0),
            ("11.44", 11.44),
            ("0.125", 0.125),
            ("1,50,000", 150_000.0),
            ("30 000", 30_000.0),
            ("110'000", 110_000.0),
            ("15.000.000", 15_000_000.0),
        ] {
            assert_eq!(
                decimal(text).and_then(|value| value.to_f64()),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_that_are_part_of_something_else_are_no_amounts() {
        for text in ["401(k)", "10%", "abc123", "3d"] {
            assert!(
                !tokens(text)
                    .iter()
                    .any(|token| matches!(token, Token::Amount(..))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_noun_alone_is_no_rate() {
        assert!(!tokens("3 months").contains(&Token::Unit(BudgetUnit::Month)));
        assert!(tokens("/ month").contains(&Token::Unit(BudgetUnit::Month)));
        assert!(tokens("per month").contains(&Token::Unit(BudgetUnit::Month)));
    }
}
