//! The stress suite finds what was planted, and only that. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, os::unix::fs::PermissionsExt, process::Stdio};

use futures_util::{StreamExt, stream};
use serde_json::Value;
use system::{
    market::{KeepAlive, Market},
    processes_of, program,
};
use tokio::{process::Command, sync::Semaphore};

/// Runs a suite in a process of its own, as `cargo xtask stress` does; returns its report and whether it passed.
async fn stress(suite: &str, tasks: usize, plants: &[&str]) -> (Value, bool) {
    let _seat = SEATS.acquire().await.unwrap();
    let market = Market::start_on(0, KeepAlive::Off).await.unwrap();
    let temp = tempfile::tempdir().unwrap();
    fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let mut command = Command::new(program("stress"));
    command.args(["--suite", suite, "--tasks", &tasks.to_string()]);
    command.args(["--minutes", "0", "--market", &market.addr().to_string()]);
    for plant in plants {
        command.args(["--plant", plant]);
    }
    let output = command
        .env("TMPDIR", temp.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let report =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no report: {error}"));
    assert!(processes_of(temp.path()).is_empty());
    market.shutdown().await;
    (report, output.status.success())
}

/// The suites, and so many tasks that each of them has done what it does.
const SUITES: [(&str, usize); 13] = [
    ("sequential", 2),
    ("hard-limit", 2),
    ("concurrent", 12),
    ("errors", 10),
    ("cancel", 4),
    ("panic", 4),
    ("crash", 10),
    ("freeze", 6),
    ("parent-kill", 1),
    ("memory", 2),
    ("disk-full", 10),
    ("pid1", 10),
    ("soak", 0),
];

/// Each runs up to three browsers: more at once would only keep one another from settling.
static SEATS: Semaphore = Semaphore::const_new(2);

/// What is planted, and the count that shows it.
const PLANTS: [(&str, &str); 4] = [
    ("fd", "fds"),
    ("thread", "threads"),
    ("process", "processes"),
    ("temp", "temp_entries"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_leak_is_caught_where_it_was_planted() {
    let [a, b, c, d] = PLANTS.map(async |(plant, column)| {
        let (report, success) = stress("sequential", 2, &[plant]).await;
        assert_failed("sequential", &report, success);
        assert_eq!(report["growth"][column], 1, "{plant}: {report}");
    });
    tokio::join!(a, b);
    tokio::join!(c, d);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_suite_finds_what_is_planted() {
    let every = PLANTS.map(|(plant, _)| plant);
    let mut suites = stream::iter(SUITES)
        .map(async |(suite, tasks)| (suite, stress(suite, tasks, &every).await))
        .buffer_unordered(2);
    while let Some((suite, (report, success))) = suites.next().await {
        assert_failed(suite, &report, success);
        for (plant, column) in PLANTS {
            let growth = report["growth"][column].as_i64();
            assert!(growth > Some(0), "{suite} missed {plant}: {report}");
        }
    }
}

/// The tasks themselves were fine: it is the censuses that failed.
fn assert_failed(suite: &str, report: &Value, success: bool) {
    assert!(!success, "{suite}: {report}");
    assert_eq!(report["passed"], false, "{suite}: {report}");
    let failures = report["failures"].as_array().unwrap();
    assert!(!failures.is_empty(), "{suite}: {report}");
    for failure in failures {
        assert!(
            failure.as_str().unwrap().contains("census at"),
            "{suite}: {report}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_plant_it_passes_and_reports_what_the_contract_asks_for() {
    let (report, success) = stress("sequential", 100, &[]).await;
    assert!(success, "{report}");
    let moments: Vec<String> = report["census"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["at"].to_string())
        .collect();
    assert_eq!(moments, [r#""cold""#, r#""warm""#, "100", r#""end""#]);
    for key in [
        "suite",
        "tasks",
        "limits",
        "growth",
        "evaluate_p50_us",
        "elapsed_ms",
        "passed",
    ] {
        assert!(!report[key].is_null(), "{key} is missing: {report}");
    }
    for key in [
        "fds",
        "threads",
        "processes",
        "zombies",
        "temp_entries",
        "rss_bytes",
        "settle_ms",
    ] {
        assert!(
            report["census"][1][key].is_u64(),
            "{key} is missing: {report}"
        );
    }
}
