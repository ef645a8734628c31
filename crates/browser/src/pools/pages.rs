//! The pool of pages.

use std::{sync::Arc, time::Duration};

use pool::{AcquireError, Created, Manager};

use super::{
    browsers::check_health,
    fleet::{Fleet, PageError},
    page::PooledPage,
};
use crate::{CallError, HealthError, LaunchError, PageOptions};

/// How far the tasks of a pool of pages are kept apart.
///
/// Every page has a context of its own, so that one that hangs holds up no other: even pages for one site share nothing
/// while they are lent at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Isolation {
    /// A task may find the cookies, storage, cache and document of an earlier task for the same site. Tasks for different sites
    /// share nothing.
    #[default]
    Site,
    /// No two tasks share anything.
    Task,
}

/// How long opening a page may take; a healthy browser needs a hundredth of it.
const PAGE_OPEN: Duration = Duration::from_secs(5);
/// How long a page of which there is a doubt may take for the simplest answer.
const PAGE_ANSWER: Duration = Duration::from_secs(1);

/// Places pages on browsers, opens them and keeps sites apart.
pub(crate) struct PageManager {
    fleet: Arc<Fleet>,
    isolation: Isolation,
    options: PageOptions,
}

impl PageManager {
    pub(crate) fn new(fleet: Arc<Fleet>, isolation: Isolation, options: PageOptions) -> Self {
        Self {
            fleet,
            isolation,
            options,
        }
    }

    /// Opens a page in a new context, in the place of the one that may be there.
    async fn open(&self, pooled: &mut PooledPage, site: &str) -> Result<(), CallError> {
        let share = Arc::clone(pooled.place().share());
        let Some(browser) = share.browser() else {
            return Err(ended("the browser of this page has ended"));
        };
        if share.record().is_spent() {
            return Err(ended("the browser of this page can open no other"));
        }
        if let Some(old) = pooled.take() {
            share.close(&*old).await?;
        }
        share.record().opens();
        let page = browser.new_page(self.options.clone());
        let page = share.timely("opening a page", PAGE_OPEN, page).await?;
        pooled.opened(page, site.to_owned());
        Ok(())
    }
}

impl Manager for PageManager {
    type Resource = PooledPage;
    type Key = String;
    type Error = PageError;

    async fn create(&self) -> Result<Created<PooledPage>, PageError> {
        let place = self.fleet.find_place().await?;
        Ok(Created::new(PooledPage::at(place)))
    }

    /// A browser that froze while its page was idle is found out here, at the price of one short call.
    async fn check(&self, pooled: &mut PooledPage) -> Result<(), PageError> {
        let share = pooled.share();
        let Some(browser) = share.browser().filter(|_| share.serves()) else {
            return Err(failed(ended("the browser of this page has ended")));
        };
        let healthy = check_health(&**browser).await;
        healthy.map_err(|error| {
            share.suspect(&error, "a health check");
            failed(error)
        })
    }

    async fn recycle(&self, pooled: &mut PooledPage, site: &String) -> Result<(), PageError> {
        let share = pooled.share();
        let usable = match pooled.is_opened() {
            true => share.serves(),
            // It was placed before its browser's turn came, and keeps its place.
            false => share.is_alive(),
        };
        if !usable {
            return Err(failed(ended("the browser of this page has ended")));
        }
        if !pooled.is_warm_for(site) || self.isolation == Isolation::Task {
            return self.open(pooled, site).await.map_err(failed);
        }
        if pooled.condition().is_doubtful() {
            let healthy = pooled.page().check_responsive(PAGE_ANSWER).await;
            healthy.map_err(|error| failed(unhealthy(error)))?;
        }
        pooled.renew();
        Ok(())
    }

    async fn destroy(&self, mut pooled: PooledPage) {
        let Some(page) = pooled.take() else {
            return;
        };
        let share = pooled.share();
        // What a dead browser had is gone with it.
        if share.is_alive()
            && let Err(error) = share.close(&*page).await
        {
            tracing::debug!(%error, "a page could not be closed; it ends with its browser");
        }
        drop(page);
    }
}

fn failed(error: CallError) -> PageError {
    AcquireError::Create(LaunchError::Call(error))
}

fn ended(reason: &str) -> CallError {
    CallError::Closed {
        reason: reason.into(),
    }
}

fn unhealthy(error: HealthError) -> CallError {
    let method = "a health check".to_owned();
    match error {
        HealthError::Crashed => CallError::Crashed { method },
        HealthError::Unresponsive { within } => CallError::Timeout {
            method,
            limit: within,
        },
        HealthError::Closed => CallError::PageClosed { method },
        HealthError::BrowserClosed { reason } => CallError::Closed { reason },
        HealthError::Unreadable { detail } => CallError::Decode { method, detail },
    }
}
