//! The calls that count.

use std::time::Duration;

use crate::last_calls::LastCalls;
use crate::slices::Slices;
use crate::tally::{Call, Tally};
use crate::times::Times;
use crate::{Cause, Over, Rate, Trip};

/// The calls that count for or against a closed circuit, in the form that its [`Trip`] needs.
///
/// Times are counted from the start of the table.
#[derive(Debug, Default)]
pub(crate) enum Window {
    /// Nothing is known.
    #[default]
    Empty,
    Failures(Times),
    /// How many failures there were in a row.
    Consecutive(u32),
    Calls(LastCalls),
    Time(Slices),
}

impl Window {
    /// Adds a call, and tells why the circuit has to open, if it has.
    ///
    /// Whoever is told so drops the window, so [`Trip::Failures`] never needs more than `count` times.
    pub(crate) fn record(&mut self, call: Call, at: Duration, trip: &Trip) -> Option<Cause> {
        if matches!(self, Self::Empty) {
            *self = Self::new(trip);
        }
        match (&mut *self, trip) {
            (Self::Failures(times), &Trip::Failures { count, within }) if call.failed => {
                (times.record(at, within) >= count as usize).then_some(Cause::Failures)
            }
            (Self::Consecutive(failures), &Trip::Consecutive { count }) if call.failed => {
                *failures = failures.saturating_add(1);
                (*failures >= count).then_some(Cause::Consecutive)
            }
            (
                Self::Calls(calls),
                Trip::Rate(
                    rate @ Rate {
                        over: Over::Calls(limit),
                        ..
                    },
                ),
            ) => calls.record(call, *limit).exceeds(rate),
            (
                Self::Time(slices),
                Trip::Rate(
                    rate @ Rate {
                        over: Over::Time(time),
                        ..
                    },
                ),
            ) => slices.record(call.into(), at, *time).exceeds(rate),
            // A success leaves nothing of failures.
            _ => {
                *self = Self::Empty;
                None
            }
        }
    }

    /// The sum of the calls that count at `at`.
    pub(crate) fn tally(&self, at: Duration, trip: &Trip) -> Tally {
        match (self, trip) {
            (Self::Failures(times), Trip::Failures { within, .. }) => {
                // As many as `count` at most, which is a `u32`.
                Tally::of_failures(times.count(at, *within) as u32)
            }
            (Self::Consecutive(failures), _) => Tally::of_failures(*failures),
            (Self::Calls(calls), _) => calls.tally(),
            (
                Self::Time(slices),
                Trip::Rate(Rate {
                    over: Over::Time(time),
                    ..
                }),
            ) => slices.tally(at, *time),
            _ => Tally::default(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether all calls that counted when the last was added were good.
    pub(crate) fn is_good(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Failures(_) | Self::Consecutive(_) => false,
            Self::Calls(calls) => calls.tally().is_good(),
            Self::Time(slices) => slices.latest().is_good(),
        }
    }

    pub(crate) fn new(trip: &Trip) -> Self {
        match trip {
            Trip::Failures { .. } => Self::Failures(Times::default()),
            Trip::Consecutive { .. } => Self::Consecutive(0),
            Trip::Rate(rate) => match rate.over {
                Over::Calls(_) => Self::Calls(LastCalls::default()),
                Over::Time(_) => Self::Time(Slices::new()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const GOOD: Call = Call {
        failed: false,
        slow: false,
    };
    const FAILED: Call = Call {
        failed: true,
        slow: false,
    };

    fn rate(over: Over) -> Trip {
        Trip::Rate(Rate {
            over,
            minimum: 3,
            failed: Some(50),
            slow: None,
        })
    }

    #[test]
    fn a_success_leaves_nothing_of_failures() {
        let within = 10 * SECOND;
        for trip in [
            Trip::Failures { count: 3, within },
            Trip::Consecutive { count: 3 },
        ] {
            let mut window = Window::default();
            assert_eq!(window.record(FAILED, SECOND, &trip), None);
            assert!(!window.is_good());
            assert_eq!(window.record(FAILED, SECOND, &trip), None);
            assert_eq!(window.tally(SECOND, &trip), Tally::of_failures(2));
            assert_eq!(window.record(GOOD, SECOND, &trip), None);
            assert!(window.is_empty() && window.is_good());
            assert_eq!(window.tally(SECOND, &trip), Tally::default());
        }
    }

    #[test]
    fn consecutive_failures_open_however_far_apart() {
        let trip = Trip::Consecutive { count: 2 };
        let mut window = Window::default();
        assert_eq!(window.record(FAILED, SECOND, &trip), None);
        let opened = window.record(FAILED, 1_000_000 * SECOND, &trip);
        assert_eq!(opened, Some(Cause::Consecutive));
    }

    #[test]
    fn a_rate_opens_on_the_call_that_reaches_the_minimum_even_a_success() {
        for over in [Over::Calls(4), Over::Time(40 * SECOND)] {
            let trip = rate(over);
            let mut window = Window::default();
            assert_eq!(window.record(FAILED, SECOND, &trip), None);
            assert_eq!(window.record(FAILED, SECOND, &trip), None);
            assert!(!window.is_good());
            let opened = window.record(GOOD, SECOND, &trip);
            assert_eq!(opened, Some(Cause::FailureRate));
        }
    }

    #[test]
    fn a_failure_that_no_longer_counts_leaves_a_window_good() {
        for over in [Over::Calls(4), Over::Time(40 * SECOND)] {
            let trip = rate(over);
            let mut window = Window::default();
            for second in [0, 40, 80, 120, 160] {
                let call = if second == 0 { FAILED } else { GOOD };
                assert_eq!(window.record(call, second * SECOND, &trip), None);
            }
            assert!(window.is_good() && !window.is_empty());
        }
    }
}
