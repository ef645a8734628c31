//! Numbers with separators of thousands and decimals.

use rust_decimal::Decimal;

use super::folded::Folded;

/// How the numbers of a text are written, as far as that is known.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Notation {
    /// What separates decimals, if it is known from elsewhere.
    pub(crate) decimal_separator: Option<char>,
    /// Whether the text is known to hold an amount, so that `119. 95` is one number.
    pub(crate) is_field: bool,
}

/// What stands where a number begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number {
    /// The number, if these digits and separators are one: dates and versions are not.
    pub(crate) value: Option<Decimal>,
    /// How many characters it takes.
    pub(crate) length: usize,
    /// What separates its decimals, if its digits leave no doubt.
    pub(crate) decimal_separator: Option<char>,
}

/// Whether a number begins at `at`: with a digit, or with a separator of decimals before one.
pub(crate) fn begins(chars: &[char], at: usize, notation: Notation) -> bool {
    let Some(&c) = chars.get(at) else {
        return false;
    };
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(char::is_ascii_digit)
    };
    c.is_ascii_digit()
        || ((c == '.' || Some(c) == notation.decimal_separator)
            && is_digit(at.checked_add(1))
            && !is_digit(at.checked_sub(1))
            && !at
                .checked_sub(1)
                .is_some_and(|at| chars[at].is_alphabetic()))
}

/// What separates the decimals of the first number of `text`, if its digits leave no doubt.
pub(crate) fn decimal_separator(text: &str) -> Option<char> {
    let chars = Folded::new(text).chars;
    let start = chars.iter().position(char::is_ascii_digit)?;
    read(&chars[start..], Notation::default()).decimal_separator
}

/// Reads the number that begins `chars`.
pub(crate) fn read(chars: &[char], notation: Notation) -> Number {
    let mut groups = vec![digits(chars)];
    let mut separators: Vec<char> = Vec::new();
    let mut length = groups[0].len();
    while let Some(&separator) = chars.get(length) {
        let Some(skipped) = gap(
            separator,
            &chars[length + 1..],
            &groups,
            &separators,
            notation,
        ) else {
            break;
        };
        let group = digits(&chars[length + 1 + skipped..]);
        length += 1 + skipped + group.len();
        separators.push(separator);
        groups.push(group);
    }
    let mark = decimal_mark(&groups, &separators, notation.decimal_separator);
    let whole = mark.unwrap_or(groups.len());
    let value = is_grouped(&groups[..whole], &separators).then(|| {
        let digits = |groups: &[&[char]]| groups.concat().into_iter().collect::<String>();
        let (whole, part) = (digits(&groups[..whole]), digits(&groups[whole..]));
        // Exact: more digits than a decimal holds are no number, rather than another one.
        let mark = if part.is_empty() { "" } else { "." };
        Decimal::from_str_exact(&format!("0{whole}{mark}{part}")).ok()
    });
    let is_certain = |mark: &usize| groups[*mark].len() != 3 || separators.len() > 1;
    Number {
        value: value.flatten().map(|value| value.normalize()),
        length: length + without_decimals(&chars[length..]),
        decimal_separator: mark.filter(is_certain).map(|mark| separators[mark - 1]),
    }
}

fn digits(chars: &[char]) -> &[char] {
    let length = chars.iter().take_while(|c| c.is_ascii_digit()).count();
    &chars[..length]
}

/// How many characters lie between the separator and the digits that go on with the number; nothing if none do.
fn gap(
    separator: char,
    after: &[char],
    groups: &[&[char]],
    separators: &[char],
    notation: Notation,
) -> Option<usize> {
    let next = digits(after);
    let last = groups.last().map_or(0, |group| group.len());
    let is_mark =
        matches!(separator, '.' | ',' | '٫') || Some(separator) == notation.decimal_separator;
    let continues = match separator {
        _ if is_mark => !next.is_empty(),
        '\'' => next.len() == 3,
        ' ' => next.len() == 3 && (1..=3).contains(&last) && separators.iter().all(|&s| s == ' '),
        // "12€50"
        '€' => separators.is_empty() && is_pair(after) && after.get(2) != Some(&'€'),
        _ => false,
    };
    if continues {
        return Some(0);
    }
    let is_apart =
        is_mark && notation.is_field && after.first() == Some(&' ') && is_pair(&after[1..]);
    is_apart.then_some(1)
}

/// Exactly two digits, as decimals of money are.
fn is_pair(chars: &[char]) -> bool {
    let next = chars.get(2).copied();
    let goes_on =
        matches!(next, Some('.' | ',' | '\'')) && chars.get(3).is_some_and(char::is_ascii_digit);
    digits(chars).len() == 2 && !goes_on && !next.is_some_and(char::is_alphabetic)
}

/// The place of the group that holds the decimals, if one does.
fn decimal_mark(groups: &[&[char]], separators: &[char], known: Option<char>) -> Option<usize> {
    let (last, &separator) = (groups.len() - 1, separators.last()?);
    if let Some(known) = known {
        if let Some(place) = separators.iter().rposition(|&s| s == known) {
            return Some(place + 1);
        }
        if is_grouped(groups, separators) {
            return None;
        }
    }
    let same = separators.iter().filter(|&&s| s == separator).count();
    let follows = groups[last].len();
    let is_decimal = match separator {
        ' ' | '\'' => false,
        '٫' | '€' => true,
        // "1,234.567": two kinds of marks have two meanings.
        _ if same < separators.len() => same == 1,
        // "1,234,56": a slip, but nobody groups by two at the end.
        _ if same > 1 => follows < 3 && is_grouped(&groups[..last], separators),
        _ => follows != 3 || matches!(groups[0], [] | ['0']) || groups[0].len() > 3,
    };
    is_decimal.then_some(last)
}

/// Whether these groups are one whole number: by three digits, or by two and at the end three as in India, and with
/// one separator.
fn is_grouped(groups: &[&[char]], separators: &[char]) -> bool {
    let Some((first, rest)) = groups.split_first() else {
        return false;
    };
    let Some((last, middle)) = rest.split_last() else {
        return true;
    };
    let is_even = separators[..rest.len()]
        .windows(2)
        .all(|pair| pair[0] == pair[1]);
    let by = |count: usize| middle.iter().all(|group| group.len() == count);
    is_even && first.len() <= 3 && last.len() == 3 && (by(3) || by(2))
}

/// The length of what stands in place of decimals: `50,-`, `1.899,--`, `105. -` at the end of a text.
fn without_decimals(chars: &[char]) -> usize {
    let ['.' | ',', after @ ..] = chars else {
        return 0;
    };
    let dashes = after.iter().take_while(|&&c| c == '-').count();
    match after.get(dashes) {
        Some(next) if dashes > 0 && next.is_ascii_digit() => 0,
        _ if dashes > 0 => 1 + dashes,
        _ if after == [' ', '-'] => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<String> {
        let number = read(&Folded::new(text).chars, Notation::default());
        number.value.map(|value| value.to_string())
    }

    #[test]
    fn separators_are_told_apart_by_what_follows() {
        for (text, expected) in [
            ("1,500.00", "1500"),
            ("1.200,50", "1200.5"),
            ("1.200", "1200"),
            ("11.44", "11.44"),
            ("0.125", "0.125"),
            ("1234.567", "1234.567"),
            ("1,234.567", "1234.567"),
            ("1.500.00", "1500"),
            ("1,50,000", "150000"),
            ("30 000", "30000"),
            ("110'000", "110000"),
            ("1'049,95", "1049.95"),
            ("15.000.000", "15000000"),
            ("34.992001", "34.992001"),
            ("7922816251426433759354395", "7922816251426433759354395"),
        ] {
            assert_eq!(of(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn dates_versions_and_endless_digits_are_no_numbers() {
        for text in ["26.11.2026", "1.2.3", "10.0.0.1", &"9".repeat(40)] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn only_digits_that_leave_no_doubt_tell_the_separator() {
        for (text, separator) in [
            ("9.75", Some('.')),
            ("€ 1.234,50", Some(',')),
            ("12.500", None),
            ("1 000", None),
            ("", None),
        ] {
            assert_eq!(decimal_separator(text), separator, "{text}");
        }
    }
}
