//! Moments that are told by how long before or after now they are.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::clock::Clock;
use super::token::{Kind, Number, Token};
use super::vocabulary::{Meaning, Unit};
use super::written;

/// What a text says about a moment, seen from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relative {
    Now,
    /// So many days from today, at a time of day if one is stated.
    Day(i8, Option<Clock>),
    Amount(Amount),
}

/// An amount of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    months: i64,
    days: i64,
    seconds: i64,
    /// Whether it is stated to the hour or finer.
    is_fine: bool,
    pub(super) direction: Option<Direction>,
}

/// On which side of now a moment lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Past,
    Future,
}

/// What the tokens say; nothing if they say anything else as well.
pub(super) fn read(tokens: &[Token]) -> Option<Relative> {
    let mut reader = Reader::default();
    let mut rest = tokens;
    while let Some((&token, after)) = rest.split_first() {
        reader.take(token, after)?;
        rest = after;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    sum: Sum,
    direction: Option<Direction>,
    day: Option<i8>,
    clock: Option<Clock>,
    is_now: bool,
    is_present: bool,
    /// A number whose unit has not come yet, in hundredths.
    pending: Option<i64>,
    is_few: bool,
    /// A unit without a number, which is an amount only where the direction is told.
    implied: bool,
    /// A weak unit, likewise.
    has_mark: bool,
    has_unit: bool,
    sign: Option<i8>,
    starts_with_sign: bool,
}

#[derive(Default)]
struct Sum {
    months: i64,
    days: i64,
    seconds: i64,
    is_fine: bool,
}

impl Reader {
    fn take(&mut self, token: Token, after: &[Token]) -> Option<()> {
        match token {
            Token::Number(number) if self.pending.is_none() => {
                self.pending = Some(hundredths(number)?);
            }
            Token::Sign(sign) if self.pending.is_none() => {
                if !matches!(after.first(), Some(Token::Number(_))) {
                    return None;
                }
                self.starts_with_sign |= !self.has_amount();
                self.sign = Some(sign);
            }
            Token::Clock(clock) if self.clock.is_none() => self.clock = Some(clock),
            Token::Word(meaning) => self.word(meaning)?,
            _ => return None,
        }
        Some(())
    }

    fn word(&mut self, meaning: Meaning) -> Option<()> {
        match meaning {
            Meaning::Number(number) if self.pending.is_none() => {
                self.pending = Some(i64::from(number) * 100);
            }
            Meaning::Unit(unit, implied) => {
                self.has_unit = true;
                self.unit(unit, implied)?;
            }
            // Months are numbered where days are: "5月前" is before May.
            Meaning::Mark(unit) if unit != Unit::Month => {
                self.has_mark = true;
                self.unit(unit, None)?;
            }
            Meaning::Few => self.is_few = true,
            Meaning::Past => self.turn(Direction::Past)?,
            Meaning::Future => self.turn(Direction::Future)?,
            Meaning::Day(day) if self.day.is_none() => self.day = Some(day),
            Meaning::Now => self.is_now = true,
            Meaning::Present => self.is_present = true,
            Meaning::Around | Meaning::Posted | Meaning::Deadline | Meaning::End => {}
            _ => return None,
        }
        Some(())
    }

    fn unit(&mut self, unit: Unit, implied: Option<u8>) -> Option<()> {
        if std::mem::take(&mut self.is_few) {
            // "A few seconds ago" is now; how much a few hours are nobody knows.
            self.is_now = true;
            return (unit == Unit::Second && self.pending.is_none()).then_some(());
        }
        let amount = match (self.pending.take(), implied) {
            // "3 ساعتين" would be three times two hours.
            (Some(_), Some(2)) => return None,
            (Some(amount), _) => amount,
            (None, Some(implied)) => {
                self.implied = true;
                i64::from(implied) * 100
            }
            (None, None) => return None,
        };
        self.sum
            .add(unit, amount * i64::from(self.sign.unwrap_or(1)))
    }

    /// Takes the direction; two must not be told.
    fn turn(&mut self, direction: Direction) -> Option<()> {
        let before = self.direction.replace(direction);
        before
            .is_none_or(|before| before == direction)
            .then_some(())
    }

    fn has_amount(&self) -> bool {
        self.has_unit || self.has_mark
    }

    fn finish(self) -> Option<Relative> {
        let is_amount = self.has_amount() && !self.is_now;
        let kinds = [is_amount, self.day.is_some(), self.is_now];
        if self.pending.is_some()
            || self.is_few
            || kinds.iter().filter(|kind| **kind).count() != 1
            || (self.clock.is_some() && self.day.is_none())
            || (self.is_present && !self.starts_with_sign)
        {
            return None;
        }
        if let Some(day) = self.day {
            return self
                .direction
                .is_none()
                .then_some(Relative::Day(day, self.clock));
        }
        if self.is_now {
            return (self.direction != Some(Direction::Future)).then_some(Relative::Now);
        }
        let direction = match (self.starts_with_sign, self.direction) {
            // The sum has its sign.
            (true, None) => Some(Direction::Future),
            (true, Some(_)) => return None,
            (false, direction) => direction,
        };
        let is_weak = self.implied || !self.has_unit;
        if direction.is_none() && is_weak {
            return None;
        }
        let Sum {
            months,
            days,
            seconds,
            is_fine,
        } = self.sum;
        Some(Relative::Amount(Amount {
            months,
            days,
            seconds,
            is_fine,
            direction,
        }))
    }
}

impl Sum {
    /// Adds so many hundredths of a unit.
    fn add(&mut self, unit: Unit, hundredths: i64) -> Option<()> {
        const DAY: i64 = 24 * 3600;
        let is_whole = hundredths % 100 == 0;
        let whole = hundredths / 100;
        match unit {
            Unit::Second => self.seconds += whole,
            Unit::Minute => self.seconds += hundredths * 60 / 100,
            Unit::Hour => self.seconds += hundredths * 3600 / 100,
            Unit::Day if is_whole => self.days += whole,
            Unit::Week if is_whole => self.days += whole * 7,
            // Half a day is told in hours.
            Unit::Day => self.seconds += hundredths * DAY / 100,
            Unit::Week => self.seconds += hundredths * DAY * 7 / 100,
            Unit::Month if is_whole => self.months += whole,
            Unit::Year if is_whole => self.months += whole * 12,
            Unit::Decade if is_whole => self.months += whole * 120,
            // How long half a month is depends on the month.
            Unit::Month | Unit::Year | Unit::Decade => return None,
        }
        self.is_fine |= unit <= Unit::Hour || !is_whole;
        Some(())
    }
}

/// A number as an amount, in hundredths.
fn hundredths(number: Number) -> Option<i64> {
    (number.kind != Kind::Ordinal)
        .then(|| i64::from(number.whole) * 100 + i64::from(number.hundredths))
}

impl Relative {
    /// On which side of now it is; none where that is not told.
    pub(super) fn direction(&self) -> Option<Direction> {
        let side = |amount: i64| {
            if amount > 0 {
                Direction::Future
            } else {
                Direction::Past
            }
        };
        match self {
            Self::Now => Some(Direction::Past),
            Self::Day(day, _) => Some(side(i64::from(*day))),
            Self::Amount(amount) => match amount.direction? {
                Direction::Past => Some(Direction::Past),
                // Months outweigh days, unless somebody plays with signs.
                Direction::Future => Some(side(
                    amount.months * 30 * 86_400 + amount.days * 86_400 + amount.seconds,
                )),
            },
        }
    }

    /// The moment, as RFC 3339: hours and less give a date-time, days and more a date.
    ///
    /// Days are those of UTC. An amount without a direction lies on the side `bare`.
    pub(super) fn at(&self, now: Timestamp, bare: Direction) -> Option<String> {
        let now = Timestamp::from_second(now.as_second()).ok()?;
        let here = TimeZone::UTC.to_datetime(now);
        let amount = match self {
            Self::Now => return Some(now.to_string()),
            Self::Day(day, clock) => {
                let date = here.date().checked_add(days(i64::from(*day))?).ok()?;
                return match clock {
                    // Whose clock it is the page does not say.
                    Some(clock) => written::moment(date, *clock, None),
                    None => Some(date.to_string()),
                };
            }
            Self::Amount(amount) => amount,
        };
        let sign = match amount.direction.unwrap_or(bare) {
            Direction::Past => -1,
            Direction::Future => 1,
        };
        let months = Span::new().try_months(sign * amount.months).ok()?;
        let seconds = Span::new().try_seconds(sign * amount.seconds).ok()?;
        let then = here.checked_add(months).ok()?;
        let then = then.checked_add(days(sign * amount.days)?).ok()?;
        let then = then.checked_add(seconds).ok()?;
        if then.year() < 1970 {
            return None;
        }
        Some(if amount.is_fine {
            written::stamp(then, Some(0))
        } else {
            then.date().to_string()
        })
    }
}

fn days(days: i64) -> Option<Span> {
    Span::new().try_days(days).ok()
}
