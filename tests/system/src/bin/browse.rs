//! Plays one scenario with a browser and prints what it found, one JSON object.

use std::io::{Write, stdout};

use clap::Parser;
use system::browse::{Scenario, play};

/// Plays one scenario with a browser whose profile is made in the temporary directory, and prints what it found.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    scenario: Scenario,
}

fn main() -> anyhow::Result<()> {
    let Arguments { scenario } = Arguments::parse();
    let found = system::runtime()?.block_on(play(scenario, &std::env::temp_dir()))?;
    writeln!(stdout(), "{}", serde_json::to_string(&found)?)?;
    Ok(())
}
