//! One scan: what is handed in, and what is kept of it.

use std::time::Duration;

use extract::{Evidence, Outcome, Posting};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// One finished scan of one marketplace.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanRecord {
    /// The address that was scanned; http or https.
    pub marketplace: Url,
    /// When the scan began; kept to the microsecond.
    pub started_at: Timestamp,
    /// How long it took; kept to the millisecond.
    pub elapsed: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// How many pages were read.
    pub pages: u32,
    /// What fetched them; absent when nothing was fetched.
    pub fetched_by: Option<FetchedBy>,
    /// The postings found. Of several with one id, the first counts.
    pub postings: Vec<Posting>,
    /// Why it ended so.
    pub evidence: Vec<Evidence>,
}

/// What fetched a marketplace's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FetchedBy {
    /// Plain HTTP.
    Http,
    /// A browser.
    Browser,
}

impl FetchedBy {
    /// The spelling used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Browser => "browser",
        }
    }
}

/// What a scan's postings were to the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Never seen on this marketplace before.
    pub new: u64,
    /// Seen before, and some field differs now.
    pub updated: u64,
    /// Seen before, just so.
    pub unchanged: u64,
}

impl Recorded {
    /// How many different postings the scan had.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.new + self.updated + self.unchanged
    }
}

/// What is kept of a scan, apart from its postings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanSummary {
    /// The [canonical](marketplace::canonical_url) address that was scanned.
    pub marketplace: Url,
    /// When the scan began.
    pub started_at: Timestamp,
    /// How long it took.
    pub elapsed: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// How many pages were read.
    pub pages: u32,
    /// How many different postings were found.
    pub postings: u32,
    /// What fetched the pages; absent when nothing was fetched.
    pub fetched_by: Option<FetchedBy>,
    /// Why it ended so.
    pub evidence: Vec<Evidence>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetcher_is_spelled_in_json_as_it_spells_itself() {
        for by in [FetchedBy::Http, FetchedBy::Browser] {
            assert_eq!(serde_json::to_value(by).unwrap(), by.as_str());
        }
    }
}
