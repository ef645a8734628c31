//! Pages on loan from pooled browsers, behind one handle.

use std::{fmt, sync::Arc};

use pool::{AcquireError, Config, InvalidConfig, OwnedLease, Pool, Status};

use super::{
    browsers::BrowserManager,
    pages::{Isolation, PageError, PageManager},
};
use crate::{Launcher, PageOptions};

/// A page on loan. Dropping it gives it back, still warm for its site; [`Lease::discard`](pool::Lease::discard) ends it.
pub type PageLease = OwnedLease<PageManager>;

/// How many browsers and pages there may be.
#[derive(Debug, Clone)]
pub struct PagesConfig {
    /// Browsers at once. Default 3.
    pub max_browsers: usize,
    /// Pages in each at once. Default 4.
    pub pages_per_browser: usize,
    /// How far tasks are kept apart. Default [`Isolation::Site`].
    pub isolation: Isolation,
    /// What every page may do.
    pub page: PageOptions,
    /// Timeouts of both pools; its `max_size` is not used.
    pub pool: Config,
}

impl Default for PagesConfig {
    fn default() -> Self {
        Self {
            max_browsers: 3,
            pages_per_browser: 4,
            isolation: Isolation::Site,
            page: PageOptions::default(),
            pool: Config::default(),
        }
    }
}

/// Lends pages of at most so many browsers. Browsers are launched as they are needed.
pub struct Pages {
    launcher: Arc<dyn Launcher>,
    browsers: Pool<BrowserManager>,
    pages: Pool<PageManager>,
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("browsers", &self.browsers)
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}

impl Pages {
    /// A pool that is empty yet.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the first setting out of bounds.
    ///
    /// # Panics
    /// Outside a tokio runtime, as [`Pool::new`].
    pub fn new(launcher: Arc<dyn Launcher>, config: &PagesConfig) -> Result<Self, InvalidConfig> {
        let manager = BrowserManager {
            launcher: Arc::clone(&launcher),
        };
        let browsers = Pool::new(
            manager,
            Config {
                name: "browsers".into(),
                max_size: config.max_browsers,
                ..config.pool.clone()
            },
        )?;
        let manager = PageManager::new(
            browsers.clone(),
            config.pages_per_browser,
            config.isolation,
            config.page.clone(),
        );
        let max_size = config.max_browsers.saturating_mul(config.pages_per_browser);
        // A page waits for its browser, so making one may take as long as launching a browser, twice when a dead
        // one has to go first.
        let create_timeout = config
            .pool
            .create_timeout
            .saturating_mul(2)
            .saturating_add(config.pool.destroy_timeout);
        let pages = Pool::new(
            manager,
            Config {
                name: "pages".into(),
                max_size,
                create_timeout,
                ..config.pool.clone()
            },
        )?;
        Ok(Self {
            launcher,
            browsers,
            pages,
        })
    }

    /// Borrows a page for `site`, the unit of isolation.
    ///
    /// # Errors
    /// As [`Pool::acquire_for`]; a launch that failed is the source of [`AcquireError::Create`].
    ///
    /// # Cancel safety
    /// As [`Pool::acquire_for`].
    pub async fn acquire(&self, site: &str) -> Result<PageLease, AcquireError<PageError>> {
        self.pages.acquire_owned_for(&site.to_owned()).await
    }

    /// What the pool of pages holds.
    #[must_use]
    pub fn page_status(&self) -> Status {
        self.pages.status()
    }

    /// What the pool of browsers holds.
    #[must_use]
    pub fn browser_status(&self) -> Status {
        self.browsers.status()
    }

    /// Ends every page and browser, those on loan when they come back, and returns when nothing is left of them.
    ///
    /// # Cancel safety
    /// The pools stay closed and go on ending what they hold.
    pub async fn shutdown(&self) {
        self.pages.close().await;
        self.browsers.close().await;
        self.launcher.shutdown().await;
    }
}
