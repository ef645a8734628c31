//! Why a store did not do what it was asked.

use std::error::Error;
use std::time::Duration;

use marketplace::UrlError;

/// Why an operation of a [`Store`](crate::Store) failed. Nothing was changed by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store was closed.
    #[error("store is closed")]
    Closed,
    /// The address cannot name a marketplace.
    #[error("not the address of a marketplace")]
    InvalidMarketplace(#[source] UrlError),
    /// The posting cannot be kept: read back, it would be another.
    #[error("posting {id} has a confidence that is not a number; give it one from 0 to 1")]
    InvalidPosting {
        /// The posting's id.
        id: String,
    },
    /// Somebody else kept the data locked for the whole wait.
    #[error(
        "{database} stayed locked by another process for {waited:?}; let that process end, or use another database"
    )]
    Busy {
        /// Where the data is.
        database: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The data is damaged.
    #[error("{database} is corrupt; restore it from a backup, or move it aside to start anew")]
    Corrupt {
        /// Where the data is.
        database: String,
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Something stored is not what this version of the program writes.
    #[error("{database} has a {what} that this version cannot read; use the version that wrote it")]
    Decode {
        /// Where the data is.
        database: String,
        /// What kind of thing.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database failed in some other way: disk full, input or output error and the like.
    #[error("{database} failed")]
    Database {
        /// Where the data is.
        database: String,
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Whether the same call may succeed once another process lets go of the data.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    /// Whether the data is damaged, so that no call can be relied on.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt { .. })
    }
}
