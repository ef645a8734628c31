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
    /// How many failures count against it; 0 unless it is closed, for opening starts the count afresh.
    pub failures: usize,
    /// The time until the cooldown has passed; zero unless it is open.
    pub retry_after: Duration,
}
