//! The suites.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use browser::{Chrome, LaunchOptions, PageExt, Pages, PagesConfig};
use census::{Census, Growth, Scope};
use clap::ValueEnum;
use scanner::{AddressPolicy, Config, Event, FetchMode, Outcome, Report, Scanner, Stored};
use store::{Sqlite, Store};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::{
    plant::{Plant, Planted},
    report::{At, Limits, Row, SuiteReport, worse},
    settle::{until_equal, until_stable},
};

/// A suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// One scan after the other, each of another list of jobs.
    Sequential,
}

impl Suite {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
        }
    }
}

/// A census is taken at every so many tasks.
const STRIDE: usize = 100;
/// Scans that fill every pool before the warm census, each several times.
const WARM_UP: usize = 96;
/// Postings on a single list of the fixture market.
const POSTINGS: usize = 20;
/// Round trips that the evaluate figure is taken from.
const ROUND_TRIPS: usize = 501;

/// Runs a suite against the fixture market at `market`, whose temporary files all go to `temp`.
///
/// # Errors
/// When the suite could not be run; a suite that ran and found a leak is no error but a report that did not pass.
pub fn run(
    suite: Suite,
    market: &str,
    tasks: usize,
    plant: Option<Plant>,
    temp: &Path,
) -> anyhow::Result<SuiteReport> {
    let began = Instant::now();
    // Orphans of Chrome become our children, so that none of them can leave the census by losing its parent.
    rustix::process::set_child_subreaper(rustix::process::Pid::from_raw(1))
        .context("cannot adopt orphans")?;
    // The first runtime of a process opens a pair of descriptors for signals that stays for ever: not a leak of ours.
    drop(runtime()?);
    let mut ledger = Ledger::new(temp, plant);
    let cold = ledger.take_stable("cold")?;

    let runtime = runtime()?;
    let stage = runtime.block_on(Stage::build(market, temp))?;
    let evaluate_p50_us = ledger.work(&runtime, &stage, tasks, temp)?;
    runtime.block_on(stage.tear_down(temp))?;
    drop(runtime);
    ledger.take_equal(At::Moment("end"), &cold)?;

    let expected =
        ledger.outcomes.get(Outcome::Ok.as_str()) == Some(&tasks) && ledger.outcomes.len() == 1;
    if !expected {
        ledger
            .failures
            .push(format!("not every scan ended Ok with {POSTINGS} postings"));
    }
    Ok(SuiteReport {
        suite: suite.name(),
        tasks,
        outcomes: ledger.outcomes,
        limits: Limits::now(),
        census: ledger.rows,
        growth: ledger.growth,
        evaluate_p50_us,
        elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        passed: ledger.failures.is_empty(),
        failures: ledger.failures,
    })
}

/// Threads that the runtime keeps for blocking work end soon after it, so that a census does not count them.
fn runtime() -> anyhow::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    Ok(builder
        .worker_threads(2)
        .thread_keep_alive(Duration::from_millis(500))
        .enable_all()
        .build()?)
}

/// The censuses taken and what they showed.
struct Ledger {
    scope: Scope,
    plant: Option<Plant>,
    planted: Planted,
    outcomes: BTreeMap<String, usize>,
    rows: Vec<Row>,
    growth: Growth,
    failures: Vec<String>,
}

impl Ledger {
    fn new(temp: &Path, plant: Option<Plant>) -> Self {
        Self {
            scope: Scope {
                temp_dirs: vec![temp.to_owned()],
            },
            plant,
            planted: Planted::default(),
            outcomes: BTreeMap::new(),
            rows: Vec::new(),
            growth: Growth::default(),
            failures: Vec::new(),
        }
    }

    /// All tasks, one after the other, and their censuses; returns the evaluate figure.
    fn work(
        &mut self,
        runtime: &Runtime,
        stage: &Stage,
        tasks: usize,
        temp: &Path,
    ) -> anyhow::Result<u64> {
        runtime.block_on(stage.warm_up())?;
        let warm = self.take_stable("warm")?;
        for task in 1..=tasks {
            let report = runtime.block_on(stage.scan_one(task))?;
            let name = if is_whole(&report) {
                Outcome::Ok.as_str()
            } else {
                wrong(&report)
            };
            if name != Outcome::Ok.as_str() {
                self.failures.push(format!("task {task}: {report:?}"));
            }
            *self.outcomes.entry(name.to_owned()).or_default() += 1;
            if task % STRIDE == 0 || task == tasks {
                if let Some(plant) = self.plant {
                    self.planted.leak(plant, temp, task)?;
                }
                self.take_equal(At::Task(task), &warm)?;
            }
        }
        runtime.block_on(evaluate_p50(temp))
    }

    fn take_stable(&mut self, moment: &'static str) -> anyhow::Result<Census> {
        let row = until_stable(At::Moment(moment), &self.scope)?;
        let census = row.census;
        self.rows.push(row);
        Ok(census)
    }

    fn take_equal(&mut self, at: At, reference: &Census) -> anyhow::Result<()> {
        let row = until_equal(at, &self.scope, reference)?;
        let growth = row.census.growth_since(reference);
        if !growth.is_zero() {
            self.failures.push(format!("census at {at:?}: {growth}"));
        }
        self.growth = worse(self.growth, growth);
        self.rows.push(row);
        Ok(())
    }
}

/// Whether a scan found everything there is and could keep it.
fn is_whole(report: &Report) -> bool {
    report.outcome == Outcome::Ok
        && report.postings == POSTINGS
        && matches!(report.stored, Stored::Recorded(_))
}

fn wrong(report: &Report) -> &'static str {
    if report.outcome == Outcome::Ok {
        "Incomplete"
    } else {
        report.outcome.as_str()
    }
}

/// The one scanner of a suite.
struct Stage {
    market: String,
    scanner: Scanner,
    store: Arc<Sqlite>,
}

impl Stage {
    async fn build(market: &str, temp: &Path) -> anyhow::Result<Self> {
        let store = Arc::new(Sqlite::open(&temp.join(DATABASE)).await?);
        let pages = PagesConfig::default();
        let config = Config {
            fetch: FetchMode::Browser,
            concurrency: pages.max_browsers * pages.pages_per_browser,
            host_interval: Duration::ZERO,
            addresses: AddressPolicy {
                allowed: [market.parse()?].into(),
                ..AddressPolicy::default()
            },
            launch: LaunchOptions {
                temp_dir: temp.to_owned(),
                ..LaunchOptions::default()
            },
            pages,
            ..Config::default()
        };
        let scanner = Scanner::with_store(config, Some(Arc::<Sqlite>::clone(&store)))?;
        Ok(Self {
            market: market.to_owned(),
            scanner,
            store,
        })
    }

    fn url(&self, list: usize) -> anyhow::Result<Url> {
        Ok(format!("http://{}/single?n={list}", self.market).parse()?)
    }

    /// Fills the pools: as many scans at once as there are pages, several times over.
    async fn warm_up(&self) -> anyhow::Result<()> {
        let urls: Vec<Url> = (0..WARM_UP)
            .map(|_| self.url(0))
            .collect::<Result<_, _>>()?;
        let mut events = self.scanner.scan(urls);
        let mut good = 0;
        while let Some(event) = events.next().await {
            if let Event::Outcome(report) = event {
                ensure!(
                    report.outcome == Outcome::Ok,
                    "the warm-up failed: {report:?}"
                );
                good += 1;
            }
        }
        ensure!(good == WARM_UP, "the warm-up ended early");
        Ok(())
    }

    async fn scan_one(&self, task: usize) -> anyhow::Result<Report> {
        let mut events = self.scanner.scan([self.url(task)?]);
        let mut ended = None;
        while let Some(event) = events.next().await {
            if let Event::Outcome(report) = event {
                ended = Some(*report);
            }
        }
        ended.context("a scan ended without an outcome")
    }

    async fn tear_down(self, temp: &Path) -> anyhow::Result<()> {
        self.scanner.shutdown().await;
        self.store.close().await?;
        std::fs::remove_file(temp.join(DATABASE)).context("the database is not where it was")
    }
}

const DATABASE: &str = "stress.db";

/// Half of the evaluate round trips on a pooled page take at most so long, in microseconds.
async fn evaluate_p50(temp: &Path) -> anyhow::Result<u64> {
    let launch = LaunchOptions {
        temp_dir: temp.to_owned(),
        ..LaunchOptions::default()
    };
    let pages = Pages::new(
        Arc::new(Chrome::new(launch)),
        &PagesConfig {
            max_browsers: 1,
            ..PagesConfig::default()
        },
    )?;
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
