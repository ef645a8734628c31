//! Which documents a page may request.

use async_trait::async_trait;
use url::Url;

/// Decides, before a page's document or any redirect of it is requested, whether it may be.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait RequestGuard: Send + Sync + 'static {
    /// Whether `url` may be requested. The request waits for the answer, and fails when there is none because of a panic.
    ///
    /// # Errors
    /// The [`Refusal`] says why not.
    async fn check(&self, url: &Url) -> Result<(), Refusal>;
}

/// Why a request may not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A fixed code for the kind of refusal, such as `address_refused`.
    pub code: &'static str,
    /// The reason, for a person.
    pub reason: String,
}
