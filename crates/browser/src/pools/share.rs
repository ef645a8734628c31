//! A browser on loan to the pages that live in it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use pool::OwnedLease;
use tokio::time::timeout;

use super::{browsers::BrowserManager, fleet::Fleet, record::Record};
use crate::{Browser, CallError, Page};

/// How long closing a page may take; with the browser it ends in any case.
const PAGE_CLOSE: Duration = Duration::from_millis(500);

/// A browser on loan to the pages that live in it. When the last page is gone the browser goes back to its pool,
/// or ends when it is dead already or due to be replaced.
pub(crate) struct Share {
    // Empty only while the share is dropped.
    lease: Option<OwnedLease<BrowserManager>>,
    id: u64,
    record: Arc<Record>,
    pages: AtomicUsize,
    /// It did not do what every healthy browser does at once. It gets no new page and ends with its last.
    suspect: AtomicBool,
    /// It is being replaced: it gets no new page and ends with its last.
    retiring: AtomicBool,
    fleet: Arc<Fleet>,
}

impl Share {
    pub(crate) fn of(lease: OwnedLease<BrowserManager>, fleet: Arc<Fleet>) -> Self {
        Self {
            id: lease.id(),
            record: Arc::clone(&lease.record),
            lease: Some(lease),
            pages: AtomicUsize::new(0),
            suspect: AtomicBool::new(false),
            retiring: AtomicBool::new(false),
            fleet,
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn browser(&self) -> Option<&Arc<dyn Browser>> {
        self.lease.as_ref().map(|lease| &lease.browser)
    }

    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    pub(crate) fn fleet(&self) -> &Arc<Fleet> {
        &self.fleet
    }

    pub(crate) fn pages(&self) -> usize {
        self.pages.load(Ordering::Acquire)
    }

    /// Whether it can be relied on: connected, and never caught out.
    pub(crate) fn is_alive(&self) -> bool {
        let connected = |browser: &Arc<dyn Browser>| browser.state().is_connected();
        !self.suspect.load(Ordering::Acquire) && self.browser().is_some_and(connected)
    }

    /// Whether its pages are to be lent again.
    pub(crate) fn serves(&self) -> bool {
        !self.is_retiring() && self.is_alive()
    }

    pub(crate) fn is_retiring(&self) -> bool {
        self.retiring.load(Ordering::Acquire)
    }

    pub(crate) fn retire(&self) {
        self.retiring.store(true, Ordering::Release);
    }

    pub(crate) async fn close(&self, page: &dyn Page) -> Result<(), CallError> {
        self.timely("closing a page", PAGE_CLOSE, page.close())
            .await
    }

    /// Bounds what a healthy browser does at once. One that does not is remembered: it gets no new page.
    pub(crate) async fn timely<T>(
        &self,
        what: &str,
        limit: Duration,
        work: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let done = timeout(limit, work).await;
        let done = done.unwrap_or_else(|_elapsed| {
            Err(CallError::Timeout {
                method: what.to_owned(),
                limit,
            })
        });
        if let Err(error) = &done {
            self.suspect(error, what);
        }
        done
    }

    /// It failed at what every healthy browser does at once.
    pub(crate) fn suspect(&self, error: &CallError, what: &str) {
        tracing::debug!(browser = self.id, %error, what, "a browser gets no more pages");
        self.suspect.store(true, Ordering::Release);
        self.fleet.tidy();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let record = &self.record;
        let over = !self.serves() || record.due().is_some() || record.is_spent();
        if let Some(lease) = self.lease.take()
            && over
        {
            lease.discard();
        }
        // After its end has begun, so that whoever looks sees that.
        self.fleet.left(self.id);
    }
}

/// A page's place in a browser; its drop makes room for another page.
pub(crate) struct Place(Arc<Share>);

impl Place {
    /// Taken under the fleet's lock, so that no browser gets more pages than it may have.
    pub(super) fn take(share: Arc<Share>) -> Self {
        share.pages.fetch_add(1, Ordering::AcqRel);
        Self(share)
    }

    pub(crate) fn share(&self) -> &Arc<Share> {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.pages.fetch_sub(1, Ordering::AcqRel);
        self.0.fleet.room();
    }
}
