//! The run: holdings one after the other, times in turns.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use rustix::process::{Pid, geteuid, set_child_subreaper};
use system::market::{Market, PER_PAGE};
use tokio::{runtime::Runtime, task::JoinSet};

use super::{
    Figures, Holdings, Report, Results,
    holdings::observe,
    ours::Ours,
    peer::Peer,
    scratch::{Scratch, end_processes},
    stock::Stock,
};

/// The turns that the rounds of each party are spread over.
const TURNS: u32 = 5;
/// What a process ends with that was interrupted.
const INTERRUPTED: i32 = 130;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Calls of stock headless_chrome, of which each takes about 100 ms.
    pub stock_evaluations: u32,
    /// Calls of ours.
    pub evaluations: u32,
    /// Pages that each opens, loads and closes, one after the other.
    pub pages: u32,
    /// Pages that each holds open at once.
    pub open_pages: usize,
}

/// Measures both, and leaves no process and no file behind.
///
/// # Errors
/// Chrome is missing, or one of the two failed at what was asked of it.
pub fn run(plan: Plan) -> anyhow::Result<Report> {
    let program = browser::discover(None)?.program;
    // Orphans become our children: what a library leaves behind then neither hides nor stays a zombie.
    set_child_subreaper(Pid::from_raw(1)).context("cannot adopt orphans")?;
    let scratch = Scratch::create()?;
    let stock_temp = scratch.subdirectory("stock")?;
    let our_temp = scratch.subdirectory("ours")?;
    // Only stock headless_chrome makes its profiles by this default; ours is told where.
    tempfile::env::override_temp_dir(&stock_temp)
        .map_err(|other| anyhow!("temporary files go to {} already", other.display()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let _watch = watch_for_interrupt(&runtime, &scratch);
    let market = runtime.block_on(Market::start())?;

    let is_root = geteuid().is_root();
    let stock_sandbox = !is_root;
    let launch_stock = || Stock::launch(&program, &stock_temp, stock_sandbox);
    let launch_ours = || Ours::launch(&program, &our_temp, runtime.handle().clone());

    // Ours goes first: a thread that stock leaves behind must not be there when ours is counted.
    let our_holdings = observe(&our_temp, plan.open_pages, runtime.handle(), launch_ours)
        .context("browser failed")?;
    let stock_holdings = observe(&stock_temp, plan.open_pages, runtime.handle(), launch_stock)
        .context("stock headless_chrome failed")?;
    end_processes(&stock_temp);

    let mut stock_times = Times::default();
    let mut our_times = Times::default();
    let stock = stock_times.launch(launch_stock)?;
    let ours = our_times.launch(launch_ours)?;
    let chromium = ours.product()?;
    for turn in 0..TURNS {
        let pages = share(plan.pages, turn);
        stock_times
            .take(&stock, share(plan.stock_evaluations, turn), pages, &market)
            .context("stock headless_chrome failed")?;
        our_times
            .take(&ours, share(plan.evaluations, turn), pages, &market)
            .context("browser failed")?;
    }
    stock.end();
    ours.end();
    runtime.block_on(market.shutdown());

    Ok(Report {
        chromium,
        program,
        processors: std::thread::available_parallelism()?,
        is_root,
        stock: stock_times.results(stock_sandbox, stock_holdings),
        ours: our_times.results(true, our_holdings),
    })
}

/// The part of `all` that falls to a turn.
fn share(all: u32, turn: u32) -> u32 {
    all / TURNS + u32::from(turn < all % TURNS)
}

/// What was timed of one party.
#[derive(Default)]
struct Times {
    launch: Duration,
    evaluations: Vec<Duration>,
    pages: Vec<Duration>,
}

impl Times {
    fn launch<P>(&mut self, launch: impl FnOnce() -> anyhow::Result<P>) -> anyhow::Result<P> {
        let began = Instant::now();
        let peer = launch()?;
        self.launch = began.elapsed();
        Ok(peer)
    }

    fn take<P: Peer>(
        &mut self,
        peer: &P,
        evaluations: u32,
        pages: u32,
        market: &Market,
    ) -> anyhow::Result<()> {
        let page = peer.open()?;
        for number in 0..evaluations {
            let began = Instant::now();
            let value = peer.evaluate(&page, &format!("{number} + 1"))?;
            self.evaluations.push(began.elapsed());
            ensure!(value == u64::from(number) + 1, "a wrong value: {value}");
        }
        peer.close(page)?;
        for number in 0..pages {
            let url = market.url(&format!("/single?n={number}"));
            let began = Instant::now();
            let page = peer.open()?;
            peer.load(&page, &url)?;
            let cards = peer.evaluate(&page, "document.querySelectorAll('.job-card').length")?;
            peer.close(page)?;
            self.pages.push(began.elapsed());
            ensure!(
                usize::try_from(cards)? == PER_PAGE,
                "a page of {cards} cards instead of {PER_PAGE}"
            );
        }
        Ok(())
    }

    fn results(self, sandbox: bool, holdings: Holdings) -> Results {
        Results {
            sandbox,
            launch_us: u64::try_from(self.launch.as_micros()).unwrap_or(u64::MAX),
            evaluate: Figures::of(self.evaluations),
            page: Figures::of(self.pages),
            holdings,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turns_share_out_every_round() {
        for all in [1, 4, 5, 7, 50, 501] {
            assert_eq!((0..TURNS).map(|turn| share(all, turn)).sum::<u32>(), all);
        }
    }
}
