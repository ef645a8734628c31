//! `fuzz`: inputs that nobody thought of.

use std::{fs, process::Command};

use anyhow::{Context as _, bail};

use crate::{process, setup, workspace};

/// A fuzz target: a file in `fuzz/fuzz_targets` of a crate, which is a workspace of its own.
struct Target {
    krate: &'static str,
    name: &'static str,
}

const TARGETS: [Target; 1] = [Target {
    krate: "browser",
    name: "protocol",
}];

/// What to fuzz.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target; all of them, one after another, when none is named
    target: Option<String>,
    /// How long to run each target
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
}

/// Runs fuzz targets, each for a time.
///
/// # Errors
/// The target is unknown, the tool cannot be installed, or an input was found that fails; its file is named above.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let named = |target: &&Target| args.target.as_ref().is_none_or(|name| name == target.name);
    let targets: Vec<&Target> = TARGETS.iter().filter(named).collect();
    if targets.is_empty() {
        let names = TARGETS.map(|target| target.name).join(", ");
        bail!("no such target; there are: {names}");
    }
    setup::fuzz()?;
    for target in targets {
        // Found inputs are kept beside what is built, and are where the next run begins.
        let corpus = workspace::target().join("fuzz").join(target.name);
        fs::create_dir_all(&corpus)
            .with_context(|| format!("could not make {}", corpus.display()))?;
        let mut command = fuzz(target);
        // Our own seeds come second: what is found goes into the first.
        command
            .arg(&corpus)
            .arg(format!("fuzz/seeds/{}", target.name));
        command
            .arg("--")
            .arg(format!("-dict=fuzz/{}.dict", target.name));
        process::run(command.args(limits(args.seconds)))?;
    }
    Ok(())
}

fn fuzz(target: &Target) -> Command {
    let mut command = workspace::cargo();
    command
        .current_dir(workspace::root().join("crates").join(target.krate))
        .env("CARGO_TARGET_DIR", workspace::target().join("fuzz-build"))
        // There is no unsafe code for a sanitizer to watch, and without one the stable compiler will do.
        .args(["fuzz", "run", "--sanitizer", "none", target.name]);
    command
}

fn limits(seconds: u32) -> [String; 3] {
    [
        format!("-max_total_time={seconds}"),
        // Time and memory for one input, of a few kilobytes.
        "-timeout=5".to_owned(),
        "-rss_limit_mb=1024".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fuzz_target_can_be_run() {
        let mut found = Vec::new();
        for krate in workspace::root().join("crates").read_dir().unwrap() {
            let krate = krate.unwrap();
            let Ok(files) = krate.path().join("fuzz/fuzz_targets").read_dir() else {
                continue;
            };
            let krate = krate.file_name().into_string().unwrap();
            for file in files {
                let name = file.unwrap().path().file_stem().unwrap().to_owned();
                found.push((krate.clone(), name.into_string().unwrap()));
            }
        }
        found.sort_unstable();
        let known = TARGETS.map(|target| (target.krate.to_owned(), target.name.to_owned()));
        assert_eq!(found, known);
    }

    #[test]
    fn a_target_is_run_for_its_time_on_the_stable_compiler() {
        let mut command = fuzz(&TARGETS[0]);
        let shown = process::shown(command.args(limits(7)));
        let expected = "cargo fuzz run --sanitizer none protocol -max_total_time=7";
        assert!(shown.starts_with(expected), "{shown}");
    }
}
