//! A process with a scanner and its browsers, killed at any moment: nothing of it survives.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write, stdout},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use browser::{Chrome, LaunchOptions, Launcher};
use fastrand::Rng;
use rustix::process::{WaitOptions, wait};
use store::{Sqlite, Store};

use super::{
    child,
    ledger::Ledger,
    report::SuiteReport,
    run::{Order, adopt_orphans},
    stage::{DATABASE, Stage, remove_database},
    suite::Suite,
    task::{Kind, Task},
};
use crate::{groups_of, program, running_in, runtime};

/// How long anything of a killed process may go on.
const SURVIVAL: Duration = Duration::from_secs(1);
/// The time between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// A census is taken at every so many kills.
const STRIDE: usize = 10;

/// Kills one process after the other.
pub(super) fn run(order: &Order) -> anyhow::Result<SuiteReport> {
    if order.is_placed {
        return hold(order);
    }
    adopt_orphans()?;
    drop(runtime()?);
    let mut ledger = Ledger::new(&order.temp, &order.plants);
    let cold = ledger.take_stable("cold")?;
    let mut rng = Rng::with_seed(order.seed);
    // The first is killed at work, which tells how long that takes; others may be killed before.
    let mut until_ready = None;
    let mut warm = None;
    for kill in 1..=order.count() {
        let mut victim = Victim::start(order)?;
        match until_ready {
            None => until_ready = Some(victim.wait_until_ready()?),
            Some(usual) => pause(usual.mul_f64(rng.f64() * 1.2)),
        }
        let left = victim.kill(&order.temp)?;
        ledger.count("kill", if left == 0 { "Gone" } else { "Survived" });
        if left > 0 {
            ledger.fail(format!(
                "kill {kill}: {left} processes ran on after {SURVIVAL:?}"
            ));
        }
        // What is compared from now on: with the database that was left.
        if kill == 1 {
            sweep(&order.temp)?;
            warm = Some(ledger.take_stable("warm")?);
        }
        if let Some(warm) = &warm
            && (kill % STRIDE == 0 || kill == order.count())
        {
            sweep(&order.temp)?;
            ledger.plant(&order.temp)?;
            ledger.take_at_task(warm)?;
        }
    }
    runtime()?.block_on(check_database(&order.temp))?;
    ledger.take_end(&cold)?;
    Ok(SuiteReport {
        seed: Some(order.seed),
        ..ledger.close(Suite::ParentKill.name(), Some(order.count()))
    })
}

/// Scans without end. The parent kills us.
///
/// # Errors
/// The scanner cannot be built.
fn hold(order: &Order) -> anyhow::Result<SuiteReport> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let stage = Stage::build(order).await?;
        stage.fill().await?;
        writeln!(stdout(), "ready")?;
        stdout().flush()?;
        let tasks = (1..).map(|number| Task {
            number,
            kind: Kind::List,
            chance: 0,
        });
        stage.play(tasks, 12, |_, _| {}).await?;
        anyhow::bail!("nobody has killed us")
    })
}

/// A process with a scanner.
struct Victim(Child);

impl Victim {
    fn start(order: &Order) -> anyhow::Result<Self> {
        let mut command = Command::new(program("stress"));
        command
            .arg("--placed")
            .args(child::arguments(order))
            .env("TMPDIR", &order.temp)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        Ok(Self(command.spawn().context("cannot start stress again")?))
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let stdout = self.0.stdout.as_mut().context("no output is read")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        ensure!(
            line == "ready\n",
            "the process to be killed did not come to work: {line:?}"
        );
        Ok(began.elapsed())
    }

    /// How many of its browsers' processes are left a second later.
    fn kill(mut self, temp: &Path) -> anyhow::Result<usize> {
        let mut groups = groups_of(temp);
        self.0.kill()?;
        self.0.wait()?;
        // A browser that it had just started.
        groups.extend(groups_of(temp));
        let deadline = Instant::now() + SURVIVAL;
        let left = |groups: &BTreeSet<u32>| {
            reap_orphans();
            running_in(groups)
        };
        while left(&groups) > 0 && Instant::now() < deadline {
            pause(LOOK);
        }
        Ok(left(&groups))
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // Both do nothing to one that was waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for those that have become our children and ended.
fn reap_orphans() {
    while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
}

/// The next start in the same place removes what a killed process could not.
fn sweep(temp: &Path) -> anyhow::Result<()> {
    let chrome = Chrome::new(LaunchOptions {
        temp_dir: temp.to_owned(),
        ..LaunchOptions::default()
    });
    runtime()?.block_on(async {
        chrome.launch().await?.browser.close().await;
        chrome.shutdown().await;
        Ok(())
    })
}

/// A database that was written to when its process was killed is whole.
async fn check_database(temp: &Path) -> anyhow::Result<()> {
    let store = Sqlite::open(&temp.join(DATABASE)).await?;
    let check = store.check().await?;
    store.close().await?;
    remove_database(temp)?;
    ensure!(check.is_sound(), "the database is damaged: {check:?}");
    Ok(())
}

fn pause(time: Duration) {
    std::thread::park_timeout(time);
}
