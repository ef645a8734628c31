//! Calls in numbers.

use crate::{Cause, Outcome, Rate};

/// What a finished call counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Call {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

impl Call {
    /// A call with this outcome that was not slow; one that is ignored does not count.
    pub(crate) fn of(outcome: Outcome) -> Self {
        Self {
            failed: outcome == Outcome::Failure,
            slow: false,
        }
    }

    pub(crate) fn is_good(self) -> bool {
        !self.failed && !self.slow
    }
}

/// How many calls there were, and how many of them were bad in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Tally {
    pub(crate) calls: u32,
    pub(crate) failed: u32,
    pub(crate) slow: u32,
}

impl Tally {
    pub(crate) fn of_failures(count: u32) -> Self {
        Self {
            calls: count,
            failed: count,
            slow: 0,
        }
    }

    pub(crate) fn add(&mut self, call: Call) {
        *self = self.plus(call.into());
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            failed: self.failed.saturating_add(other.failed),
            slow: self.slow.saturating_add(other.slow),
        }
    }

    pub(crate) fn remove(&mut self, call: Call) {
        self.calls -= 1;
        self.failed -= u32::from(call.failed);
        self.slow -= u32::from(call.slow);
    }

    pub(crate) fn is_good(self) -> bool {
        self.failed == 0 && self.slow == 0
    }

    /// Which of the shares has been reached, if any.
    pub(crate) fn exceeds(self, rate: &Rate) -> Option<Cause> {
        let share = |bad: u32, percent: u8| {
            u64::from(bad) * 100 >= u64::from(self.calls) * u64::from(percent)
        };
        // Looked at first, because most calls are good.
        if self.is_good() || self.calls < rate.minimum {
            return None;
        }
        if rate
            .failed
            .is_some_and(|percent| share(self.failed, percent))
        {
            return Some(Cause::FailureRate);
        }
        let slow = rate.slow?;
        share(self.slow, slow.percent).then_some(Cause::SlowRate)
    }
}

impl From<Call> for Tally {
    fn from(call: Call) -> Self {
        Self {
            calls: 1,
            failed: u32::from(call.failed),
            slow: u32::from(call.slow),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Over, Slow};

    fn rate(failed: Option<u8>, slow: Option<u8>) -> Rate {
        Rate {
            over: Over::Calls(100),
            minimum: 4,
            failed,
            slow: slow.map(|percent| Slow {
                percent,
                threshold: Duration::from_secs(1),
            }),
        }
    }

    fn tally(calls: u32, failed: u32, slow: u32) -> Tally {
        Tally {
            calls,
            failed,
            slow,
        }
    }

    #[test]
    fn a_share_is_exceeded_when_it_is_reached_and_not_a_call_sooner() {
        let rate = rate(Some(50), Some(100));
        assert_eq!(tally(4, 1, 3).exceeds(&rate), None);
        assert_eq!(tally(4, 2, 0).exceeds(&rate), Some(Cause::FailureRate));
        assert_eq!(tally(4, 0, 4).exceeds(&rate), Some(Cause::SlowRate));
        assert_eq!(tally(4, 4, 4).exceeds(&rate), Some(Cause::FailureRate));
    }

    #[test]
    fn nothing_is_exceeded_below_the_minimum() {
        assert_eq!(tally(3, 3, 3).exceeds(&rate(Some(1), Some(1))), None);
    }

    #[test]
    fn a_share_that_is_not_set_is_not_looked_at() {
        assert_eq!(tally(4, 4, 0).exceeds(&rate(None, Some(1))), None);
        assert_eq!(tally(4, 0, 4).exceeds(&rate(Some(1), None)), None);
    }

    #[test]
    fn numbers_stop_at_their_end() {
        let full = tally(u32::MAX, u32::MAX, 0);
        assert_eq!(full.plus(full), full);
        assert_eq!(
            full.exceeds(&rate(Some(100), None)),
            Some(Cause::FailureRate)
        );
    }
}
