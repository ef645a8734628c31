//! Measures stock headless_chrome against our `browser`, side by side on one Chromium.

use std::io::{Write, stdout};

use bench::transport::{Plan, run};
use clap::{Parser, value_parser};

/// Measures stock headless_chrome against our `browser`, side by side on one Chromium. Takes a few minutes.
#[derive(Debug, Parser)]
struct Arguments {
    /// Evaluate round trips of stock headless_chrome, about 100 ms each.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = value_parser!(u32).range(1..))]
    stock_evaluations: u32,
    /// Evaluate round trips of ours.
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = value_parser!(u32).range(1..))]
    evaluations: u32,
    /// Pages that each opens, loads and closes.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..))]
    pages: u32,
    /// Pages that each holds open at once.
    #[arg(long, value_name = "N", default_value_t = 60)]
    open_pages: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = run(Plan {
        stock_evaluations: arguments.stock_evaluations,
        evaluations: arguments.evaluations,
        pages: arguments.pages,
        open_pages: arguments.open_pages,
    })?;
    if arguments.json {
        writeln!(stdout(), "{}", serde_json::to_string(&report)?)?;
    } else {
        write!(stdout(), "{report}")?;
    }
    Ok(())
}
