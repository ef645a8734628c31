//! What observers and subscribers are told.

use crate::State;

/// A change of a circuit's state.
///
/// An observer is told `Change<&K>` (see [`Breakers::observed`](crate::Breakers::observed)); a subscriber, who hears of it
/// later, gets `Change<K>` (`Breakers::changes`, feature `stream`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change<K> {
    /// The key whose circuit changed; `()` for a [`Breaker`](crate::Breaker).
    pub key: K,
    /// The state that ended.
    pub from: State,
    /// The state that began.
    pub to: State,
    /// What brought it about.
    pub cause: Cause,
    /// Grows with every change in the registry, so that changes told by different threads can be put in order. Numbers may be missing:
    /// an order that leaves the state as it was takes one too, and is told to nobody.
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
    /// [`Breakers::trip`](crate::Breakers::trip) or [`Breaker::trip`](crate::Breaker::trip).
    Tripped,
    /// [`Breakers::force_open`](crate::Breakers::force_open) or [`Breaker::force_open`](crate::Breaker::force_open).
    ForcedOpen,
    /// [`Breakers::force_close`](crate::Breakers::force_close) or [`Breaker::force_close`](crate::Breaker::force_close).
    ForcedClosed,
    /// [`Breakers::reset`](crate::Breakers::reset) or [`Breaker::reset`](crate::Breaker::reset).
    Reset,
}
