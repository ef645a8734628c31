//! What a scan tells while it runs.

use std::time::Duration;

use extract::{Evidence, Outcome, Posting};
use store::{FetchedBy, Recorded, StoreError};
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;
use url::Url;

/// What happened in a scan.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A posting was found.
    Posting {
        /// The marketplace it was found on.
        marketplace: Url,
        /// The posting.
        posting: Box<Posting>,
    },
    /// The scan of a marketplace ended; its last event.
    Outcome(Box<Report>),
}

/// How the scan of a marketplace ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The address that was scanned.
    pub marketplace: Url,
    /// How it ended.
    pub outcome: Outcome,
    /// Pages read.
    pub pages: u32,
    /// Different postings found.
    pub postings: usize,
    /// What the pages were asked for with; absent when none was.
    pub fetched_by: Option<FetchedBy>,
    /// How long it took.
    pub elapsed: Duration,
    /// What the outcome rests on.
    pub evidence: Vec<Evidence>,
    /// What became of the result.
    pub stored: Stored,
}

/// What became of a result.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stored {
    /// There is no store.
    Nowhere,
    /// It is in the store.
    Recorded(Recorded),
    /// The store did not take it; nothing of it was written.
    Failed(StoreError),
}

/// The events of a scan. Dropping it cancels what is not finished.
#[derive(Debug)]
pub struct Events {
    pub(crate) queue: mpsc::Receiver<Event>,
    pub(crate) _cancel_on_drop: DropGuard,
}

impl Events {
    /// The next event; `None` when every marketplace has had its outcome.
    ///
    /// # Cancel safety
    /// No event is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Event> {
        self.queue.recv().await
    }
}
