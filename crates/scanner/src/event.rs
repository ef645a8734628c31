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
    /// What delivered the pages, or was asked for the first; absent when none was asked for.
    pub fetched_by: Option<FetchedBy>,
    /// How long it took.
    pub elapsed: Duration,
    /// What the outcome rests on.
    pub evidence: Vec<Evidence>,
    /// What became of the result.
    pub stored: Stored,
}

impl Report {
    /// Of a scan that panicked: nothing is known of it but that.
    pub(crate) fn panicked(marketplace: Url) -> Self {
        let evidence = Evidence::new(
            "panic",
            "the scan panicked; please report it",
            Some(marketplace.clone()),
        );
        Self {
            marketplace,
            outcome: Outcome::Unreachable,
            pages: 0,
            postings: 0,
            fetched_by: None,
            elapsed: Duration::ZERO,
            evidence: vec![evidence],
            stored: Stored::Abandoned,
        }
    }

    /// Whether nothing of the result was lost.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        matches!(self.stored, Stored::Nowhere | Stored::Recorded(_))
    }
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
    /// The scan was cancelled and the store too slow; nothing of it was written.
    Abandoned,
}

/// The events of a scan. Dropping it cancels what is not finished; so does shutting the scanner down.
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
