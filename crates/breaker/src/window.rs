//! The calls that count.

use std::time::Duration;

use crate::last_calls::LastCalls;
use crate::slices::Slices;
use crate::tally::{Call, Tally};
use crate::times::Times;
use crate::{Cause, Over, Rate, Trip};

/// The calls that count for or against a closed circuit, in the form that its [`Trip`] needs.
///
/// Times are counted from the start of the rules.
#[derive(Debug, Default)]
pub(crate) enum Window {
    /// Nothing is known.
    #[default]
    Empty,
    Failures {
        times: Times,
        /// How many of them open the circuit.
        count: u32,
    },
    Consecutive {
        failures: u32,
        /// How many of them open the circuit.
        count: u32,
    },
    Calls(LastCalls, Rate),
    Time(Slices, Rate),
}

impl Window {
    /// A window without a call.
    pub(crate) fn new(trip: &Trip) -> Self {
        match *trip {
            Trip::Failures { count, within } => Self::Failures {
                times: Times::new(within),
                count,
            },
            Trip::Consecutive { count } => Self::Consecutive { failures: 0, count },
            Trip::Rate(rate) => match rate.over {
                Over::Calls(limit) => Self::Calls(LastCalls::new(limit), rate),
                Over::Time(time) => Self::Time(Slices::new(time), rate),
            },
        }
    }

    /// Adds a call, and tells why the circuit has to open, if it has.
    ///
    /// Whoever is told so drops the window, so [`Trip::Failures`] never needs more than `count` times.
    pub(crate) fn record(&mut self, call: Call, at: Duration, trip: &Trip) -> Option<Cause> {
        if matches!(self, Self::Empty) {
            *self = Self::new(trip);
        }
        match self {
            Self::Failures { times, count } if call.failed => {
                (times.record(at) >= *count as usize).then_some(Cause::Failures)
            }
            Self::Consecutive { failures, count } if call.failed => {
                *failures = failures.saturating_add(1);
                (*failures >= *count).then_some(Cause::Consecutive)
            }
            Self::Calls(calls, rate) => calls.record(call).exceeds(rate),
            Self::Time(slices, rate) => slices.record(call.into(), at).exceeds(rate),
            // A success leaves nothing of failures but the room that they took.
            Self::Failures { times, .. } => {
                times.clear();
                None
            }
            Self::Empty | Self::Consecutive { .. } => {
                *self = Self::Empty;
                None
            }
        }
    }

    /// The sum of the calls that count at `at`.
    pub(crate) fn tally(&self, at: Duration) -> Tally {
        match self {
            Self::Empty => Tally::default(),
            // As many as `count` at most, which is a `u32`.
            Self::Failures { times, .. } => Tally::of_failures(times.count(at) as u32),
            Self::Consecutive { failures, .. } => Tally::of_failures(*failures),
            Self::Calls(calls, _) => calls.tally(),
            Self::Time(slices, _) => slices.tally(at),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Failures { times, .. } => times.is_empty(),
            Self::Consecutive { .. } | Self::Calls(..) | Self::Time(..) => false,
        }
    }

    /// Whether a success would change nothing.
    pub(crate) fn absorbs_success(&self, trip: &Trip) -> bool {
        match self {
            Self::Calls(calls, _) => calls.is_full_of_good(),
            _ => self.is_empty() && !trip.remembers_successes(),
        }
    }

    /// Whether all calls that counted when the last was added were good.
    pub(crate) fn is_good(&self) -> bool {
        match self {
            Self::Calls(calls, _) => calls.tally().is_good(),
            Self::Time(slices, _) => slices.latest().is_good(),
            Self::Empty | Self::Failures { .. } | Self::Consecutive { .. } => self.is_empty(),
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
            assert_eq!(window.tally(SECOND), Tally::of_failures(2));
            assert_eq!(window.record(GOOD, SECOND, &trip), None);
            assert!(window.is_empty() && window.is_good());
            assert_eq!(window.tally(SECOND), Tally::default());
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
