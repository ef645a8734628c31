//! Dates that name their day, month and year.

use jiff::civil::{Date, DateTime, Time};

use super::clock::Clock;
use super::locale::{Locale, Order};
use super::token::{Token, Triple};
use super::vocabulary::{Meaning, Unit};

/// The years in which something that is on the web can be published or end.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

/// The date that the tokens state, as RFC 3339 and as precise as they are; nothing if they say anything else, or leave
/// the year, the month or the day open.
pub(super) fn read(tokens: &[Token], locale: Locale) -> Option<String> {
    let mut parts = Parts::default();
    let mut rest = tokens;
    while let Some((&token, after)) = rest.split_first() {
        rest = after;
        match token {
            Token::Number(number) => {
                let unit = after.first().copied();
                let is = |wanted| unit.is_some_and(|unit| unit.is_unit(wanted));
                if let Some(year) = number.year() {
                    set(&mut parts.year, year)?;
                    // "2026年", "2026 года".
                    rest = &after[usize::from(is(Unit::Year))..];
                } else if unit == Some(Token::Word(Meaning::Mark(Unit::Month))) {
                    set(&mut parts.month, number.part()?)?;
                    rest = &after[1..];
                } else {
                    set(&mut parts.day, number.part()?)?;
                    let is_mark = unit == Some(Token::Word(Meaning::Mark(Unit::Day)));
                    rest = &after[usize::from(is_mark)..];
                }
            }
            Token::Triple(triple) => {
                let date = order(triple, locale)?;
                set(&mut parts.year, date.0)?;
                set(&mut parts.month, date.1)?;
                set(&mut parts.day, date.2)?;
            }
            Token::Word(Meaning::Month(month)) => set(&mut parts.month, month)?,
            Token::Clock(clock) => set(&mut parts.clock, clock)?,
            Token::Offset(seconds) => set(&mut parts.offset, seconds)?,
            // A dash between date and time.
            Token::Sign(-1) if matches!(after.first(), Some(Token::Clock(_))) => {}
            Token::Word(Meaning::Zone) if parts.clock.is_some() => {}
            Token::Word(
                Meaning::Weekday
                | Meaning::Around
                | Meaning::Posted
                | Meaning::Deadline
                | Meaning::End,
            ) => {}
            // Vietnamese says what a number is before it: "ngày 9 tháng 7 năm 2026".
            Token::Word(Meaning::Unit(unit, _)) => match (unit, after.first()) {
                (Unit::Year, Some(Token::Number(number))) if number.year().is_some() => {}
                (Unit::Day, Some(Token::Number(number))) if number.part().is_some() => {}
                _ => return None,
            },
            _ => return None,
        }
    }
    parts.date()
}

#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    clock: Option<Clock>,
    offset: Option<i32>,
}

impl Parts {
    fn date(self) -> Option<String> {
        let year = self.year.filter(|year| YEARS.contains(year))?;
        let date = Date::new(year, self.month?, self.day?).ok()?;
        match (self.clock, self.offset) {
            (Some(clock), offset) => moment(date, clock, offset),
            (None, None) => Some(date.to_string()),
            (None, Some(_)) => None,
        }
    }
}

/// A day and a time, with the offset if there is one.
pub(super) fn moment(date: Date, clock: Clock, offset: Option<i32>) -> Option<String> {
    let time = Time::new(clock.hour, clock.minute, clock.second, 0).ok()?;
    Some(stamp(date.to_datetime(time), offset))
}

/// RFC 3339, without an offset where none is known.
pub(super) fn stamp(moment: DateTime, offset: Option<i32>) -> String {
    match offset {
        None => moment.to_string(),
        Some(0) => format!("{moment}Z"),
        Some(seconds) => {
            let sign = if seconds < 0 { '-' } else { '+' };
            let minutes = seconds.abs() / 60;
            format!("{moment}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}

/// Sets what must be stated only once.
fn set<T>(part: &mut Option<T>, value: T) -> Option<()> {
    part.replace(value).is_none().then_some(())
}

/// Year, month and day of three numbers, if it is certain which is which.
fn order(triple: Triple, locale: Locale) -> Option<(i16, i8, i8)> {
    let [first, second, third] = triple.numbers;
    if let Some(year) = first.year() {
        return Some((year, second.part()?, third.part()?));
    }
    let (first, second) = (first.part()?, second.part()?);
    let year = match third.year() {
        Some(year) => year,
        // Two digits may as well be a day, unless the page says in which order it writes.
        None => locale
            .order
            .and(third.part())
            .map(|short| 2000 + i16::from(short))?,
    };
    let order = match (first, second) {
        (13.., 1..=12) => Order::DayFirst,
        (1..=12, 13..) => Order::MonthFirst,
        (first, second) if first == second => Order::DayFirst,
        // Where points stand between the numbers, the day is first. In American pages they are a fashion.
        _ if triple.mark == '.' => match locale.order {
            Some(Order::MonthFirst) => return None,
            _ => Order::DayFirst,
        },
        _ => locale.order?,
    };
    Some(match order {
        Order::DayFirst => (year, second, first),
        Order::MonthFirst => (year, first, second),
    })
}
