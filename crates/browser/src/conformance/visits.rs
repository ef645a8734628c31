//! Cases of going somewhere and reading what is there.

use std::time::Duration;

use super::{
    bench::Bench,
    report::{Failure, equal, expect},
};
use crate::{NavigateError, Navigation, NetworkFault, PageExt, WaitUntil};

pub(super) async fn a_visit_tells_status_address_and_peer(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    let visit = bench.visit(&*page, "/somewhere").await?;
    equal(
        (visit.status, visit.url),
        (Some(200), bench.url("/somewhere")),
    )?;
    equal(visit.remote_address, Some(bench.server.address.to_string()))
}

pub(super) async fn an_error_status_is_a_visit_and_no_error(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    for status in [403, 404, 500, 503] {
        let visit = bench.visit(&*page, &format!("/status/{status}")).await?;
        let retry_after = (status == 503).then(|| "7".to_owned());
        equal(
            (visit.status, visit.retry_after),
            (Some(status), retry_after),
        )?;
    }
    Ok(())
}

pub(super) async fn redirects_are_followed_and_endless_ones_are_not(
    bench: &Bench,
) -> Result<(), Failure> {
    let page = bench.page().await?;
    let visit = bench.visit(&*page, "/redirect?/redirect?/there").await?;
    equal((visit.status, visit.url), (Some(200), bench.url("/there")))?;
    fault(
        bench,
        bench.url("/loop").as_str(),
        NetworkFault::RedirectLoop,
    )
    .await
}

pub(super) async fn a_page_that_moves_on_by_script_has_arrived_where_it_stays(
    bench: &Bench,
) -> Result<(), Failure> {
    let page = bench.page().await?;
    let moves = Navigation::to(bench.url("/moves?/there"));
    for wait in [WaitUntil::Load, WaitUntil::Selector("h1".into())] {
        let visit = page.navigate(&moves.clone().wait_until(wait)).await?;
        equal((visit.status, visit.url), (Some(200), bench.url("/there")))?;
    }
    Ok(())
}

pub(super) async fn faults_of_the_network_are_told_apart(bench: &Bench) -> Result<(), Failure> {
    fault(bench, bench.url("/reset").as_str(), NetworkFault::Reset).await?;
    // The discard service: nobody runs it, and it needs no port of ours to be free.
    fault(bench, "http://127.0.0.1:9/", NetworkFault::Connect).await?;
    fault(bench, "http://nowhere.invalid/", NetworkFault::Dns).await
}

/// A page that meets a fault says so and goes on.
async fn fault(bench: &Bench, url: &str, expected: NetworkFault) -> Result<(), Failure> {
    let page = bench.page().await?;
    let url = url
        .parse()
        .map_err(|error| Failure::new("an address", error))?;
    match page.navigate(&Navigation::to(url)).await {
        Err(NavigateError::Network { fault, .. }) if fault == expected => {}
        other => {
            return Err(Failure::new(
                format!("a network fault, {expected:?}"),
                other,
            ));
        }
    }
    bench.visit(&*page, "/after").await.map(drop)
}

pub(super) async fn a_server_that_never_answers_costs_no_more_than_the_timeout(
    bench: &Bench,
) -> Result<(), Failure> {
    let page = bench.page().await?;
    let hang = Navigation::to(bench.url("/hang")).timeout(Duration::from_secs(1));
    let navigating = page.navigate(&hang);
    let Ok(came) = tokio::time::timeout(Duration::from_secs(10), navigating).await else {
        return Err(Failure::new(
            "an end at the timeout of 1 s",
            "none within 10 s",
        ));
    };
    expect(
        matches!(came, Err(NavigateError::Timeout { .. })),
        "a timeout",
        &came,
    )?;
    bench.visit(&*page, "/after").await.map(drop)
}

pub(super) async fn a_selector_is_waited_for(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    let later =
        Navigation::to(bench.url("/later")).wait_until(WaitUntil::Selector("#later".into()));
    page.navigate(&later).await?;
    let found: bool = page
        .evaluate("document.querySelector('#later') !== null")
        .await?;
    expect(found, "the element", found)
}

pub(super) async fn a_page_that_is_busy_while_it_is_watched_arrives(
    bench: &Bench,
) -> Result<(), Failure> {
    let page = bench.page().await?;
    let there = Navigation::to(bench.url("/busy")).wait_until(WaitUntil::Selector("#done".into()));
    page.navigate(&there).await?;
    Ok(())
}

pub(super) async fn a_selector_that_is_none_is_an_error(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    let wrong = Navigation::to(bench.url("/")).wait_until(WaitUntil::Selector("[".into()));
    let came = page.navigate(&wrong).await;
    expect(
        matches!(came, Err(NavigateError::Selector { .. })),
        "an error of the selector",
        came,
    )
}

pub(super) async fn a_download_is_not_a_visit(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    bench.visit(&*page, "/before").await?;
    let came = page.navigate(&Navigation::to(bench.url("/download"))).await;
    expect(
        matches!(came, Err(NavigateError::Download)),
        "a refused download",
        came,
    )?;
    bench.visit(&*page, "/after").await.map(drop)
}

pub(super) async fn a_document_is_read_with_its_address(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    bench.visit(&*page, "/redirect?/there").await?;
    let content = page.content().await?;
    equal(content.url, bench.url("/there"))?;
    let whole =
        content.html.starts_with("<!DOCTYPE html>") && content.html.contains("<h1>/there</h1>");
    expect(whole, "the document with its type", content.html)
}

pub(super) async fn a_change_by_script_is_noticed(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    bench.visit(&*page, "/").await?;
    let seen = page.content().await?;
    let rest = Duration::from_millis(50);
    let unchanged =
        tokio::time::timeout(Duration::from_millis(300), page.changed_since(&seen, rest));
    expect(unchanged.await.is_err(), "no change", "one")?;
    page.evaluate_json("setTimeout(() => document.body.append('more'), 200); 1")
        .await?;
    page.changed_since(&seen, rest).await?;
    let html = page.content().await?.html;
    expect(html.contains("more"), "the changed document", html)
}
