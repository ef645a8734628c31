//! What is remembered of a key, for another process.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::tally::{Call, Tally};
use crate::window::Window;
use crate::{Over, Rate, Trip};

/// What is remembered of a key, in a form that another process can take over.
///
/// Made by [`Breakers::export`](crate::Breakers::export) and taken by [`Breakers::import`](crate::Breakers::import).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Saved<K> {
    /// The key.
    pub key: K,
    /// When it was saved.
    pub at: SystemTime,
    pub(crate) circuit: SavedCircuit,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SavedCircuit {
    Closed(SavedCalls),
    /// Open, or half-open if no cooldown is left: the probes of one process cannot report to another.
    Open {
        cooldown_left: Duration,
        reopened: u32,
    },
}

/// A [`Window`], with ages in the place of times; oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SavedCalls {
    Failures(Vec<Duration>),
    Consecutive(u32),
    Calls(Vec<Call>),
    Time(Vec<(Duration, Tally)>),
}

impl SavedCalls {
    /// Nothing if no call counts at `at`.
    pub(crate) fn save(window: &Window, at: Duration, trip: &Trip) -> Option<Self> {
        if window.tally(at, trip).calls == 0 {
            return None;
        }
        match (window, trip) {
            (Window::Failures(times), Trip::Failures { within, .. }) => {
                Some(Self::Failures(times.ages(at, *within)))
            }
            (Window::Consecutive(failures), _) => Some(Self::Consecutive(*failures)),
            (Window::Calls(calls), _) => Some(Self::Calls(calls.calls())),
            (
                Window::Time(slices),
                Trip::Rate(Rate {
                    over: Over::Time(time),
                    ..
                }),
            ) => Some(Self::Time(slices.ages(at, *time))),
            _ => None,
        }
    }

    /// Nothing if no call counts at `at`, or if the calls were saved under a policy of another kind.
    pub(crate) fn restore(self, at: Duration, elapsed: Duration, trip: &Trip) -> Option<Window> {
        let then = at.saturating_sub(elapsed);
        let mut window = Window::new(trip);
        match (self, &mut window, trip) {
            (Self::Failures(ages), Window::Failures(times), &Trip::Failures { count, within }) => {
                // The policy may count fewer than it did.
                let dropped = ages.len().saturating_sub(count as usize);
                for age in ages.into_iter().skip(dropped) {
                    times.record(then.saturating_sub(age), within);
                }
            }
            (Self::Consecutive(count), Window::Consecutive(failures), _) => *failures = count,
            (
                Self::Calls(saved),
                Window::Calls(calls),
                Trip::Rate(Rate {
                    over: Over::Calls(limit),
                    ..
                }),
            ) => {
                for call in saved {
                    calls.record(call, *limit);
                }
            }
            (
                Self::Time(saved),
                Window::Time(slices),
                Trip::Rate(Rate {
                    over: Over::Time(time),
                    ..
                }),
            ) => {
                for (age, calls) in saved {
                    slices.record(calls, then.saturating_sub(age), *time);
                }
            }
            _ => return None,
        }
        (window.tally(at, trip).calls > 0).then_some(window)
    }
}
