//! What opens a circuit.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::tally::Call;

/// What opens a closed circuit.
///
/// A call that is ignored or abandoned counts for nothing, whatever the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trip {
    /// So many failures within so long a time, exactly; one success clears them.
    ///
    /// A failing key keeps the time of each failure, 16 bytes, so memory is bounded by the capacity times `count`.
    Failures {
        /// How many failures open the circuit, at least 1.
        count: u32,
        /// How long a failure counts, above zero: it no longer does once it is this old.
        within: Duration,
    },
    /// So many failures without a success in between, however far apart.
    ///
    /// A failing key keeps one number, until it succeeds or makes room for another.
    Consecutive {
        /// How many failures in a row open the circuit, at least 1.
        count: u32,
    },
    /// A share of the recent calls that failed or were slow.
    Rate(Rate),
}

/// The shares of recent calls at which a circuit opens. A success clears nothing, it only lowers the shares.
///
/// The shares are looked at after every call, so a success may open the circuit when it is the call that reaches `minimum`.
/// Successes have to be remembered for this: see [`Over`] for the memory that a key with traffic takes.
///
/// ```
/// use std::time::Duration;
/// use breaker::{Over, Rate, Slow, Trip};
///
/// // Half of the last 100 calls failed, or four in five of them took two seconds or longer.
/// let trip = Trip::Rate(Rate {
///     over: Over::Calls(100),
///     minimum: 20,
///     failed: Some(50),
///     slow: Some(Slow { percent: 80, threshold: Duration::from_secs(2) }),
/// });
/// # let _ = trip;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Which calls are recent.
    pub over: Over,
    /// How many recent calls there must be before their shares mean anything; at least 1, and at most the number of
    /// [`Over::Calls`].
    pub minimum: u32,
    /// The percentage of failed calls that opens the circuit, 1 to 100; `None` if failures are not looked at.
    pub failed: Option<u8>,
    /// The share of slow calls that opens the circuit; `None` if nobody minds. One of the two must be set.
    pub slow: Option<Slow>,
}

/// Which share of slow calls opens a circuit, and which calls are slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slow {
    /// The percentage of slow calls that opens the circuit, 1 to 100.
    pub percent: u8,
    /// How long a call takes, from its admission to its report, for it to be slow; above zero.
    ///
    /// A call can be slow whether it succeeds or fails. A probe that is slow counts as failed.
    pub threshold: Duration,
}

/// Which calls of a key are recent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The last so many, at least 1, however old they are.
    ///
    /// A key takes 2 bytes for each, and is forgotten only to make room for another.
    Calls(u32),
    /// Those of the last so long a time, above zero.
    ///
    /// The time is cut into 20 slices, and a slice counts or does not: a call counts until it is between 19/20 of this
    /// time and all of it old. A key takes 240 bytes, and is forgotten once none of its calls is recent.
    Time(Duration),
}

impl Trip {
    /// What a finished call counts as.
    pub(crate) fn call(&self, outcome: Outcome, started: Option<Instant>, now: Instant) -> Call {
        let times = started.zip(self.slow_threshold());
        let slow = times.is_some_and(|(started, threshold)| {
            now.saturating_duration_since(started) >= threshold
        });
        Call {
            slow,
            ..Call::of(outcome)
        }
    }

    /// How long a call takes to be slow, if that matters.
    #[inline]
    pub(crate) fn slow_threshold(&self) -> Option<Duration> {
        match self {
            Self::Rate(rate) => rate.slow.map(|slow| slow.threshold),
            Self::Failures { .. } | Self::Consecutive { .. } => None,
        }
    }

    /// Whether calls are counted without looking at the time.
    pub(crate) fn is_timeless(&self) -> bool {
        match self {
            Self::Failures { .. } => false,
            Self::Consecutive { .. } => true,
            Self::Rate(rate) => matches!(rate.over, Over::Calls(_)) && rate.slow.is_none(),
        }
    }

    /// Whether the successes of a healthy key have to be remembered.
    pub(crate) fn remembers_successes(&self) -> bool {
        matches!(self, Self::Rate(_))
    }
}
