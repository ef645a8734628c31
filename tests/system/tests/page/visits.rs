//! When a page counts as ready, and what a visit tells.

use std::time::Duration;

use browser::{Browser, EvaluateError, NavigateError, Navigation, PageExt, WaitUntil};

use crate::{on_chrome, plain_page, site::Site};

/// Asks for three things, one after another, each longer under way than what counts as idle, with hardly a pause, and shows
/// them.
const BUSY: &str = "<!DOCTYPE html><title>Busy</title><script>(async () => { \
    for (let i = 0; i < 3; i++) { await fetch('/slow/700'); document.title += i; await new Promise(next => setTimeout(next, 20)) } })()</script>";
const POLLS: &str = "<!DOCTYPE html><title>Polls</title><script>fetch('/hang')</script>";
/// Goes elsewhere when it has loaded, and is not done with its own request by then.
const MOVES: &str =
    "<!DOCTYPE html><script>fetch('/hang'); onload = () => location.replace('/busy')</script>";

#[tokio::test]
async fn the_network_is_idle_once_the_last_request_has_ended() {
    async fn case(browser: &dyn Browser, site: &Site) {
        site.has("/busy", BUSY);
        site.has("/moves", MOVES);
        let page = plain_page(browser).await;
        for path in ["/busy", "/moves"] {
            let navigation = Navigation::to(site.url(path)).wait_until(WaitUntil::NetworkIdle);
            let visit = page.navigate(&navigation).await.unwrap();
            assert_eq!(visit.url, site.url("/busy"));
            let title: String = page.evaluate("document.title").await.unwrap();
            assert_eq!(title, "Busy012", "{path}");
        }
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_page_that_polls_is_never_idle_and_costs_no_more_than_the_timeout() {
    async fn case(browser: &dyn Browser, site: &Site) {
        site.has("/polls", POLLS);
        let page = plain_page(browser).await;
        let navigation = Navigation::to(site.url("/polls"))
            .wait_until(WaitUntil::NetworkIdle)
            .timeout(Duration::from_secs(2));
        let error = page.navigate(&navigation).await.unwrap_err();
        assert!(
            matches!(&error, NavigateError::Timeout { waiting_for, .. } if waiting_for == "an idle network"),
            "{error:?}"
        );
        page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_document_is_stable_once_its_scripts_let_it_rest() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let growing = "<!DOCTYPE html><title>x</title><script>let left = 5; const grow = () => { \
            document.body.append(document.createElement('i')); if (--left) setTimeout(grow, 100) }; \
            onload = () => setTimeout(grow, 100)</script><body>";
        site.has("/growing", growing);
        site.has("/restless", "<!DOCTYPE html><body><script>setInterval(() => document.body.append('x'), 20)</script>");
        let page = plain_page(browser).await;
        let stable = WaitUntil::DomStable {
            rest: Duration::from_secs(3),
        };
        let navigation = Navigation::to(site.url("/growing")).wait_until(stable.clone());
        page.navigate(&navigation).await.unwrap();
        let grown: u32 = page
            .evaluate("document.querySelectorAll('i').length")
            .await
            .unwrap();
        assert_eq!(grown, 5);
        let navigation = Navigation::to(site.url("/restless"))
            .wait_until(stable)
            .timeout(Duration::from_secs(5));
        let error = page.navigate(&navigation).await.unwrap_err();
        assert!(
            matches!(&error, NavigateError::Timeout { waiting_for, .. } if waiting_for == "no change for 3s"),
            "{error:?}"
        );
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_visit_tells_its_redirects_headers_and_times() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let page = plain_page(browser).await;
        let visit = page
            .navigate(&Navigation::to(site.url("/redirect/3")))
            .await
            .unwrap();
        assert_eq!((visit.status, &visit.url), (Some(200), &site.url("/")));
        let hops: Vec<_> = visit
            .redirects
            .iter()
            .map(|hop| (hop.url.path(), hop.status))
            .collect();
        assert_eq!(
            hops,
            [
                ("/redirect/3", 302),
                ("/redirect/2", 302),
                ("/redirect/1", 302)
            ]
        );
        assert_eq!(visit.mime_type.as_deref(), Some("text/html"));
        assert_eq!(
            visit.header("Content-Type"),
            Some("text/html; charset=utf-8")
        );
        let times = visit.timing;
        let (first_byte, parsed, load) = (
            times.first_byte.unwrap(),
            times.dom_content_loaded.unwrap(),
            times.load.unwrap(),
        );
        assert!(first_byte < parsed && parsed <= load, "{times:?}");
        assert_eq!(times.tls, None);

        let early = Navigation::to(site.url("/slow/300")).wait_until(WaitUntil::DomContentLoaded);
        let visit = page.navigate(&early).await.unwrap();
        assert!(visit.redirects.is_empty());
        let first_byte = visit.timing.first_byte.unwrap();
        assert!(first_byte >= Duration::from_millis(300), "{first_byte:?}");

        // Without a request nothing has a time.
        let blank = Navigation::to("about:blank".parse().unwrap());
        let visit = page.navigate(&blank).await.unwrap();
        assert_eq!((visit.status, visit.timing), (None, Default::default()));
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn an_exception_tells_its_stack() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let broken = "<!DOCTYPE html><script>function inner() { throw new TypeError('broken') }\n\
            function outer() { inner() }</script>";
        site.has("/broken", broken);
        let page = plain_page(browser).await;
        page.navigate(&Navigation::to(site.url("/broken")))
            .await
            .unwrap();
        let error = page.evaluate_json("outer()").await.unwrap_err();
        let EvaluateError::Exception { text, stack } = error else {
            panic!("{error:?}")
        };
        assert_eq!(text, "Uncaught TypeError: broken");
        let stack = stack.unwrap();
        let calls: Vec<_> = stack.lines().collect();
        assert!(
            calls[0].starts_with("at inner (http://127.0.0.1"),
            "{stack}"
        );
        assert!(
            calls[1].starts_with("at outer (http://127.0.0.1"),
            "{stack}"
        );
    }
    on_chrome(case).await;
}
