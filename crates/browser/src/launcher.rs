//! What starts browsers.

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use crate::{Browser, LaunchError};

/// Starts browsers.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Launcher: Send + Sync + 'static {
    /// Starts a browser.
    ///
    /// # Errors
    /// [`LaunchError`] says what is missing and how to mend it.
    ///
    /// # Cancel safety
    /// Dropping the future ends the browser that was being started; nothing of it is left.
    async fn launch(&self) -> Result<Launched, LaunchError>;

    /// How many pages each of its browsers can open in its whole life; nothing where there is no such limit.
    fn page_limit(&self) -> Option<usize> {
        None
    }

    /// Waits until everything that ended browsers left to do in the background is done.
    async fn shutdown(&self);
}

/// A browser that runs, and how to end it without asking it.
pub struct Launched {
    /// The browser.
    pub browser: Arc<dyn Browser>,
    /// Ends the browser at once, whatever state it is in; of a remote one, the connection. Calling it after the browser ended does nothing.
    pub kill: Box<dyn FnOnce() + Send>,
}

impl fmt::Debug for Launched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launched").finish_non_exhaustive()
    }
}
