//! Fetching one page.

use std::fmt;

use async_trait::async_trait;
use store::FetchedBy;
use tokio::time::Instant;
use url::Url;

use crate::FetchError;

/// Fetches pages in one way: by plain HTTP, or with a browser.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Fetcher: Send + Sync + 'static {
    /// Fetches one page, once. An error status is no error here.
    ///
    /// # Errors
    /// [`FetchError`] says what kept the page from arriving.
    ///
    /// # Cancel safety
    /// Dropping the future gives everything back that it holds.
    async fn fetch<'a>(&self, request: Request<'a>) -> Result<Document, FetchError>;

    /// How this fetches.
    fn fetched_by(&self) -> FetchedBy;

    /// Ends what it keeps between fetches and returns when nothing is left of it.
    async fn shutdown(&self);
}

/// A page to fetch.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The address.
    pub url: &'a Url,
    /// When the scan it belongs to must have ended.
    pub deadline: Instant,
    /// Whether a document is worth returning as it is, or its scripts should be waited for.
    pub is_enough: &'a (dyn Fn(&Document) -> bool + Send + Sync),
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

/// A page that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its address after all redirects.
    pub url: Url,
    /// Its HTTP status.
    pub status: u16,
    /// Its `Retry-After` header, as sent.
    pub retry_after: Option<String>,
    /// Its text.
    pub html: String,
}
