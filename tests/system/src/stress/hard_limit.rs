//! Hard descriptor limits, which Chrome cannot raise: parts with a process and a limit of their own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use browser::{Browser, Chrome, LaunchOptions, Launcher};
use clap::ValueEnum;
use serde_json::json;
use tokio::runtime::Runtime;

use super::{
    child,
    ledger::Ledger,
    report::{SuiteReport, worse},
    run::Order,
    suite::Part,
};
use crate::{program, runtime};

/// The parts, their limits, and how many of the suite's tasks each does.
const PARTS: [(Part, u32, usize); 4] = [
    (Part::Refused, 100, 1000),
    (Part::Whole, 256, 4),
    (Part::SingleProcess, 100, 1),
    (Part::Remote, 100, 1),
];

/// How long a browser elsewhere may take to tell its port, or to lose what others have made in it.
const PATIENCE: Duration = Duration::from_secs(15);
/// The time between two looks.
const LOOK: Duration = Duration::from_millis(20);

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
        own.remote = elsewhere.as_ref().map(|browser| browser.endpoint.clone());
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
    chrome: Chrome,
    browser: Arc<dyn Browser>,
    endpoint: String,
    home: PathBuf,
}

impl Elsewhere {
    fn start(temp: &Path) -> anyhow::Result<Self> {
        let home = temp.join("elsewhere");
        fs::create_dir(&home)?;
        // As root, Chrome runs as somebody else: the way to its profile must be open.
        fs::set_permissions(&home, fs::Permissions::from_mode(0o711))?;
        let runtime = runtime()?;
        let chrome = Chrome::new(LaunchOptions {
            temp_dir: home.clone(),
            extra_flags: vec!["--remote-debugging-port=0".to_owned()],
            ..LaunchOptions::default()
        });
        let launched = runtime.block_on(chrome.launch())?;
        let endpoint = told_endpoint(&home)?;
        Ok(Self {
            runtime,
            chrome,
            browser: launched.browser,
            endpoint,
            home,
        })
    }

    /// Ends it; returns how many contexts of others were left in it.
    fn end(self) -> anyhow::Result<usize> {
        let mut contexts = self.contexts()?;
        let deadline = Instant::now() + PATIENCE;
        while contexts > 0 && Instant::now() < deadline {
            thread::park_timeout(LOOK);
            contexts = self.contexts()?;
        }
        self.runtime.block_on(self.browser.close());
        self.runtime.block_on(self.chrome.shutdown());
        fs::remove_dir(&self.home).context("the browser elsewhere has left something")?;
        Ok(contexts)
    }

    fn contexts(&self) -> anyhow::Result<usize> {
        // The typed protocol takes the array for a string.
        let asked = self.browser.execute("Target.getBrowserContexts", json!({}));
        let all = self.runtime.block_on(asked)?;
        let all = all["browserContextIds"].as_array().map(Vec::len);
        all.context("Chrome does not tell its contexts")
    }
}

/// The address of its websocket, which Chrome writes into its profile.
fn told_endpoint(home: &Path) -> anyhow::Result<String> {
    let told = || {
        let profile = fs::read_dir(home).ok()?.flatten().next()?.path();
        let text = fs::read_to_string(profile.join("data/DevToolsActivePort")).ok()?;
        let (port, path) = text.trim_end().split_once('\n')?;
        Some(format!("ws://127.0.0.1:{port}{path}"))
    };
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(endpoint) = told() {
            return Ok(endpoint);
        }
        thread::park_timeout(LOOK);
    }
    anyhow::bail!("Chrome did not tell the port it has opened within {PATIENCE:?}")
}
