//! The scanner: many marketplaces at once, a bounded number at a time.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use browser::{Chrome, Launcher, Pages, PagesConfig};
use jiff::Timestamp;
use store::{ScanRecord, Store};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use crate::{
    AddressPolicy, Config, Event, Events, Fetcher, Report, ScannerError, Stored,
    attempt::Attempts,
    browser_fetch::BrowserFetcher,
    cancel::bounded,
    http_fetch::HttpFetcher,
    marketplace_scan::{Findings, Tools},
};

/// Events that a consumer may leave unread before scans wait for it.
const EVENT_QUEUE: usize = 256;
/// How long a cancelled scan may take to hand over its findings.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// Scans marketplaces. Cloning gives another handle to the same scanner.
#[derive(Debug, Clone)]
pub struct Scanner {
    shared: Arc<Shared>,
}

/// What a scanner works with, for those who bring their own.
pub struct Parts {
    /// Fetches by plain HTTP.
    pub http: Arc<dyn Fetcher>,
    /// Fetches with a browser.
    pub browser: Arc<dyn Fetcher>,
    /// Keeps what is found.
    pub store: Option<Arc<dyn Store>>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("store", &self.store.is_some())
            .finish_non_exhaustive()
    }
}

impl Parts {
    /// The parts that a scanner of this configuration makes for itself, for those who exchange or wrap one of them.
    ///
    /// # Errors
    /// [`ScannerError`] names the setting that is out of bounds.
    ///
    /// # Panics
    /// Outside a tokio runtime with its drivers enabled.
    pub fn new(config: &Config, store: Option<Arc<dyn Store>>) -> Result<Self, ScannerError> {
        let launcher = Arc::new(Chrome::new(config.launch.clone()));
        Self::with_launcher(config, launcher, store)
    }

    /// The same with the browsers of `launcher`, which may run elsewhere.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn with_launcher(
        config: &Config,
        launcher: Arc<dyn Launcher>,
        store: Option<Arc<dyn Store>>,
    ) -> Result<Self, ScannerError> {
        let addresses = Arc::new(config.addresses.clone());
        let http = HttpFetcher::new(Arc::clone(&addresses), config.page_timeout)
            .map_err(ScannerError::Http)?;
        let pages = PagesConfig {
            page: browser::PageOptions {
                guard: Some(Arc::<AddressPolicy>::clone(&addresses)),
                ..config.pages.page.clone()
            },
            ..config.pages.clone()
        };
        let pages = Arc::new(Pages::new(launcher, &pages)?);
        let browser = BrowserFetcher::new(pages, addresses, config.page_timeout, config.settle);
        Ok(Self {
            http: Arc::new(http),
            browser: Arc::new(browser),
            store,
        })
    }
}

struct Shared {
    config: Config,
    parts: Parts,
    attempts: Attempts,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Scanner {
    /// A scanner that keeps nothing. Browsers are launched when they are first needed.
    ///
    /// # Errors
    /// [`ScannerError`] names the setting that is out of bounds.
    ///
    /// # Panics
    /// Outside a tokio runtime with its drivers enabled.
    pub fn new(config: Config) -> Result<Self, ScannerError> {
        Self::with_store(config, None)
    }

    /// A scanner that records every scan in `store`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn with_store(config: Config, store: Option<Arc<dyn Store>>) -> Result<Self, ScannerError> {
        let parts = Parts::new(&config, store)?;
        Self::with_parts(config, parts)
    }

    /// A scanner of the given parts.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_parts(config: Config, parts: Parts) -> Result<Self, ScannerError> {
        config.validate()?;
        let attempts = Attempts::new(config.host_interval, config.backoff, &config.breaker)?;
        let shared = Shared {
            config,
            parts,
            attempts,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Scans the marketplaces at these addresses, in their order, so many at once as the configuration says.
    ///
    /// Scans wait for a consumer that does not read their events. Dropping the [`Events`] cancels them. Once they are
    /// cancelled, marketplaces whose scan has not begun are left out: they have no outcome.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn scan(
        &self,
        marketplaces: impl IntoIterator<Item = Url, IntoIter: Send + 'static>,
    ) -> Events {
        let (sender, queue) = mpsc::channel(EVENT_QUEUE);
        let stop = self.shared.stop.child_token();
        let scans =
            Arc::clone(&self.shared).scan_all(marketplaces.into_iter(), stop.clone(), sender);
        self.shared.tasks.spawn(scans);
        Events {
            queue,
            _cancel_on_drop: stop.drop_guard(),
        }
    }

    /// Cancels every scan: each ends at once with what it has, which is stored and reported. Later scans end so, too.
    pub fn cancel(&self) {
        self.shared.stop.cancel();
    }

    /// Cancels every scan and returns when nothing is left: no task, no page, no browser, no file.
    ///
    /// What the cancelled scans found is stored and reported first, to whoever still reads; that is given a moment.
    ///
    /// # Cancel safety
    /// The scanner goes on ending in the background; calling it again waits for the rest.
    pub async fn shutdown(&self) {
        self.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.parts.http.shutdown().await;
        self.shared.parts.browser.shutdown().await;
    }
}

impl Shared {
    async fn scan_all(
        self: Arc<Self>,
        mut marketplaces: impl Iterator<Item = Url>,
        token: CancellationToken,
        events: mpsc::Sender<Event>,
    ) {
        let mut running = JoinSet::new();
        let mut addresses = HashMap::new();
        loop {
            while running.len() < self.config.concurrency
                && !token.is_cancelled()
                && let Some(marketplace) = marketplaces.next()
            {
                let (shared, token, events) = (Arc::clone(&self), token.clone(), events.clone());
                let address = marketplace.clone();
                let scan = running
                    .spawn(async move { shared.scan_one(marketplace, &token, &events).await });
                addresses.insert(scan.id(), address);
            }
            match running.join_next_with_id().await {
                Some(Ok((scan, ()))) => drop(addresses.remove(&scan)),
                // A scan that panicked has told nothing: its marketplace has an outcome all the same.
                Some(Err(panicked)) => {
                    if let Some(marketplace) = addresses.remove(&panicked.id()) {
                        tracing::warn!(%marketplace, error = %panicked, "a scan panicked");
                        tell(&events, Report::panicked(marketplace), &token).await;
                    }
                }
                None => return,
            }
        }
    }

    async fn scan_one(
        &self,
        marketplace: Url,
        token: &CancellationToken,
        events: &mpsc::Sender<Event>,
    ) {
        let (began, started_at) = (Instant::now(), Timestamp::now());
        let deadline = began + self.config.deadline;
        let mut findings = Findings::new(marketplace.clone());
        let scan = async {
            let tools = self.tools(&marketplace).await;
            tools.scan(&mut findings, deadline, events).await;
        };
        if let Err(cut) = bounded(scan, deadline, token).await {
            findings.cut(cut);
        }
        let outcome = findings.outcome();
        let elapsed = began.elapsed();
        let postings = findings.postings.len();
        let record = ScanRecord {
            marketplace: marketplace.clone(),
            started_at,
            elapsed,
            outcome,
            pages: findings.pages,
            fetched_by: findings.fetched_by,
            postings: findings.postings,
            evidence: findings.evidence,
        };
        let stored = self.record(&record, token).await;
        tracing::info!(%marketplace, %outcome, postings, pages = record.pages, ?elapsed, "scan ended");
        let report = Report {
            marketplace,
            outcome,
            pages: record.pages,
            postings,
            fetched_by: record.fetched_by,
            elapsed,
            evidence: record.evidence,
            stored,
        };
        tell(events, report, token).await;
    }

    /// The store, for what may be a marketplace: an address of another scheme is none, whatever it was scanned for.
    fn store_for(&self, marketplace: &Url) -> Option<&Arc<dyn Store>> {
        self.parts
            .store
            .as_ref()
            .filter(|_| matches!(marketplace.scheme(), "http" | "https"))
    }

    async fn tools(&self, marketplace: &Url) -> Tools<'_> {
        let succeeded_before = match self.store_for(marketplace) {
            Some(store) => store
                .has_succeeded(marketplace)
                .await
                .unwrap_or_else(|error| {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the store does not tell of earlier scans"
                    );
                    false
                }),
            None => false,
        };
        Tools {
            attempts: &self.attempts,
            http: &*self.parts.http,
            browser: &*self.parts.browser,
            mode: self.config.fetch,
            max_pages: self.config.max_pages,
            max_postings: self.config.max_postings,
            succeeded_before,
        }
    }

    async fn record(&self, record: &ScanRecord, token: &CancellationToken) -> Stored {
        let Some(store) = self.store_for(&record.marketplace) else {
            return Stored::Nowhere;
        };
        // Writing is one transaction, whole or not at all, so that leaving it costs only this scan's findings.
        let written = tokio::select! {
            biased;
            written = store.record_scan(record) => written,
            () = last_moment(token) => return Stored::Abandoned,
        };
        match written {
            Ok(recorded) => Stored::Recorded(recorded),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a scan could not be stored"
                );
                Stored::Failed(error)
            }
        }
    }
}

/// Reports an outcome. A consumer that is gone wants none, and one that does not read a cancelled scan's is not
/// waited for.
async fn tell(events: &mpsc::Sender<Event>, report: Report, token: &CancellationToken) {
    tokio::select! {
        biased;
        _ = events.send(Event::Outcome(Box::new(report))) => {}
        () = last_moment(token) => {}
    }
}

/// Passes a moment after the scan was cancelled.
async fn last_moment(token: &CancellationToken) {
    token.cancelled().await;
    sleep(LAST_MOMENT).await;
}
