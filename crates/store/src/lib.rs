#![doc = include_str!("../README.md")]

mod check;
mod counts;
mod error;
mod posting;
mod scan;
mod sqlite;
mod store;

pub use check::Check;
pub use counts::Counts;
pub use error::StoreError;
pub use posting::{PostingFilter, StoredPosting};
pub use scan::{FetchedBy, Recorded, ScanRecord, ScanSummary};
pub use sqlite::{OpenError, Sqlite};
#[cfg(feature = "mock")]
pub use store::MockStore;
pub use store::Store;
