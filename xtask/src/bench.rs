//! `bench`: our crates beside their peers.

use clap::Subcommand;

mod browser;
mod micro;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Small operations: time, allocations, sizes
    ///
    /// Every suite of `tests/bench/benches` is run once a round, its contestants in turns. The figures are medians over
    /// the rounds; a ratio is taken within a round. No figure makes the task fail.
    Micro(micro::Args),
    /// Drivers of Chrome: a call, a visit, a page, and what is left behind
    ///
    /// `browser` beside the raw protocol, chromiumoxide and stock headless_chrome, on one Chromium, in turns; takes some
    /// minutes. What follows `--` goes to the program that measures; `-- --help` lists it.
    Browser(browser::Args),
    /// Leases of pages: warm, isolated, and while browsers are replaced under full load
    ///
    /// Visits a second, waits and the longest gap between two visits, and what a new context costs. What follows `--` goes to
    /// the program that measures; `-- --help` lists it.
    Pools(browser::Args),
}

/// Measures and prints.
///
/// # Errors
/// What is to be measured is unknown, does not build, or fails.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    match &args.what {
        What::Micro(args) => micro::run(args),
        What::Browser(args) => browser::run("drivers", args),
        What::Pools(args) => browser::run("pools", args),
    }
}
