//! Times of day: "19:52", "7:52 pm", "19h52", "午後7時52分".

use super::token::{Number, Token, digits};
use super::vocabulary::{Meaning, Unit};

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: i8,
    pub(super) minute: i8,
    pub(super) second: i8,
}

/// The time at the start of `text`, and its length.
pub(super) fn read(text: &str) -> Option<(Clock, usize)> {
    let (hour, mut length) = digits(text)?;
    let hour = hour.part()?;
    let mut two_digits = |mark: &str| {
        let rest = text[length..].strip_prefix(mark)?;
        let (number, more) = digits(rest).filter(|(_, more)| *more == 2)?;
        length = text.len() - rest.len() + more;
        number.part()
    };
    let (minute, second) = match two_digits(":") {
        Some(minute) => (minute, two_digits(":").unwrap_or(0)),
        None => (two_digits("h")?, 0),
    };
    let rest = &text[length..];
    if let Some(fraction) = rest.strip_prefix('.') {
        length += 1 + fraction.len()
            - fraction
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
    }
    // "1:2:3:4" is nothing, "19h52m" an amount.
    let after = &text[length..];
    let goes_on = after.starts_with(|c: char| c == ':' || c.is_ascii_digit());
    let is_amount = text[..length].contains('h') && after.starts_with(['m', 's']);
    let is_whole = !goes_on && !is_amount;
    (is_whole && hour < 24 && minute < 60 && second < 60).then_some((
        Clock {
            hour,
            minute,
            second,
        },
        length,
    ))
}

/// The offset from UTC at the start of `text`, in seconds, and its length: "z", "+02:00", " -0700".
pub(super) fn offset(text: &str) -> Option<(i32, usize)> {
    if let Some(rest) = text.strip_prefix('z')
        && !rest.starts_with(char::is_alphanumeric)
    {
        return Some((0, 1));
    }
    let rest = text.trim_start_matches(' ');
    let sign = match rest.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes, end) = match digits(&rest[1..])? {
        (both, 4) => (both.whole / 100, both.whole % 100, 5),
        (hours, 2) => {
            let minutes = rest[3..].strip_prefix(':').and_then(digits);
            match minutes {
                Some((minutes, 2)) => (hours.whole, minutes.whole, 6),
                None => (hours.whole, 0, 3),
                Some(_) => return None,
            }
        }
        _ => return None,
    };
    let is_over = !rest[end..].starts_with(|c: char| c == ':' || c.is_alphanumeric());
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    (is_over && hours <= 14 && minutes < 60)
        .then_some((sign * seconds, text.len() - rest.len() + end))
}

/// The tokens with what belongs to a time of day made part of it; nothing if halves of the day or zones stand alone.
pub(super) fn join(tokens: Vec<Token>) -> Option<Vec<Token>> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut half = None;
    let mut rest = tokens.as_slice();
    while let Some((&token, after)) = rest.split_first() {
        rest = after;
        match token {
            Token::Number(number) if after.first().is_some_and(|next| next.is_unit(Unit::Hour)) => {
                match marked(number, after) {
                    Some((clock, used)) => {
                        joined.push(Token::Clock(clock));
                        rest = &after[used..];
                    }
                    None => joined.push(token),
                }
            }
            Token::Word(meaning @ (Meaning::Morning | Meaning::Evening)) => {
                match joined.last_mut() {
                    Some(Token::Clock(clock)) => *clock = clock.in_half(meaning)?,
                    Some(Token::Number(hour)) if hour.part().is_some() => {
                        let clock = Clock {
                            hour: hour.part()?,
                            minute: 0,
                            second: 0,
                        };
                        let clock = clock.in_half(meaning)?;
                        joined.pop();
                        joined.push(Token::Clock(clock));
                    }
                    // The Arabic sign of the afternoon stands behind years too, for the era.
                    Some(Token::Number(year)) if year.year().is_some() => {}
                    _ => half = Some(meaning),
                }
                continue;
            }
            // "19:52 Uhr", "saat 19:52": the hour is said twice.
            _ if token.is_unit(Unit::Hour) && matches!(after.first(), Some(Token::Clock(_))) => {}
            Token::Word(Meaning::Utc) => {
                if !matches!(after.first(), Some(Token::Offset(_))) {
                    joined.push(Token::Offset(0));
                }
            }
            other => joined.push(other),
        }
        if let Some(meaning) = half.take() {
            match joined.last_mut() {
                Some(Token::Clock(clock)) => *clock = clock.in_half(meaning)?,
                _ => return None,
            }
        }
    }
    half.is_none().then_some(joined)
}

/// "19時52分", whose hour is `number`; and how many of the tokens after it belong to it.
fn marked(number: Number, after: &[Token]) -> Option<(Clock, usize)> {
    if !matches!(after.first(), Some(Token::Word(Meaning::Mark(Unit::Hour)))) {
        return None;
    }
    let part = |at: usize, unit: Unit| match after.get(at..at + 2) {
        Some([Token::Number(number), mark]) if mark.is_unit(unit) => number.part(),
        _ => None,
    };
    let minute = part(1, Unit::Minute);
    let second = minute.and_then(|_| part(3, Unit::Second));
    let used = 1 + 2 * (usize::from(minute.is_some()) + usize::from(second.is_some()));
    let (minute, second) = (minute.unwrap_or(0), second.unwrap_or(0));
    let hour = number.part()?;
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then_some((
        Clock {
            hour,
            minute,
            second,
        },
        used,
    ))
}

impl Clock {
    /// The time in that half of the day; nothing if the hour is in neither.
    fn in_half(self, half: Meaning) -> Option<Self> {
        let hour = match (half, self.hour) {
            // Japan counts from 0, others from 12.
            (_, 13..) => return None,
            (Meaning::Evening, 12) => 12,
            (Meaning::Evening, hour) => hour + 12,
            (_, 12) => 0,
            (_, hour) => hour,
        };
        Some(Self { hour, ..self })
    }
}
