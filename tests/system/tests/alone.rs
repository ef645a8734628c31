//! What a browser has to do in a time that was promised: in a program of their own and one at a time, so that it is not
//! other tests that are measured. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    io::{BufRead, BufReader, Write, stderr},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use browser::{Chrome, Launcher, PageExt, PageOptions};
use system::{Scratch, groups_of, program, running_in};
use tokio::sync::Mutex;

static TURN: Mutex<()> = Mutex::const_new(());

/// A process that holds a browser with a page.
fn holder(temp: &Path) -> Child {
    let mut child = Command::new(program("browse"))
        .arg("hold")
        .env("TMPDIR", temp)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.as_mut().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "\"ready\"\n");
    child
}

/// Elsewhere a call takes 100 ms.
#[tokio::test]
async fn half_of_all_evaluations_take_less_than_five_milliseconds() {
    let _turn = TURN.lock().await;
    let scratch = Scratch::create().unwrap();
    let chrome = Chrome::new(scratch.options());
    let browser = chrome.launch().await.unwrap().browser;
    let page = browser.new_page(PageOptions::default()).await.unwrap();
    let mut times = Vec::new();
    for round in 0..501 {
        let began = Instant::now();
        assert_eq!(
            page.evaluate::<u32>(&round.to_string()).await.unwrap(),
            round
        );
        times.push(began.elapsed());
    }
    times.sort_unstable();
    assert!(times[250] < Duration::from_millis(5), "{:?}", times[250]);
    drop((page, browser));
    chrome.shutdown().await;
    scratch.assert_deserted();
}

/// Elsewhere Chrome lives on as an orphan.
#[test]
fn nothing_of_a_browser_survives_the_death_of_its_parent_by_a_second() {
    let _turn = TURN.blocking_lock();
    let scratch = Scratch::create().unwrap();
    let mut slowest = Duration::ZERO;
    for round in 0..20 {
        let mut parent = holder(scratch.path());
        let groups = groups_of(scratch.path());
        assert!(running_in(&groups) > 5, "a browser has helpers");
        // What the round before left was swept when this one started.
        assert_eq!(scratch.entries().len(), 1, "round {round}");
        let killed = Instant::now();
        parent.kill().unwrap();
        parent.wait().unwrap();
        while running_in(&groups) > 0 && killed.elapsed() < Duration::from_secs(15) {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        let took = killed.elapsed();
        assert!(took < Duration::from_secs(1), "round {round}: {took:?}");
        slowest = slowest.max(took);
    }
    let _ = writeln!(
        stderr(),
        "the slowest of 20 ended {slowest:?} after its parent"
    );
    let mut last = holder(scratch.path());
    drop(last.stdin.take());
    assert!(last.wait().unwrap().success());
    scratch.assert_deserted();
}
