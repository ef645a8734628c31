//! A browser over its debugging port, and what is left in it. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use browser::{
    CallError, EvaluateError, LaunchError, Launcher, Navigation, PageExt, PageOptions, Pages,
    PagesConfig, Remote, RemoteOptions,
};
use serde_json::json;
use system::{groups_of, market::Market, processes_of, running_in};
use tokio::net::{TcpListener, TcpStream};

mod port;

use port::Port;

fn remote(endpoint: &str) -> Remote {
    Remote::new(endpoint, RemoteOptions::default()).unwrap()
}

#[tokio::test]
async fn a_browser_is_found_by_its_port_and_goes_on_when_it_is_closed() {
    let (port, market) = (Port::open(&[]).await, Market::start().await.unwrap());
    for endpoint in [
        port.chrome.endpoint.clone(),
        format!("http://{}", port.chrome.address),
    ] {
        let remote = remote(&endpoint);
        let browser = remote.launch().await.unwrap().browser;
        let page = browser.new_page(PageOptions::default()).await.unwrap();
        page.navigate(&Navigation::to(market.url("/board").parse().unwrap()))
            .await
            .unwrap();
        assert_eq!(port.chrome.contexts().await.unwrap(), 1);
        browser.close().await;
        assert_eq!(port.chrome.contexts().await.unwrap(), 0);
        let error = page.evaluate::<u32>("1").await.unwrap_err();
        assert!(
            matches!(error, EvaluateError::Call(CallError::Closed { .. })),
            "{error}"
        );
        drop((page, browser));
        remote.shutdown().await;
        port.comes_to(0).await;
    }
    market.shutdown().await;
    port.end().await;
}

#[tokio::test]
async fn whatever_ends_a_connection_ends_its_contexts_and_no_others() {
    let port = Port::open(&[]).await;
    let theirs = port
        .chrome
        .browser
        .new_page(PageOptions::default())
        .await
        .unwrap();
    for kills in [false, true] {
        let remote = remote(&port.chrome.endpoint);
        let launched = remote.launch().await.unwrap();
        let mut pages = Vec::new();
        for _ in 0..3 {
            pages.push(
                launched
                    .browser
                    .new_page(PageOptions::default())
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(port.chrome.contexts().await.unwrap(), 4);
        if kills {
            // Not a word is sent: the stream is gone.
            (launched.kill)();
        } else {
            drop((pages, launched));
        }
        remote.shutdown().await;
        port.comes_to(1).await;
    }
    assert_eq!(theirs.evaluate::<u32>("1").await.unwrap(), 1);
    theirs.close().await.unwrap();
    port.end().await;
}

#[tokio::test]
async fn a_page_that_is_closed_or_dropped_is_gone_at_once_while_the_browser_is_used() {
    let port = Port::open(&[]).await;
    let remote = remote(&port.chrome.endpoint);
    let browser = remote.launch().await.unwrap().browser;
    let page = browser.new_page(PageOptions::default()).await.unwrap();
    page.close().await.unwrap();
    assert_eq!(port.chrome.contexts().await.unwrap(), 0);
    drop(page);
    drop(browser.new_page(PageOptions::default()).await.unwrap());
    port.comes_to(0).await;
    for millis in 0..30 {
        let opening = browser.new_page(PageOptions::default());
        let _ = tokio::time::timeout(Duration::from_millis(millis), opening).await;
    }
    port.comes_to(0).await;
    drop(browser);
    remote.shutdown().await;
    port.end().await;
}

#[tokio::test]
async fn a_killed_remote_browser_fails_its_callers_within_a_second() {
    let port = Port::open(&[]).await;
    let groups = groups_of(port.scratch.path());
    let remote = remote(&port.chrome.endpoint);
    let browser = remote.launch().await.unwrap().browser;
    let page = browser.new_page(PageOptions::default()).await.unwrap();
    let (answer, killed_at) = tokio::join!(page.evaluate_json("new Promise(() => {})"), async {
        page.evaluate::<u32>("1").await.unwrap();
        for pid in processes_of(port.scratch.path()) {
            let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        Instant::now()
    });
    assert!(
        killed_at.elapsed() < Duration::from_secs(1),
        "{:?}",
        killed_at.elapsed()
    );
    assert!(
        matches!(answer, Err(EvaluateError::Call(CallError::Closed { .. }))),
        "{answer:?}"
    );
    assert!(!browser.state().is_connected());
    drop((page, browser));
    remote.shutdown().await;
    // Its port is closed when its last process is gone.
    while running_in(&groups) > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let error = remote.launch().await.unwrap_err();
    assert!(
        matches!(error, LaunchError::Unreachable { .. }),
        "{error:?}"
    );
    port.end().await;
}

#[tokio::test]
async fn chrome_answers_pings_and_one_that_is_stopped_is_given_up() {
    let port = Port::open(&[]).await;
    let ping = Duration::from_millis(500);
    let remote = Remote::new(
        &port.chrome.endpoint,
        RemoteOptions {
            ping_interval: ping,
            ping_timeout: 10 * ping,
            ..RemoteOptions::default()
        },
    )
    .unwrap();
    let browser = remote.launch().await.unwrap().browser;
    let page = browser.new_page(PageOptions::default()).await.unwrap();
    // Nothing else is said for a time in which a browser that answers no ping would be given up.
    page.evaluate_json("new Promise(done => setTimeout(done, 7000))")
        .await
        .unwrap();
    let processes = processes_of(port.scratch.path());
    let signal = |signal| {
        for pid in &processes {
            let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
            let _ = rustix::process::kill_process(pid, signal);
        }
    };
    signal(rustix::process::Signal::STOP);
    let error = browser
        .execute("Browser.getVersion", json!({}))
        .await
        .unwrap_err();
    signal(rustix::process::Signal::CONT);
    assert!(
        error.is_closed() && error.to_string().contains("silent"),
        "{error}"
    );
    drop((page, browser));
    remote.shutdown().await;
    port.comes_to(0).await;
    port.end().await;
}

/// Between us and Chrome, as a network is; ends what it carries when it is dropped.
async fn network(to: String) -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let carrying = async move {
        let (mut ours, _) = listener.accept().await.unwrap();
        let mut theirs = TcpStream::connect(to).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut ours, &mut theirs).await;
    };
    (address, tokio::runtime::Handle::current().spawn(carrying))
}

#[tokio::test]
async fn a_network_that_breaks_ends_both_sides() {
    let port = Port::open(&[]).await;
    let (address, network) = network(port.chrome.address.clone()).await;
    let remote = remote(&port.chrome.endpoint.replace(&port.chrome.address, &address));
    let browser = remote.launch().await.unwrap().browser;
    let page = browser.new_page(PageOptions::default()).await.unwrap();
    assert_eq!(port.chrome.contexts().await.unwrap(), 1);
    let call = page.evaluate_json("new Promise(() => {})");
    let broken = async {
        network.abort();
        Instant::now()
    };
    let (answer, at) = tokio::join!(call, broken);
    assert!(at.elapsed() < Duration::from_secs(1), "{:?}", at.elapsed());
    assert!(
        matches!(answer, Err(EvaluateError::Call(CallError::Closed { .. }))),
        "{answer:?}"
    );
    port.comes_to(0).await;
    drop((page, browser));
    remote.shutdown().await;
    port.end().await;
}

#[tokio::test]
async fn pages_of_a_remote_browser_are_lent_as_those_of_our_own() {
    let (port, market) = (Port::open(&[]).await, Market::start().await.unwrap());
    let launcher = Arc::new(remote(&format!("http://{}", port.chrome.address)));
    let pages = Pages::new(launcher, &PagesConfig::default()).unwrap();
    for site in ["one", "other", "one"] {
        let page = pages.acquire(site).await.unwrap();
        page.navigate(&Navigation::to(market.url("/board").parse().unwrap()))
            .await
            .unwrap();
    }
    pages.shutdown().await;
    port.comes_to(0).await;
    market.shutdown().await;
    port.end().await;
}
