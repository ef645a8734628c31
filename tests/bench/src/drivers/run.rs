//! The run: holdings one after the other, times in turns.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, anyhow};
use rustix::process::{Pid, geteuid, set_child_subreaper};
use tokio::{runtime::Runtime, task::JoinSet};

use super::{
    Report,
    contestant::{Contestant, Entry},
    driver::Driver as _,
    ours::Ours,
    oxide::Oxide,
    raw::{Raw, flags_of},
    scratch::{Scratch, end_processes},
    stock::Stock,
};

/// What a process ends with that was interrupted.
const INTERRUPTED: i32 = 130;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Turns of every driver.
    pub turns: u32,
    /// Calls a turn.
    pub evaluations: u32,
    /// Visits a turn in a page that stays open.
    pub visits: u32,
    /// Pages a turn that are opened, visited and closed.
    pub pages: u32,
    /// The longest that a driver works at each of these in a turn: the slow ones do them less often.
    pub patience: Duration,
    /// Pages that each holds open at once, to count what it holds.
    pub open_pages: usize,
    /// Where the fixture market serves, which is not this process: its work is not the drivers'.
    pub market: SocketAddr,
}

/// Measures all drivers, and leaves no process and no file behind.
///
/// # Errors
/// Chrome is missing, or a driver failed at what was asked of it.
pub fn run(plan: &Plan) -> anyhow::Result<Report> {
    let program = browser::discover(None)?.program;
    // Orphans become our children: what a library leaves behind then neither hides nor stays a zombie.
    set_child_subreaper(Pid::from_raw(1)).context("cannot adopt orphans")?;
    let scratch = Scratch::create()?;
    let stock_temp = scratch.subdirectory("stock")?;
    // Only stock headless_chrome makes its profiles by this default; the others are told where.
    tempfile::env::override_temp_dir(&stock_temp)
        .map_err(|other| anyhow!("temporary files go to {} already", other.display()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let _watch = watch_for_interrupt(&runtime, &scratch);
    let handle = || runtime.handle().clone();

    // One launch of ours shows the command line that the raw protocol's Chrome gets as well.
    let our_temp = scratch.subdirectory("ours")?;
    let sample = Ours::launch(&program, &our_temp, handle())?;
    let chromium = sample.product()?;
    let flags = flags_of(&our_temp)?;
    sample.end()?;

    let is_root = geteuid().is_root();
    let raw_temp = scratch.subdirectory("raw")?;
    let oxide_temp = scratch.subdirectory("chromiumoxide")?;
    let (raw_dir, our_dir) = (raw_temp.clone(), our_temp.clone());
    let (oxide_dir, stock_dir) = (oxide_temp.clone(), stock_temp.clone());
    let mut contestants: Vec<Box<dyn Contestant + '_>> = vec![
        Box::new(Entry::new("raw protocol", true, raw_temp, || {
            Raw::launch(&program, &raw_dir, &flags)
        })),
        Box::new(Entry::new("browser", true, our_temp, || {
            Ours::launch(&program, &our_dir, handle())
        })),
        Box::new(Entry::new("chromiumoxide", !is_root, oxide_temp, || {
            Oxide::launch(&program, &oxide_dir, !is_root, handle())
        })),
        // The last: a thread that it leaves behind must not be there when another is counted.
        Box::new(Entry::new("headless_chrome", !is_root, stock_temp, || {
            Stock::launch(&program, &stock_dir, !is_root)
        })),
    ];
    for contestant in &mut contestants {
        contestant.observe(plan.open_pages, runtime.handle())?;
    }
    let market = plan.market.to_string();
    for _ in 0..plan.turns {
        for contestant in &mut contestants {
            contestant.take_turn(plan, &market)?;
        }
    }
    let results = contestants.into_iter().map(Contestant::results);
    Ok(Report {
        chromium,
        program: program.clone(),
        processors: std::thread::available_parallelism()?,
        is_root,
        drivers: results.collect::<anyhow::Result<_>>()?,
    })
}

/// Ends this process when it is interrupted, with every browser it started: stock headless_chrome's would outlive us.
fn watch_for_interrupt(runtime: &Runtime, scratch: &Scratch) -> JoinSet<()> {
    let dir = scratch.path().to_owned();
    let mut watch = JoinSet::new();
    watch.spawn_on(
        async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                end_processes(&dir);
                // Its files go with it; what cannot be removed now is nobody's any more.
                let _ = std::fs::remove_dir_all(&dir);
                std::process::exit(INTERRUPTED);
            }
        },
        runtime.handle(),
    );
    watch
}
