//! What is remembered of a key.

use std::time::{Duration, Instant};

use crate::State;
use crate::circuit::{Circuit, Rules};

/// What is remembered of a key: [`Breakers::snapshot`](crate::Breakers::snapshot) lists those that are not healthy,
/// [`Breaker::snapshot`](crate::Breaker::snapshot) tells of the only one there is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot<K> {
    /// The key; `()` for a [`Breaker`](crate::Breaker).
    pub key: K,
    /// Its state.
    pub state: State,
    /// Whether it is in this state by order, until the next order.
    pub forced: bool,
    /// How many calls count, bad ones among them; only failures do unless [`Trip::Rate`](crate::Trip::Rate) looks at all.
    ///
    /// This and the next two are 0 unless the circuit is closed, for opening starts the count afresh.
    pub calls: u32,
    /// How many of them failed.
    pub failures: u32,
    /// How many of them were slow.
    pub slow: u32,
    /// The time until the cooldown has passed; zero unless it is open, and not by order.
    pub retry_after: Duration,
}

impl<K> Snapshot<K> {
    pub(crate) fn new(key: K, circuit: &Circuit, now: Instant, rules: &Rules) -> Self {
        let tally = circuit.tally(now, rules);
        Self {
            key,
            state: circuit.state(now),
            forced: circuit.is_forced(),
            calls: tally.calls,
            failures: tally.failed,
            slow: tally.slow,
            retry_after: circuit.cooldown_left(now),
        }
    }

    /// Whether there is nothing to tell.
    pub(crate) fn is_healthy(&self) -> bool {
        self.state == State::Closed && !self.forced && self.failures == 0 && self.slow == 0
    }
}
