//! Runs one stress suite against a fixture market and prints its report, one JSON object.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use clap::Parser;
use system::stress::{Plant, Suite, run};

/// Runs one stress suite and prints its report as one JSON object. Exits with 0 when it passed.
#[derive(Debug, Parser)]
struct Arguments {
    /// Address of the fixture market.
    #[arg(long, value_name = "HOST:PORT")]
    market: String,
    /// The suite.
    #[arg(long, value_enum, default_value = "sequential")]
    suite: Suite,
    /// How many scans.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    tasks: usize,
    /// Leak one of these at every 100th task: the suite must then fail.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
}

fn main() -> anyhow::Result<ExitCode> {
    let Arguments {
        market,
        suite,
        tasks,
        plant,
    } = Arguments::parse();
    let report = run(suite, &market, tasks, plant, &std::env::temp_dir())?;
    writeln!(stdout(), "{}", serde_json::to_string(&report)?)?;
    Ok(if report.passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
