//! Writing a scan.

use std::collections::HashSet;

use extract::Posting;
use jiff::Timestamp;
use marketplace::{Marketplace, canonical_url};
use sqlx::{Connection, SqliteConnection, Transaction, sqlite::SqliteTransactionManager};
use sqlx_core::transaction::TransactionManager;

use crate::{Recorded, ScanRecord, Sqlite, StoreError};

impl Sqlite {
    pub(super) async fn write_scan(&self, scan: &ScanRecord) -> Result<Recorded, StoreError> {
        let started = self.zone.to_datetime(scan.started_at);
        let url = canonical_url(&scan.marketplace).map_err(StoreError::InvalidMarketplace)?;
        let market = Marketplace::new(url, started).map_err(StoreError::InvalidMarketplace)?;
        let rows = PostingRow::all(&scan.postings)?;
        let evidence = serde_json::to_string(&scan.evidence)
            .map_err(|error| self.undecodable("scan", error))?;

        let mut connection = self.connection().await?;
        write(&mut connection, &market, scan, &rows, &evidence)
            .await
            .map_err(|error| self.failed(error))
    }
}

/// A posting ready to be written.
struct PostingRow<'a> {
    posting: &'a Posting,
    json: String,
}

impl<'a> PostingRow<'a> {
    /// The first posting of each id.
    fn all(postings: &'a [Posting]) -> Result<Vec<Self>, StoreError> {
        let mut ids = HashSet::new();
        postings
            .iter()
            .filter(|posting| ids.insert(posting.id.as_str()))
            .map(Self::new)
            .collect()
    }

    fn new(posting: &'a Posting) -> Result<Self, StoreError> {
        let invalid = || StoreError::InvalidPosting {
            id: posting.id.clone(),
        };
        // JSON has no such numbers: the posting would be written and never read again.
        if !posting.confidence.is_finite() {
            return Err(invalid());
        }
        let json = serde_json::to_string(posting).map_err(|_impossible| invalid())?;
        Ok(Self { posting, json })
    }
}

async fn write(
    connection: &mut SqliteConnection,
    market: &Marketplace,
    scan: &ScanRecord,
    rows: &[PostingRow<'_>],
    evidence: &str,
) -> sqlx::Result<Recorded> {
    let mut transaction = begin(connection).await?;
    let id = visit(&mut transaction, market).await?;
    let mut recorded = Recorded::default();
    for row in rows {
        *match upsert(&mut transaction, id, row, scan.started_at).await? {
            Change::New => &mut recorded.new,
            Change::Updated => &mut recorded.updated,
            Change::Unchanged => &mut recorded.unchanged,
        } += 1;
    }
    sqlx::query("UPDATE marketplaces SET jobs_found = jobs_found + ? WHERE id = ?")
        .bind(integer(recorded.new))
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "INSERT INTO scans (marketplace, started_at, elapsed_ms, outcome, pages, postings, fetched_by, evidence)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(scan.started_at.as_microsecond())
    .bind(integer(scan.elapsed.as_millis()))
    .bind(scan.outcome.as_str())
    .bind(scan.pages)
    .bind(integer(recorded.total()))
    .bind(scan.fetched_by.map(|by| by.as_str()))
    .bind(evidence)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(recorded)
}

/// Begins to write.
async fn begin(connection: &mut SqliteConnection) -> sqlx::Result<Transaction<'_, sqlx::Sqlite>> {
    // On a full disk SQLite rolls back by itself; the rollback that sqlx then asks for fails, and sqlx counts a
    // transaction that is none, for ever. One whose rollback is only under way has no effect on what is begun after it.
    if SqliteTransactionManager::get_transaction_depth(connection) > 0
        && let Err(sqlx::Error::InvalidSavePointStatement) =
            connection.begin_with("BEGIN").await.map(drop)
    {
        // Once there is a transaction again, it can be rolled back. Where there is one still, this fails, which is as good.
        let _ = sqlx::query("BEGIN").execute(&mut *connection).await;
        SqliteTransactionManager::rollback(connection).await?;
    }
    // IMMEDIATE: a transaction that began as a reader could not wait for another writer.
    connection.begin_with("BEGIN IMMEDIATE").await
}

/// Registers the marketplace if need be, counts the visit, and returns its row.
async fn visit(connection: &mut SqliteConnection, market: &Marketplace) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO marketplaces (url, name, category, discovered_at, last_scanned, scan_count)
         VALUES (?1, ?2, ?3, ?4, ?4, 1)
         ON CONFLICT (url) DO UPDATE SET
             scan_count = scan_count + 1,
             last_scanned = max(coalesce(last_scanned, ''), excluded.last_scanned)
         RETURNING id",
    )
    .bind(market.url.as_str())
    .bind(&market.name)
    .bind(market.category.as_str())
    .bind(market.discovered_at.to_string())
    .fetch_one(connection)
    .await
}

enum Change {
    New,
    Updated,
    Unchanged,
}

async fn upsert(
    connection: &mut SqliteConnection,
    marketplace: i64,
    row: &PostingRow<'_>,
    seen: Timestamp,
) -> sqlx::Result<Change> {
    let PostingRow { posting, json } = row;
    let before: Option<String> =
        sqlx::query_scalar("SELECT posting FROM postings WHERE marketplace = ? AND id = ?")
            .bind(marketplace)
            .bind(&posting.id)
            .fetch_optional(&mut *connection)
            .await?;
    sqlx::query(
        "INSERT INTO postings (marketplace, id, title, url, posted_at, first_seen, last_seen, posting)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)
         ON CONFLICT (marketplace, id) DO UPDATE SET
             title = excluded.title,
             url = excluded.url,
             posted_at = excluded.posted_at,
             first_seen = min(first_seen, excluded.first_seen),
             last_seen = max(last_seen, excluded.last_seen),
             posting = excluded.posting",
    )
    .bind(marketplace)
    .bind(&posting.id)
    .bind(&posting.title)
    .bind(posting.url.as_ref().map(|url| url.as_str()))
    .bind(posting.posted_at.as_deref())
    .bind(seen.as_microsecond())
    .bind(json)
    .execute(connection)
    .await?;
    Ok(match before {
        None => Change::New,
        Some(before) if before == *json => Change::Unchanged,
        Some(_) => Change::Updated,
    })
}

/// SQLite's integers end at 2^63 - 1; no count or duration of ours comes near.
fn integer(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use extract::Outcome;
    use jiff::{SignedDuration, tz::TimeZone};

    use super::super::testing::*;
    use super::*;
    use crate::{Counts, PostingFilter, Store};

    const MARKET: &str = "https://jobs.example/rust";

    #[tokio::test]
    async fn what_is_recorded_is_read_back_whole() {
        let store = Sqlite::in_memory().await.unwrap();
        let scan = scan(MARKET, [posting("2", "Two"), posting("1", "One")]);
        let recorded = store.record_scan(&scan).await.unwrap();
        assert_eq!(
            recorded,
            Recorded {
                new: 2,
                updated: 0,
                unchanged: 0
            }
        );

        let stored = store.postings(&PostingFilter::default()).await.unwrap();
        assert_eq!(
            stored
                .iter()
                .map(|stored| stored.posting.clone())
                .collect::<Vec<_>>(),
            scan.postings
        );
        for stored in stored {
            assert_eq!(stored.marketplace.as_str(), MARKET);
            assert_eq!((stored.first_seen, stored.last_seen), (noon(), noon()));
        }

        let last = store.last_scan(&url(MARKET)).await.unwrap().unwrap();
        assert_eq!(last.marketplace, scan.marketplace);
        assert_eq!(
            (last.started_at, last.elapsed),
            (scan.started_at, scan.elapsed)
        );
        assert_eq!(
            (last.outcome, last.pages, last.postings),
            (scan.outcome, scan.pages, 2)
        );
        assert_eq!(
            (last.fetched_by, last.evidence),
            (scan.fetched_by, scan.evidence)
        );
    }

    #[tokio::test]
    async fn each_posting_is_new_once_then_unchanged_until_it_differs() {
        let store = Sqlite::in_memory().await.unwrap();
        store
            .record_scan(&scan(MARKET, [posting("1", "One"), posting("2", "Two")]))
            .await
            .unwrap();

        let mut later = scan(
            MARKET,
            [
                posting("1", "One"),
                posting("2", "Two, revised"),
                posting("3", "Three"),
            ],
        );
        later.started_at += SignedDuration::from_hours(1);
        let recorded = store.record_scan(&later).await.unwrap();
        assert_eq!(
            recorded,
            Recorded {
                new: 1,
                updated: 1,
                unchanged: 1
            }
        );

        let stored = store.postings(&PostingFilter::default()).await.unwrap();
        let seen = |id| {
            let stored = stored
                .iter()
                .find(|stored| stored.posting.id == id)
                .unwrap();
            (
                stored.first_seen == noon(),
                stored.last_seen == later.started_at,
                stored.posting.title.as_str(),
            )
        };
        assert_eq!(seen("1"), (true, true, "One"));
        assert_eq!(seen("2"), (true, true, "Two, revised"));
        assert_eq!(seen("3"), (false, true, "Three"));
        assert_eq!(store.marketplaces().await.unwrap()[0].jobs_found, 3);
    }

    #[tokio::test]
    async fn a_posting_listed_twice_counts_once() {
        let store = Sqlite::in_memory().await.unwrap();
        let twice = scan(
            MARKET,
            [posting("1", "One"), posting("1", "One, sponsored")],
        );
        assert_eq!(
            store.record_scan(&twice).await.unwrap(),
            Recorded {
                new: 1,
                updated: 0,
                unchanged: 0
            }
        );
        assert_eq!(
            store.postings(&PostingFilter::default()).await.unwrap()[0]
                .posting
                .title,
            "One"
        );
        assert_eq!(
            store
                .last_scan(&url(MARKET))
                .await
                .unwrap()
                .unwrap()
                .postings,
            1
        );
    }

    #[tokio::test]
    async fn a_marketplace_is_registered_once_under_any_spelling_of_its_address() {
        let mut store = Sqlite::in_memory().await.unwrap();
        store.zone = TimeZone::fixed(jiff::tz::offset(2));
        store
            .record_scan(&scan("https://me:secret@JOBS.example:443/rust#top", []))
            .await
            .unwrap();
        let mut later = scan(MARKET, [posting("1", "One")]);
        later.started_at += SignedDuration::from_hours(1);
        store.record_scan(&later).await.unwrap();
        // An older scan that is recorded late does not turn back the clock.
        store.record_scan(&scan(MARKET, [])).await.unwrap();

        let known = store.marketplaces().await.unwrap();
        assert_eq!(known.len(), 1);
        assert_eq!(
            (known[0].url.as_str(), known[0].name.as_str()),
            (MARKET, "jobs.example")
        );
        assert_eq!((known[0].scan_count, known[0].jobs_found), (3, 1));
        assert_eq!(
            known[0].discovered_at.to_string(),
            "2026-03-01T14:00:00.000001"
        );
        assert_eq!(
            known[0].last_scanned.unwrap().to_string(),
            "2026-03-01T15:00:00.000001"
        );
    }

    #[tokio::test]
    async fn one_posting_on_two_marketplaces_is_kept_for_each() {
        let store = Sqlite::in_memory().await.unwrap();
        for market in ["https://a.example/", "https://b.example/"] {
            let recorded = store
                .record_scan(&scan(market, [posting("1", "One")]))
                .await
                .unwrap();
            assert_eq!(recorded.new, 1, "{market}");
        }
    }

    #[tokio::test]
    async fn a_scan_that_fetched_nothing_is_kept_with_its_outcome() {
        let store = Sqlite::in_memory().await.unwrap();
        for outcome in [
            Outcome::Ok,
            Outcome::EmptyVerified,
            Outcome::Partial,
            Outcome::Blocked,
            Outcome::LayoutChanged,
            Outcome::NotABoard,
            Outcome::Unreachable,
        ] {
            let failed = ScanRecord {
                outcome,
                fetched_by: None,
                pages: 0,
                ..scan(MARKET, [])
            };
            store.record_scan(&failed).await.unwrap();
            let last = store.last_scan(&url(MARKET)).await.unwrap().unwrap();
            assert_eq!((last.outcome, last.fetched_by), (outcome, None));
        }
    }

    #[tokio::test]
    async fn what_cannot_be_kept_is_refused_and_nothing_is_written() {
        let store = Sqlite::in_memory().await.unwrap();
        let elsewhere = store.record_scan(&scan("ftp://jobs.example/", [])).await;
        assert!(
            matches!(elsewhere, Err(StoreError::InvalidMarketplace(_))),
            "{elsewhere:?}"
        );
        let unsure = Posting {
            confidence: f64::NAN,
            ..posting("2", "Two")
        };
        let unsure = store
            .record_scan(&scan(MARKET, [posting("1", "One"), unsure]))
            .await;
        assert!(
            matches!(&unsure, Err(StoreError::InvalidPosting { id }) if id == "2"),
            "{unsure:?}"
        );
        assert_eq!(store.counts().await.unwrap(), Counts::default());
    }

    #[tokio::test]
    async fn a_transaction_that_fails_half_way_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Sqlite::open(&path).await.unwrap();
        store
            .record_scan(&scan(MARKET, [posting("1", "One")]))
            .await
            .unwrap();
        let before = (
            store.marketplaces().await.unwrap(),
            store.postings(&PostingFilter::default()).await.unwrap(),
        );
        let mut other = raw(&path).await;
        sqlx::raw_sql(
            "CREATE TRIGGER full BEFORE INSERT ON postings WHEN new.title = 'Three'
             BEGIN SELECT raise(ABORT, 'disk full'); END",
        )
        .execute(&mut other)
        .await
        .unwrap();

        let mut later = scan(
            MARKET,
            [
                posting("1", "One!"),
                posting("2", "Two"),
                posting("3", "Three"),
            ],
        );
        later.started_at += SignedDuration::from_hours(1);
        let failed = store.record_scan(&later).await.unwrap_err();
        assert!(matches!(failed, StoreError::Database { .. }), "{failed:?}");
        assert!(failed.to_string().contains("s.db"), "{failed}");

        let after = (
            store.marketplaces().await.unwrap(),
            store.postings(&PostingFilter::default()).await.unwrap(),
        );
        assert_eq!(after, before);
        assert_eq!(store.counts().await.unwrap().scans, 1);

        // The connection is none the worse for it.
        later.postings.pop();
        assert_eq!(
            store.record_scan(&later).await.unwrap(),
            Recorded {
                new: 1,
                updated: 1,
                unchanged: 0
            }
        );
    }

    #[tokio::test]
    async fn a_recording_abandoned_anywhere_is_recorded_whole_or_not_at_all() {
        let store = Sqlite::in_memory().await.unwrap();
        let (mut none, mut all) = (0, 0);
        for polls in 0..60 {
            let market = format!("https://jobs.example/{polls}");
            let scan = scan(&market, ["1", "2", "3"].map(|id| posting(id, "A job")));
            abandon_after(polls, store.record_scan(&scan)).await;
            let found = store
                .postings(&PostingFilter {
                    marketplace: Some(url(&market)),
                    limit: None,
                })
                .await
                .unwrap();
            match (found.len(), store.last_scan(&url(&market)).await.unwrap()) {
                (0, None) => none += 1,
                (3, Some(_)) => all += 1,
                other => panic!("after {polls} polls: {other:?}"),
            }
        }
        assert!(none > 1 && all > 1, "{none} not recorded, {all} recorded");
        assert_eq!(store.counts().await.unwrap().marketplaces, all);
    }

    #[tokio::test]
    async fn a_lock_held_elsewhere_is_waited_for_and_then_reported_as_busy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let waited = Duration::from_millis(200);
        let store = Sqlite::open_waiting(&path, waited).await.unwrap();
        let mut other = raw(&path).await;
        let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();

        let busy = store.record_scan(&scan(MARKET, [])).await.unwrap_err();
        assert!(busy.is_busy() && !busy.is_corrupt(), "{busy:?}");
        assert!(busy.to_string().contains("s.db"), "{busy}");
        // Reading is not held up.
        assert_eq!(store.counts().await.unwrap(), Counts::default());

        writing.rollback().await.unwrap();
        store.record_scan(&scan(MARKET, [])).await.unwrap();
    }

    #[tokio::test]
    async fn a_lock_let_go_in_time_delays_and_fails_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Sqlite::open(&path).await.unwrap();
        let mut other = raw(&path).await;
        let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let scan = scan(MARKET, []);
        let (recorded, ()) = tokio::join!(store.record_scan(&scan), async {
            tokio::task::yield_now().await;
            writing.rollback().await.unwrap();
        });
        recorded.unwrap();
    }

    #[tokio::test]
    async fn two_handles_on_one_file_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let (one, two) = (
            Sqlite::open(&path).await.unwrap(),
            Sqlite::open(&path).await.unwrap(),
        );
        for round in 0..25 {
            let (a, b) = (
                format!("https://a.example/{round}"),
                format!("https://b.example/{round}"),
            );
            let (a, b) = (
                scan(&a, [posting("1", "One")]),
                scan(&b, [posting("1", "One")]),
            );
            let (a, b) = tokio::join!(one.record_scan(&a), two.record_scan(&b));
            assert_eq!((a.unwrap().new, b.unwrap().new), (1, 1));
        }
        assert_eq!(
            one.counts().await.unwrap(),
            Counts {
                marketplaces: 50,
                postings: 50,
                scans: 50
            }
        );
        one.close().await.unwrap();
        assert_eq!(two.counts().await.unwrap().scans, 50);
        two.close().await.unwrap();
        assert_eq!(names(dir.path()), ["s.db"]);
    }

    #[tokio::test]
    async fn a_disk_that_was_full_fails_only_what_had_no_room() {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&dir.path().join("s.db")).await.unwrap();
        let grow_to = async |pages: u32| {
            let mut connection = store.connection().await.unwrap();
            let limit = format!("PRAGMA max_page_count = {pages}");
            sqlx::query(sqlx::AssertSqlSafe(limit))
                .execute(&mut *connection)
                .await
                .unwrap();
        };
        // No smaller than it is now: not one page more.
        grow_to(1).await;
        let long = scan(MARKET, [posting("1", &"long ".repeat(10_000))]);
        for _ in 0..3 {
            let full = store.record_scan(&long).await.unwrap_err();
            let cause = std::error::Error::source(&full).unwrap().to_string();
            assert!(cause.contains("full"), "{cause}");
        }
        grow_to(1 << 20).await;
        assert_eq!(store.record_scan(&long).await.unwrap().new, 1);
        assert_eq!(store.counts().await.unwrap().scans, 1);
        store.close().await.unwrap();
    }
}
