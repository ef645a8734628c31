//! Interruptions in the middle of a fetch: at one of its awaits, not at a moment on the clock.

use std::{
    collections::HashMap,
    future::poll_fn,
    panic::resume_unwind,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    task::Poll,
};

use async_trait::async_trait;
use scanner::{Document, FetchError, FetchedBy, Fetcher, Request};
use tokio_util::sync::CancellationToken;
use url::Url;

/// What happens to the fetch of one address.
#[derive(Debug)]
pub(super) struct Interruption {
    /// How many times the fetch has to wait before; one that is done earlier is interrupted before it can say so.
    pub(super) after: u32,
    /// What happens then.
    pub(super) by: By,
}

/// How a fetch is interrupted.
#[derive(Debug)]
pub(super) enum By {
    /// The token is cancelled, and the fetch never goes on: whoever holds the token must drop the scan.
    Cancel(CancellationToken),
    /// The fetch panics, and all it holds goes with it.
    Panic,
}

/// Which fetches are interrupted, and how often fetches wait.
#[derive(Debug, Default)]
pub(super) struct Interruptions {
    planned: Mutex<HashMap<Url, Interruption>>,
    longest: AtomicU32,
}

impl Interruptions {
    /// Interrupts the next fetch of `url`.
    pub(super) fn plan(&self, url: Url, interruption: Interruption) {
        self.planned().insert(url, interruption);
    }

    /// How often the fetch waited that waited most often, of those that were not interrupted.
    pub(super) fn longest(&self) -> u32 {
        self.longest.load(Ordering::Relaxed)
    }

    fn take(&self, url: &Url) -> Option<Interruption> {
        self.planned().remove(url)
    }

    fn planned(&self) -> std::sync::MutexGuard<'_, HashMap<Url, Interruption>> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fetcher whose fetches can be interrupted.
pub(super) struct Interruptible {
    pub(super) inner: Arc<dyn Fetcher>,
    pub(super) interruptions: Arc<Interruptions>,
}

#[async_trait]
impl Fetcher for Interruptible {
    async fn fetch<'a>(&self, request: Request<'a>) -> Result<Document, FetchError> {
        let Some(Interruption { after, by }) = self.interruptions.take(request.url) else {
            return self.count(self.inner.fetch(request)).await;
        };
        let mut fetch = self.inner.fetch(request);
        let mut waited = 0;
        // A fetch that is done before is interrupted all the same, with its result in hand.
        let interrupted = poll_fn(|cx| {
            if waited < after && fetch.as_mut().poll(cx).is_pending() {
                waited += 1;
                if waited < after {
                    return Poll::Pending;
                }
            }
            Poll::Ready(())
        });
        interrupted.await;
        match by {
            By::Cancel(token) => {
                token.cancel();
                // Whoever holds the token drops the scan here, with the fetch as it is.
                std::future::pending().await
            }
            // As a panic, but without the message: it is meant.
            By::Panic => resume_unwind(Box::new("a panic that was planned")),
        }
    }

    fn fetched_by(&self) -> FetchedBy {
        self.inner.fetched_by()
    }

    async fn shutdown(&self) {
        self.inner.shutdown().await;
    }
}

impl Interruptible {
    /// Counts how often a fetch waits.
    async fn count<T>(&self, mut fetch: impl Future<Output = T> + Unpin) -> T {
        let mut waited = 0;
        let fetched = poll_fn(|cx| {
            let polled = Pin::new(&mut fetch).poll(cx);
            waited += u32::from(polled.is_pending());
            polled
        });
        let fetched = fetched.await;
        self.interruptions
            .longest
            .fetch_max(waited, Ordering::Relaxed);
        fetched
    }
}
