//! Hard descriptor limits, which Chrome cannot raise: parts with a process and a limit of their own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use browser::LaunchOptions;
use clap::ValueEnum;
use tokio::runtime::Runtime;

use super::{
    child,
    ledger::Ledger,
    report::{SuiteReport, worse},
    run::Order,
    suite::Part,
};
use crate::{ChromeWithPort, program, runtime};

/// The parts, their limits, and how many of the suite's tasks each does.
const PARTS: [(Part, u32, usize); 4] = [
    (Part::Refused, 100, 1000),
    (Part::Whole, 256, 4),
    (Part::SingleProcess, 100, 1),
    (Part::Remote, 100, 1),
];

/// Runs every part, the planted leak in each.
pub(super) fn run(order: &Order) -> anyhow::Result<SuiteReport> {
    let mut ledger = Ledger::new(&order.temp, &[]);
    let mut parts = Vec::new();
    for (part, limit, share) in PARTS {
        let mut own = Order {
            tasks: Some(order.count().div_ceil(share)),
            ..order.clone()
        };
        let elsewhere = match part {
            Part::Remote => Some(Elsewhere::start(&order.temp)?),
            _ => None,
        };
        own.remote = elsewhere
            .as_ref()
            .map(|browser| browser.endpoint().to_owned());
        let report = run_part(&own, part, limit)?;
        if let Some(browser) = elsewhere {
            let contexts = browser.end()?;
            if contexts > 0 {
                ledger.fail(format!(
                    "{contexts} contexts were left in the browser elsewhere"
                ));
            }
        }
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

fn run_part(order: &Order, part: Part, limit: u32) -> anyhow::Result<SuiteReport> {
    let name = part.to_possible_value().context("every part has a name")?;
    let name = name.get_name();
    let mut command = Command::new("prlimit");
    command
        .arg(format!("--nofile={limit}:{limit}"))
        .arg("--")
        .arg(program("stress"))
        .args(["--part", name])
        .args(child::arguments(order))
        .env("TMPDIR", &order.temp);
    let report = child::report(&mut command).context(
        "where `prlimit` is what failed: install util-linux, and see that the hard limit is not below 256 (ulimit -Hn)",
    )?;
    Ok(SuiteReport {
        suite: format!("{} {name}", report.suite),
        ..report
    })
}

/// A Chrome with an open debugging port and without our limits, as somebody else might run one.
struct Elsewhere {
    runtime: Runtime,
    chrome: ChromeWithPort,
    home: PathBuf,
}

impl Elsewhere {
    fn start(temp: &Path) -> anyhow::Result<Self> {
        let home = temp.join("elsewhere");
        fs::create_dir(&home)?;
        // As root, Chrome runs as somebody else: the way to its profile must be open.
        fs::set_permissions(&home, fs::Permissions::from_mode(0o711))?;
        let options = LaunchOptions {
            temp_dir: home.clone(),
            ..LaunchOptions::default()
        };
        let runtime = runtime()?;
        let chrome = runtime.block_on(ChromeWithPort::start(options))?;
        Ok(Self {
            runtime,
            chrome,
            home,
        })
    }

    fn endpoint(&self) -> &str {
        &self.chrome.endpoint
    }

    /// Ends it; returns how many contexts of others were left in it.
    fn end(self) -> anyhow::Result<usize> {
        let contexts = self.runtime.block_on(self.chrome.contexts_become(0))?;
        self.runtime.block_on(self.chrome.end());
        fs::remove_dir(&self.home).context("the browser elsewhere has left something")?;
        Ok(contexts)
    }
}
