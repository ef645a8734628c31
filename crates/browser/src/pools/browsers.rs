//! The pool of browsers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use backoff::Backoff;
use pool::{Created, Manager, RetryCreation};
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::{record::Record, retirement::Retirement};
use crate::{Browser, CallError, LaunchError, Launcher};

/// How long a healthy browser may take for the simplest call.
const HEALTH_WAIT: Duration = Duration::from_secs(2);

/// Launches, checks and closes the browsers of a pool.
pub(crate) struct BrowserManager {
    launcher: Arc<dyn Launcher>,
    retirement: Retirement,
    /// Whether the last launch failed in a way that the next one will, too.
    hopeless: Arc<AtomicBool>,
}

/// A browser of the pool, and what it has done.
pub(crate) struct PooledBrowser {
    pub(crate) browser: Arc<dyn Browser>,
    pub(crate) record: Arc<Record>,
}

impl BrowserManager {
    pub(crate) fn new(launcher: Arc<dyn Launcher>, retirement: Retirement) -> Self {
        Self {
            launcher,
            retirement,
            hopeless: Arc::default(),
        }
    }

    /// Tries a launch that failed again after the delays of `backoff`, unless that is in vain.
    pub(crate) fn retries(&self, backoff: Backoff) -> RetryCreation {
        let hopeless = Arc::clone(&self.hopeless);
        RetryCreation::new(move |failures| {
            let tried = usize::try_from(failures).unwrap_or(usize::MAX);
            let mut delays = backoff.delays(fastrand::u64(..));
            delays
                .nth(tried.saturating_sub(1))
                .filter(|_| !hopeless.load(Ordering::Acquire))
        })
    }
}

impl Manager for BrowserManager {
    type Resource = PooledBrowser;
    type Key = ();
    type Error = LaunchError;

    async fn create(&self) -> Result<Created<PooledBrowser>, LaunchError> {
        let launched = self.launcher.launch().await.inspect_err(|error| {
            let hopeless = !error.is_retry_safe();
            self.hopeless.store(hopeless, Ordering::Release);
        })?;
        let record = Record::begin(
            self.retirement.clone(),
            self.launcher.page_limit(),
            Instant::now(),
            fastrand::f64(),
        );
        let browser = PooledBrowser {
            browser: launched.browser,
            record: Arc::new(record),
        };
        Ok(Created::with_kill(browser, launched.kill))
    }

    async fn recycle(&self, pooled: &mut PooledBrowser, (): &()) -> Result<(), LaunchError> {
        let healthy = check_health(&*pooled.browser).await;
        healthy.map_err(LaunchError::Call)
    }

    async fn destroy(&self, pooled: PooledBrowser) {
        pooled.browser.close().await;
    }
}

/// Whether a browser still answers: one that is frozen or half dead does not.
pub(crate) async fn check_health(browser: &dyn Browser) -> Result<(), CallError> {
    let method = "Browser.getVersion";
    match timeout(HEALTH_WAIT, browser.execute(method, json!({}))).await {
        Ok(answer) => answer.map(drop),
        Err(_elapsed) => Err(CallError::Timeout {
            method: method.to_owned(),
            limit: HEALTH_WAIT,
        }),
    }
}
