//! `bench browser` and `bench pools`: `browser` beside other drivers of Chrome, and its pool of pages by itself.

use std::ffi::OsString;

use crate::{market::Market, process, setup, workspace};

/// How to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Arguments of the program that measures
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

/// Measures with a program of `tests/bench`, and prints.
///
/// # Errors
/// Chromium is missing, something does not build, or a driver fails.
pub(crate) fn run(program: &str, args: &Args) -> anyhow::Result<()> {
    setup::chromium()?;
    process::run(workspace::cargo().args(["build", "--package", "system", "--bin", "market"]))?;
    let market = Market::start()?;
    // Optimized, as its users build it.
    process::run(
        workspace::cargo()
            .args(["run", "--release", "--package", "bench", "--bin", program])
            .args(["--", "--market"])
            .arg(market.addr().to_string())
            .args(args.json.then_some("--json"))
            .args(&args.arguments),
    )
}
