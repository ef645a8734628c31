//! Why a pool lent nothing.

use std::time::Duration;

/// Why [`Pool::acquire_for`](crate::Pool::acquire_for) lent nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcquireError<E> {
    /// The pool is closed and lends nothing more.
    #[error("pool is closed")]
    Closed,
    /// As many callers as the pool queues are waiting already.
    #[error("{limit} callers are waiting already")]
    QueueFull {
        /// The most callers that may wait.
        limit: usize,
    },
    /// No resource came free within the acquire timeout.
    #[error("no resource came free within {waited:?}")]
    Timeout {
        /// How long the caller waited.
        waited: Duration,
    },
    /// The manager could not make one, or not prepare it for its first lease.
    #[error("could not create a resource")]
    Create(#[source] E),
    /// Making one took longer than the create timeout.
    #[error("creating a resource took longer than {limit:?}")]
    CreateTimeout {
        /// The create timeout.
        limit: Duration,
    },
    /// The manager panicked while making one.
    #[error("creating a resource panicked")]
    CreatePanicked,
}

impl<E> AcquireError<E> {
    /// Whether the pool will never lend again.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }

    /// Whether all resources were busy, which says nothing about the resources themselves.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::QueueFull { .. } | Self::Timeout { .. })
    }
}
