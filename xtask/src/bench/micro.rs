//! `bench micro`: the suites of `tests/bench/benches`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use clap::value_parser;

use crate::{
    estimates::{self, Estimate},
    figures::{self, Figure},
    micro::{Counted, Suite},
    process, workspace,
};

/// Which suites, and how often.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run these suites only
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// How often to measure everything
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u32).range(1..))]
    rounds: u32,
    /// Print one JSON object with every estimate and figure of every round, instead of tables
    #[arg(long)]
    json: bool,
}

/// Measures and prints.
///
/// # Errors
/// A suite is unknown, does not build, or fails.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let names = selected(&suites(&root().join("benches"))?, &args.only)?;
    // Time and counts are of two builds: an allocator that counts takes time.
    for build in [Build::Times, Build::Counts] {
        process::run(build.command(&names).arg("--no-run"))?;
    }
    let mut suites = Vec::new();
    for name in &names {
        eprintln!("{name}: counting");
        suites.push(Suite {
            name: name.clone(),
            rounds: Vec::new(),
            figures: Vec::new(),
            counted: count(name)?,
        });
    }
    for round in 1..=args.rounds {
        for suite in &mut suites {
            eprintln!("{}: round {round} of {}", suite.name, args.rounds);
            let (estimates, figures) = time(&suite.name)?;
            suite.rounds.push(estimates);
            suite.figures.push(figures);
        }
    }
    if args.json {
        println!("{}", serde_json::json!({ "suites": suites }));
    } else {
        let texts: Vec<String> = suites.iter().map(Suite::text).collect();
        print!("{}", texts.join("\n"));
    }
    Ok(())
}

/// What a suite measures is chosen when it is built.
#[derive(Debug, Clone, Copy)]
enum Build {
    Times,
    Counts,
}

impl Build {
    fn command(self, suites: &[String]) -> Command {
        let mut command = workspace::cargo();
        // Without the default features, which are for the binary `drivers` and bring in most of the workspace.
        command.args(["bench", "--package", "bench", "--no-default-features"]);
        if let Self::Counts = self {
            command.args(["--features", "allocations"]);
        }
        for suite in suites {
            command.args(["--bench", suite]);
        }
        command
    }
}

/// One round of a suite.
fn time(suite: &str) -> anyhow::Result<(Vec<Estimate>, Vec<Figure>)> {
    let dir = workspace::target().join("criterion").join(suite);
    // A round starts from nothing: an operation that no longer exists must not be read again.
    match fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("could not remove {}", dir.display()));
        }
        _ => {}
    }
    let mut command = Build::Times.command(&[suite.to_owned()]);
    quietly(command.env("CRITERION_HOME", &dir))?;
    Ok((estimates::read(&dir)?, figures::read(&dir)?))
}

fn count(suite: &str) -> anyhow::Result<Counted> {
    let stdout = quietly(&mut Build::Counts.command(&[suite.to_owned()]))?;
    Counted::parse(&stdout).with_context(|| format!("suite {suite}"))
}

/// What a command prints to stdout. The rest is shown only if it fails.
fn quietly(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = command
        .output()
        .with_context(|| format!("could not start `{}`", process::shown(command)))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        bail!("`{}` failed: {}", process::shown(command), output.status);
    }
    Ok(output.stdout)
}

fn root() -> PathBuf {
    workspace::root().join("tests/bench")
}

/// The suites there are: the files of a directory.
fn suites(dir: &Path) -> anyhow::Result<Vec<String>> {
    let entries = dir
        .read_dir()
        .with_context(|| format!("could not read {}", dir.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Those of `all` that are named in `only`, or all.
fn selected(all: &[String], only: &[String]) -> anyhow::Result<Vec<String>> {
    if let Some(unknown) = only.iter().find(|name| !all.contains(name)) {
        bail!("there is no suite {unknown}; there are {}", all.join(", "));
    }
    let is_selected = |name: &&String| only.is_empty() || only.contains(name);
    Ok(all.iter().filter(is_selected).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_suite_is_a_file() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["pool.rs", "breaker.rs", "notes.md"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        assert_eq!(suites(dir.path()).unwrap(), ["breaker", "pool"]);
        assert!(suites(&dir.path().join("nowhere")).is_err());
    }

    #[test]
    fn every_suite_has_its_entry_in_the_manifest() {
        let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        for suite in suites(&root().join("benches")).unwrap() {
            let entry = format!("[[bench]]\nname = \"{suite}\"\nharness = false\n");
            assert!(manifest.contains(&entry), "{suite}");
        }
    }

    #[test]
    fn only_suites_that_exist_are_selected() {
        let all = names(&["backoff", "breaker", "pool"]);
        assert_eq!(selected(&all, &[]).unwrap(), all);
        let only = names(&["pool", "backoff"]);
        assert_eq!(selected(&all, &only).unwrap(), ["backoff", "pool"]);
        assert_eq!(
            selected(&all, &names(&["poll"])).unwrap_err().to_string(),
            "there is no suite poll; there are backoff, breaker, pool"
        );
    }

    #[test]
    fn the_counting_allocator_is_not_there_when_time_is_measured() {
        let shown = |build: Build| process::shown(&build.command(&names(&["pool"])));
        assert!(
            shown(Build::Times)
                .ends_with("bench --package bench --no-default-features --bench pool")
        );
        assert!(shown(Build::Counts).ends_with(" --features allocations --bench pool"));
    }
}
