//! What is remembered of a key.

use std::time::Duration;

use crate::State;

/// What is remembered of a key that is not healthy, as [`Breakers::snapshot`](crate::Breakers::snapshot) lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot<K> {
    /// The key.
    pub key: K,
    /// Its state.
    pub state: State,
    /// How many calls count, bad ones among them; only failures do unless [`Trip::Rate`](crate::Trip::Rate) looks at all.
    ///
    /// This and the next two are 0 unless the circuit is closed, for opening starts the count afresh.
    pub calls: u32,
    /// How many of them failed.
    pub failures: u32,
    /// How many of them were slow.
    pub slow: u32,
    /// The time until the cooldown has passed; zero unless it is open.
    pub retry_after: Duration,
}
