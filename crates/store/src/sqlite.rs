//! The store in one SQLite file.
//!
//! One connection, hence one thread, behind a fair lock; no pool, so that nothing is opened, closed or spawned between
//! [`open`](Sqlite::open) and [`close`](Store::close). Writers in other processes are waited for, up to 5 s.
//!
//! | setting | value | why |
//! | --- | --- | --- |
//! | `journal_mode` | `WAL` | readers of other processes do not wait for a scan to be written, nor it for them |
//! | `synchronous` | `NORMAL` | a crash of the process loses nothing, a power cut at most the last scans; neither corrupts |
//! | `busy_timeout` | 5 s | |
//! | `foreign_keys` | on | |
//! | `temp_store` | memory | no temporary files |

mod failure;
mod open;
mod read;
mod record;
mod schema;
#[cfg(test)]
mod testing;

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use marketplace::Marketplace;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};
use tracing::{info, warn};
use url::Url;

use crate::{
    Check, Counts, PostingFilter, Recorded, ScanRecord, ScanSummary, Store, StoreError,
    StoredPosting,
};

pub use open::OpenError;

/// A [`Store`] in one SQLite file.
///
/// Any number of processes may have the file open; they take turns at writing.
#[derive(Debug)]
pub struct Sqlite {
    /// Empty once closed.
    connection: Mutex<Option<SqliteConnection>>,
    /// The file, for messages.
    database: String,
    busy_timeout: Duration,
    /// The zone that a marketplace's dates are local to.
    zone: TimeZone,
}

impl Sqlite {
    /// Waits for its turn. Nobody else's statements run until the guard is dropped.
    async fn connection(&self) -> Result<MappedMutexGuard<'_, SqliteConnection>, StoreError> {
        MutexGuard::try_map(self.connection.lock().await, Option::as_mut)
            .map_err(|_closed| StoreError::Closed)
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn record_scan(&self, scan: &ScanRecord) -> Result<Recorded, StoreError> {
        self.write_scan(scan).await
    }

    async fn postings(&self, filter: &PostingFilter) -> Result<Vec<StoredPosting>, StoreError> {
        self.read_postings(filter).await
    }

    async fn marketplaces(&self) -> Result<Vec<Marketplace>, StoreError> {
        self.read_marketplaces().await
    }

    async fn last_scan(&self, marketplace: &Url) -> Result<Option<ScanSummary>, StoreError> {
        self.read_last_scan(marketplace).await
    }

    async fn has_succeeded(&self, marketplace: &Url) -> Result<bool, StoreError> {
        self.read_has_succeeded(marketplace).await
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        self.read_counts().await
    }

    async fn check(&self) -> Result<Check, StoreError> {
        self.examine().await
    }

    async fn close(&self) -> Result<(), StoreError> {
        let Some(mut connection) = self.connection.lock().await.take() else {
            return Ok(());
        };
        // The last connection to close would do this too, but would keep a failure to itself.
        let checkpointed = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
            .execute(&mut connection)
            .await;
        if let Err(error) = &checkpointed {
            warn!(
                error = error as &dyn Error,
                database = self.database,
                "could not move the log into the database"
            );
        }
        let closed = connection.close().await;
        info!(database = self.database, "database closed");
        checkpointed.and(closed).map_err(|error| self.failed(error))
    }
}

#[cfg(test)]
mod tests {
    use super::testing::*;
    use super::*;

    #[tokio::test]
    async fn a_closed_store_refuses_and_can_be_closed_again() {
        let store = Sqlite::in_memory().await.unwrap();
        store.close().await.unwrap();
        store.close().await.unwrap();
        assert!(matches!(store.counts().await, Err(StoreError::Closed)));
        assert!(matches!(
            store.record_scan(&scan("https://a.example/", [])).await,
            Err(StoreError::Closed)
        ));
    }

    #[tokio::test]
    async fn close_leaves_one_file_with_everything_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Sqlite::open(&path).await.unwrap();
        store
            .record_scan(&scan("https://a.example/", [posting("1", "One")]))
            .await
            .unwrap();
        store.close().await.unwrap();
        assert_eq!(names(dir.path()), ["s.db"]);

        let again = Sqlite::open(&path).await.unwrap();
        assert_eq!(
            again.counts().await.unwrap(),
            Counts {
                marketplaces: 1,
                postings: 1,
                scans: 1
            }
        );
        again.close().await.unwrap();
        assert_eq!(names(dir.path()), ["s.db"]);
    }

    #[tokio::test]
    async fn a_close_that_is_abandoned_still_closes() {
        let dir = tempfile::tempdir().unwrap();
        for polls in 0..8 {
            let store = Sqlite::open(dir.path().join(format!("{polls}.db")))
                .await
                .unwrap();
            store
                .record_scan(&scan("https://a.example/", []))
                .await
                .unwrap();
            abandon_after(polls, store.close()).await;
            store.close().await.unwrap();
        }
        settle(|| names(dir.path()).len() == 8).await;
    }
}
