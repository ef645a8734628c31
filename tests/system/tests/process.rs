//! What is checked before a browser is used, and what ends it, against real Chromium. Needs Chromium: `cargo xtask setup`
//! installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use browser::{
    BrowserExt, Chrome, CloseReason, ConnectionState, EvaluateError, LaunchError, LaunchOptions,
    Launcher, PageExt, PageOptions, Pages, PagesConfig, cdp,
};
use rustix::process::{Pid, Signal, kill_process};
use system::{Scratch, browse::Found, groups_of, namespace, processes_of, program, running_in};

/// A program of that text beside the profiles.
fn fake(scratch: &Scratch, text: &str) -> PathBuf {
    let path = scratch.path().join("chromium");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn a_browser_tells_its_version_without_being_asked_again() {
    let scratch = Scratch::create().unwrap();
    let chrome = Chrome::new(scratch.options());
    let browser = chrome.launch().await.unwrap().browser;
    let version = browser.version();
    let asked = browser.call(cdp::Browser::GetVersion(None)).await.unwrap();
    assert_eq!(version.product, asked.product);
    assert!(
        asked.product.contains(&format!("/{}.", version.major)),
        "{version}"
    );
    assert_eq!(
        (version.protocol, version.user_agent),
        (asked.protocol_version, asked.user_agent)
    );
    drop(browser);
    chrome.shutdown().await;
    scratch.assert_deserted();
}

#[tokio::test]
async fn a_chrome_that_is_too_old_is_refused_with_what_it_is_and_what_is_needed() {
    let scratch = Scratch::create().unwrap();
    let program = fake(
        &scratch,
        "#!/bin/sh\nprintf '{\"id\":1,\"result\":{\"protocolVersion\":\"1.3\",\"product\":\"HeadlessChrome/109.0.5414.119\",\
         \"revision\":\"\",\"userAgent\":\"\",\"jsVersion\":\"\"}}\\0' >&4\nexec sleep 600\n",
    );
    let chrome = Chrome::new(LaunchOptions {
        program: Some(program.clone()),
        ..scratch.options()
    });
    let error = chrome.launch().await.unwrap_err();
    assert!(
        matches!(&error, LaunchError::Unsupported { .. }),
        "{error:?}"
    );
    for part in [
        &*program.to_string_lossy(),
        "HeadlessChrome/109.0.5414.119",
        "132",
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
    chrome.shutdown().await;
    fs::remove_file(program).unwrap();
    scratch.assert_deserted();
}

#[test]
fn a_hard_descriptor_limit_that_is_too_low_is_refused_before_anything_starts() {
    let scratch = Scratch::create().unwrap();
    let output = Command::new("prlimit")
        .arg("--nofile=100:100")
        .arg(program("browse"))
        .arg("endings")
        .env("TMPDIR", scratch.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("hard descriptor limit is 100"), "{said}");
    scratch.assert_deserted();
}

/// A quarter more than Chrome needs for an empty page.
const SMALL: u64 = 512 << 20;
/// More than that, in steps, and never a danger to the machine.
const GREEDY: &str = "(() => { window.held = []; for (let i = 0; i < 64; i++) held.push(new Uint8Array(1 << 24).fill(1)); \
     return new Promise(() => {}) })()";

#[tokio::test]
async fn a_browser_that_holds_more_memory_than_its_limit_is_ended_and_says_why() {
    let scratch = Scratch::create().unwrap();
    let chrome = Chrome::new(LaunchOptions {
        memory_limit: Some(SMALL),
        ..scratch.options()
    });
    let browser = chrome.launch().await.unwrap().browser;
    // Two pages, so that the limit is seen to be the browser's: neither holds too much alone.
    let (page, other) = (
        browser.new_page(PageOptions::default()).await.unwrap(),
        browser.new_page(PageOptions::default()).await.unwrap(),
    );
    let groups = groups_of(scratch.path());
    let half = GREEDY.replace("i < 64", "i < 20");
    let (one, two) = tokio::join!(page.evaluate_json(&half), other.evaluate_json(&half));
    for ended in [one, two] {
        let Err(EvaluateError::Call(error)) = ended else {
            panic!("{ended:?}")
        };
        assert!(error.is_closed() && error.is_memory_limit(), "{error}");
    }
    let reason = CloseReason::MemoryLimit { limit: SMALL };
    assert_eq!(browser.state(), ConnectionState::Closed { reason });
    chrome.shutdown().await;
    assert_eq!(running_in(&groups), 0);
    scratch.assert_deserted();
}

#[tokio::test]
async fn a_browser_without_a_limit_may_hold_what_it_likes() {
    let scratch = Scratch::create().unwrap();
    let chrome = Chrome::new(LaunchOptions {
        memory_limit: None,
        ..scratch.options()
    });
    let browser = chrome.launch().await.unwrap().browser;
    let page = browser.new_page(PageOptions::default()).await.unwrap();
    let filled = GREEDY.replace("new Promise(() => {})", "held.length");
    assert_eq!(page.evaluate::<u32>(&filled).await.unwrap(), 64);
    // Longer than a look at its memory would have been away.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(browser.state().is_connected());
    drop((page, browser));
    chrome.shutdown().await;
    scratch.assert_deserted();
}

#[tokio::test]
async fn a_pool_replaces_a_browser_that_held_too_much() {
    let scratch = Scratch::create().unwrap();
    let chrome = Chrome::new(LaunchOptions {
        memory_limit: Some(SMALL),
        ..scratch.options()
    });
    let config = PagesConfig {
        max_browsers: 1,
        pages_per_browser: 1,
        ..PagesConfig::default()
    };
    let pages = Pages::new(Arc::new(chrome), &config).unwrap();
    let page = pages.acquire("site").await.unwrap();
    let Err(EvaluateError::Call(error)) = page.evaluate_json(GREEDY).await else {
        panic!("the limit was not kept")
    };
    assert!(error.is_memory_limit(), "{error}");
    drop(page);
    let page = pages.acquire("site").await.unwrap();
    assert_eq!(page.evaluate::<u32>("6 * 7").await.unwrap(), 42);
    drop(page);
    pages.shutdown().await;
    scratch.assert_deserted();
}

#[tokio::test]
async fn a_stopped_browser_that_is_dropped_is_ended_within_the_bound() {
    let scratch = Scratch::create().unwrap();
    let chrome = Chrome::new(scratch.options());
    let browser = chrome.launch().await.unwrap().browser;
    let page = browser.new_page(PageOptions::default()).await.unwrap();
    for pid in processes_of(scratch.path()) {
        kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::STOP).unwrap();
    }
    let groups = groups_of(scratch.path());
    let before = Instant::now();
    drop((page, browser));
    chrome.shutdown().await;
    assert!(
        before.elapsed() < Duration::from_secs(3),
        "{:?}",
        before.elapsed()
    );
    assert_eq!(running_in(&groups), 0);
    scratch.assert_deserted();
}

#[test]
fn a_browser_whose_disk_is_full_is_ended_within_the_bound_and_leaves_nothing_on_it() {
    let disk = Scratch::create().unwrap();
    let output = namespace::on_small_disk("browse", disk.path(), 64 << 20)
        .arg("full-disk")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let found: Found = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!(
            "no result: {said} (where `unshare` is what failed: install util-linux, and allow user namespaces, which Chrome's \
             sandbox needs as well: sysctl kernel.unprivileged_userns_clone=1)"
        )
    });
    assert!(found.ending_ms < 3000, "{found:?}");
    assert_eq!(
        (found.growth.as_str(), found.left.len()),
        ("", 0),
        "{found:?}"
    );
}
