//! Measures our pool of pages by itself.

use std::{
    io::{Write, stdout},
    net::SocketAddr,
};

use bench::pools::{Plan, run};
use clap::Parser;

/// Measures our pool of pages by itself. `cargo xtask bench pools` starts it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the fixture market serves.
    #[arg(long, value_name = "IP:PORT")]
    market: SocketAddr,
    /// Visits of each way to lease.
    #[arg(long, value_name = "N", default_value_t = 1200)]
    visits: usize,
    /// Contexts that are made and cleared.
    #[arg(long, value_name = "N", default_value_t = 100)]
    contexts: usize,
    /// Browsers at once.
    #[arg(long, value_name = "N", default_value_t = 3)]
    max_browsers: usize,
    /// Pages in each at once.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pages_per_browser: usize,
    /// Callers beyond those for whom there are pages.
    #[arg(long, value_name = "N", default_value_t = 4)]
    waiting: usize,
    /// Leases after which a browser is replaced, where it is.
    #[arg(long, value_name = "N", default_value_t = 100)]
    leases: u32,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = run(&Plan {
        visits: arguments.visits,
        contexts: arguments.contexts,
        max_browsers: arguments.max_browsers,
        pages_per_browser: arguments.pages_per_browser,
        waiting: arguments.waiting,
        leases: arguments.leases,
        market: arguments.market,
    })
    .await?;
    if arguments.json {
        writeln!(stdout(), "{}", serde_json::to_string(&report)?)?;
    } else {
        write!(stdout(), "{report}")?;
    }
    Ok(())
}
