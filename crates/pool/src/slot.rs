//! One resource in the books.

use std::panic::Location;

use crate::manager::Kill;

/// Milliseconds since the pool was made, as coarse as its pulse.
pub(crate) type Tick = u64;

/// What a lease knows of its slot. The serial is never given twice, so that one which ended is not taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotId {
    pub(crate) index: usize,
    pub(crate) serial: u64,
}

/// A resource from its creation to its end, apart from its creating and its ending.
pub(crate) struct Slot<R, K> {
    pub(crate) serial: u64,
    /// Here while it is idle.
    pub(crate) resource: Option<R>,
    /// Stays here while the resource is on loan, so that a lease can be revoked.
    pub(crate) kill: Kill,
    /// What it was last lent for; nothing while it is new.
    pub(crate) key: Option<K>,
    pub(crate) uses: u32,
    /// When its lifetime is over.
    pub(crate) expires: Tick,
    /// When it became idle, or was lent.
    pub(crate) since: Tick,
    /// Where the present or last lease was asked for.
    pub(crate) taken_at: &'static Location<'static>,
    /// Whether somebody was told that the present lease is overdue.
    pub(crate) overdue: bool,
}

/// A resource that leaves the ledger for somebody's hands.
#[derive(Debug, PartialEq)]
pub(crate) struct Lent<R> {
    pub(crate) id: SlotId,
    pub(crate) resource: R,
    /// Whether it was never lent before.
    pub(crate) fresh: bool,
    /// How long it was idle, in milliseconds.
    pub(crate) rested: Tick,
}

/// A resource on its way out, with the means to end it by force.
pub(crate) struct Ending<R> {
    pub(crate) serial: u64,
    /// Nothing where somebody else holds it and only the kill can end it.
    pub(crate) resource: Option<R>,
    pub(crate) kill: Kill,
    pub(crate) cause: Cause,
}

/// Why a resource ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// Its lease said so, was dropped by a panic, or it could not be prepared for its next lease.
    Discarded,
    /// It failed its check.
    Unhealthy,
    /// It was lent as often as [`Config::max_uses`](crate::Config::max_uses) allows.
    Worn,
    /// It lived as long as [`Config::max_lifetime`](crate::Config::max_lifetime) allows.
    Expired,
    /// It was idle as long as [`Config::idle_timeout`](crate::Config::idle_timeout) allows.
    Idle,
    /// There are more than the pool may hold since it was made smaller.
    Excess,
    /// A predicate given to [`Pool::retain`](crate::Pool::retain) refused it.
    NotRetained,
    /// Its lease was revoked.
    Revoked,
    /// The pool is closed.
    Closed,
}

impl Cause {
    /// Whether another is to take its place before the next is retired.
    pub(crate) fn is_retirement(self) -> bool {
        matches!(self, Self::Worn | Self::Expired)
    }
}
