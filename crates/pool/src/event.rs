//! What an observer is told.

use std::{panic::Location, time::Duration};

use crate::Cause;

/// What has happened to a resource, which its number tells from all others of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// It was made.
    Created {
        /// Its number.
        id: u64,
        /// How long that took.
        took: Duration,
    },
    /// One could not be made.
    CreateFailed {
        /// How many failed since the last success, this one included.
        failures: u32,
        /// The delay before the next try, if there is one.
        retry: Option<Duration>,
    },
    /// It has ended, and its slot is free.
    Ended {
        /// Its number.
        id: u64,
        /// Why it ended.
        cause: Cause,
        /// Whether its kill was called, because destroying it did not complete.
        killed: bool,
    },
    /// Its lease has lasted too long.
    Overdue {
        /// Its number.
        id: u64,
        /// Where the lease was asked for.
        taken_at: &'static Location<'static>,
        /// How long the lease has lasted.
        age: Duration,
        /// Whether the lease was revoked for it.
        revoked: bool,
    },
}
