//! Cases of what pages may not do, to each other and to others.

use std::sync::Arc;

use async_trait::async_trait;
use url::Url;

use super::{
    bench::Bench,
    report::{Failure, equal, expect},
};
use crate::{
    ContextOptions, NavigateError, Navigation, Page, PageExt, PageOptions, Refusal, RequestGuard,
};

pub(super) async fn pages_share_no_cookies_and_no_storage(bench: &Bench) -> Result<(), Failure> {
    let (one, other) = (bench.page().await?, bench.page().await?);
    bench.visit(&*one, "/").await?;
    bench.visit(&*other, "/").await?;
    one.evaluate_json("document.cookie = 'secret=1'; localStorage.setItem('secret', '1')")
        .await?;
    let own: String = one
        .evaluate("document.cookie + localStorage.getItem('secret')")
        .await?;
    equal(own, "secret=11".into())?;
    let seen: String = other
        .evaluate("document.cookie + localStorage.getItem('secret')")
        .await?;
    equal(seen, "null".into())
}

pub(super) async fn pages_of_a_context_share_cookies_and_end_with_it(
    bench: &Bench,
) -> Result<(), Failure> {
    let before = bench.targets().await?;
    let context = bench.browser.new_context(ContextOptions::default()).await?;
    let one = context.new_page(PageOptions::default()).await?;
    let other = context.new_page(PageOptions::default()).await?;
    bench.visit(&*one, "/").await?;
    bench.visit(&*other, "/").await?;
    one.evaluate_json("document.cookie = 'shared=1'").await?;
    equal(
        other.evaluate("document.cookie").await?,
        "shared=1".to_owned(),
    )?;
    context.close().await?;
    equal(bench.targets().await?, before)?;
    let came = other.evaluate::<u32>("1").await;
    expect(
        came.is_err(),
        "no value of a page whose context is gone",
        came,
    )
}

pub(super) async fn windows_that_a_page_opens_are_closed(bench: &Bench) -> Result<(), Failure> {
    let page = bench.page().await?;
    bench.visit(&*page, "/").await?;
    let before = bench.targets().await?;
    for _ in 0..3 {
        page.evaluate_json("window.open('/window'); 1").await?;
    }
    bench.comes_to(before).await?;
    equal(page.evaluate::<u32>("1").await?, 1)
}

/// Allows every path but `/refused`.
struct Guard;

#[async_trait]
impl RequestGuard for Guard {
    async fn check(&self, url: &Url) -> Result<(), Refusal> {
        if url.path() == "/refused" {
            let reason = "the case says so".to_owned();
            return Err(Refusal {
                code: "address_refused",
                reason,
            });
        }
        Ok(())
    }
}

#[allow(
    clippy::field_reassign_with_default,
    reason = "it names what it needs, however many options there are"
)]
async fn guarded(bench: &Bench) -> Result<Box<dyn Page>, Failure> {
    let mut options = PageOptions::default();
    options.guard = Some(Arc::new(Guard));
    Ok(bench.browser.new_page(options).await?)
}

pub(super) async fn the_guard_judges_documents_redirects_and_where_scripts_go(
    bench: &Bench,
) -> Result<(), Failure> {
    let page = guarded(bench).await?;
    for path in ["/refused", "/redirect?/refused", "/moves?/refused"] {
        let before = bench.server.requests_to("/refused");
        let came = page.navigate(&Navigation::to(bench.url(path))).await;
        let refused = bench.url("/refused").to_string();
        let told = matches!(&came, Err(NavigateError::Refused { url, code: "address_refused", .. }) if *url == refused);
        expect(told, format!("a refusal of {refused}"), came)?;
        equal(bench.server.requests_to("/refused"), before)?;
    }
    let visit = bench.visit(&*page, "/redirect?/allowed").await?;
    equal(
        (visit.status, visit.url),
        (Some(200), bench.url("/allowed")),
    )
}

pub(super) async fn the_guard_judges_frames(bench: &Bench) -> Result<(), Failure> {
    let page = guarded(bench).await?;
    let before = bench.server.requests_to("/refused");
    bench.visit(&*page, "/").await?;
    let frame = "new Promise(done => { const frame = document.createElement('iframe'); frame.onload = () => done(1); \
                 frame.src = '/refused'; document.body.append(frame); })";
    page.evaluate_json(frame).await?;
    // What was refused to a frame explains nothing of the page.
    let came = page.navigate(&Navigation::to(bench.url("/reset"))).await;
    expect(
        matches!(came, Err(NavigateError::Network { .. })),
        "a fault of the network",
        came,
    )?;
    equal(bench.server.requests_to("/refused"), before)
}
