//! Pages on loan from pooled browsers, behind one handle.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use backoff::{Backoff, Jitter};
use pool::{AcquireError, Config, InvalidConfig, Pool, Status};
use tokio::task::JoinSet;

use super::{
    browsers::BrowserManager,
    fleet::{Fleet, PageError},
    lease::PageLease,
    pages::{Isolation, PageManager},
    retirement::Retirement,
    steward,
};
use crate::{Launcher, PageOptions};

/// For what is bounded by other times.
const FOR_EVER: Duration = Duration::MAX;
/// After so long an idle page the browser is asked whether it is there, unless the configuration says otherwise.
const CHECK_AFTER: Duration = Duration::from_secs(5);

/// How many browsers and pages there may be, how they are kept apart, and when browsers are replaced.
///
/// | field | default | bound |
/// | --- | --- | --- |
/// | `max_browsers` | 3 | at least 1 |
/// | `pages_per_browser` | 4 | at least 1 |
/// | `isolation` | [`Isolation::Site`] | |
/// | `page` | [`PageOptions::default`] | |
/// | `retirement` | [`Retirement::default`] | as its fields say |
/// | `launch_backoff` | 4 attempts, 250 ms doubled up to 5 s, equal jitter | |
/// | `pool` | [`Config::default`] | as its fields say |
#[derive(Debug, Clone)]
pub struct PagesConfig {
    /// Browsers at once.
    pub max_browsers: usize,
    /// Pages in each at once. Where browsers have a [`page_limit`](Launcher::page_limit), as those in one process do, it
    /// counts as no more than that; such a browser ends with its last page.
    pub pages_per_browser: usize,
    /// How far tasks are kept apart.
    pub isolation: Isolation,
    /// What every page may do.
    pub page: PageOptions,
    /// When a browser that works is replaced.
    pub retirement: Retirement,
    /// How a launch that failed is tried again; attempts are counted for all browsers together, since the last that was
    /// launched. What fails for a [lasting reason](crate::LaunchError::is_retry_safe) is not tried again.
    pub launch_backoff: Backoff,
    /// Timeouts, queue and observer of the pools.
    ///
    /// `create_timeout` bounds one launch; a page is waited for as long as that and the end of a browser in its way take,
    /// and each caller waits at most `acquire_timeout`. `check_after` is 5 s unless it is set: a page that was
    /// idle so long is lent only if its browser answers. `max_uses`, `max_lifetime`, `max_lease`, `min_idle` and
    /// `check_interval` are those of pages. `retry_creation` takes the place of `launch_backoff`. `name` and `max_size` are not used.
    pub pool: Config,
}

impl Default for PagesConfig {
    fn default() -> Self {
        Self {
            max_browsers: 3,
            pages_per_browser: 4,
            isolation: Isolation::Site,
            page: PageOptions::default(),
            retirement: Retirement::default(),
            launch_backoff: Backoff::exponential(Duration::from_millis(250))
                .cap(Duration::from_secs(5))
                .attempts(4)
                .jitter(Jitter::Equal),
            pool: Config::default(),
        }
    }
}

impl PagesConfig {
    fn validate(&self) -> Result<(), InvalidConfig> {
        for (field, value) in [
            ("max_browsers", self.max_browsers),
            ("pages_per_browser", self.pages_per_browser),
        ] {
            if value == 0 {
                return Err(InvalidConfig::new(field, "0", "at least 1"));
            }
        }
        self.retirement.validate()
    }
}

/// Lends pages of at most so many browsers. Browsers are launched as they are needed.
pub struct Pages {
    launcher: Arc<dyn Launcher>,
    browsers: Pool<BrowserManager>,
    pages: Pool<PageManager>,
    /// Ends with this.
    steward: Mutex<JoinSet<()>>,
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
        config.validate()?;
        let page_limit = launcher.page_limit().unwrap_or(usize::MAX);
        let pages_per_browser = config.pages_per_browser.min(page_limit.max(1));
        let manager = BrowserManager::new(Arc::clone(&launcher), config.retirement.clone());
        let retries = manager.retries(config.launch_backoff);
        let own = &config.pool;
        let browsers = Pool::new(
            manager,
            Config {
                name: "browsers".into(),
                max_size: config.max_browsers,
                retry_creation: Some(own.retry_creation.clone().unwrap_or(retries)),
                // Whoever asks for a browser is a page, for which somebody waits no longer than he likes.
                acquire_timeout: FOR_EVER,
                // A browser is on loan for as long as it has pages: what is meant for leases is not meant for it.
                min_idle: 0,
                check_after: None,
                check_interval: None,
                max_lifetime: None,
                max_uses: None,
                max_lease: None,
                revoke_overdue: false,
                ..own.clone()
            },
        )?;
        let fleet = Arc::new(Fleet::new(browsers.clone(), pages_per_browser));
        let manager = PageManager::new(Arc::clone(&fleet), config.isolation, config.page.clone());
        let pages = Pool::new(
            manager,
            Config {
                name: "pages".into(),
                max_size: config.max_browsers.saturating_mul(pages_per_browser),
                // A page waits for its browser, which is bounded step by step.
                create_timeout: FOR_EVER,
                retry_creation: None,
                check_after: Some(own.check_after.unwrap_or(CHECK_AFTER)),
                ..own.clone()
            },
        )?;
        let mut steward = JoinSet::new();
        steward.spawn(steward::keep(fleet, pages.clone()));
        Ok(Self {
            launcher,
            browsers,
            pages,
            steward: Mutex::new(steward),
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
        let lease = self.pages.acquire_owned_for(&site.to_owned()).await?;
        Ok(PageLease::begin(lease))
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
        let mut steward = {
            let mut steward = self.steward.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *steward)
        };
        steward.shutdown().await;
        self.launcher.shutdown().await;
    }
}
