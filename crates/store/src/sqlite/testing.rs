//! Fixtures of this module's tests.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use extract::{Client, Evidence, Outcome, Posting};
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use url::Url;

use crate::{FetchedBy, ScanRecord};

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

pub(super) fn scan(marketplace: &str, postings: impl IntoIterator<Item = Posting>) -> ScanRecord {
    ScanRecord {
        marketplace: url(marketplace),
        started_at: noon(),
        elapsed: Duration::from_millis(340),
        outcome: Outcome::Ok,
        pages: 2,
        fetched_by: Some(FetchedBy::Browser),
        postings: postings.into_iter().collect(),
        evidence: vec![Evidence::new("http_status", "200", Some(url(marketplace)))],
    }
}

pub(super) fn posting(id: &str, title: &str) -> Posting {
    Posting {
        id: id.to_owned(),
        title: title.to_owned(),
        url: Some(url("https://jobs.example/job").join(id).unwrap()),
        description: Some("Всё — 日本語 🦀 'quoted' \"twice\"".to_owned()),
        employer: None,
        location: None,
        remote: Some(true),
        employment_type: None,
        budget: None,
        skills: vec!["rust".to_owned()],
        posted_at: Some("2026-03-01".to_owned()),
        valid_through: None,
        client: Client::default(),
        bids: Some(3),
        provenance: BTreeMap::new(),
        confidence: 0.75,
    }
}

pub(super) fn noon() -> Timestamp {
    "2026-03-01T12:00:00.000001Z".parse().unwrap()
}

/// A connection that knows nothing of the store.
pub(super) async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap()
}

pub(super) fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Drops `future` after so many polls, unless it ends earlier.
pub(super) async fn abandon_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        let polled = future.as_mut().poll(context).map(Some);
        if left == 0 && polled.is_pending() {
            Poll::Ready(None)
        } else {
            polled
        }
    })
    .await
}

pub(super) async fn settle(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(15), "did not settle");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
