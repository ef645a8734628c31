//! What one process with a browser does to its surroundings, in scenarios of which each has a process to itself: it counts
//! what that process holds, kills it, makes it process 1, or fills its disk.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use browser::{
    Browser, Chrome, ContextOptions, LaunchOptions, Launcher, Navigation, Page, PageExt,
    PageOptions, PdfOptions, ScreenshotOptions, ScrollOptions,
};
use census::{Census, Scope};
use clap::Subcommand;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::{task::JoinSet, time::timeout};

use crate::{processes_of, scratch::entries_of};

/// A scenario.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Scenario {
    /// Starts a browser and waits for the end of standard input.
    Hold,
    /// Starts a browser, leaves no room on its disk, and ends it.
    FullDisk,
    /// Starts browsers and ends them: one asked, one dropped, one killed.
    Endings,
    /// Opens and closes so many pages, each in a context of its own.
    Pages {
        /// How many.
        count: usize,
    },
    /// Gives up so many calls, each after another number of microseconds.
    Cancellations {
        /// How many.
        count: u64,
    },
}

/// What a scenario found, printed as one line of JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// What is held more at the end than at the reference, in words; empty when nothing is.
    pub growth: String,
    /// Descendants whose descriptors could not be counted when growth was looked for.
    pub unknown: u64,
    /// Entries of the temporary directory at the end.
    pub left: Vec<String>,
    /// Descendants that ended and were not waited for, at the end.
    pub zombies: u64,
    /// How long the last browser took to end, in milliseconds.
    pub ending_ms: u64,
    /// Calls without an answer, when all had been given up.
    pub in_flight: usize,
}

/// Plays a scenario. The profiles are made in `temp`.
///
/// # Errors
/// It could not be played to its end.
pub async fn play(scenario: Scenario, temp: &Path) -> anyhow::Result<Found> {
    let stage = Stage::new(temp);
    match scenario {
        Scenario::Hold => stage.hold().await,
        Scenario::FullDisk => stage.full_disk().await,
        Scenario::Endings => stage.endings().await,
        Scenario::Pages { count } => stage.pages(count).await,
        Scenario::Cancellations { count } => stage.cancellations(count).await,
    }
}

struct Stage<'a> {
    temp: &'a Path,
    scope: Scope,
    chrome: Chrome,
}

/// How long counts may take to become what they must be.
const PATIENCE: Duration = Duration::from_secs(15);
/// Pages opened at once.
const AT_ONCE: usize = 4;

impl<'a> Stage<'a> {
    fn new(temp: &'a Path) -> Self {
        Self {
            temp,
            scope: Scope {
                temp_dirs: vec![temp.to_owned()],
            },
            chrome: Chrome::new(LaunchOptions {
                temp_dir: temp.to_owned(),
                ..LaunchOptions::default()
            }),
        }
    }

    async fn launch(&self) -> anyhow::Result<Arc<dyn Browser>> {
        Ok(self.chrome.launch().await?.browser)
    }

    /// A browser at work, with all the processes that come with it.
    async fn launch_with_page(&self) -> anyhow::Result<(Arc<dyn Browser>, Box<dyn Page>)> {
        let browser = self.launch().await?;
        let page = browser.new_page(PageOptions::default()).await?;
        visit(&*page).await?;
        Ok((browser, page))
    }

    async fn hold(&self) -> anyhow::Result<Found> {
        let held = self.launch_with_page().await?;
        say(&"ready")?;
        tokio::task::spawn_blocking(|| io::stdin().read(&mut [0])).await??;
        drop(held);
        self.found(Instant::now()).await
    }

    async fn full_disk(&self) -> anyhow::Result<Found> {
        let (browser, page) = self.launch_with_page().await?;
        let filler = self.temp.join("filler");
        fill(&filler)?;
        // Whether it gets there is not asked: what is asked is how it ends.
        let _ = visit(&*page).await;
        ensure!(
            File::create(self.temp.join("more"))
                .and_then(|mut file| file.write_all(&[0; 1 << 16]))
                .is_err(),
            "the disk is not full"
        );
        let began = Instant::now();
        browser.close().await;
        let mut found = self.found(began).await?;
        found.left.retain(|name| name != "filler" && name != "more");
        Ok(found)
    }

    async fn endings(&self) -> anyhow::Result<Found> {
        let (browser, _page) = self.launch_with_page().await?;
        browser.close().await;
        drop(self.launch_with_page().await?);
        let (browser, page) = self.launch_with_page().await?;
        // Without its first processes the others are orphans, which process 1 inherits.
        for pid in processes_of(self.temp) {
            if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        let began = Instant::now();
        while browser.state().is_connected() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop((browser, page));
        self.found(began).await
    }

    async fn pages(&self, count: usize) -> anyhow::Result<Found> {
        let browser = self.launch().await?;
        open_and_close(&browser, 8 * AT_ONCE).await?;
        let reference = self.settled().await?;
        let tasks = self.chrome.tasks();
        open_and_close(&browser, count).await?;
        let (growth, unknown) = self.growth_since(&reference).await?;
        self.tasks_become(tasks).await?;
        let began = Instant::now();
        browser.close().await;
        drop(browser);
        let found = self.found(began).await?;
        Ok(Found {
            growth,
            unknown,
            ..found
        })
    }

    async fn cancellations(&self, count: u64) -> anyhow::Result<Found> {
        let (browser, page) = self.launch_with_page().await?;
        let silent = browser.new_page(PageOptions::default()).await?;
        let reference = self.settled().await?;
        let tasks = self.chrome.tasks();
        for round in 0..count {
            // A whole number of steps that has nothing to do with how long anything takes.
            let wait = Duration::from_micros(round * 7919 % 6007);
            give_up(round, wait, &browser, &*page, &*silent).await;
        }
        let in_flight = browser.in_flight();
        // What runs for nobody any more ends by itself: pages that were being opened, closed as soon as they are there.
        self.tasks_become(tasks).await?;
        let deadline = Instant::now() + PATIENCE;
        while browser.in_flight() > 0 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (growth, unknown) = self.growth_since(&reference).await?;
        let left = browser.in_flight();
        visit(&*page).await.context("the page is worn out")?;
        let began = Instant::now();
        drop((browser, page, silent));
        let found = self.found(began).await?;
        ensure!(left == 0, "calls are left: {left} of {in_flight}");
        Ok(Found {
            growth,
            unknown,
            in_flight: left,
            ..found
        })
    }

    /// Waits until there are as many background tasks as there were; fails when there are not in time.
    async fn tasks_become(&self, before: usize) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.chrome.tasks() != before && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let after = self.chrome.tasks();
        ensure!(after == before, "tasks: {before} before, {after} after");
        Ok(())
    }

    /// The end of every scenario: nothing of a browser may be left now.
    async fn found(&self, began: Instant) -> anyhow::Result<Found> {
        self.chrome.shutdown().await;
        let census = Census::take(&self.scope)?;
        Ok(Found {
            ending_ms: u64::try_from(began.elapsed().as_millis())?,
            growth: match census.processes {
                0 => String::new(),
                left => format!("processes {left:+}"),
            },
            left: entries_of(self.temp),
            zombies: census.zombies,
            ..Found::default()
        })
    }

    /// A census that has not changed for a while.
    async fn settled(&self) -> anyhow::Result<Census> {
        let mut census = Census::take(&self.scope)?;
        let mut unchanged = 0;
        while unchanged < 15 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let next = Census::take(&self.scope)?;
            unchanged = if next.growth_since(&census).is_zero() {
                unchanged + 1
            } else {
                0
            };
            census = next;
        }
        Ok(census)
    }

    /// What is held more than at `reference`, once it has had time to go, and of how many processes that is not known.
    async fn growth_since(&self, reference: &Census) -> anyhow::Result<(String, u64)> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let growth = Census::take(&self.scope)?.growth_since(reference);
            if growth.is_zero() {
                return Ok((String::new(), growth.unknown));
            }
            if Instant::now() > deadline {
                return Ok((growth.to_string(), growth.unknown));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn visit(page: &dyn Page) -> anyhow::Result<()> {
    page.navigate(&Navigation::to("data:text/html,<p>page".parse()?))
        .await?;
    Ok(())
}

/// Opens and closes pages, [`AT_ONCE`] at once: half of them closed, half dropped.
async fn open_and_close(browser: &Arc<dyn Browser>, count: usize) -> anyhow::Result<()> {
    let mut workers = JoinSet::new();
    for worker in 0..AT_ONCE {
        let browser = Arc::clone(browser);
        workers.spawn(async move {
            for number in (worker..count).step_by(AT_ONCE) {
                let page = browser.new_page(PageOptions::default()).await?;
                ensure!(
                    page.evaluate::<usize>(&number.to_string()).await? == number,
                    "a wrong value"
                );
                if number % 2 == 0 {
                    page.close().await?;
                }
            }
            Ok(())
        });
    }
    workers.join_all().await.into_iter().collect()
}

/// Begins one of the calls there are and leaves after `wait`. What is asked of the page `silent` is never answered.
async fn give_up(
    round: u64,
    wait: Duration,
    browser: &Arc<dyn Browser>,
    page: &dyn Page,
    silent: &dyn Page,
) {
    match round % 12 {
        0 => drop(timeout(wait, silent.evaluate_json("new Promise(() => {})")).await),
        1 => drop(timeout(wait, visit(page)).await),
        2 => drop(timeout(wait, browser.new_page(PageOptions::default())).await),
        3 => drop(timeout(wait, page.content()).await),
        4 => drop(timeout(wait, page.pdf(&PdfOptions::default())).await),
        5 => drop(timeout(wait, page.screenshot(&ScreenshotOptions::default())).await),
        6 => drop(timeout(wait, page.scroll_until_stable(&ScrollOptions::default())).await),
        7 => drop(timeout(wait, page.click("p")).await),
        8 => drop(timeout(wait, browser.new_context(ContextOptions::default())).await),
        9 => {
            let Ok(context) = browser.new_context(ContextOptions::default()).await else {
                return;
            };
            drop(timeout(wait, context.clear()).await);
            drop(timeout(wait, context.close()).await);
        }
        10 => {
            let Ok(page) = browser.new_page(PageOptions::default()).await else {
                return;
            };
            drop(timeout(wait, page.close()).await);
        }
        _ => {
            let call = browser.execute("Target.getTargets", serde_json::json!({}));
            drop(timeout(wait, call).await);
        }
    }
}

/// Writes until there is no room any more.
pub(crate) fn fill(path: &Path) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    // The last byte that fits counts, too.
    for chunk in [1 << 20, 1 << 12, 1] {
        loop {
            match file.write_all(&vec![0; chunk]) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error).context("the disk does not fill"),
            }
        }
    }
    Ok(())
}

/// Prints one line.
fn say<T: Serialize>(what: &T) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", serde_json::to_string(what)?)?;
    Ok(stdout.flush()?)
}
