//! The course of a suite.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context;
use census::Census;
use fastrand::Rng;
use tokio::runtime::Runtime;

use super::{
    child,
    disturb::Disturbance,
    hard_limit,
    ledger::Ledger,
    parent_kill,
    plant::Plant,
    report::SuiteReport,
    slope::slope,
    stage::{Stage, evaluate_p50},
    suite::{Part, Suite},
    task::{Ended, Kind, Task},
};
use crate::{browse::fill, runtime};

/// What to run, and where.
#[derive(Debug, Clone)]
pub struct Order {
    /// The suite.
    pub suite: Suite,
    /// The address of the fixture market.
    pub market: String,
    /// How many tasks; the suite's own number where it is absent.
    pub tasks: Option<usize>,
    /// How long a soak takes.
    pub minutes: u32,
    /// What chance is seeded with.
    pub seed: u64,
    /// What is leaked on purpose.
    pub plants: Vec<Plant>,
    /// Where all temporary files go.
    pub temp: PathBuf,
    /// Which part of `hard-limit` this process is.
    pub part: Option<Part>,
    /// The browser that is used, where it runs elsewhere.
    pub remote: Option<String>,
    /// Whether this process is where the suite wants it: as process 1, or on a disk of its own.
    pub is_placed: bool,
}

impl Order {
    /// How many tasks there will be.
    pub(super) fn count(&self) -> usize {
        self.tasks.unwrap_or(self.suite.tasks())
    }
}

/// A census is taken at every so many tasks.
const STRIDE: usize = 100;
/// Tasks between two changes of how full the disk is.
const BLOCK: usize = 5;
/// How often the pools are filled again where less is held than after the warm-up.
const FILLINGS: usize = 4;
/// No suite has more browsers at once.
const MOST_BROWSERS: usize = 10;
/// The time between two censuses of a soak.
const MINUTE: Duration = Duration::from_secs(60);

/// Runs a suite.
///
/// # Errors
/// When the suite could not be run; a suite that ran and found a leak is no error but a report that did not pass.
pub fn run(order: &Order) -> anyhow::Result<SuiteReport> {
    match order.suite {
        Suite::DiskFull | Suite::Pid1 if !order.is_placed => child::placed(order),
        Suite::HardLimit if order.part.is_none() => hard_limit::run(order),
        Suite::ParentKill => parent_kill::run(order),
        _ => run_here(order),
    }
}

/// Makes us the parent of orphans of Chrome, so that none of them can leave the census by losing its parent.
pub(super) fn adopt_orphans() -> anyhow::Result<()> {
    rustix::process::set_child_subreaper(rustix::process::Pid::from_raw(1))
        .context("cannot adopt orphans")
}

/// The suite in this process.
fn run_here(order: &Order) -> anyhow::Result<SuiteReport> {
    adopt_orphans()?;
    // The first runtime of a process opens a pair of descriptors for signals that stays for ever: not a leak of ours.
    drop(runtime()?);
    let mut ledger = Ledger::new(&order.temp, &order.plants);
    let cold = ledger.take_stable("cold")?;

    let runtime = runtime()?;
    let stage = runtime.block_on(Stage::build(order))?;
    let has_browsers = order.part != Some(Part::Refused);
    if has_browsers {
        runtime.block_on(stage.fill())?;
    }
    let warm = ledger.take_stable("warm")?;
    let mut course = Course {
        order,
        runtime: &runtime,
        stage: &stage,
        rng: Rng::with_seed(order.seed),
        memory: vec![(0.0, bytes(&warm))],
    };
    if order.suite == Suite::Soak {
        course.soak(&mut ledger, &warm)?;
    } else {
        course.tasks(&mut ledger, &warm)?;
    }
    if order.suite.must_disturb(ledger.tasks()) && ledger.is_undisturbed() {
        ledger.fail("no browser was found to disturb".to_owned());
    }
    let growth_of_memory = slope(&course.memory);
    let evaluate = if has_browsers {
        Some(runtime.block_on(evaluate_p50(order))?)
    } else {
        None
    };
    runtime.block_on(stage.tear_down(&order.temp))?;
    drop(runtime);
    ledger.take_end(&cold)?;

    let asked = (order.suite != Suite::Soak).then(|| order.count());
    Ok(SuiteReport {
        seed: order.suite.is_random().then_some(order.seed),
        evaluate_p50_us: evaluate,
        rss_slope_bytes_per_task: growth_of_memory.filter(|_| order.suite == Suite::Soak),
        ..ledger.close(order.suite.name(), asked)
    })
}

/// The tasks of a suite, under way.
struct Course<'a> {
    order: &'a Order,
    runtime: &'a Runtime,
    stage: &'a Stage,
    rng: Rng,
    /// Tasks and the memory of this process after them.
    memory: Vec<(f64, f64)>,
}

impl Course<'_> {
    /// So many tasks, a census at every [`STRIDE`].
    fn tasks(&mut self, ledger: &mut Ledger, warm: &Census) -> anyhow::Result<()> {
        let count = self.order.count();
        let mut done = 0;
        while done < count {
            let end = count.min((done / STRIDE + 1) * STRIDE);
            if self.order.suite == Suite::DiskFull {
                self.on_disk(done..end, ledger)?;
            } else {
                self.play(done..end, None, ledger)?;
            }
            done = end;
            self.census(ledger, warm)?;
        }
        Ok(())
    }

    /// Tasks until the time is over, a census every minute; some tasks and a census even where there is no time.
    fn soak(&mut self, ledger: &mut Ledger, warm: &Census) -> anyhow::Result<()> {
        let began = Instant::now();
        for minute in 1..=self.order.minutes.max(1) {
            let (first, end) = (ledger.tasks(), minute.min(self.order.minutes) * MINUTE);
            let least = first + self.order.suite.at_once();
            let tasks = (first..).take_while(|task| *task < least || began.elapsed() < end);
            self.play(tasks, None, ledger)?;
            self.census(ledger, warm)?;
        }
        Ok(())
    }

    /// Some tasks with room on the disk, some without, and so on, with room at the end.
    fn on_disk(
        &mut self,
        tasks: std::ops::Range<usize>,
        ledger: &mut Ledger,
    ) -> anyhow::Result<()> {
        let filler = self.order.temp.join("filler");
        for start in tasks.clone().step_by(BLOCK) {
            let block = start..tasks.end.min(start + BLOCK);
            if (start / BLOCK).is_multiple_of(2) {
                self.play(block, None, ledger)?;
                continue;
            }
            fill(&filler)?;
            ledger.disturbed("fill-disk");
            // One that runs may go on; its successor needs room for a profile.
            self.disturb(Disturbance::KillBrowser, ledger);
            self.play(block, Some(Kind::FullDisk), ledger)?;
            fs::remove_file(&filler).context("the disk cannot be emptied")?;
        }
        Ok(())
    }

    /// Plays the tasks of these numbers less one.
    fn play(
        &mut self,
        tasks: impl Iterator<Item = usize>,
        kind: Option<Kind>,
        ledger: &mut Ledger,
    ) -> anyhow::Result<()> {
        let (suite, temp) = (self.order.suite, &self.order.temp);
        let kind = kind.or_else(|| self.order.part_kind());
        let mut chance = self.rng.fork();
        let tasks = tasks.map(|before| {
            let number = before + 1;
            let kind = kind.unwrap_or_else(|| suite.kind(number, &mut chance));
            let chance = chance.u64(..);
            Task {
                number,
                kind,
                chance,
            }
        });
        let rng = &mut self.rng;
        let tell = |task: Task, ended: &Ended| {
            ledger.note(task, ended, suite == Suite::Soak);
            if let Some(disturbance) = suite.disturbance(ledger.tasks(), rng)
                && disturbance.strike(temp, rng)
            {
                ledger.disturbed(disturbance.name());
            }
        };
        let playing = self.stage.play(tasks, suite.at_once(), tell);
        self.runtime.block_on(playing)
    }

    /// Whether there was a browser to disturb.
    fn disturb(&mut self, disturbance: Disturbance, ledger: &mut Ledger) -> bool {
        let struck = disturbance.strike(&self.order.temp, &mut self.rng);
        if struck {
            ledger.disturbed(disturbance.name());
        }
        struck
    }

    fn end_browsers(&mut self, ledger: &mut Ledger) {
        for _ in 0..MOST_BROWSERS {
            if !self.disturb(Disturbance::KillBrowser, ledger) {
                break;
            }
        }
    }

    /// Fills the pools: what was ended is only replaced when somebody needs it.
    fn fill(&mut self, ledger: &mut Ledger, warm: &Census) -> anyhow::Result<()> {
        self.runtime.block_on(self.stage.fill())?;
        for _ in 0..FILLINGS {
            // A page that was found dead in a filling is missing after it.
            if !ledger.misses_processes(warm)? {
                break;
            }
            self.runtime.block_on(self.stage.fill())?;
        }
        Ok(())
    }

    fn census(&mut self, ledger: &mut Ledger, warm: &Census) -> anyhow::Result<()> {
        if self.order.suite == Suite::DiskFull {
            // A browser that has met a full disk gives up what it keeps on it, and holds less from then on.
            self.end_browsers(ledger);
        }
        if self.order.part != Some(Part::Refused) {
            self.fill(ledger, warm)?;
        }
        ledger.plant(&self.order.temp)?;
        let census = ledger.take_at_task(warm)?;
        let tasks = f64::from(u32::try_from(ledger.tasks())?);
        self.memory.push((tasks, bytes(&census)));
        Ok(())
    }
}

impl Order {
    fn part_kind(&self) -> Option<Kind> {
        (self.part == Some(Part::Refused)).then_some(Kind::Refused)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a process holds far less than 2^53 bytes"
)]
fn bytes(census: &Census) -> f64 {
    census.own_rss_bytes as f64
}
