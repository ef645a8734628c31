//! Fetching with pages of pooled browsers.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use browser::{
    CallError, Content, EvaluateError, NavigateError, Navigation, NetworkFault, PageLease, Pages,
    Visit, WaitUntil,
};
use extract::site;
use store::FetchedBy;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    AddressPolicy, Document, FetchError, Fetcher, Request,
    address::{ADDRESS_REFUSED, DNS},
};

/// Fetches with pages of pooled browsers.
#[derive(Debug)]
pub(crate) struct BrowserFetcher {
    pages: Arc<Pages>,
    addresses: Arc<AddressPolicy>,
    timeout: Duration,
    settle: Duration,
}

/// How long a page may take to leave a site; one that takes longer is ended.
const PARK: Duration = Duration::from_secs(2);

/// Once scripts have changed a document, how long it has to rest before it is read again.
const REST: Duration = Duration::from_millis(150);

impl BrowserFetcher {
    pub(crate) fn new(
        pages: Arc<Pages>,
        addresses: Arc<AddressPolicy>,
        timeout: Duration,
        settle: Duration,
    ) -> Self {
        Self {
            pages,
            addresses,
            timeout,
            settle,
        }
    }

    /// Visits with a leased page, at most the page timeout and never past the deadline.
    async fn visit(&self, page: &PageLease, request: &Request<'_>) -> Result<Document, FetchError> {
        let left = request.deadline.saturating_duration_since(Instant::now());
        let limit = self.timeout.min(left);
        let late = || {
            if left <= self.timeout {
                FetchError::Deadline
            } else {
                FetchError::Timeout { limit }
            }
        };
        match timeout(limit, self.arrive(page, request, limit)).await {
            Ok(Err(FetchError::Timeout { .. })) | Err(_) => Err(late()),
            Ok(visited) => visited,
        }
    }

    async fn arrive(
        &self,
        page: &PageLease,
        request: &Request<'_>,
        limit: Duration,
    ) -> Result<Document, FetchError> {
        let navigation = Navigation::to(request.url.clone())
            .wait_until(WaitUntil::Load)
            .timeout(limit);
        let visit = page
            .navigate(&navigation)
            .await
            .map_err(|error| navigate_error(error, limit))?;
        self.judge_remote(&visit)?;
        let (status, retry_after) = (visit.status.unwrap_or(200), visit.retry_after);
        let settled_by = Instant::now() + self.settle;
        loop {
            let Content { url, html } = page.content().await.map_err(evaluate_error)?;
            let document = Document {
                url,
                status,
                retry_after: retry_after.clone(),
                html,
            };
            // An error page is what it is; a page without postings may be one whose scripts still fetch them.
            if status >= 400 || (request.is_enough)(&document) || Instant::now() >= settled_by {
                return Ok(document);
            }
            let seen = Content {
                url: document.url,
                html: document.html,
            };
            // Whatever comes of it, the document is read once more.
            let _ = timeout_at(settled_by, page.changed_since(&seen, REST)).await;
        }
    }

    /// Chrome looks names up by itself: where that led elsewhere than our look-up, nothing of it is used.
    fn judge_remote(&self, visit: &Visit) -> Result<(), FetchError> {
        let remote = visit
            .remote_address
            .as_deref()
            .and_then(|remote| remote.parse::<SocketAddr>().ok());
        let (host, port) = (
            visit.url.host_str().unwrap_or_default(),
            visit.url.port_or_known_default().unwrap_or(0),
        );
        match remote {
            Some(remote)
                if !self.addresses.opens(host, port) && !self.addresses.allows_ip(remote.ip()) =>
            {
                Err(FetchError::Refused {
                    url: visit.url.to_string(),
                    code: ADDRESS_REFUSED,
                    reason: format!(
                        "it came from {remote}, which is not an address of the public internet"
                    ),
                })
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Fetcher for BrowserFetcher {
    async fn fetch<'a>(&self, request: Request<'a>) -> Result<Document, FetchError> {
        let site = site(request.url).unwrap_or_else(|| request.url.to_string());
        let mut page = match timeout_at(request.deadline, self.pages.acquire(&site)).await {
            Ok(Ok(page)) => page,
            Ok(Err(error)) => return Err(FetchError::NoPage(Box::new(error))),
            Err(_elapsed) => return Err(FetchError::Deadline),
        };
        // Unless the fetch comes to an orderly end, the page ends with it: nobody knows where it was.
        page.set_discard(true);
        let fetched = self.visit(&page, &request).await;
        if fetched.as_ref().err().is_none_or(leaves_page_usable) && park(&page).await {
            page.set_discard(false);
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

/// Leaves the site, so that its scripts do not go on at work while nobody looks; true when that went well.
async fn park(page: &PageLease) -> bool {
    let Ok(blank) = "about:blank".parse() else {
        return false;
    };
    let away = Navigation::to(blank)
        .wait_until(WaitUntil::DomContentLoaded)
        .timeout(PARK);
    page.navigate(&away).await.is_ok()
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
        NavigateError::Refused {
            code: DNS, reason, ..
        } => FetchError::Network {
            fault: NetworkFault::Dns,
            detail: reason,
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
        EvaluateError::Call(CallError::Crashed { .. }) => FetchError::Crashed,
        EvaluateError::Call(error) => FetchError::Browser(error),
        // Only a page that has meddled with its own document makes this throw.
        error => FetchError::Browser(CallError::Decode {
            method: "Runtime.evaluate".to_owned(),
            detail: error.to_string(),
        }),
    }
}
