//! What a pool holds, and what it has done.

use std::{panic::Location, time::Duration};

/// How many resources a pool holds in each state, at one moment.
///
/// `creating + idle + leased + destroying` never exceeds `max_size`, but for a while after that was lowered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The most resources alive at once.
    pub max_size: usize,
    /// Being made.
    pub creating: usize,
    /// Ready to be lent.
    pub idle: usize,
    /// On loan, or being prepared for a loan, or being looked at.
    pub leased: usize,
    /// Being destroyed.
    pub destroying: usize,
    /// Callers waiting for a lease.
    pub waiting: usize,
}

/// How the resources of a closed pool ended, over its whole life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Created by the manager.
    pub created: u64,
    /// Ended by a destroy that completed.
    pub destroyed: u64,
    /// Ended by their kill.
    pub killed: u64,
    /// Taken out of the pool by [`Lease::detach`](crate::Lease::detach), to be ended by somebody else.
    pub detached: u64,
    /// Came back from their leases after the pool was closed, given back or discarded; they are among the destroyed or killed.
    pub returned: u64,
}

/// A resource on loan, as [`Pool::leases`](crate::Pool::leases) lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseInfo {
    /// The number of the resource, with which [`Pool::revoke`](crate::Pool::revoke) takes it back.
    pub id: u64,
    /// Where the lease was asked for.
    pub taken_at: &'static Location<'static>,
    /// How long the lease has lasted, as finely as the pool's pulse; zero if no setting of the pool needs the time.
    pub age: Duration,
}
