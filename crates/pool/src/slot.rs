//! One resource in the books.

use std::panic::Location;

use crate::manager::Kill;

/// Milliseconds since the pool was made, as coarse as its pulse.
pub(crate) type Tick = u64;

/// What a lease knows of its loan. The serial is that of the resource and never given twice, so that a loan which ended is
/// not taken for the next one of the same index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotId {
    pub(crate) index: usize,
    pub(crate) serial: u64,
}

/// What the books know of a resource, between its creating and its ending.
pub(crate) struct Slot<K> {
    pub(crate) serial: u64,
    /// Stays here while the resource is on loan, so that a lease can be revoked.
    pub(crate) kill: Kill,
    /// What it was last lent for; nothing while it is new.
    pub(crate) key: Option<K>,
    pub(crate) uses: u32,
    /// When its lifetime is over.
    pub(crate) expires: Tick,
    /// When it was made, or last came back from a use.
    pub(crate) since: Tick,
    /// The number of that event in the pool, which tells the order where the time does not.
    pub(crate) turn: u64,
}

/// A resource in nobody's hands.
pub(crate) struct Rest<R, K> {
    /// In a box, because it goes to and fro with every lease.
    pub(crate) slot: Box<Slot<K>>,
    pub(crate) resource: R,
}

/// A resource in somebody's hands.
pub(crate) struct Loan<K> {
    pub(crate) slot: Box<Slot<K>>,
    pub(crate) since: Tick,
    /// Where the lease was asked for.
    pub(crate) taken_at: &'static Location<'static>,
    /// Whether somebody was told that it has lasted too long.
    pub(crate) overdue: bool,
    /// Whether the pool itself has it, for a look that is no use of it.
    pub(crate) look: bool,
}

/// A resource that leaves the ledger for somebody's hands.
#[derive(Debug, PartialEq)]
pub(crate) struct Lent<R> {
    pub(crate) id: SlotId,
    pub(crate) resource: R,
    /// Whether it was never given back by a lease.
    pub(crate) unused: bool,
    /// Whether it was made for somebody who waited, and not ahead of demand.
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
