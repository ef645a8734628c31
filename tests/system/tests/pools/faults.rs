//! Pages and browsers that fail, and what that costs whom.

use std::time::Duration;

use browser::{
    CallError, EvaluateError, LaunchOptions, Navigation, PageExt, PageLease, PagesConfig,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use system::processes_of;

use crate::Fixture;

async fn works(page: &PageLease) {
    assert_eq!(page.evaluate::<u32>("6 * 7").await.unwrap(), 42);
}

fn signal_all(f: &Fixture, signal: Signal) {
    for pid in processes_of(f.scratch.path()) {
        // One that has just ended is no matter.
        let _ = kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal);
    }
}

#[tokio::test]
async fn a_page_that_hangs_or_crashes_costs_its_own_lease_and_no_other() {
    let config = PagesConfig {
        max_browsers: 1,
        pages_per_browser: 2,
        ..PagesConfig::default()
    };
    let f = Fixture::start_with(&config, |options| LaunchOptions {
        call_timeout: Duration::from_secs(2),
        ..options
    })
    .await;
    let neighbour = f.pages.acquire("b").await.unwrap();
    let hung = f.pages.acquire("a").await.unwrap();
    let error = hung.evaluate::<Value>("while (true);").await.unwrap_err();
    assert!(
        matches!(error, EvaluateError::Call(CallError::Timeout { .. })),
        "{error:?}"
    );
    assert!(error.is_retry_safe());
    works(&neighbour).await;
    drop(hung);
    let next = f.pages.acquire("a").await.unwrap();
    works(&next).await;
    let error = next.execute("Page.crash", json!({})).await.unwrap_err();
    assert!(matches!(error, CallError::Crashed { .. }), "{error:?}");
    assert!(error.is_retry_safe());
    drop(next);
    works(&f.pages.acquire("a").await.unwrap()).await;
    works(&neighbour).await;
    drop(neighbour);
    assert_eq!(f.launches(), 1);
    f.end().await;
}

#[tokio::test]
async fn a_page_that_was_given_up_while_it_hangs_is_found_out_before_its_next_lease() {
    let config = PagesConfig {
        max_browsers: 1,
        pages_per_browser: 1,
        ..PagesConfig::default()
    };
    let f = Fixture::start(&config).await;
    let hung = f.pages.acquire("a").await.unwrap();
    let endless = hung.evaluate::<Value>("while (true);");
    let patience = Duration::from_millis(300);
    assert!(tokio::time::timeout(patience, endless).await.is_err());
    drop(hung);
    works(&f.pages.acquire("a").await.unwrap()).await;
    assert_eq!(f.launches(), 1);
    f.end().await;
}

#[tokio::test]
async fn a_killed_browser_is_replaced_and_its_tasks_are_told_that_a_retry_is_safe() {
    let config = PagesConfig {
        max_browsers: 1,
        ..PagesConfig::default()
    };
    let f = Fixture::start(&config).await;
    let leases = [
        f.pages.acquire("a").await.unwrap(),
        f.pages.acquire("b").await.unwrap(),
    ];
    signal_all(&f, Signal::KILL);
    for lease in &leases {
        let error = lease.evaluate::<u32>("6 * 7").await.unwrap_err();
        assert!(error.is_retry_safe(), "{error:?}");
        let visit = Navigation::to(f.site.url());
        let error = lease.navigate(&visit).await.unwrap_err();
        assert!(error.is_retry_safe(), "{error:?}");
    }
    drop(leases);
    works(&f.pages.acquire("a").await.unwrap()).await;
    assert_eq!(f.launches(), 2);
    f.end().await;
}

#[tokio::test]
async fn a_browser_that_froze_while_its_pages_were_idle_costs_nobody_a_visit() {
    let mut config = PagesConfig {
        max_browsers: 1,
        ..PagesConfig::default()
    };
    config.pool.check_after = Some(Duration::ZERO);
    let f = Fixture::start(&config).await;
    let leases = [
        f.pages.acquire("a").await.unwrap(),
        f.pages.acquire("b").await.unwrap(),
    ];
    drop(leases);
    signal_all(&f, Signal::STOP);
    let page = f.pages.acquire("a").await.unwrap();
    page.navigate(&Navigation::to(f.site.url())).await.unwrap();
    drop(page);
    assert_eq!(f.launches(), 2);
    f.end().await;
}
