//! Measures our `browser` beside other drivers of Chrome, on one Chromium.

use std::{
    io::{Write, stdout},
    net::SocketAddr,
    time::Duration,
};

use bench::drivers::{Plan, run};
use clap::{Parser, value_parser};

/// Measures our `browser` beside other drivers of Chrome, on one Chromium. `cargo xtask bench browser` starts it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the fixture market serves.
    #[arg(long, value_name = "IP:PORT")]
    market: SocketAddr,
    /// Turns of every driver, each with a browser of its own.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u32).range(1..))]
    turns: u32,
    /// Evaluate round trips a turn.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = value_parser!(u32).range(1..))]
    evaluations: u32,
    /// Visits a turn in a page that stays open.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = value_parser!(u32).range(1..))]
    visits: u32,
    /// Pages a turn that are opened, visited and closed.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u32).range(1..))]
    pages: u32,
    /// Seconds that a driver works at each of these in a turn at most: slow ones do them less often.
    #[arg(long, value_name = "SECONDS", default_value_t = 4, value_parser = value_parser!(u64).range(1..))]
    patience: u64,
    /// Pages that each holds open at once.
    #[arg(long, value_name = "N", default_value_t = 60)]
    open_pages: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = run(&Plan {
        turns: arguments.turns,
        evaluations: arguments.evaluations,
        visits: arguments.visits,
        pages: arguments.pages,
        patience: Duration::from_secs(arguments.patience),
        open_pages: arguments.open_pages,
        market: arguments.market,
    })?;
    if arguments.json {
        writeln!(stdout(), "{}", serde_json::to_string(&report)?)?;
    } else {
        write!(stdout(), "{report}")?;
    }
    Ok(())
}
