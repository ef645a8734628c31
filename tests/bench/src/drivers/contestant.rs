//! A driver in the comparison, and what was measured of it.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use rustix::time::{ClockId, clock_gettime};
use system::market::PER_PAGE;
use tokio::runtime::Handle;

use super::{
    Figures, Holdings, Results, driver::Driver, holdings::observe, run::Plan,
    scratch::end_processes,
};

const COUNT: &str = "document.querySelectorAll('.job-card').length";

/// A driver of any type.
pub(crate) trait Contestant {
    /// Launches a browser, opens and closes many pages, and counts what is held.
    fn observe(&mut self, pages: usize, runtime: &Handle) -> anyhow::Result<()>;

    /// Launches a browser, times what is to be timed, and ends it.
    fn take_turn(&mut self, plan: &Plan, market: &str) -> anyhow::Result<()>;

    fn results(self: Box<Self>) -> anyhow::Result<Results>;
}

/// A driver, how its browser is launched, and what was measured so far.
pub(crate) struct Entry<L> {
    name: &'static str,
    sandbox: bool,
    temp: PathBuf,
    launch: L,
    holdings: Option<Holdings>,
    times: Times,
}

#[derive(Default)]
struct Times {
    launches: Vec<Duration>,
    evaluations: Vec<Duration>,
    visits: Vec<Duration>,
    pages: Vec<Duration>,
    /// What this process, and nothing of Chrome, worked for the visits.
    processor: Duration,
}

impl<D: Driver, L: Fn() -> anyhow::Result<D>> Entry<L> {
    pub(crate) fn new(name: &'static str, sandbox: bool, temp: PathBuf, launch: L) -> Self {
        Self {
            name,
            sandbox,
            temp,
            launch,
            holdings: None,
            times: Times::default(),
        }
    }

    fn measure(&mut self, plan: &Plan, market: &str) -> anyhow::Result<()> {
        let began = Instant::now();
        let mut driver = (self.launch)()?;
        let times = &mut self.times;
        times.launches.push(began.elapsed());

        let mut page = driver.open()?;
        visit(&mut driver, &mut page, market, 0)?;
        let mut number = 0;
        repeat(
            plan.evaluations,
            plan.patience,
            &mut times.evaluations,
            || {
                number += 1;
                let value = driver.evaluate(&mut page, &format!("{number} + 1"))?;
                ensure!(value == number + 1, "a wrong value: {value}");
                Ok(())
            },
        )?;
        let worked = processor_time();
        let mut number = 0;
        repeat(plan.visits, plan.patience, &mut times.visits, || {
            number += 1;
            visit(&mut driver, &mut page, market, number)
        })?;
        times.processor += processor_time().saturating_sub(worked);
        driver.close(page)?;
        let mut number = 0;
        repeat(plan.pages, plan.patience, &mut times.pages, || {
            number += 1;
            let mut page = driver.open()?;
            visit(&mut driver, &mut page, market, number)?;
            driver.close(page)
        })?;
        driver.end()
    }
}

impl<D: Driver, L: Fn() -> anyhow::Result<D>> Contestant for Entry<L> {
    fn observe(&mut self, pages: usize, runtime: &Handle) -> anyhow::Result<()> {
        let holdings = observe(&self.temp, pages, runtime, &self.launch);
        self.holdings = Some(holdings.with_context(|| format!("{} failed", self.name))?);
        end_processes(&self.temp);
        Ok(())
    }

    fn take_turn(&mut self, plan: &Plan, market: &str) -> anyhow::Result<()> {
        let taken = self.measure(plan, market);
        end_processes(&self.temp);
        taken.with_context(|| format!("{} failed", self.name))
    }

    fn results(self: Box<Self>) -> anyhow::Result<Results> {
        let times = self.times;
        let visits = u32::try_from(times.visits.len())?;
        let worked = times.processor.checked_div(visits).unwrap_or_default();
        Ok(Results {
            name: self.name,
            sandbox: self.sandbox,
            launch: Figures::of(times.launches),
            evaluate: Figures::of(times.evaluations),
            visit: Figures::of(times.visits),
            page: Figures::of(times.pages),
            own_processor_us: u64::try_from(worked.as_micros())?,
            holdings: self.holdings.context("nothing was counted")?,
        })
    }
}

fn visit<D: Driver>(
    driver: &mut D,
    page: &mut D::Page,
    market: &str,
    number: u64,
) -> anyhow::Result<()> {
    driver.visit(page, &format!("http://{market}/single?n={number}"))?;
    let cards = driver.evaluate(page, COUNT)?;
    ensure!(
        usize::try_from(cards)? == PER_PAGE,
        "a page of {cards} cards instead of {PER_PAGE}"
    );
    Ok(())
}

/// Does something `rounds` times, or, where that takes too long, as often as it can be done in `patience`, but once at least.
fn repeat(
    rounds: u32,
    patience: Duration,
    times: &mut Vec<Duration>,
    mut work: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let first = Instant::now();
    for _ in 0..rounds {
        let began = Instant::now();
        work()?;
        times.push(began.elapsed());
        if first.elapsed() > patience {
            break;
        }
    }
    Ok(())
}

/// What all threads of this process have worked so far.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_done_less_often() {
        let count = |rounds, patience| {
            let mut times = Vec::new();
            repeat(rounds, patience, &mut times, || Ok(())).unwrap();
            times.len()
        };
        assert_eq!(count(5, Duration::MAX), 5);
        assert_eq!(count(5, Duration::ZERO), 1);
    }
}
