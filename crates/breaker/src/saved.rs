//! What is remembered of a key, for another process.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::Trip;
use crate::tally::{Call, Tally};
use crate::window::Window;

/// What is remembered of a key, in a form that another process can take over.
///
/// Made by [`Breakers::export`](crate::Breakers::export) and taken by [`Breakers::import`](crate::Breakers::import);
/// a [`Breaker`](crate::Breaker) has the same for the key `()`.
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
    ForcedOpen,
    ForcedClosed,
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
    pub(crate) fn save(window: &Window, at: Duration) -> Option<Self> {
        let saved = match window {
            Window::Empty => return None,
            Window::Failures { times, .. } => Self::Failures(times.ages(at)),
            Window::Consecutive { failures, .. } => Self::Consecutive(*failures),
            Window::Calls(calls, _) => Self::Calls(calls.calls()),
            Window::Time(slices, _) => Self::Time(slices.ages(at)),
        };
        (window.tally(at).calls > 0).then_some(saved)
    }

    /// Nothing if no call counts at `at`, or if the calls were saved under a policy of another kind.
    pub(crate) fn restore(self, at: Duration, elapsed: Duration, trip: &Trip) -> Option<Window> {
        let then = at.saturating_sub(elapsed);
        let mut window = Window::new(trip);
        match (self, &mut window) {
            (Self::Failures(ages), Window::Failures { times, count }) => {
                // The policy may count fewer than it did.
                let dropped = ages.len().saturating_sub(*count as usize);
                for age in ages.into_iter().skip(dropped) {
                    times.record(then.saturating_sub(age));
                }
            }
            (Self::Consecutive(saved), Window::Consecutive { failures, .. }) => *failures = saved,
            (Self::Calls(saved), Window::Calls(calls, _)) => {
                for call in saved {
                    calls.record(call);
                }
            }
            (Self::Time(saved), Window::Time(slices, _)) => {
                for (age, calls) in saved {
                    slices.record(calls, then.saturating_sub(age));
                }
            }
            _ => return None,
        }
        (window.tally(at).calls > 0).then_some(window)
    }
}
