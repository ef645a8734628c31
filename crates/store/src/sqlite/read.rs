//! Reading what was recorded.

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use marketplace::{Marketplace, canonical_url};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use url::Url;

use super::failure::Failure;
use crate::{Check, Counts, PostingFilter, ScanSummary, Sqlite, StoreError, StoredPosting};

/// A row that is not what we wrote; the reason is for the person who reads the error.
type Decoded<T> = Result<T, Box<dyn Error + Send + Sync>>;

impl Sqlite {
    pub(super) async fn read_postings(
        &self,
        filter: &PostingFilter,
    ) -> Result<Vec<StoredPosting>, StoreError> {
        let marketplace = filter.marketplace.as_ref().map(canonical_url).transpose();
        let marketplace = marketplace.map_err(StoreError::InvalidMarketplace)?;
        let limit = filter.limit.map_or(-1, i64::from);
        const COLUMNS_IN_ORDER: &str =
            "SELECT marketplaces.url AS marketplace, first_seen, last_seen, posting
             FROM postings JOIN marketplaces ON marketplaces.id = postings.marketplace
             ORDER BY first_seen DESC, postings.rowid LIMIT ?";
        const COLUMNS_IN_ORDER_OF_ONE: &str =
            "SELECT marketplaces.url AS marketplace, first_seen, last_seen, posting
             FROM postings JOIN marketplaces ON marketplaces.id = postings.marketplace
             WHERE marketplaces.url = ?
             ORDER BY first_seen DESC, postings.rowid LIMIT ?";
        let query = match &marketplace {
            None => sqlx::query(COLUMNS_IN_ORDER),
            Some(url) => sqlx::query(COLUMNS_IN_ORDER_OF_ONE).bind(url.as_str()),
        };
        let rows = {
            let mut connection = self.connection().await?;
            query
                .bind(limit)
                .fetch_all(&mut *connection)
                .await
                .map_err(|error| self.failed(error))?
        };
        self.decode("posting", rows, stored_posting)
    }

    pub(super) async fn read_marketplaces(&self) -> Result<Vec<Marketplace>, StoreError> {
        let rows = {
            let mut connection = self.connection().await?;
            sqlx::query("SELECT * FROM marketplaces ORDER BY priority_score DESC, url")
                .fetch_all(&mut *connection)
                .await
                .map_err(|error| self.failed(error))?
        };
        self.decode("marketplace", rows, marketplace)
    }

    pub(super) async fn read_last_scan(
        &self,
        marketplace: &Url,
    ) -> Result<Option<ScanSummary>, StoreError> {
        let url = canonical_url(marketplace).map_err(StoreError::InvalidMarketplace)?;
        let row = {
            let mut connection = self.connection().await?;
            sqlx::query(
                "SELECT marketplaces.url AS marketplace, started_at, elapsed_ms, outcome, pages, postings, fetched_by, evidence
                 FROM scans JOIN marketplaces ON marketplaces.id = scans.marketplace
                 WHERE marketplaces.url = ?
                 ORDER BY started_at DESC, scans.id DESC LIMIT 1",
            )
            .bind(url.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| self.failed(error))?
        };
        Ok(self.decode("scan", row, scan_summary)?.pop())
    }

    pub(super) async fn read_has_succeeded(&self, marketplace: &Url) -> Result<bool, StoreError> {
        let url = canonical_url(marketplace).map_err(StoreError::InvalidMarketplace)?;
        let mut connection = self.connection().await?;
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM scans WHERE postings > 0
                            AND marketplace = (SELECT id FROM marketplaces WHERE url = ?))",
        )
        .bind(url.as_str())
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| self.failed(error))
    }

    pub(super) async fn read_counts(&self) -> Result<Counts, StoreError> {
        let row = {
            let mut connection = self.connection().await?;
            sqlx::query(
                "SELECT (SELECT count(*) FROM marketplaces) AS marketplaces,
                        (SELECT count(*) FROM postings) AS postings,
                        (SELECT count(*) FROM scans) AS scans",
            )
            .fetch_one(&mut *connection)
            .await
            .map_err(|error| self.failed(error))?
        };
        counts(&row).map_err(|error| self.undecodable("count", error))
    }

    pub(super) async fn examine(&self) -> Result<Check, StoreError> {
        let mut connection = self.connection().await?;
        let schema_version: u32 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&mut *connection)
            .await
            .map_err(|error| self.failed(error))?;
        let found: Result<Vec<String>, _> = sqlx::query_scalar("PRAGMA quick_check")
            .fetch_all(&mut *connection)
            .await;
        let problems = match found {
            Ok(lines) => lines.into_iter().filter(|line| line != "ok").collect(),
            // Some damage ends the examination itself.
            Err(error) if Failure::of(&error) == Failure::Corrupt => vec![error.to_string()],
            Err(error) => return Err(self.failed(error)),
        };
        Ok(Check {
            schema_version,
            problems,
        })
    }

    fn decode<T>(
        &self,
        what: &'static str,
        rows: impl IntoIterator<Item = SqliteRow>,
        row: fn(&SqliteRow) -> Decoded<T>,
    ) -> Result<Vec<T>, StoreError> {
        rows.into_iter()
            .map(|line| row(&line).map_err(|error| self.undecodable(what, error)))
            .collect()
    }
}

fn stored_posting(row: &SqliteRow) -> Decoded<StoredPosting> {
    Ok(StoredPosting {
        marketplace: Url::parse(row.try_get("marketplace")?)?,
        first_seen: Timestamp::from_microsecond(row.try_get("first_seen")?)?,
        last_seen: Timestamp::from_microsecond(row.try_get("last_seen")?)?,
        posting: serde_json::from_str(row.try_get("posting")?)?,
    })
}

fn marketplace(row: &SqliteRow) -> Decoded<Marketplace> {
    let last_scanned: Option<&str> = row.try_get("last_scanned")?;
    Ok(Marketplace {
        name: row.try_get("name")?,
        url: Url::parse(row.try_get("url")?)?,
        category: word(row.try_get("category")?)?,
        discovered_at: row.try_get::<&str, _>("discovered_at")?.parse()?,
        last_scanned: last_scanned.map(str::parse).transpose()?,
        scan_count: number(row, "scan_count")?,
        jobs_found: number(row, "jobs_found")?,
        bids_placed: number(row, "bids_placed")?,
        bids_won: number(row, "bids_won")?,
        total_revenue: row.try_get("total_revenue")?,
        success_rate: row.try_get("success_rate")?,
        is_active: row.try_get("is_active")?,
        priority_score: row.try_get("priority_score")?,
        metadata: serde_json::from_str(row.try_get("metadata")?)?,
    })
}

fn scan_summary(row: &SqliteRow) -> Decoded<ScanSummary> {
    let fetched_by: Option<&str> = row.try_get("fetched_by")?;
    Ok(ScanSummary {
        marketplace: Url::parse(row.try_get("marketplace")?)?,
        started_at: Timestamp::from_microsecond(row.try_get("started_at")?)?,
        elapsed: Duration::from_millis(number(row, "elapsed_ms")?),
        outcome: word(row.try_get("outcome")?)?,
        pages: number(row, "pages")?,
        postings: number(row, "postings")?,
        fetched_by: fetched_by.map(word).transpose()?,
        evidence: serde_json::from_str(row.try_get("evidence")?)?,
    })
}

fn counts(row: &SqliteRow) -> Decoded<Counts> {
    Ok(Counts {
        marketplaces: number(row, "marketplaces")?,
        postings: number(row, "postings")?,
        scans: number(row, "scans")?,
    })
}

/// A value that serde spells as one word.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Decoded<T> {
    Ok(serde_json::from_value(Value::from(text))?)
}

fn number<T: TryFrom<i64, Error: Error + Send + Sync + 'static>>(
    row: &SqliteRow,
    column: &str,
) -> Decoded<T> {
    Ok(T::try_from(row.try_get::<i64, _>(column)?)?)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::super::testing::*;
    use super::*;
    use crate::Store;

    #[tokio::test]
    async fn postings_are_read_by_marketplace_and_up_to_a_limit_the_latest_found_first() {
        let store = Sqlite::in_memory().await.unwrap();
        store
            .record_scan(&scan(
                "https://a.example/",
                [posting("1", "One"), posting("2", "Two")],
            ))
            .await
            .unwrap();
        let mut later = scan(
            "https://b.example/",
            [posting("3", "Three"), posting("4", "Four")],
        );
        later.started_at += SignedDuration::from_secs(1);
        store.record_scan(&later).await.unwrap();

        let read = async |marketplace: Option<&str>, limit| {
            let filter = PostingFilter {
                marketplace: marketplace.map(url),
                limit,
            };
            let stored = store.postings(&filter).await.unwrap();
            stored
                .into_iter()
                .map(|stored| stored.posting.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(read(None, None).await, ["3", "4", "1", "2"]);
        assert_eq!(read(None, Some(3)).await, ["3", "4", "1"]);
        assert_eq!(read(None, Some(0)).await, [""; 0]);
        assert_eq!(
            read(Some("https://A.example:443#x"), None).await,
            ["1", "2"]
        );
        assert_eq!(read(Some("https://b.example/"), Some(1)).await, ["3"]);
        assert_eq!(read(Some("https://c.example/"), None).await, [""; 0]);
    }

    #[tokio::test]
    async fn a_marketplace_has_succeeded_once_some_scan_found_postings() {
        let store = Sqlite::in_memory().await.unwrap();
        let market = url("https://a.example/");
        assert!(!store.has_succeeded(&market).await.unwrap());
        assert_eq!(store.last_scan(&market).await.unwrap(), None);
        store
            .record_scan(&scan("https://a.example/", []))
            .await
            .unwrap();
        store
            .record_scan(&scan("https://b.example/", [posting("1", "One")]))
            .await
            .unwrap();
        assert!(!store.has_succeeded(&market).await.unwrap());
        store
            .record_scan(&scan("https://a.example/", [posting("1", "One")]))
            .await
            .unwrap();
        store
            .record_scan(&scan("https://a.example/", []))
            .await
            .unwrap();
        assert!(store.has_succeeded(&market).await.unwrap());
    }

    #[tokio::test]
    async fn the_last_scan_is_the_one_that_started_last() {
        let store = Sqlite::in_memory().await.unwrap();
        let mut later = scan("https://a.example/", []);
        later.started_at += SignedDuration::from_secs(1);
        later.pages = 7;
        store.record_scan(&later).await.unwrap();
        store
            .record_scan(&scan("https://a.example/", []))
            .await
            .unwrap();
        assert_eq!(
            store
                .last_scan(&url("https://a.example/"))
                .await
                .unwrap()
                .unwrap()
                .pages,
            7
        );
    }

    #[tokio::test]
    async fn addresses_that_name_no_marketplace_are_refused() {
        let store = Sqlite::in_memory().await.unwrap();
        let file = url("file:///jobs");
        let filter = PostingFilter {
            marketplace: Some(file.clone()),
            limit: None,
        };
        assert!(matches!(
            store.postings(&filter).await,
            Err(StoreError::InvalidMarketplace(_))
        ));
        assert!(matches!(
            store.last_scan(&file).await,
            Err(StoreError::InvalidMarketplace(_))
        ));
        assert!(matches!(
            store.has_succeeded(&file).await,
            Err(StoreError::InvalidMarketplace(_))
        ));
    }

    #[tokio::test]
    async fn marketplaces_come_whole_and_by_priority() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Sqlite::open(&path).await.unwrap();
        for market in [
            "https://a.example/",
            "https://b.example/",
            "https://c.example/",
        ] {
            store.record_scan(&scan(market, [])).await.unwrap();
        }
        sqlx::raw_sql(
            r#"UPDATE marketplaces SET category = 'gig', bids_placed = 9, bids_won = 2, total_revenue = 410.5,
                   success_rate = 0.25, is_active = 0, priority_score = 36.1, metadata = '{"fee": 0.5, "tags": ["x"]}'
               WHERE url = 'https://b.example/'"#,
        )
        .execute(&mut raw(&path).await)
        .await
        .unwrap();

        let known = store.marketplaces().await.unwrap();
        assert_eq!(
            known
                .iter()
                .map(|market| market.name.as_str())
                .collect::<Vec<_>>(),
            ["b.example", "a.example", "c.example"]
        );
        let mut whole = serde_json::to_value(&known[0]).unwrap();
        for date in ["discovered_at", "last_scanned"] {
            assert!(whole[date].take().is_string());
        }
        assert_eq!(
            whole,
            json!({
                "name": "b.example", "url": "https://b.example/", "category": "gig", "discovered_at": null,
                "last_scanned": null, "scan_count": 1, "jobs_found": 0, "bids_placed": 9, "bids_won": 2,
                "total_revenue": 410.5, "success_rate": 0.25, "is_active": false, "priority_score": 36.1,
                "metadata": {"fee": 0.5, "tags": ["x"]},
            })
        );
    }

    #[tokio::test]
    async fn a_row_that_this_version_did_not_write_is_reported_not_guessed_at() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Sqlite::open(&path).await.unwrap();
        store
            .record_scan(&scan("https://a.example/", [posting("1", "One")]))
            .await
            .unwrap();
        sqlx::raw_sql("UPDATE postings SET posting = '{}'; UPDATE scans SET outcome = 'Odd'")
            .execute(&mut raw(&path).await)
            .await
            .unwrap();
        let posting = store.postings(&PostingFilter::default()).await.unwrap_err();
        assert!(
            matches!(
                posting,
                StoreError::Decode {
                    what: "posting",
                    ..
                }
            ),
            "{posting:?}"
        );
        let scan = store
            .last_scan(&url("https://a.example/"))
            .await
            .unwrap_err();
        assert!(
            matches!(scan, StoreError::Decode { what: "scan", .. }),
            "{scan:?}"
        );
        assert!(store.marketplaces().await.is_ok());
    }

    #[tokio::test]
    async fn a_check_of_sound_data_names_the_schema_and_no_problem() {
        let store = Sqlite::in_memory().await.unwrap();
        store
            .record_scan(&scan("https://a.example/", [posting("1", "One")]))
            .await
            .unwrap();
        let check = store.check().await.unwrap();
        assert_eq!(
            check,
            Check {
                schema_version: 1,
                problems: vec![]
            }
        );
        assert!(check.is_sound());
    }

    #[tokio::test]
    async fn damage_done_while_the_store_is_open_is_found_by_a_check() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Sqlite::open(&path).await.unwrap();
        let many = (0..200).map(|id| posting(&id.to_string(), "A job"));
        store
            .record_scan(&scan("https://a.example/", many))
            .await
            .unwrap();
        store.close().await.unwrap();

        let store = Sqlite::open(&path).await.unwrap();
        // In place, for the open connection reads the same file; its cache holds little of it yet.
        let mut bytes = std::fs::read(&path).unwrap();
        let page = 4096;
        for damaged in bytes.chunks_mut(page).skip(20) {
            damaged.fill(0xa5);
        }
        use std::io::Write;
        std::fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .write_all(&bytes)
            .unwrap();
        sqlx::query("PRAGMA shrink_memory")
            .execute(&mut *store.connection().await.unwrap())
            .await
            .unwrap();

        assert!(!store.check().await.unwrap().is_sound());
        let read = store.postings(&PostingFilter::default()).await.unwrap_err();
        assert!(read.is_corrupt(), "{read:?}");
    }
}
