//! A thousand contexts in one browser. Needs Chromium: `cargo xtask setup` installs it.
//!
//! The only test of its process: everything that this process and its descendants hold is counted.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fmt::Debug, time::Duration};

use browser::{Browser, BrowserExt, Chrome, ContextOptions, Launcher, PageOptions, cdp};
use census::{Census, Scope};
use serde_json::json;
use system::Scratch;
use tokio::time::{Instant, sleep};

const CONTEXTS: usize = 1000;
/// The first of each kind of work makes what the browser keeps for the next.
const WARM_UP: usize = 50;

#[test]
fn a_thousand_contexts_and_pages_leave_nothing_behind() {
    system::runtime()
        .unwrap()
        .block_on(make_and_close_a_thousand());
}

async fn make_and_close_a_thousand() {
    let scratch = Scratch::create().unwrap();
    let chrome = Chrome::new(scratch.options());
    let browser = chrome.launch().await.unwrap().browser;
    open_and_close(&*browser, WARM_UP).await;
    let before = settled(&*browser).await;
    open_and_close(&*browser, CONTEXTS).await;
    becomes(before, async || figures(&*browser).await).await;
    browser.close().await;
    chrome.shutdown().await;
    scratch.assert_deserted();
}

async fn open_and_close(browser: &dyn Browser, contexts: usize) {
    for index in 0..contexts {
        let context = browser
            .new_context(ContextOptions::default())
            .await
            .unwrap();
        let page = context.new_page(PageOptions::default()).await.unwrap();
        match index % 3 {
            0 => page.close().await.unwrap(),
            1 => drop(page),
            // The page goes with its context.
            _ => {}
        }
        context.close().await.unwrap();
    }
}

/// What there is. Threads are counted but for those that Chrome's pool makes and ends by its own mood.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Figures {
    targets: usize,
    contexts: usize,
    fds: u64,
    threads: u64,
    processes: u64,
    zombies: u64,
}

async fn figures(browser: &dyn Browser) -> Figures {
    let targets = cdp::Target::GetTargets { filter: None };
    let targets = browser.call(targets).await.unwrap().target_infos.len();
    // The typed answer takes the list for a single text.
    let contexts = browser
        .execute("Target.getBrowserContexts", json!({}))
        .await;
    let census = Census::take(&Scope::default()).unwrap();
    Figures {
        targets,
        contexts: contexts.unwrap()["browserContextIds"]
            .as_array()
            .unwrap()
            .len(),
        fds: census.fds,
        threads: census.threads,
        processes: census.processes,
        zombies: census.zombies,
    }
}

/// The figures once they have been the same for two seconds.
async fn settled(browser: &dyn Browser) -> Figures {
    let mut last = figures(browser).await;
    let mut since = Instant::now();
    while since.elapsed() < Duration::from_secs(2) {
        sleep(Duration::from_millis(100)).await;
        let now = figures(browser).await;
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    last
}

/// Waits, widely bounded, until a figure is what it was.
async fn becomes<T: PartialEq + Debug>(expected: T, figure: impl AsyncFn() -> T) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while figure().await != expected && Instant::now() < deadline {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(figure().await, expected);
}
