//! A context of a browser: an island of cookies, storage and cache.

use async_trait::async_trait;

use crate::{CallError, Cookie, Page, PageOptions};

/// A context of a browser: pages in it share cookies, storage and cache with one another and with no other page.
///
/// Dropping it disposes of it and closes every page in it, whoever holds them.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Context: Send + Sync + 'static {
    /// Opens a page in this context. The page may be closed before the context, and goes with it at the latest.
    ///
    /// # Errors
    /// As [`Browser::execute`](crate::Browser::execute); [`CallError::ContextClosed`] once the context is closed.
    ///
    /// # Cancel safety
    /// Dropping the future closes the page that was being opened.
    async fn new_page(&self, options: PageOptions) -> Result<Box<dyn Page>, CallError>;

    /// All cookies of the context.
    ///
    /// # Errors
    /// As [`new_page`](Self::new_page).
    ///
    /// # Cancel safety
    /// Dropping the future forgets the answer.
    async fn cookies(&self) -> Result<Vec<Cookie>, CallError>;

    /// Adds cookies to those of the context, over those of the same name, domain and path.
    ///
    /// # Errors
    /// As [`new_page`](Self::new_page); [`CallError::Refused`] when one of them is no valid cookie, and then none is set.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether they are set.
    async fn set_cookies(&self, cookies: &[Cookie]) -> Result<(), CallError>;

    /// Removes all cookies of the context, and nothing else.
    ///
    /// # Errors
    /// As [`new_page`](Self::new_page).
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether they are gone.
    async fn clear_cookies(&self) -> Result<(), CallError>;

    /// Forgets everything: closes the pages of the context, drops its cookies, storage and cache, and begins anew with the
    /// same options.
    ///
    /// # Errors
    /// As [`new_page`](Self::new_page). The context is closed then.
    ///
    /// # Cancel safety
    /// What the future began is finished in the background; then the context is either anew or closed.
    async fn clear(&self) -> Result<(), CallError>;

    /// Disposes of the context with every page in it, and waits until the browser says so.
    ///
    /// # Errors
    /// As [`Browser::execute`](crate::Browser::execute). The context ends in the background all the same.
    ///
    /// # Cancel safety
    /// The context ends even when the future is dropped.
    async fn close(&self) -> Result<(), CallError>;
}

/// How a new context reaches the network.
///
/// | field | default |
/// | --- | --- |
/// | `proxy` | none: as the browser does |
/// | `proxy_bypass` | none: everything but this machine goes by the proxy |
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextOptions {
    /// The proxy of every request of the context, such as `http://127.0.0.1:3128` or `socks5://proxy:1080`.
    pub proxy: Option<String>,
    /// Hosts that are reached without the proxy, separated by commas, in Chrome's syntax. This machine is one of them by
    /// itself; `<-loopback>` takes that back.
    pub proxy_bypass: Option<String>,
}
