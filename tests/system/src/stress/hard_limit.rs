//! Hard descriptor limits, which Chrome cannot raise: parts with a process and a limit of their own.

use std::process::Command;

use anyhow::Context;
use clap::ValueEnum;

use super::{
    child,
    ledger::Ledger,
    report::{SuiteReport, worse},
    run::Order,
    suite::Part,
};
use crate::program;

/// The parts, their limits, and how many of the suite's tasks each does.
const PARTS: [(Part, u32, usize); 3] = [
    (Part::Refused, 100, 1000),
    (Part::Whole, 256, 4),
    (Part::SingleProcess, 100, 1),
];

/// Runs every part, the planted leak in each.
pub(super) fn run(order: &Order) -> anyhow::Result<SuiteReport> {
    let mut ledger = Ledger::new(&order.temp, None);
    let mut parts = Vec::new();
    for (part, limit, share) in PARTS {
        let tasks = order.count().div_ceil(share);
        let report = run_part(order, part, limit, tasks)?;
        let name = report.suite.clone();
        for failure in &report.failures {
            ledger.fail(format!("{name}: {failure}"));
        }
        if !report.passed && report.failures.is_empty() {
            ledger.fail(format!("{name} did not pass"));
        }
        parts.push(report);
    }
    let mut whole = ledger.close(order.suite.name(), None);
    for part in &parts {
        whole.tasks += part.tasks;
        for (sum, counts) in [
            (&mut whole.outcomes, &part.outcomes),
            (&mut whole.kinds, &part.kinds),
        ] {
            for (name, count) in counts {
                *sum.entry(name.clone()).or_default() += count;
            }
        }
        whole.growth = worse(whole.growth, part.growth);
        whole.census.extend(part.census.iter().cloned());
        whole.evaluate_p50_us = whole.evaluate_p50_us.max(part.evaluate_p50_us);
    }
    whole.parts = parts;
    Ok(whole)
}

fn run_part(order: &Order, part: Part, limit: u32, tasks: usize) -> anyhow::Result<SuiteReport> {
    let name = part.to_possible_value().context("every part has a name")?;
    let name = name.get_name();
    let own = Order {
        tasks: Some(tasks),
        ..order.clone()
    };
    let mut command = Command::new("prlimit");
    command
        .arg(format!("--nofile={limit}:{limit}"))
        .arg("--")
        .arg(program("stress"))
        .args(["--part", name])
        .args(child::arguments(&own))
        .env("TMPDIR", &order.temp);
    let report = child::report(&mut command).context(
        "where `prlimit` is what failed: install util-linux, and see that the hard limit is not below 256 (ulimit -Hn)",
    )?;
    Ok(SuiteReport {
        suite: format!("{} {name}", report.suite),
        ..report
    })
}
