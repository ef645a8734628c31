//! `ci`: what a change must pass.

use std::{env, path::Path, process::Command};

use anyhow::Context as _;

use crate::{model, process, setup, steps::Steps, test, workspace};

/// Everything but the bench, whose peers are heavy: it is checked apart, at the end.
const SELECTION: [&str; 4] = ["--workspace", "--exclude", "bench", "--all-features"];

/// Runs every check, up to the first that fails, and says how long each took.
///
/// # Errors
/// A check fails.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut steps = Steps::default();
    let checked = check(&mut steps);
    eprint!("\n{}", steps.summary());
    checked
}

fn check(steps: &mut Steps) -> anyhow::Result<()> {
    steps.take("setup", || {
        setup::chromium()?;
        setup::tools()
    })?;
    steps.take("fmt", || {
        process::run(&mut cargo(&["fmt", "--all", "--check"])).context("run `cargo fmt`")
    })?;
    steps.take("deny", deny)?;
    steps.take("clippy", || process::run(&mut clippy(&SELECTION)))?;
    test::steps_of(&test::Args::default(), steps)?;
    steps.take("model", model::run)?;
    steps.take("doc", || process::run(&mut doc()))?;
    steps.take("bench", || {
        process::run(&mut clippy(&["--package", "bench", "--all-features"]))
    })
}

fn deny() -> anyhow::Result<()> {
    process::run(&mut cargo(&[
        "deny", "check", "--deny", "warnings", "bans", "licenses", "sources",
    ]))?;
    if has_advisories() {
        process::run(&mut cargo(&["deny", "--offline", "check", "advisories"]))
    } else {
        eprintln!("advisories not checked: no local database (`cargo deny fetch db` gets one)");
        Ok(())
    }
}

/// Whether cargo-deny has fetched an advisory database; it keeps them in cargo's home.
fn has_advisories() -> bool {
    let home = env::var_os("CARGO_HOME")
        .map(Into::into)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    home.is_some_and(|home| has_database(&home.join("advisory-dbs")))
}

fn has_database(dir: &Path) -> bool {
    dir.read_dir().is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.path().join(".git").exists())
    })
}

fn clippy(selection: &[&str]) -> Command {
    let mut command = cargo(&["clippy"]);
    command
        .args(selection)
        .args(["--all-targets", "--", "-D", "warnings"]);
    command
}

fn doc() -> Command {
    let mut command = cargo(&["doc", "--no-deps"]);
    command.args(SELECTION).env("RUSTDOCFLAGS", "-D warnings");
    command
}

fn cargo(args: &[&str]) -> Command {
    let mut command = workspace::cargo();
    command.args(args);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clippy_lets_no_warning_pass() {
        let shown = process::shown(&clippy(&SELECTION));
        assert!(
            shown.ends_with(
                " clippy --workspace --exclude bench --all-features --all-targets -- -D warnings"
            ),
            "{shown}"
        );
    }

    #[test]
    fn only_a_fetched_database_counts() {
        let home = tempfile::tempdir().unwrap();
        assert!(!has_database(home.path()));
        let database = home.path().join("advisory-db-3157b0e258782691");
        std::fs::create_dir(&database).unwrap();
        assert!(!has_database(home.path()));
        std::fs::create_dir(database.join(".git")).unwrap();
        assert!(has_database(home.path()));
    }
}
