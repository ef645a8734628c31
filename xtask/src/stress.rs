//! `stress`: many scans in one process under a low descriptor limit.

use std::{
    io::Read as _,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use crate::{market::Market, process, report::Report, scratch::Scratch, setup, workspace};

/// The suites there are. A new one is a line here and one in `tests/system`'s `stress`.
const SUITES: [&str; 1] = ["sequential"];

/// The name that stands for every suite.
const ALL: &str = "all";

/// Which suite to run, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The suite to run, or `all`
    #[arg(long, value_name = "NAME", default_value = SUITES[0], value_parser = suite_names())]
    suite: String,
    /// How many scans a suite makes, all in one process
    #[arg(long, value_name = "N", default_value_t = 1000)]
    tasks: u32,
    /// The soft limit of open descriptors; the hard one, which Chrome raises its own to, stays
    #[arg(long, value_name = "N", default_value_t = 100)]
    nofile: u32,
    /// Leak one of these on purpose at every 100th task, to see the suite fail
    #[arg(long, value_name = "WHAT")]
    plant: Option<Plant>,
    /// Print the reports as they are, one JSON object a suite, instead of tables
    #[arg(long)]
    json: bool,
}

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
            tasks: 1000,
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
            .filter(|name| self.suite == ALL || self.suite == *name)
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
        eprintln!(
            "suite {suite}: {} tasks, at most {} descriptors",
            args.tasks, args.nofile
        );
        if let Err(error) = run_suite(suite, args) {
            failed.push(format!("suite {suite}: {error:#}"));
        }
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("\n"));
    }
    Ok(())
}

/// Runs one suite in a process, a temporary directory and against a market of its own.
fn run_suite(suite: &str, args: &Args) -> anyhow::Result<()> {
    let scratch = Scratch::create()?;
    let market = Market::start()?;
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
        .args(["--tasks", &args.tasks.to_string()]);
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
                .ends_with("/debug/stress --market 127.0.0.1:4000 --suite sequential --tasks 1000"),
            "{shown}"
        );
    }

    #[test]
    fn every_plant_is_passed_on_by_the_name_it_is_typed_by() {
        for plant in Plant::value_variants() {
            let name = plant.to_possible_value().unwrap().get_name().to_owned();
            let args = parsed(&["--plant", &name, "--tasks", "7", "--nofile", "64"]);
            let shown = shown(&args);
            assert!(shown.contains("--nofile=64: "), "{shown}");
            assert!(
                shown.ends_with(&format!("--tasks 7 --plant {name}")),
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
    fn all_means_every_suite() {
        let all = parsed(&["--suite", "all"]);
        assert!(all.suites().eq(SUITES));
        assert!(
            parsed(&["--suite", "sequential"])
                .suites()
                .eq(["sequential"])
        );
        assert!(Cli::try_parse_from(["stress", "--suite", "nonsense"]).is_err());
    }
}
