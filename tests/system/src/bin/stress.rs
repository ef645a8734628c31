//! Runs one stress suite against a fixture market and prints its report, one JSON object.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use clap::Parser;
use system::stress::{Order, Part, Plant, Suite, run};

/// Runs one stress suite and prints its report as one JSON object. Exits with 0 when it passed.
#[derive(Debug, Parser)]
struct Arguments {
    /// Address of the fixture market.
    #[arg(long, value_name = "HOST:PORT")]
    market: String,
    /// The suite.
    #[arg(long, value_enum, default_value = "sequential")]
    suite: Suite,
    /// How many tasks; by default as many as prove the suite.
    #[arg(long, value_name = "N")]
    tasks: Option<usize>,
    /// How long a soak takes.
    #[arg(long, value_name = "N", default_value_t = 30)]
    minutes: u32,
    /// What chance is seeded with; another number for every run where it is absent.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Leak one of these before every census: the suite must then fail. May be repeated.
    #[arg(long, value_enum)]
    plant: Vec<Plant>,
    /// A part of `hard-limit`, in a process of its own.
    #[arg(long, value_enum, hide = true)]
    part: Option<Part>,
    /// The browser of a part that has none of its own.
    #[arg(long, value_name = "WS_URL", hide = true)]
    remote: Option<String>,
    /// This process is where the suite wants it.
    #[arg(long, hide = true)]
    placed: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let report = run(&Order {
        suite: arguments.suite,
        market: arguments.market,
        tasks: arguments.tasks,
        minutes: arguments.minutes,
        seed: arguments.seed.unwrap_or_else(|| fastrand::u64(..)),
        plants: arguments.plant,
        temp: std::env::temp_dir(),
        part: arguments.part,
        remote: arguments.remote,
        is_placed: arguments.placed,
    })?;
    writeln!(stdout(), "{}", serde_json::to_string(&report)?)?;
    Ok(if report.passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
