//! Cases of how pages and browsers end.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::{
    bench::Bench,
    report::{Failure, equal, expect},
};
use crate::{
    BrowserExt, CallError, ConnectionState, ContextOptions, EvaluateError, HealthError, Navigation,
    PageExt, PageOptions, cdp,
};

/// Nothing that ends at once takes as long.
const AT_ONCE: Duration = Duration::from_secs(5);

pub(super) async fn a_closed_page_is_gone_with_its_context(bench: &Bench) -> Result<(), Failure> {
    let before = bench.targets().await?;
    let page = bench.page().await?;
    bench.visit(&*page, "/").await?;
    expect(bench.targets().await? > before, "a target more", before)?;
    page.close().await?;
    equal(bench.targets().await?, before)?;
    // Closing again does nothing, and what is closed answers nothing.
    page.close().await?;
    let came = page.evaluate::<u32>("1").await;
    expect(came.is_err(), "no value of a closed page", came)
}

pub(super) async fn a_dropped_page_is_gone_with_its_context(bench: &Bench) -> Result<(), Failure> {
    let before = bench.targets().await?;
    for _ in 0..3 {
        let page = bench.page().await?;
        bench.visit(&*page, "/").await?;
    }
    bench.comes_to(before).await
}

pub(super) async fn pages_given_up_while_they_open_leave_nothing(
    bench: &Bench,
) -> Result<(), Failure> {
    let before = bench.targets().await?;
    for millis in 0..30 {
        let opening = bench.browser.new_page(PageOptions::default());
        let _ = timeout(Duration::from_millis(millis), opening).await;
    }
    bench.comes_to(before).await
}

pub(super) async fn a_crash_fails_the_callers_of_its_page_and_no_others(
    bench: &Bench,
) -> Result<(), Failure> {
    let (page, other) = (bench.page().await?, bench.page().await?);
    bench.visit(&*page, "/").await?;
    bench.visit(&*other, "/").await?;
    let started = Instant::now();
    let (value, crash) = tokio::join!(
        page.evaluate_json("new Promise(() => {})"),
        page.execute("Page.crash", json!({})),
    );
    let told = matches!(value, Err(EvaluateError::Call(CallError::Crashed { .. })));
    expect(told, "the call of the page to fail by its crash", value)?;
    expect(
        matches!(crash, Err(CallError::Crashed { .. })),
        "a crash",
        crash,
    )?;
    expect(
        started.elapsed() < AT_ONCE,
        "both at once",
        started.elapsed(),
    )?;
    equal(other.evaluate::<u32>("1").await?, 1)?;
    let next = bench.page().await?;
    bench.visit(&*next, "/").await.map(drop)
}

pub(super) async fn a_page_that_is_closed_under_its_callers_fails_them_at_once(
    bench: &Bench,
) -> Result<(), Failure> {
    let before = bench.targets().await?;
    let other = bench.page().await?;
    let never = "new Promise(() => {})";
    let was_closed = |result: Result<Value, EvaluateError>| {
        let told = matches!(
            result,
            Err(EvaluateError::Call(CallError::PageClosed { .. }))
        );
        expect(told, "the call to fail by the end of its page", result)
    };

    // By its target.
    let page = bench.page().await?;
    let own = page.call(cdp::Target::GetTargetInfo { target_id: None });
    let target_id = own.await?.target_info.target_id;
    let closing = bench.browser.call(cdp::Target::CloseTarget { target_id });
    let (value, closed) = timeout(AT_ONCE, async {
        tokio::join!(page.evaluate_json(never), closing)
    })
    .await
    .map_err(|late| Failure::new("a closed target to fail its callers", late))?;
    closed?;
    was_closed(value)?;
    was_closed(page.evaluate_json("1").await)?;
    equal(
        page.check_responsive(AT_ONCE).await,
        Err(HealthError::Closed),
    )?;

    // By its context.
    let context = bench.browser.new_context(ContextOptions::default()).await?;
    let page = context.new_page(PageOptions::default()).await?;
    let (value, closed) = timeout(AT_ONCE, async {
        tokio::join!(page.evaluate_json(never), context.close())
    })
    .await
    .map_err(|late| Failure::new("a closed context to fail its callers", late))?;
    closed?;
    was_closed(value)?;
    let opened = context.new_page(PageOptions::default()).await.map(drop);
    expect(
        matches!(opened, Err(CallError::ContextClosed)),
        "no page of a closed context",
        opened,
    )?;

    // By itself, on its way.
    let page = bench.page().await?;
    let there = Navigation::to(bench.url("/hang"));
    let (visit, _closing) = timeout(AT_ONCE, async {
        tokio::join!(page.navigate(&there), page.execute("Page.close", json!({})))
    })
    .await
    .map_err(|late| Failure::new("a page that closes itself to fail its visit", late))?;
    // Chrome may say first that the visit was given up.
    expect(visit.is_err(), "no visit of a page that closes", visit)?;
    was_closed(page.evaluate_json(never).await)?;

    equal(other.evaluate::<u32>("1").await?, 1)?;
    drop((page, other));
    bench.comes_to(before).await
}

pub(super) async fn a_closed_browser_says_so_and_fails_its_callers(
    bench: &Bench,
) -> Result<(), Failure> {
    let browser = bench.launch().await?.browser;
    let page = browser.new_page(PageOptions::default()).await?;
    expect(
        browser.state().is_connected(),
        "a connected browser",
        browser.state(),
    )?;
    let (value, (), reason) = tokio::join!(
        page.evaluate_json("new Promise(() => {})"),
        browser.close(),
        browser.closed()
    );
    equal(ConnectionState::Closed { reason }, browser.state())?;
    let told = matches!(value, Err(EvaluateError::Call(CallError::Closed { .. })));
    expect(told, "the call to fail by the end of the browser", value)?;
    expect(
        !browser.state().is_connected(),
        "a closed browser",
        browser.state(),
    )?;
    let opened = browser.new_page(PageOptions::default()).await.map(drop);
    expect(
        matches!(opened, Err(CallError::Closed { .. })),
        "no page of a closed browser",
        opened,
    )?;
    browser.close().await;
    Ok(())
}

pub(super) async fn a_killed_browser_fails_its_callers_at_once(
    bench: &Bench,
) -> Result<(), Failure> {
    let launched = bench.launch().await?;
    let page = launched.browser.new_page(PageOptions::default()).await?;
    let kill = launched.kill;
    let started = Instant::now();
    let (value, ()) = tokio::join!(page.evaluate_json("new Promise(() => {})"), async {
        kill()
    });
    let told = matches!(value, Err(EvaluateError::Call(CallError::Closed { .. })));
    expect(told, "the call to fail by the end of the browser", value)?;
    expect(
        started.elapsed() < AT_ONCE,
        "that at once",
        started.elapsed(),
    )?;
    expect(
        !launched.browser.state().is_connected(),
        "a closed browser",
        launched.browser.state(),
    )?;
    bench.page().await.map(drop)
}
