//! The pool of pages.

use std::{
    fmt,
    ops::Deref,
    sync::{
        Arc, Mutex as SyncMutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use pool::{AcquireError, Created, Manager, OwnedLease, Pool};
use tokio::{sync::Mutex, time::timeout};

use super::browsers::BrowserManager;
use crate::{Browser, CallError, LaunchError, Page, PageOptions};

/// How far the tasks of a pool of pages are kept apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Isolation {
    /// Tasks for one site share cookies, storage and cache; tasks for different sites share nothing.
    #[default]
    Site,
    /// No two tasks share anything.
    Task,
}

/// How long opening a page may take; a healthy browser needs a hundredth of it.
const PAGE_OPEN: Duration = Duration::from_secs(5);
/// How long closing a page may take; with the browser it ends in any case.
const PAGE_CLOSE: Duration = Duration::from_millis(500);

/// Why no page came into being.
pub(crate) type PageError = AcquireError<LaunchError>;

/// A browser on loan to the pages that live in it. When the last page is gone the browser goes back to its pool,
/// or ends when it is dead already.
struct Share {
    // Empty only while the share is dropped.
    lease: Option<OwnedLease<BrowserManager>>,
    pages: AtomicUsize,
    /// It did not do what every healthy browser does at once. It gets no new page and ends with its last.
    suspect: AtomicBool,
}

impl Share {
    fn browser(&self) -> Option<&Arc<dyn Browser>> {
        self.lease.as_deref()
    }

    fn is_alive(&self) -> bool {
        !self.suspect.load(Ordering::Acquire)
            && self
                .browser()
                .is_some_and(|browser| browser.state().is_connected())
    }
}

impl Share {
    async fn close(&self, page: &dyn Page) -> Result<(), CallError> {
        self.timely("closing a page", PAGE_CLOSE, page.close())
            .await
    }

    /// Bounds what a healthy browser does at once. One that does not is remembered: it gets no new page.
    async fn timely<T>(
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
            tracing::debug!(%error, what, "a browser gets no more pages");
            self.suspect.store(true, Ordering::Release);
        }
        done
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let alive = self.is_alive();
        if let Some(lease) = self.lease.take()
            && !alive
        {
            lease.discard();
        }
    }
}

/// A page's place in a browser; its drop makes room for another page.
struct Place(Arc<Share>);

impl Place {
    fn take(share: Arc<Share>) -> Self {
        share.pages.fetch_add(1, Ordering::AcqRel);
        Self(share)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.pages.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A page of the pool. It dereferences to the [`Page`].
pub struct PooledPage {
    // The page goes before its place, so that a browser never holds more pages than it counts.
    page: Option<Box<dyn Page>>,
    site: Option<String>,
    place: Place,
}

impl Deref for PooledPage {
    type Target = dyn Page;

    fn deref(&self) -> &Self::Target {
        &**self
            .page
            .as_ref()
            .expect("a page is opened before it is lent")
    }
}

impl fmt::Debug for PooledPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledPage")
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

/// Places pages on browsers, opens them and keeps sites apart.
pub struct PageManager {
    browsers: Pool<BrowserManager>,
    pages_per_browser: usize,
    isolation: Isolation,
    options: PageOptions,
    shares: SyncMutex<Vec<Weak<Share>>>,
    /// Held while a browser is waited for: the next page fits on it as well.
    placing: Mutex<()>,
}

impl PageManager {
    pub(crate) fn new(
        browsers: Pool<BrowserManager>,
        pages_per_browser: usize,
        isolation: Isolation,
        options: PageOptions,
    ) -> Self {
        Self {
            browsers,
            pages_per_browser,
            isolation,
            options,
            shares: SyncMutex::default(),
            placing: Mutex::default(),
        }
    }

    /// A place on the least loaded browser that has room.
    fn place(&self) -> Option<Place> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.retain(|share| share.strong_count() > 0);
        let roomy = shares
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|share| share.is_alive())
            .map(|share| (share.pages.load(Ordering::Acquire), share))
            .filter(|(pages, _)| *pages < self.pages_per_browser);
        let chosen = roomy
            .min_by_key(|(pages, _)| *pages)
            .map(|(_, share)| Place::take(share));
        drop(shares);
        chosen
    }

    async fn find_place(&self) -> Result<Place, PageError> {
        let _turn = self.placing.lock().await;
        if let Some(place) = self.place() {
            return Ok(place);
        }
        let lease = self.browsers.acquire_owned().await?;
        let share = Arc::new(Share {
            lease: Some(lease),
            pages: AtomicUsize::new(0),
            suspect: AtomicBool::new(false),
        });
        self.shares
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::downgrade(&share));
        Ok(Place::take(share))
    }
}

impl fmt::Debug for PageManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageManager")
            .field("pages_per_browser", &self.pages_per_browser)
            .field("isolation", &self.isolation)
            .finish_non_exhaustive()
    }
}

impl Manager for PageManager {
    type Resource = PooledPage;
    type Key = String;
    type Error = PageError;

    async fn create(&self) -> Result<Created<PooledPage>, PageError> {
        let place = self.find_place().await?;
        Ok(Created::new(PooledPage {
            page: None,
            site: None,
            place,
        }))
    }

    async fn recycle(&self, page: &mut PooledPage, site: &String) -> Result<(), PageError> {
        let share = &page.place.0;
        let Some(browser) = share.browser().filter(|_| share.is_alive()) else {
            let reason = "the browser of this page has ended".into();
            return Err(AcquireError::Create(LaunchError::Call(CallError::Closed {
                reason,
            })));
        };
        let warm = page.page.is_some() && page.site.as_ref() == Some(site);
        if warm && self.isolation == Isolation::Site {
            return Ok(());
        }
        let failed = |error| AcquireError::Create(LaunchError::Call(error));
        if let Some(old) = page.page.take() {
            share.close(&*old).await.map_err(failed)?;
        }
        let opened = share
            .timely(
                "opening a page",
                PAGE_OPEN,
                browser.new_page(self.options.clone()),
            )
            .await;
        page.page = Some(opened.map_err(failed)?);
        page.site = Some(site.clone());
        Ok(())
    }

    async fn destroy(&self, pooled: PooledPage) {
        if let Some(page) = &pooled.page
            && let Err(error) = pooled.place.0.close(&**page).await
        {
            tracing::debug!(%error, "a page could not be closed; it ends with its browser");
        }
    }
}
