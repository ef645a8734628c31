//! The stress suite finds what was planted, and only that. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, os::unix::fs::PermissionsExt, process::Stdio};

use serde_json::Value;
use system::{market::Market, processes_of, program};
use tokio::process::Command;

/// Runs the suite in a process of its own, as `cargo xtask stress` does; returns its report and whether it passed.
async fn stress(plant: Option<&str>) -> (Value, bool) {
    let market = Market::start().await.unwrap();
    let temp = tempfile::tempdir().unwrap();
    fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let mut command = Command::new(program("stress"));
    command.args(["--tasks", "100", "--market", &market.addr().to_string()]);
    if let Some(plant) = plant {
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

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_leak_is_caught_where_it_was_planted() {
    // Most of their time is waiting for counts to settle that never will, so two run at once.
    tokio::join!(caught("fd", "fds"), caught("thread", "threads"));
    tokio::join!(
        caught("process", "processes"),
        caught("temp", "temp_entries")
    );
}

async fn caught(plant: &str, column: &str) {
    let (report, success) = stress(Some(plant)).await;
    assert!(!success, "{plant}: {report}");
    assert_eq!(report["passed"], false, "{plant}");
    assert_eq!(report["growth"][column], 1, "{plant}: {report}");
    // The scans themselves were fine: it is the censuses that failed, at the task and at the end.
    assert_eq!(
        report["outcomes"],
        serde_json::json!({"Ok": 100}),
        "{plant}"
    );
    assert_eq!(
        report["failures"].as_array().map(Vec::len),
        Some(2),
        "{plant}: {report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_plant_it_passes_and_reports_what_the_contract_asks_for() {
    let (report, success) = stress(None).await;
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
