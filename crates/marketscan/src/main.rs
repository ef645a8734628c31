//! `marketscan`: scans freelance and job marketplaces for postings.

mod cli;
mod commands;
mod descriptors;
mod exit;
mod logging;
mod output;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::explain(&error),
    };
    logging::start(cli.log);
    let ended = match cli.command {
        Command::Scan(arguments) => commands::scan::run(arguments),
        Command::Extract(arguments) => commands::extract::run(&arguments),
        Command::Doctor(arguments) => commands::doctor::run(arguments),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => usage::fail(&error),
    }
}
