//! The project's own tasks, run as `cargo xtask TASK`.
//!
//! | module | what |
//! | --- | --- |
//! | [`setup`], [`demo`], [`mod@test`], [`ci`], [`model`], [`stress`], [`mod@bench`], [`coverage`], [`fuzz`] | a task each |
//! | [`market`] | the fixture market as a child process |
//! | [`report`] | what `stress` prints, and the table made of it |
//! | [`estimates`], [`micro`] | what criterion writes in a round of `bench micro`, and the tables made of all rounds |
//! | [`lines`] | which lines are tests, and which of the others no test reaches |
//! | [`columns`] | text in columns |
//! | [`scratch`] | a private temporary directory, and which processes still live in it |
//! | [`steps`] | headings and the time each step took |
//! | [`process`] | running commands, with errors that name them |
//! | [`workspace`] | where things are, and cargo |
//!
//! It imports none of the product's crates: it runs them, so that it builds in seconds and tests what a user gets.
//! Results go to stdout, everything else to stderr.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task talks to the person who started it"
)]

mod bench;
mod ci;
mod columns;
mod coverage;
mod demo;
mod estimates;
mod figures;
mod fuzz;
mod lines;
mod market;
mod micro;
mod model;
mod process;
mod report;
mod scratch;
mod setup;
mod steps;
mod stress;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own tasks. Start with `cargo xtask demo`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    task: Task,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Task {
    /// Install what is missing: Chromium, by apt; where that cannot be done, say what to run
    Setup(setup::Args),
    /// Scan the bundled fixture market with headless Chromium and print its postings
    Demo,
    /// Run every test, as root those of the browser as an ordinary user as well, look for Chrome processes left behind, then
    /// run the stress suites that most changes can break, in short form
    Test(test::Args),
    /// Run what a change must pass: fmt, deny, clippy, test, model, doc
    Ci,
    /// Try every order in which threads can meet in our lock-free code, by a model checker
    Model,
    /// Scan many times in one process, whatever happens to it, under a low descriptor limit; fail if anything has grown
    Stress(stress::Args),
    /// Measure our crates beside their peers
    Bench(bench::Args),
    /// Fail unless the tests of backoff, breaker and pool reach every line of them
    ///
    /// What counts is every line of `crates/NAME/src` that the compiler made code of, with all features, except tests:
    /// what stands behind `#[cfg(test)]`, from the attribute to the end of its item, and the files of modules declared
    /// there. A line is reached when a test of the same package executes any part of it, in any instance of a generic
    /// function. Tests of other packages do not run, and neither do the examples in documentation, which the stable
    /// compiler cannot instrument.
    Coverage(coverage::Args),
    /// Try inputs that nobody thought of on what parses them
    Fuzz(fuzz::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Setup(args) => setup::run(&args).map(|()| ExitCode::SUCCESS),
        Task::Demo => demo::run(),
        Task::Test(args) => test::run(&args).map(|()| ExitCode::SUCCESS),
        Task::Ci => ci::run().map(|()| ExitCode::SUCCESS),
        Task::Model => model::run().map(|()| ExitCode::SUCCESS),
        Task::Stress(args) => stress::run(&args).map(|()| ExitCode::SUCCESS),
        Task::Bench(args) => bench::run(&args).map(|()| ExitCode::SUCCESS),
        Task::Coverage(args) => coverage::run(&args).map(|()| ExitCode::SUCCESS),
        Task::Fuzz(args) => fuzz::run(&args).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
