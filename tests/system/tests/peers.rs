//! What other browser drivers break: each defect is a test. Those that need no process of their own are in `browser.rs`, those
//! that are a matter of time in `alone.rs`; the table in the README of `browser` names them all. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    io::{Write, stderr},
    path::Path,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use browser::{Chrome, Launcher};
use system::{Scratch, browse::Found, groups_of, namespace, processes_of, program, running_in};
use tokio::task::JoinSet;

/// What a scenario found that ran to its end.
fn found(command: &mut Command) -> Found {
    let output = command.stdin(Stdio::null()).output().unwrap();
    read(&output)
}

fn read(output: &Output) -> Found {
    let said = String::from_utf8_lossy(&output.stderr);
    let lines = String::from_utf8_lossy(&output.stdout);
    let last = lines.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|_| {
        panic!(
            "no result: {said} (where `unshare` is what failed: install util-linux, and allow user namespaces, which Chrome's \
             sandbox needs as well: sysctl kernel.unprivileged_userns_clone=1)"
        )
    })
}

fn browse(temp: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("browse"));
    command.args(arguments).env("TMPDIR", temp);
    command
}

#[test]
fn every_test_in_the_table_of_the_readme_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let sources = [
        "tests/system/tests/alone.rs",
        "tests/system/tests/peers.rs",
        "tests/system/tests/browser.rs",
        "tests/system/tests/process.rs",
        "tests/system/tests/pools/faults.rs",
        "tests/system/tests/pools/isolation.rs",
        "tests/system/tests/pools/retirement.rs",
        "crates/browser/src/pools/tests.rs",
        "crates/browser/src/connection/tests.rs",
        "crates/browser/src/conformance/visits.rs",
    ]
    .map(read)
    .concat();
    let readme = read("crates/browser/README.md");
    let (_, table) = readme
        .split_once("| seen in other drivers | test |")
        .unwrap();
    let rows = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let named: Vec<&str> = rows
        .filter_map(|row| row.rsplit('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() >= 12, "{named:?}");
    for name in named {
        assert!(sources.contains(&format!("fn {name}(")), "{name}");
    }
}

/// Elsewhere each page leaves a thread, and no context is ever disposed of.
#[test]
fn a_thousand_pages_and_contexts_leave_no_thread_descriptor_or_process() {
    let scratch = Scratch::create().unwrap();
    let found = found(&mut browse(scratch.path(), &["pages", "1000"]));
    if found.unknown > 0 {
        let unknown = found.unknown;
        let _ = writeln!(
            stderr(),
            "the descriptors of {unknown} processes are hidden from an ordinary user"
        );
    }
    assert_eq!(
        (found.growth.as_str(), found.left.len()),
        ("", 0),
        "{found:?}"
    );
    scratch.assert_deserted();
}

/// Elsewhere hours of cancellations end in a deadlock.
#[test]
fn a_thousand_calls_given_up_at_random_moments_leave_no_call_and_no_task() {
    let scratch = Scratch::create().unwrap();
    let found = found(&mut browse(scratch.path(), &["cancellations", "1000"]));
    assert_eq!(
        (found.growth.as_str(), found.in_flight, found.left.len()),
        ("", 0, 0),
        "{found:?}"
    );
    scratch.assert_deserted();
}

/// Elsewhere profiles and their litter fill it, 125 GB in two hours.
#[test]
fn nothing_is_left_in_the_temporary_directory_of_the_system() {
    let mut command = namespace::on_small_disk("browse", Path::new("/tmp"), 256 << 20);
    let found = found(command.arg("endings").env_remove("TMPDIR"));
    assert_eq!(
        (found.growth.as_str(), found.left.len()),
        ("", 0),
        "{found:?}"
    );
}

/// Elsewhere a container fills with zombies.
#[test]
fn process_1_has_no_zombie_of_a_browser() {
    let scratch = Scratch::create().unwrap();
    let mut command = namespace::as_process_1("browse", scratch.path());
    let found = found(command.arg("endings"));
    assert_eq!(
        (found.zombies, found.growth.as_str(), found.left.len()),
        (0, "", 0),
        "{found:?}"
    );
    scratch.assert_deserted();
}

/// Elsewhere the second fails for the lock of the first's profile.
#[tokio::test]
async fn eight_browsers_start_at_once() {
    let scratch = Scratch::create().unwrap();
    let chrome = Arc::new(Chrome::new(scratch.options()));
    let mut launches = JoinSet::new();
    for _ in 0..8 {
        let chrome = Arc::clone(&chrome);
        launches.spawn(async move { chrome.launch().await });
    }
    let launched: Vec<_> = launches
        .join_all()
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let groups = groups_of(scratch.path());
    assert_eq!((groups.len(), scratch.entries().len()), (8, 8));
    drop(launched);
    chrome.shutdown().await;
    assert_eq!(
        (running_in(&groups), processes_of(scratch.path()).len()),
        (0, 0)
    );
    scratch.assert_deserted();
}
