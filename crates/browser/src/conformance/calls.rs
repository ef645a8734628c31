//! Cases of asking pages and browsers something.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    bench::Bench,
    report::{Failure, equal, expect},
};
use crate::{BrowserExt, CallError, Content, EvaluateError, PageExt, cdp};

/// Nothing that happens at once takes as long.
const AT_ONCE: Duration = Duration::from_secs(10);

pub(super) async fn values_and_promises_come_back(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    equal(
        page.evaluate::<Vec<u32>>("[1, 2].map(x => 2 * x)").await?,
        vec![2, 4],
    )?;
    equal(
        page.evaluate::<String>("Promise.resolve('later')").await?,
        "later".into(),
    )?;
    equal(page.evaluate::<Option<u32>>("undefined").await?, None)?;
    let wrong = page.evaluate::<u32>("'text'").await;
    let told = matches!(wrong, Err(EvaluateError::Call(CallError::Decode { .. })));
    expect(told, "a value of another type refused", wrong)
}

pub(super) async fn exceptions_are_told_with_their_text(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    for thrown in [
        "(() => { throw new Error('broken') })()",
        "Promise.reject(new Error('broken'))",
    ] {
        let came = page.evaluate_json(thrown).await;
        let told = matches!(&came, Err(EvaluateError::Exception { text, .. }) if text.contains("Error: broken"));
        expect(told, "an exception with its text", came)?;
    }
    Ok(())
}

pub(super) async fn half_a_surrogate_pair_is_replaced(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    equal(
        page.evaluate::<String>(r"'a\ud800b'").await?,
        "a\u{fffd}b".into(),
    )
}

pub(super) async fn any_command_works_on_pages_and_browsers(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    bench.visit(&*page, "/typed").await?;
    let tree = page.call(cdp::Page::GetFrameTree(None)).await?;
    equal(tree.frame_tree.frame.url, bench.url("/typed").to_string())?;
    let version = bench.browser.call(cdp::Browser::GetVersion(None)).await?;
    expect(
        version.product.contains('/'),
        "a product with its version",
        version.product,
    )?;
    let untyped = page.execute("Page.getFrameTree", json!({})).await?;
    let url = untyped["frameTree"]["frame"]["url"].clone();
    equal(url, Value::from(bench.url("/typed").as_str()))?;
    let refused = bench.browser.execute("No.suchMethod", json!({})).await;
    expect(
        matches!(refused, Err(CallError::Refused { .. })),
        "a refusal",
        refused,
    )
}

pub(super) async fn events_are_told_as_they_happen(bench: &Bench) -> Result<(), Failure> {
    let mut created = bench.browser.events(&["Target.targetCreated"]);
    let page = bench.page().await?;
    let told = timeout(AT_ONCE, created.next()).await?;
    let told = told.ok_or_else(|| Failure::new("an event", "the end of the stream"))??;
    equal(told.method, "Target.targetCreated".to_owned())?;
    let name = "Network.responseReceived";
    let mut responses = page.events_of::<cdp::Network::events::ResponseReceivedEvent>(name);
    bench.visit(&*page, "/told").await?;
    let told = timeout(AT_ONCE, responses.next()).await?;
    let told = told.ok_or_else(|| Failure::new("an event", "the end of the stream"))??;
    equal(told.params.response.url, bench.url("/told").to_string())?;
    page.close().await?;
    // Those of a page end with it; what was not read before is read first.
    while timeout(AT_ONCE, responses.next()).await?.is_some() {}
    Ok(())
}

pub(super) async fn a_giant_document_costs_no_more_than_its_reader(
    bench: &Bench,
) -> Result<(), Failure> {
    let page = bench.page().await?;
    bench.visit(&*page, "/giant").await?;
    // What is not shown costs no layout.
    let giant = format!(
        "document.body.append(document.createComment('x'.repeat({}))); 1",
        Content::MAX_LENGTH
    );
    page.evaluate_json(&giant).await?;
    let read = page.content().await.map(|content| content.html.len());
    let told = matches!(
        read,
        Err(EvaluateError::TooLarge { length, limit }) if length > limit && limit == Content::MAX_LENGTH
    );
    expect(told, "a document that is too large", read)?;
    equal(page.evaluate::<u8>("1").await?, 1)
}

pub(super) async fn a_browser_tells_its_version_and_how_many_calls_wait(
    bench: &Bench,
) -> Result<(), Failure> {
    let told = bench.browser.call(cdp::Browser::GetVersion(None)).await?;
    equal(bench.browser.version().product, told.product)?;
    let page = bench.page().await?;
    equal(bench.browser.in_flight(), 0)?;
    let waiting = tokio::time::timeout(
        Duration::from_millis(200),
        page.evaluate_json("new Promise(() => {})"),
    );
    let (ended, counted) = tokio::join!(waiting, async { bench.browser.in_flight() });
    expect(ended.is_err(), "no value", ended)?;
    equal((counted, bench.browser.in_flight()), (1, 0))
}

pub(super) async fn a_dropped_call_is_forgotten(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    for millis in [0, 1, 5, 20] {
        let never = page.evaluate_json("new Promise(() => {})");
        let ended = tokio::time::timeout(Duration::from_millis(millis), never).await;
        expect(ended.is_err(), "no value", ended)?;
        equal(page.evaluate::<u64>(&millis.to_string()).await?, millis)?;
    }
    Ok(())
}

pub(super) async fn dialogs_are_dismissed(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    bench.visit(&*page, "/dialogs").await?;
    equal(
        page.evaluate::<String>("document.title").await?,
        "falsenull".into(),
    )
}
