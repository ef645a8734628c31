//! The Chrome behind the traits, against the fixture market. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use browser::{
    Browser, BrowserExt, CallError, Chrome, EvaluateError, LaunchError, LaunchOptions, Launcher,
    NavigateError, Navigation, NetworkFault, Page, PageExt, PageOptions, Pages, PagesConfig,
    Refusal, RequestGuard, WaitUntil, cdp,
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
async fn a_page_is_visited_and_read() {
    let f = Fixture::start().await;
    let page = f.page().await;
    let visit = page
        .navigate(&Navigation::to(f.url("/board")))
        .await
        .unwrap();
    assert_eq!((visit.status, visit.url), (Some(200), f.url("/board")));
    assert_eq!(visit.remote_address, Some(f.market.addr().to_string()));
    let content = page.content().await.unwrap().html;
    assert!(content.starts_with("<!DOCTYPE html"), "{}", &content[..60]);
    let cards: u32 = page
        .evaluate("document.querySelectorAll('article.job-card').length")
        .await
        .unwrap();
    assert_eq!(cards, 20);
    f.end().await;
}

#[tokio::test]
async fn a_selector_is_waited_for_until_scripts_have_made_it() {
    let f = Fixture::start().await;
    let page = f.page().await;
    let wait = WaitUntil::Selector("article.job-card".into());
    page.navigate(&Navigation::to(f.url("/spa?delay_ms=300")).wait_until(wait))
        .await
        .unwrap();
    let cards: u32 = page
        .evaluate("document.querySelectorAll('article.job-card').length")
        .await
        .unwrap();
    assert_eq!(cards, 20);
    f.end().await;
}

#[tokio::test]
async fn values_promises_and_exceptions_come_back_as_what_they_are() {
    let f = Fixture::start().await;
    let page = f.page().await;
    assert_eq!(
        page.evaluate::<Vec<u32>>("[1, 2, 3].map(x => x * 2)")
            .await
            .unwrap(),
        [2, 4, 6]
    );
    assert_eq!(
        page.evaluate::<String>("Promise.resolve('later')")
            .await
            .unwrap(),
        "later"
    );
    assert_eq!(
        page.evaluate::<Option<u32>>("undefined").await.unwrap(),
        None
    );
    let thrown = page
        .evaluate_json("(() => { throw new Error('broken') })()")
        .await
        .unwrap_err();
    assert!(
        matches!(&thrown, EvaluateError::Exception { text, .. } if text.contains("Error: broken")),
        "{thrown}"
    );
    let wrong = page.evaluate::<u32>("'text'").await.unwrap_err();
    assert!(
        matches!(wrong, EvaluateError::Call(CallError::Decode { .. })),
        "{wrong}"
    );
    // Half of a surrogate pair is a legal string in a page and no legal text anywhere else.
    let lone = page.evaluate::<String>("'a\\ud800b'").await.unwrap();
    assert!(lone.starts_with('a') && lone.ends_with('b'), "{lone:?}");
    f.end().await;
}

#[tokio::test]
async fn any_typed_command_of_the_protocol_works_on_pages_and_browsers() {
    let f = Fixture::start().await;
    let page = f.page().await;
    page.navigate(&Navigation::to(f.url("/about")))
        .await
        .unwrap();
    let tree = page.call(cdp::Page::GetFrameTree(None)).await.unwrap();
    assert_eq!(tree.frame_tree.frame.url, f.market.url("/about"));
    let version = f
        .browser
        .call(cdp::Browser::GetVersion(None))
        .await
        .unwrap();
    assert!(version.product.contains("Chrome/"), "{}", version.product);
    let refused = f
        .browser
        .execute("No.suchMethod", serde_json::json!({}))
        .await
        .unwrap_err();
    assert!(matches!(refused, CallError::Refused { .. }), "{refused}");
    f.end().await;
}

#[tokio::test]
async fn failures_of_the_network_are_told_apart_from_statuses() {
    let f = Fixture::start().await;
    let page = f.page().await;
    for (path, status) in [
        ("/fail/404", 404),
        ("/fail/500", 500),
        ("/fail/503", 503),
        ("/fail/403", 403),
    ] {
        let visit = page.navigate(&Navigation::to(f.url(path))).await.unwrap();
        assert_eq!(visit.status, Some(status), "{path}");
        assert_eq!(visit.retry_after.is_some(), status == 503, "{path}");
    }
    let reset = page
        .navigate(&Navigation::to(f.url("/fail/reset")))
        .await
        .unwrap_err();
    assert!(
        matches!(
            reset,
            NavigateError::Network {
                fault: NetworkFault::Reset,
                ..
            }
        ),
        "{reset:?}"
    );
    let refused = page
        .navigate(&Navigation::to("http://127.0.0.1:9/".parse().unwrap()))
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            NavigateError::Network {
                fault: NetworkFault::Connect,
                ..
            }
        ),
        "{refused:?}"
    );
    let unknown = page
        .navigate(&Navigation::to("http://nowhere.invalid/".parse().unwrap()))
        .await
        .unwrap_err();
    assert!(
        matches!(
            unknown,
            NavigateError::Network {
                fault: NetworkFault::Dns,
                ..
            }
        ),
        "{unknown:?}"
    );
    let circle = page
        .navigate(&Navigation::to(f.url("/redirect-loop")))
        .await
        .unwrap_err();
    assert!(
        matches!(
            circle,
            NavigateError::Network {
                fault: NetworkFault::RedirectLoop,
                ..
            }
        ),
        "{circle:?}"
    );
    // After all of that the page still works.
    page.navigate(&Navigation::to(f.url("/about")))
        .await
        .unwrap();
    f.end().await;
}

#[tokio::test]
async fn a_server_that_never_answers_costs_no_more_than_the_timeout() {
    let f = Fixture::start().await;
    let page = f.page().await;
    let before = Instant::now();
    let hang = Navigation::to(f.url("/fail/hang")).timeout(Duration::from_secs(1));
    let error = page.navigate(&hang).await.unwrap_err();
    assert!(matches!(&error, NavigateError::Timeout { .. }), "{error:?}");
    assert!(
        before.elapsed() < Duration::from_secs(8),
        "{:?}",
        before.elapsed()
    );
    page.navigate(&Navigation::to(f.url("/about")))
        .await
        .unwrap();
    f.end().await;
}

#[tokio::test]
async fn dialogs_do_not_hold_up_a_page() {
    let f = Fixture::start().await;
    let page = f.page().await;
    page.navigate(&Navigation::to(f.url("/js/dialog")))
        .await
        .unwrap();
    assert!(page.content().await.unwrap().html.contains("job-card"));
    f.end().await;
}

/// Allows every path but one.
struct Refusing(&'static str);

#[async_trait]
impl RequestGuard for Refusing {
    async fn check(&self, url: &Url) -> Result<(), Refusal> {
        if url.path() == self.0 {
            Err(Refusal {
                code: "address_refused",
                reason: "the test says so".into(),
            })
        } else {
            Ok(())
        }
    }
}

#[tokio::test]
async fn the_guard_sees_redirects_before_they_are_followed() {
    let f = Fixture::start().await;
    let options = PageOptions {
        guard: Some(Arc::new(Refusing("/about"))),
        ..PageOptions::default()
    };
    let page = f.browser.new_page(options).await.unwrap();
    page.navigate(&Navigation::to(f.url("/board")))
        .await
        .unwrap();
    for path in ["/about", "/redirect?to=/about"] {
        let error = page
            .navigate(&Navigation::to(f.url(path)))
            .await
            .unwrap_err();
        let NavigateError::Refused { url, code, .. } = &error else {
            panic!("{path}: {error:?}")
        };
        assert_eq!(
            (url.as_str(), *code),
            (f.market.url("/about").as_str(), "address_refused")
        );
    }
    assert_eq!(f.market.requests_to("/about"), 0);
    let visit = page
        .navigate(&Navigation::to(f.url("/redirect?to=/board")))
        .await
        .unwrap();
    assert_eq!((visit.status, visit.url), (Some(200), f.url("/board")));
    f.end().await;
}

#[tokio::test]
async fn a_page_that_moves_on_by_script_has_arrived_where_it_stays() {
    let f = Fixture::start().await;
    let page = f.page().await;
    let moves = f.url(&format!("/js/moves?to={}", f.market.url("/board")));
    for wait in [
        WaitUntil::Load,
        WaitUntil::Selector("article.job-card".into()),
    ] {
        let visit = page
            .navigate(&Navigation::to(moves.clone()).wait_until(wait))
            .await
            .unwrap();
        assert_eq!((visit.status, visit.url), (Some(200), f.url("/board")));
    }
    let options = PageOptions {
        guard: Some(Arc::new(Refusing("/about"))),
        ..PageOptions::default()
    };
    let page = f.browser.new_page(options).await.unwrap();
    let moves = f.url(&format!("/js/moves?to={}", f.market.url("/about")));
    let error = page.navigate(&Navigation::to(moves)).await.unwrap_err();
    assert!(matches!(error, NavigateError::Refused { .. }), "{error:?}");
    assert_eq!(f.market.requests_to("/about"), 0);
    f.end().await;
}

#[tokio::test]
async fn a_frame_that_is_refused_does_not_explain_another_failure() {
    let f = Fixture::start().await;
    let options = PageOptions {
        guard: Some(Arc::new(Refusing("/about"))),
        ..PageOptions::default()
    };
    let page = f.browser.new_page(options).await.unwrap();
    page.navigate(&Navigation::to(f.url("/board")))
        .await
        .unwrap();
    let frame = "new Promise(done => { const frame = document.createElement('iframe'); frame.onload = () => done(1); \
                 frame.src = '/about'; document.body.append(frame); })";
    page.evaluate::<u32>(frame).await.unwrap();
    let error = page
        .navigate(&Navigation::to(f.url("/fail/reset")))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            NavigateError::Network {
                fault: NetworkFault::Reset,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(f.market.requests_to("/about"), 0);
    f.end().await;
}

#[tokio::test]
async fn windows_that_a_page_opens_are_closed() {
    let f = Fixture::start().await;
    let page = f.page().await;
    let windows = async || {
        let all = f
            .browser
            .call(cdp::Target::GetTargets { filter: None })
            .await
            .unwrap();
        all.target_infos
            .iter()
            .filter(|target| target.Type == "page")
            .count()
    };
    let before = windows().await;
    for _ in 0..3 {
        page.navigate(&Navigation::to(f.url("/js/popup")))
            .await
            .unwrap();
        page.evaluate_json("for (let i = 0; i < 3; i++) window.open('/about'); 1")
            .await
            .unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(15);
    while windows().await != before && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(windows().await, before);
    f.end().await;
}

#[tokio::test]
async fn a_crashed_page_fails_its_callers_at_once_and_the_browser_goes_on() {
    let f = Fixture::start().await;
    let page = f.page().await;
    page.navigate(&Navigation::to(f.url("/board")))
        .await
        .unwrap();
    let before = Instant::now();
    let (evaluated, crashed) = tokio::join!(
        page.evaluate_json("new Promise(() => {})"),
        page.execute("Page.crash", serde_json::json!({})),
    );
    assert!(
        matches!(
            evaluated,
            Err(EvaluateError::Call(CallError::Crashed { .. }))
        ),
        "{evaluated:?}"
    );
    assert!(
        matches!(crashed, Err(CallError::Crashed { .. })),
        "{crashed:?}"
    );
    assert!(
        before.elapsed() < Duration::from_secs(5),
        "{:?}",
        before.elapsed()
    );
    let other = f.page().await;
    other
        .navigate(&Navigation::to(f.url("/board")))
        .await
        .unwrap();
    f.end().await;
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
async fn pages_share_no_cookies() {
    let f = Fixture::start().await;
    let (one, other) = (f.page().await, f.page().await);
    for page in [&one, &other] {
        page.navigate(&Navigation::to(f.url("/about")))
            .await
            .unwrap();
    }
    one.evaluate_json("document.cookie = 'secret=1'; localStorage.setItem('secret', '1')")
        .await
        .unwrap();
    let seen: String = other
        .evaluate("document.cookie + localStorage.getItem('secret')")
        .await
        .unwrap();
    assert_eq!(seen, "null");
    f.end().await;
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

#[tokio::test]
async fn pages_given_up_at_any_moment_leave_no_target() {
    let f = Fixture::start().await;
    let targets = async || {
        let all = f
            .browser
            .call(cdp::Target::GetTargets { filter: None })
            .await
            .unwrap();
        all.target_infos.len()
    };
    let before = targets().await;
    for round in 0..30 {
        let wait = Duration::from_millis(round);
        let _ = tokio::time::timeout(wait, f.browser.new_page(PageOptions::default())).await;
    }
    let deadline = Instant::now() + Duration::from_secs(15);
    while targets().await != before && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(targets().await, before);
    f.end().await;
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
