//! The trait that scanner and command line see.

use async_trait::async_trait;
use marketplace::Marketplace;
use url::Url;

use crate::{
    Check, Counts, PostingFilter, Recorded, ScanRecord, ScanSummary, StoreError, StoredPosting,
};

/// Keeps what outlives a run.
///
/// Marketplaces are the same when their [canonical addresses](marketplace::canonical_url) are; every method takes any
/// spelling of an address and gives back the canonical one.
///
/// # Errors
/// Beside those named at each method, any may fail with [`StoreError::Closed`] once [`close`](Self::close) has begun, with
/// [`StoreError::Busy`], [`StoreError::Corrupt`] or [`StoreError::Database`].
///
/// # Cancel safety
/// Dropping the future of a read changes nothing. Dropping that of [`record_scan`](Self::record_scan) records all of the
/// scan or none of it. Dropping that of [`close`](Self::close) still closes.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Store: Send + Sync {
    /// Records a scan, in one transaction, and says what its postings were to the store.
    ///
    /// A marketplace not known yet is registered. Its `scan_count` grows by one, `jobs_found` by the new postings, and
    /// `last_scanned` moves to the scan's start, never back.
    ///
    /// # Errors
    /// [`StoreError::InvalidMarketplace`] unless the address is http or https; [`StoreError::InvalidPosting`].
    async fn record_scan(&self, scan: &ScanRecord) -> Result<Recorded, StoreError>;

    /// The postings that `filter` selects: the latest found first, those found by one scan in its order.
    ///
    /// # Errors
    /// [`StoreError::InvalidMarketplace`]; [`StoreError::Decode`].
    async fn postings(&self, filter: &PostingFilter) -> Result<Vec<StoredPosting>, StoreError>;

    /// Every marketplace, the highest priority first.
    ///
    /// # Errors
    /// [`StoreError::Decode`].
    async fn marketplaces(&self) -> Result<Vec<Marketplace>, StoreError>;

    /// The latest scan of a marketplace; none if it was never scanned.
    ///
    /// # Errors
    /// [`StoreError::InvalidMarketplace`]; [`StoreError::Decode`].
    async fn last_scan(&self, marketplace: &Url) -> Result<Option<ScanSummary>, StoreError>;

    /// Whether any recorded scan of this marketplace found postings.
    ///
    /// # Errors
    /// [`StoreError::InvalidMarketplace`].
    async fn has_succeeded(&self, marketplace: &Url) -> Result<bool, StoreError>;

    /// How much the store holds.
    ///
    /// # Errors
    /// Those named at the trait.
    async fn counts(&self) -> Result<Counts, StoreError>;

    /// Reads through all of the data and reports damage.
    ///
    /// # Errors
    /// Those named at the trait; damage that could be examined is no error but a [`Check`] that is not sound.
    async fn check(&self) -> Result<Check, StoreError>;

    /// Ends every connection and thread once the calls begun before it have ended, and moves everything to the main file.
    ///
    /// A store dropped without it ends them too, a moment later. Closing twice is no error.
    ///
    /// # Errors
    /// Those named at the trait. The store is closed all the same.
    async fn close(&self) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_can_be_shared_as_an_object() {
        fn assert_shareable<T: Send + Sync + ?Sized>() {}
        assert_shareable::<dyn Store>();
    }

    #[cfg(feature = "mock")]
    #[tokio::test]
    async fn a_mock_answers_what_it_was_told() {
        let mut mock = MockStore::new();
        mock.expect_counts().return_once(|| Err(StoreError::Closed));
        let store: &dyn Store = &mock;
        assert!(matches!(store.counts().await, Err(StoreError::Closed)));
    }
}
