//! Every thread and every descriptor that a store takes is given back. One test alone in its process: others would
//! disturb the counts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use extract::{Client, Outcome, Posting};
use store::{Counts, FetchedBy, ScanRecord, Sqlite, Store};
use url::Url;

#[tokio::test]
async fn a_thousand_scans_and_every_way_of_ending_leave_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    let cold = Census::now();

    // A thousand scans.
    let store = Sqlite::open(&path).await.unwrap();
    settles_at(Census {
        threads: cold.threads + 1,
        descriptors: cold.descriptors + 3,
    })
    .await;
    let open = Census::now();
    for n in 0..1000 {
        store.record_scan(&scan(n)).await.unwrap();
        if n % 100 == 99 {
            assert_eq!(Census::now(), open, "after {n} scans");
        }
    }
    assert_eq!(
        store.counts().await.unwrap(),
        Counts {
            marketplaces: 10,
            postings: 2000,
            scans: 1000
        }
    );
    store.close().await.unwrap();
    settles_at(cold).await;
    assert_eq!(names(dir.path()), ["s.db"]);

    // Opened and closed.
    for _ in 0..20 {
        Sqlite::open(&path).await.unwrap().close().await.unwrap();
    }
    settles_at(cold).await;

    // Opened and dropped.
    for n in 0..20 {
        let store = Sqlite::open(&path).await.unwrap();
        store.record_scan(&scan(n)).await.unwrap();
    }
    settles_at(cold).await;
    assert_eq!(names(dir.path()), ["s.db"]);

    // Refused.
    let broken = dir.path().join("broken.db");
    let bytes = std::fs::read(&path).unwrap();
    for damaged in [&b"not a database"[..], &bytes[..bytes.len() / 2]] {
        std::fs::write(&broken, damaged).unwrap();
        for _ in 0..20 {
            Sqlite::open(&broken).await.unwrap_err();
        }
    }
    settles_at(cold).await;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Census {
    threads: usize,
    descriptors: usize,
}

impl Census {
    fn now() -> Self {
        let count = |dir| std::fs::read_dir(dir).expect("/proc is mounted").count();
        Self {
            threads: count("/proc/self/task"),
            descriptors: count("/proc/self/fd"),
        }
    }
}

/// A thread that has been told to end is gone a moment later.
async fn settles_at(expected: Census) {
    let start = Instant::now();
    while Census::now() != expected {
        assert!(
            start.elapsed() < Duration::from_secs(15),
            "{:?} instead of {expected:?}",
            Census::now()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Each of ten marketplaces finds the same two postings and two more in every scan but the first.
fn scan(n: u32) -> ScanRecord {
    let marketplace = Url::parse(&format!("https://jobs.example/{}", n % 10)).expect("a URL");
    ScanRecord {
        marketplace,
        started_at: jiff::Timestamp::from_second(1_772_000_000 + i64::from(n)).expect("in range"),
        elapsed: Duration::from_millis(12),
        outcome: Outcome::Ok,
        pages: 1,
        fetched_by: Some(FetchedBy::Http),
        postings: [2 * n, 2 * n + 1, 2 * (n % 10), 2 * (n % 10) + 1]
            .map(posting)
            .to_vec(),
        evidence: vec![],
    }
}

fn posting(id: u32) -> Posting {
    Posting {
        id: format!("{id:032x}"),
        title: format!("Job number {id}"),
        url: None,
        description: Some("Write a parser. ".repeat(40)),
        employer: None,
        location: None,
        remote: None,
        employment_type: None,
        budget: None,
        skills: vec![],
        posted_at: None,
        valid_through: None,
        client: Client::default(),
        bids: None,
        provenance: BTreeMap::new(),
        confidence: 0.5,
    }
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}
