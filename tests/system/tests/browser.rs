//! The Chrome behind the traits: how it starts and how it ends. What it does meanwhile is in `conformance.rs`. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use browser::{
    Browser, Chrome, LaunchError, LaunchOptions, Launcher, Navigation, Page, PageOptions, Pages,
    PagesConfig,
};
use system::{groups_of, market::Market, processes_of, running_in};
use url::Url;

struct Fixture {
    market: Market,
    chrome: Chrome,
    browser: Arc<dyn Browser>,
    temp: tempfile::TempDir,
}

impl Fixture {
    async fn start() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let chrome = Chrome::new(options(temp.path()));
        let launched = chrome.launch().await.unwrap();
        Self {
            market: Market::start().await.unwrap(),
            chrome,
            browser: launched.browser,
            temp,
        }
    }

    async fn page(&self) -> Box<dyn Page> {
        self.browser.new_page(PageOptions::default()).await.unwrap()
    }

    fn url(&self, path: &str) -> Url {
        self.market.url(path).parse().unwrap()
    }

    async fn end(self) {
        let groups = groups_of(self.temp.path());
        self.browser.close().await;
        assert_eq!(running_in(&groups), 0, "closing left processes");
        self.chrome.shutdown().await;
        self.market.shutdown().await;
        nothing_left_in(self.temp.path());
    }
}

fn options(temp: &Path) -> LaunchOptions {
    // Chrome runs as somebody else when we are root: the way to its profile must be open.
    let mut permissions = temp.metadata().unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o711);
    fs::set_permissions(temp, permissions).unwrap();
    LaunchOptions {
        temp_dir: temp.to_owned(),
        ..LaunchOptions::default()
    }
}

/// No file, and no process that shows where it was started; helpers, which do not, are looked for by their groups.
fn nothing_left_in(temp: &Path) {
    let left: Vec<_> = fs::read_dir(temp)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    let survivors = processes_of(temp);
    assert!(survivors.is_empty(), "still running: {survivors:?}");
}

#[tokio::test]
async fn a_stopped_browser_holds_up_its_pool_no_longer_than_the_bounds_say() {
    let temp = tempfile::tempdir().unwrap();
    let market = Market::start().await.unwrap();
    let pages = Pages::new(
        Arc::new(Chrome::new(options(temp.path()))),
        &PagesConfig::default(),
    )
    .unwrap();
    let page = pages.acquire("site").await.unwrap();
    page.navigate(&Navigation::to(market.url("/board").parse().unwrap()))
        .await
        .unwrap();
    for pid in processes_of(temp.path()) {
        let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    }
    // A page that is given up makes its browser suspect; the next one is on another.
    page.discard();
    while pages.page_status().destroying > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let other = pages.acquire("site").await.unwrap();
    other
        .navigate(&Navigation::to(market.url("/board").parse().unwrap()))
        .await
        .unwrap();
    drop(other);
    let before = Instant::now();
    pages.shutdown().await;
    assert!(
        before.elapsed() < Duration::from_secs(3),
        "{:?}",
        before.elapsed()
    );
    market.shutdown().await;
    nothing_left_in(temp.path());
}

#[tokio::test]
async fn a_killed_browser_fails_its_callers_within_a_second_and_is_cleaned_up() {
    let f = Fixture::start().await;
    let page = f.page().await;
    let hang = Navigation::to(f.url("/fail/hang"));
    let (error, killed_at) = tokio::join!(page.navigate(&hang), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        for pid in processes_of(f.temp.path()) {
            let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        Instant::now()
    });
    let error = error.unwrap_err();
    assert!(error.is_browser_fault(), "{error:?}");
    assert!(
        killed_at.elapsed() < Duration::from_secs(1),
        "{:?}",
        killed_at.elapsed()
    );
    assert!(!f.browser.state().is_connected());
    f.end().await;
}

#[tokio::test]
async fn a_stopped_browser_is_ended_within_the_bound() {
    let f = Fixture::start().await;
    for pid in processes_of(f.temp.path()) {
        let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    }
    let before = Instant::now();
    f.browser.close().await;
    assert!(
        before.elapsed() < Duration::from_secs(3),
        "{:?}",
        before.elapsed()
    );
    f.end().await;
}

#[tokio::test]
async fn dropping_everything_leaves_nothing() {
    let f = Fixture::start().await;
    let page = f.page().await;
    page.navigate(&Navigation::to(f.url("/board")))
        .await
        .unwrap();
    let groups = groups_of(f.temp.path());
    assert!(running_in(&groups) > 5, "a browser has helpers");
    drop((page, f.browser));
    f.chrome.shutdown().await;
    assert_eq!(running_in(&groups), 0);
    nothing_left_in(f.temp.path());
}

#[tokio::test]
async fn a_launch_given_up_at_any_moment_leaves_nothing() {
    let temp = tempfile::tempdir().unwrap();
    for millis in [0, 1, 5, 20, 50, 100, 150, 200, 300] {
        let chrome = Chrome::new(options(temp.path()));
        let _ = tokio::time::timeout(Duration::from_millis(millis), chrome.launch()).await;
        chrome.shutdown().await;
        nothing_left_in(temp.path());
    }
}

#[test]
fn a_runtime_that_ends_with_a_browser_alive_takes_it_along() {
    let temp = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let launched =
        runtime.block_on(async { Chrome::new(options(temp.path())).launch().await.unwrap() });
    let groups = groups_of(temp.path());
    drop(runtime);
    drop(launched);
    assert_eq!(running_in(&groups), 0);
    nothing_left_in(temp.path());
}

#[tokio::test]
async fn a_program_that_is_no_chrome_is_told_with_its_last_words() {
    let temp = tempfile::tempdir().unwrap();
    let fake = temp.path().join("chromium");
    fs::write(&fake, "#!/bin/sh\necho 'No usable sandbox!' >&2\n").unwrap();
    fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let chrome = Chrome::new(LaunchOptions {
        program: Some(fake.clone()),
        ..options(temp.path())
    });
    let error = chrome.launch().await.unwrap_err();
    assert!(matches!(&error, LaunchError::Died { .. }), "{error:?}");
    assert!(error.to_string().contains("No usable sandbox!"), "{error}");
    chrome.shutdown().await;
    fs::remove_file(fake).unwrap();
    nothing_left_in(temp.path());
}

#[tokio::test]
async fn a_program_that_says_nothing_is_given_up_and_ended() {
    let temp = tempfile::tempdir().unwrap();
    let fake = temp.path().join("chromium");
    fs::write(&fake, "#!/bin/sh\nsleep 600 &\nexec sleep 600\n").unwrap();
    fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let launch_timeout = Duration::from_millis(300);
    let chrome = Chrome::new(LaunchOptions {
        program: Some(fake.clone()),
        launch_timeout,
        ..options(temp.path())
    });
    let error = chrome.launch().await.unwrap_err();
    assert!(matches!(&error, LaunchError::Timeout { .. }), "{error:?}");
    chrome.shutdown().await;
    fs::remove_file(fake).unwrap();
    nothing_left_in(temp.path());
}
