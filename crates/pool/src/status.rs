//! What a pool holds, and what closing one left.

/// How many resources a pool holds in each state, at one moment.
///
/// `creating + idle + leased + dying` never exceeds `max_size`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The most resources alive at once.
    pub max_size: usize,
    /// Being made.
    pub creating: usize,
    /// Ready to be lent.
    pub idle: usize,
    /// On loan, or being prepared for a loan.
    pub leased: usize,
    /// Being destroyed.
    pub dying: usize,
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
}
