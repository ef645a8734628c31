//! `stress`: suites of many scans in one process, whatever happens to them, under a low descriptor limit.

use std::{
    io::Read as _,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use crate::{market::Market, process, report::Report, scratch::Scratch, setup, workspace};

/// The suites there are, in the order in which `all` runs them. A new one is a line here and one in `tests/system`'s `stress`.
const SUITES: [&str; 13] = [
    "sequential",
    "hard-limit",
    "concurrent",
    "errors",
    "cancel",
    "panic",
    "crash",
    "freeze",
    "parent-kill",
    "memory",
    "disk-full",
    "pid1",
    SOAK,
];

/// The suite that takes as long as it is told to.
const SOAK: &str = "soak";

/// The name that stands for every suite but [`SOAK`].
const ALL: &str = "all";

/// What `cargo xtask test` runs: the suites that most changes can break, with so many tasks that one census is between them.
const SHORT: [(&str, u32); 4] = [
    ("sequential", 100),
    ("errors", 20),
    ("cancel", 40),
    ("crash", 40),
];

/// Which suite to run, and how.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = SUITES_HELP)]
pub(crate) struct Args {
    /// The suite to run, or `all` for every one but `soak`, which takes as long as it is told to
    #[arg(long, value_name = "NAME", default_value = SUITES[0], value_parser = suite_names())]
    suite: String,
    /// How many tasks a suite has, all in one process; by default as many as prove it
    #[arg(long, value_name = "N")]
    tasks: Option<u32>,
    /// How long `soak` takes; it goes by time and not by tasks
    #[arg(long, value_name = "N", default_value_t = 30)]
    minutes: u32,
    /// What chance is seeded with, to have a run again; by default another number each time, which the report tells
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The soft limit of open descriptors; the hard one, which Chrome raises its own to, stays
    #[arg(long, value_name = "N", default_value_t = 100)]
    nofile: u32,
    /// Leak one of these on purpose before every census, to see the suite fail
    #[arg(long, value_name = "WHAT")]
    plant: Option<Plant>,
    /// Print the reports as they are, one JSON object a suite, instead of tables
    #[arg(long)]
    json: bool,
}

/// What each suite is.
const SUITES_HELP: &str = "\
Suites, and their tasks by default:
  sequential   1000  one scan after the other
  hard-limit   1000  hard descriptor limits: 100 refused with what to do, then scans under 256 (a quarter of the tasks),
                     under 100 in one process, and under 100 with a browser that runs elsewhere
  concurrent   1000  12 at once, in 3 browsers
  errors        200  each meets a 404, 500, reset, timeout, bad certificate, exception, crash, dialog, popup or download
  cancel        300  each is dropped at a random await
  panic         300  each panics at a random await
  crash         300  a browser is killed at every 10th, a renderer at every 5th; all end well
  freeze        100  a browser or a part of it is stopped at every 10th; all end well
  parent-kill    20  the process that scans is killed at any moment
  memory        100  every 5th wants more memory than its browser may have
  disk-full     100  half of them while no byte fits on the disk
  pid1          100  as process 1 of a container, with browsers killed
  soak               all of it at random for --minutes; a census every minute, the slope of memory";

/// A leak made on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Plant {
    /// An open descriptor
    Fd,
    /// A thread that never ends
    Thread,
    /// A child process that nobody waits for
    Process,
    /// A temporary file
    Temp,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            suite: SUITES[0].to_owned(),
            tasks: None,
            minutes: 30,
            seed: None,
            nofile: 100,
            plant: None,
            json: false,
        }
    }
}

impl Args {
    fn suites(&self) -> impl Iterator<Item = &str> {
        SUITES
            .into_iter()
            .filter(|name| self.suite == *name || self.suite == ALL && *name != SOAK)
    }
}

impl Plant {
    const fn name(self) -> &'static str {
        match self {
            Self::Fd => "fd",
            Self::Thread => "thread",
            Self::Process => "process",
            Self::Temp => "temp",
        }
    }
}

/// Builds what is needed and runs the suites.
///
/// # Errors
/// Something is missing, does not build, or a suite does not pass.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    setup::chromium()?;
    process::run(workspace::cargo().args([
        "build",
        "--package",
        "system",
        "--bin",
        "market",
        "--bin",
        "stress",
    ]))?;
    run_built(args)
}

/// Runs the suites, which must have been built. All of them run, even when one does not pass.
///
/// # Errors
/// A suite cannot run or does not pass.
pub(crate) fn run_built(args: &Args) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for suite in args.suites() {
        eprintln!("suite {suite}: at most {} descriptors", args.nofile);
        if let Err(error) = run_suite(suite, args) {
            failed.push(format!("suite {suite}: {error:#}"));
        }
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("\n"));
    }
    Ok(())
}

/// Runs the suites of `cargo xtask test`, which must have been built.
///
/// # Errors
/// As [`run_built`].
pub(crate) fn run_short() -> anyhow::Result<()> {
    for (suite, tasks) in SHORT {
        run_built(&Args {
            suite: suite.to_owned(),
            tasks: Some(tasks),
            ..Args::default()
        })?;
    }
    Ok(())
}

/// Runs one suite in a process, a temporary directory and against a market of its own.
fn run_suite(suite: &str, args: &Args) -> anyhow::Result<()> {
    let scratch = Scratch::create()?;
    let market = Market::without_keep_alive()?;
    let temp = scratch.empty_dir("tmp")?;
    let mut command = command(suite, args, market.addr(), &temp);
    let mut stress = process::spawn(&mut command).map_err(with_package)?;
    let mut stdout = String::new();
    if let Some(mut pipe) = stress.stdout.take() {
        pipe.read_to_string(&mut stdout)
            .context("could not read what stress printed")?;
    }
    let status = stress.end(&command)?;
    if args.json {
        print!("{stdout}");
    }
    let deserted = scratch.check_deserted();
    let report = Report::parse(&stdout).with_context(|| format!("stress: {status}"))?;
    if !args.json {
        print!("{}", report.table());
    }
    match (status.success(), report.passed()) {
        (true, true) => deserted,
        (false, false) => match deserted {
            Ok(()) => bail!("it did not pass"),
            Err(error) => bail!("it did not pass, and {error:#}"),
        },
        (success, passed) => bail!(
            "stress contradicts itself: its report says passed: {passed}, its exit says {success} ({status})"
        ),
    }
}

fn command(suite: &str, args: &Args, market: SocketAddr, temp: &Path) -> Command {
    let mut command = Command::new("prlimit");
    // `N:` is the soft limit alone: it squeezes stress, while Chrome may raise its own to the hard one.
    command
        .arg(format!("--nofile={}:", args.nofile))
        .arg("--")
        .arg(workspace::binary("stress"))
        .args(["--market", &market.to_string()])
        .args(["--suite", suite])
        .args(["--minutes", &args.minutes.to_string()]);
    if let Some(tasks) = args.tasks {
        command.args(["--tasks", &tasks.to_string()]);
    }
    if let Some(seed) = args.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(plant) = args.plant {
        command.args(["--plant", plant.name()]);
    }
    command
        .env("TMPDIR", temp)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

fn with_package(error: anyhow::Error) -> anyhow::Error {
    if process::is_missing_program(&error) {
        error.context("prlimit is missing; install it (as root: apt-get install util-linux)")
    } else {
        error
    }
}

/// What `--suite` takes.
fn suite_names() -> Vec<&'static str> {
    SUITES.into_iter().chain([ALL]).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn parsed(line: &[&str]) -> Args {
        Cli::parse_from([&["stress"], line].concat()).args
    }

    fn shown(args: &Args) -> String {
        let addr = SocketAddr::from(([127, 0, 0, 1], 4000));
        process::shown(&command("sequential", args, addr, Path::new("/tmp/x")))
    }

    #[test]
    fn only_the_soft_limit_is_set_and_only_on_stress() {
        let shown = shown(&Args::default());
        assert!(shown.starts_with("prlimit --nofile=100: -- /"), "{shown}");
        assert!(
            shown
                .ends_with("/debug/stress --market 127.0.0.1:4000 --suite sequential --minutes 30"),
            "{shown}"
        );
    }

    #[test]
    fn every_plant_is_passed_on_by_the_name_it_is_typed_by() {
        for plant in Plant::value_variants() {
            let name = plant.to_possible_value().unwrap().get_name().to_owned();
            let args = parsed(&[
                "--plant", &name, "--tasks", "7", "--nofile", "64", "--seed", "9",
            ]);
            let shown = shown(&args);
            assert!(shown.contains("--nofile=64: "), "{shown}");
            assert!(
                shown.ends_with(&format!("--tasks 7 --seed 9 --plant {name}")),
                "{shown}"
            );
        }
    }

    #[test]
    fn the_typed_defaults_are_the_defaults() {
        assert_eq!(
            format!("{:?}", parsed(&[])),
            format!("{:?}", Args::default())
        );
    }

    #[test]
    fn all_means_every_suite_but_the_soak() {
        let all: Vec<_> = parsed(&["--suite", "all"])
            .suites()
            .map(str::to_owned)
            .collect();
        assert_eq!(all, SUITES[..SUITES.len() - 1]);
        assert!(parsed(&["--suite", SOAK]).suites().eq([SOAK]));
        assert!(
            parsed(&["--suite", "sequential"])
                .suites()
                .eq(["sequential"])
        );
        assert!(Cli::try_parse_from(["stress", "--suite", "nonsense"]).is_err());
    }

    #[test]
    fn the_help_tells_what_every_suite_is() {
        for suite in SUITES {
            assert!(SUITES_HELP.contains(&format!("\n  {suite} ")), "{suite}");
        }
    }

    #[test]
    fn what_tests_run_are_suites() {
        for (suite, _) in SHORT {
            assert!(SUITES.contains(&suite), "{suite}");
        }
    }
}
