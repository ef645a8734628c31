//! The scanner of a suite: its pools filled, its tasks played.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use browser::{Chrome, Launcher, PageExt, Pages, PagesConfig, Remote, RemoteOptions};
use fastrand::Rng;
use futures_util::{StreamExt, stream};
use scanner::{AddressPolicy, Config, Event, FetchMode, Outcome, Parts, Scanner};
use store::{Sqlite, Store};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    interrupt::{By, Interruptible, Interruption, Interruptions},
    run::Order,
    suite::Suite,
    task::{Ended, Kind, Task},
};

/// Scans that fill every pool, each several times.
const FILLING: usize = 96;
/// How often filling is tried where browsers were disturbed before: some find out only now.
const FILLINGS: usize = 4;
/// Round trips that the evaluate figure is taken from.
const ROUND_TRIPS: usize = 501;
pub(super) const DATABASE: &str = "stress.db";

/// The one scanner of a suite.
pub(super) struct Stage {
    market: String,
    scanner: Scanner,
    store: Arc<Sqlite>,
    interruptions: Arc<Interruptions>,
    /// Whether tasks meet more than lists.
    meets_errors: bool,
}

impl Stage {
    pub(super) async fn build(order: &Order) -> anyhow::Result<Self> {
        let store = Arc::new(Sqlite::open(&order.temp.join(DATABASE)).await?);
        let config = config(order);
        let parts = Parts::with_launcher(
            &config,
            launcher(order, &config)?,
            Some(Arc::<Sqlite>::clone(&store)),
        )?;
        let interruptions = Arc::<Interruptions>::default();
        let parts = Parts {
            browser: Arc::new(Interruptible {
                inner: parts.browser,
                interruptions: Arc::clone(&interruptions),
            }),
            ..parts
        };
        Ok(Self {
            market: order.market.clone(),
            scanner: Scanner::with_parts(config, parts)?,
            store,
            interruptions,
            meets_errors: matches!(order.suite, Suite::Errors | Suite::Soak),
        })
    }

    fn url(&self, kind: Kind, number: usize) -> anyhow::Result<Url> {
        Ok(format!("http://{}{}", self.market, kind.path(number)).parse()?)
    }

    /// Fills the pools: as many scans at once as there are pages, several times over.
    pub(super) async fn fill(&self) -> anyhow::Result<()> {
        let mut failed = None;
        for _ in 0..FILLINGS {
            failed = self.fill_once().await?;
            if failed.is_none() {
                return Ok(());
            }
        }
        let failed = failed.unwrap_or_default();
        anyhow::bail!("the pools cannot be filled: {failed}")
    }

    /// What went wrong, if anything.
    async fn fill_once(&self) -> anyhow::Result<Option<String>> {
        if self.meets_errors {
            // A browser opens files for the first certificate that it has to judge, and keeps them.
            self.scan_often(Kind::BadTls).await?;
        }
        let failed = self.scan_often(Kind::List).await?;
        Ok(failed.into_iter().next())
    }

    /// Many scans of one address, as many at once as there are pages; returns what did not end `Ok`.
    async fn scan_often(&self, kind: Kind) -> anyhow::Result<Vec<String>> {
        let url = self.url(kind, 0)?;
        let mut events = self.scanner.scan(vec![url; FILLING]);
        let (mut ended, mut failed) = (0, Vec::new());
        while let Some(event) = events.next().await {
            if let Event::Outcome(report) = event {
                ended += 1;
                if report.outcome != Outcome::Ok {
                    failed.push(format!("{report:?}"));
                }
            }
        }
        ensure!(ended == FILLING, "a filling ended early");
        Ok(failed)
    }

    /// Plays tasks, so many at once, and tells of each end.
    pub(super) async fn play(
        &self,
        tasks: impl Iterator<Item = Task>,
        at_once: usize,
        mut tell: impl FnMut(Task, &Ended),
    ) -> anyhow::Result<()> {
        let scans = stream::iter(tasks).map(|task| async move {
            let ended = self.scan(task).await;
            ended.map(|ended| (task, ended))
        });
        let mut scans = std::pin::pin!(scans.buffer_unordered(at_once));
        while let Some(scanned) = scans.next().await {
            let (task, ended) = scanned?;
            tell(task, &ended);
        }
        Ok(())
    }

    async fn scan(&self, task: Task) -> anyhow::Result<Ended> {
        let url = self.url(task.kind, task.number)?;
        let dropped = CancellationToken::new();
        let by = match task.kind {
            Kind::Cancel => Some(By::Cancel(dropped.clone())),
            Kind::Panic => Some(By::Panic),
            _ => None,
        };
        if let Some(by) = by {
            let after = Rng::with_seed(task.chance).u32(..=self.interruptions.longest());
            self.interruptions
                .plan(url.clone(), Interruption { after, by });
        }
        let mut events = self.scanner.scan([url]);
        let report = async {
            let mut report = None;
            while let Some(event) = events.next().await {
                if let Event::Outcome(ended) = event {
                    report = Some(ended);
                }
            }
            report
        };
        Ok(match dropped.run_until_cancelled(report).await {
            Some(report) => report.map_or(Ended::Silent, Ended::Reported),
            None => Ended::Dropped,
        })
    }

    /// Ends the scanner, and says what is wrong with its database, if anything.
    pub(super) async fn tear_down(self, temp: &Path) -> anyhow::Result<()> {
        self.scanner.shutdown().await;
        let check = self.store.check().await?;
        self.store.close().await?;
        remove_database(temp)?;
        ensure!(check.is_sound(), "the database is damaged: {check:?}");
        Ok(())
    }
}

/// Removes the database of a scanner that was closed.
pub(super) fn remove_database(temp: &Path) -> anyhow::Result<()> {
    std::fs::remove_file(temp.join(DATABASE)).context("the database is not where it was")
}

/// Half of the evaluate round trips on a pooled page take at most so long, in microseconds.
pub(super) async fn evaluate_p50(order: &Order) -> anyhow::Result<u64> {
    let config = config(order);
    let one = PagesConfig {
        max_browsers: 1,
        ..config.pages.clone()
    };
    let pages = Pages::new(launcher(order, &config)?, &one)?;
    let page = pages.acquire("evaluate").await?;
    let mut times = Vec::with_capacity(ROUND_TRIPS);
    for round in 0..ROUND_TRIPS {
        let began = Instant::now();
        let value: usize = page.evaluate(&format!("{round} + 1")).await?;
        times.push(began.elapsed());
        ensure!(value == round + 1, "a wrong value: {value}");
    }
    drop(page);
    pages.shutdown().await;
    times.sort_unstable();
    Ok(u64::try_from(times[ROUND_TRIPS / 2].as_micros())?)
}

fn config(order: &Order) -> Config {
    let mut config = Config {
        fetch: FetchMode::Browser,
        host_interval: Duration::ZERO,
        // Of the market, and of the port where it shows its certificate.
        addresses: AddressPolicy {
            allow_private_network: true,
            ..AddressPolicy::default()
        },
        ..Config::default()
    };
    config.launch.temp_dir.clone_from(&order.temp);
    order.suite.configure(&mut config);
    if let Some(part) = order.part {
        part.configure(&mut config);
    }
    config.concurrency = config.pages.max_browsers * config.pages.pages_per_browser;
    config
}

fn launcher(order: &Order, config: &Config) -> anyhow::Result<Arc<dyn Launcher>> {
    Ok(match &order.remote {
        Some(endpoint) => Arc::new(Remote::new(endpoint, RemoteOptions::default())?),
        None => Arc::new(Chrome::new(config.launch.clone())),
    })
}
