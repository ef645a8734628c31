//! Fetching with pages of pooled browsers.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use browser::{
    AcquireError, CallError, EvaluateError, NavigateError, Navigation, PageExt, PageLease, Pages,
    WaitUntil,
};
use extract::site;
use store::FetchedBy;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{Document, FetchError, Fetcher, Request};

/// Fetches with pages of pooled browsers.
#[derive(Debug)]
pub(crate) struct BrowserFetcher {
    pages: Arc<Pages>,
    timeout: Duration,
    settle: Duration,
}

/// The address and the text of a document, read in one call so that they belong together.
const READ: &str = "[location.href, (document.doctype ? new XMLSerializer().serializeToString(document.doctype) : '') \
    + (document.documentElement ? document.documentElement.outerHTML : '')]";

/// Once scripts have changed the document, how long it has to rest before it is read again.
const REST_MS: u32 = 150;

impl BrowserFetcher {
    pub(crate) fn new(pages: Arc<Pages>, timeout: Duration, settle: Duration) -> Self {
        Self {
            pages,
            timeout,
            settle,
        }
    }

    /// Visits with a leased page, at most the page timeout and never past the deadline.
    async fn visit(&self, page: &PageLease, request: &Request<'_>) -> Result<Document, FetchError> {
        let left = request.deadline.saturating_duration_since(Instant::now());
        let limit = self.timeout.min(left);
        let navigation = Navigation::to(request.url.clone())
            .wait_until(WaitUntil::Load)
            .timeout(limit);
        let visited = timeout(limit, async {
            let visit = page
                .navigate(&navigation)
                .await
                .map_err(|error| navigate_error(error, self.timeout))?;
            let mut document = self.read(page, visit.status, visit.retry_after).await?;
            // An error page is what it is; a page without postings may be one whose scripts still fetch them.
            let settled_by = Instant::now() + self.settle;
            while document.status < 400
                && !(request.is_enough)(&document)
                && Instant::now() < settled_by
            {
                self.changed_since(page, &document, settled_by).await;
                let Document {
                    status,
                    retry_after,
                    ..
                } = document;
                document = self.read(page, Some(status), retry_after).await?;
            }
            Ok(document)
        });
        match visited.await {
            Ok(visited) => visited,
            Err(_elapsed) if left <= self.timeout => Err(FetchError::Deadline),
            Err(_elapsed) => Err(FetchError::Timeout { limit }),
        }
    }

    async fn read(
        &self,
        page: &PageLease,
        status: Option<u16>,
        retry_after: Option<String>,
    ) -> Result<Document, FetchError> {
        let (url, html): (String, String) = page.evaluate(READ).await.map_err(evaluate_error)?;
        let url = url.parse().map_err(|error| FetchError::NotAPage {
            detail: format!("{url}: {error}"),
        })?;
        Ok(Document {
            url,
            status: status.unwrap_or(200),
            retry_after,
            html,
        })
    }

    /// Waits until scripts have changed the document that was read and have let it rest, at most until `until`.
    async fn changed_since(&self, page: &PageLease, read: &Document, until: Instant) {
        // What changed between the reading and the watching is seen by its length, as JavaScript counts it.
        let length = read.html.encode_utf16().count();
        let script = format!(
            "new Promise(done => {{ let rest; const observer = new MutationObserver(() => again()); \
             const again = () => {{ clearTimeout(rest); rest = setTimeout(() => {{ observer.disconnect(); done(true); }}, \
             {REST_MS}); }}; \
             observer.observe(document, {{ childList: true, subtree: true, characterData: true }}); \
             if (({READ})[1].length !== {length}) again(); }})"
        );
        // Whatever comes of it, the document is read once more.
        let _ = timeout_at(until, page.evaluate::<bool>(&script)).await;
    }
}

#[async_trait]
impl Fetcher for BrowserFetcher {
    async fn fetch<'a>(&self, request: Request<'a>) -> Result<Document, FetchError> {
        let site = site(request.url).unwrap_or_else(|| request.url.to_string());
        let page = match timeout_at(request.deadline, self.pages.acquire(&site)).await {
            Ok(Ok(page)) => page,
            Ok(Err(error)) => return Err(FetchError::NoPage(Box::new(error))),
            Err(_elapsed) => return Err(FetchError::Deadline),
        };
        // A dropped future ends the page: nobody knows where it was.
        let unfinished = DiscardUnlessDone(Some(page));
        let Some(page) = &unfinished.0 else {
            return Err(FetchError::NoPage(Box::new(AcquireError::Closed)));
        };
        let fetched = self.visit(page, &request).await;
        if fetched.as_ref().err().is_none_or(leaves_page_usable) {
            unfinished.done();
        }
        fetched
    }

    fn fetched_by(&self) -> FetchedBy {
        FetchedBy::Browser
    }

    async fn shutdown(&self) {
        self.pages.shutdown().await;
    }
}

/// A page on loan that is ended, not given back, unless its fetch came to an orderly end.
struct DiscardUnlessDone(Option<PageLease>);

impl DiscardUnlessDone {
    fn done(mut self) {
        drop(self.0.take());
    }
}

impl Drop for DiscardUnlessDone {
    fn drop(&mut self) {
        if let Some(page) = self.0.take() {
            page.discard();
        }
    }
}

/// Whether a page that failed so can serve the next task.
fn leaves_page_usable(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Network { .. } | FetchError::Refused { .. }
    )
}

fn navigate_error(error: NavigateError, timeout: Duration) -> FetchError {
    match error {
        NavigateError::Network { fault, text } => FetchError::Network {
            fault,
            detail: text,
        },
        NavigateError::Refused { url, code, reason } => FetchError::Refused { url, code, reason },
        NavigateError::Download => FetchError::NotAPage {
            detail: "it is a download".to_owned(),
        },
        NavigateError::Timeout { .. } => FetchError::Timeout { limit: timeout },
        NavigateError::Crashed => FetchError::Crashed,
        NavigateError::Call(error) => FetchError::Browser(error),
        other => FetchError::NotAPage {
            detail: other.to_string(),
        },
    }
}

fn evaluate_error(error: EvaluateError) -> FetchError {
    match error {
        EvaluateError::Call(error) => FetchError::Browser(error),
        // Only a page that has meddled with its own document makes this throw.
        error => FetchError::Browser(CallError::Decode {
            method: "Runtime.evaluate".to_owned(),
            detail: error.to_string(),
        }),
    }
}
