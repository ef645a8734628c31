//! What an observer is told.

use crate::State;

/// A change of a circuit's state, as an observer is told of it.
///
/// See [`Breakers::observed`](crate::Breakers::observed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change<'a, K> {
    /// The key whose circuit changed.
    pub key: &'a K,
    /// The state that ended.
    pub from: State,
    /// The state that began.
    pub to: State,
    /// What brought it about.
    pub cause: Cause,
    /// Grows with every change in the registry, so that changes told by different threads can be put in order.
    pub order: u64,
}

/// What brought a change of state about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// As many failures within the window as [`Trip::Failures`](crate::Trip::Failures) allows.
    Failures,
    /// As many failures in a row as [`Trip::Consecutive`](crate::Trip::Consecutive) allows.
    Consecutive,
    /// The share of failed calls, [`Rate::failed`](crate::Rate::failed).
    FailureRate,
    /// The share of slow calls, [`Rate::slow`](crate::Rate::slow).
    SlowRate,
    /// The cooldown has passed, and a caller came.
    CooldownPassed,
    /// A probe failed.
    ProbeFailed,
    /// A probe did not fail, but was slow.
    ProbeSlow,
    /// As many probes succeeded as it takes.
    ProbesSucceeded,
    /// [`Breakers::force_open`](crate::Breakers::force_open).
    ForcedOpen,
    /// [`Breakers::reset`](crate::Breakers::reset).
    Reset,
}
