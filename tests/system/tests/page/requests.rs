//! Requests that are blocked, judged and intercepted.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use browser::{
    Block, Browser, Decision, FailReason, InterceptedRequest, Interception, Interceptor,
    NavigateError, Navigation, Page, PageExt, PageOptions, Refusal, RequestGuard, RequestPattern,
    ResourceType, WaitUntil,
};
use serde_json::json;
use url::Url;

use crate::{on_chrome, on_chrome_with, over_a_pipe, site::Site};

const RICH: &str = "<!DOCTYPE html><link rel=stylesheet href='/a.css'><img src='/a.svg?x=1'><img src='/b.svg'><script src='/a.js'></script>";

fn rich(site: &Site) {
    site.has("/rich", RICH);
    site.has("/a.css", "body { color: red }");
    for path in ["/a.svg", "/b.svg"] {
        site.has(path, "<svg xmlns='http://www.w3.org/2000/svg'/>");
    }
    site.has("/a.js", "window.ran = true");
}

#[tokio::test]
async fn what_is_blocked_is_never_asked_for() {
    async fn case(browser: &dyn Browser, site: &Site) {
        rich(site);
        let frame = format!(
            "<!DOCTYPE html><iframe src='{}'></iframe>",
            site.url_at("localhost", "/rich")
        );
        site.has("/framed", &frame);
        let block = Block {
            url_patterns: vec!["*://*:*/a.svg".to_owned()],
            resource_types: vec![ResourceType::Script, ResourceType::Stylesheet],
        };
        let options = PageOptions {
            block,
            ..PageOptions::default()
        };
        let page = browser.new_page(options).await.unwrap();
        for path in ["/rich", "/framed"] {
            page.navigate(&Navigation::to(site.url(path)))
                .await
                .unwrap();
        }
        assert_eq!(
            (site.seen("/rich").len(), site.seen("/b.svg").len()),
            (2, 2)
        );
        for blocked in ["/a.svg", "/a.js", "/a.css"] {
            assert!(site.seen(blocked).is_empty(), "{blocked}");
        }
        let wrong = PageOptions {
            block: Block {
                url_patterns: vec!["no pattern".to_owned()],
                ..Block::default()
            },
            ..PageOptions::default()
        };
        assert!(browser.new_page(wrong).await.is_err());
    }
    on_chrome_with(&["--site-per-process"], case).await;
}

/// Remembers what it was asked about, and decides by the end of the path.
#[derive(Default)]
struct Deciding(Mutex<Vec<String>>);

#[async_trait]
impl Interceptor for Deciding {
    async fn intercept(&self, request: &InterceptedRequest) -> Decision {
        let url: Url = request.url.parse().unwrap();
        self.0.lock().unwrap().push(url.path().to_owned());
        match url.path() {
            "/api/made" => Decision::Fulfil {
                status: 201,
                headers: vec![("X-Made".to_owned(), "here".to_owned())],
                body: "gemacht \u{fc}\u{0}".as_bytes().to_vec(),
            },
            "/api/moved" => Decision::Continue {
                url: Some(url.join("/moved-to").unwrap()),
                headers: Some(vec![("X-Changed".to_owned(), request.method.clone())]),
            },
            "/api/bad" => Decision::Continue {
                url: None,
                headers: Some(vec![("bad name".to_owned(), "x".to_owned())]),
            },
            "/api/fails" => Decision::Fail(FailReason::ConnectionRefused),
            "/api/panics" => panic!("the test says so"),
            "/api/hangs" => std::future::pending().await,
            _ => Decision::proceed(),
        }
    }
}

#[tokio::test]
async fn an_interceptor_answers_changes_and_fails_what_it_was_asked_about_and_nothing_else() {
    async fn case(browser: &dyn Browser, site: &Site) {
        rich(site);
        for path in ["/api/plain", "/moved-to"] {
            site.has(path, "from the site");
        }
        let deciding = Arc::new(Deciding::default());
        let interceptor = Arc::<Deciding>::clone(&deciding);
        let options = PageOptions {
            interception: Some(Interception {
                patterns: vec![RequestPattern {
                    url: Some("*/api/*".to_owned()),
                    resource_type: None,
                }],
                timeout: Duration::from_millis(300),
                ..Interception::by(interceptor)
            }),
            ..PageOptions::default()
        };
        let page = browser.new_page(options).await.unwrap();
        page.navigate(&Navigation::to(site.url("/rich")))
            .await
            .unwrap();
        let fetched = async |path: &str| {
            let ask = format!(
                "fetch('{path}').then(async r => [r.status, r.headers.get('x-made'), await r.text()].join(' '), e => e.name)"
            );
            page.evaluate::<String>(&ask).await.unwrap()
        };
        assert_eq!(fetched("/api/made").await, "201 here gemacht \u{fc}\u{0}");
        assert_eq!(fetched("/api/moved").await, "200  from the site");
        assert_eq!(fetched("/api/plain").await, "200  from the site");
        for fails in ["/api/bad", "/api/fails", "/api/panics", "/api/hangs"] {
            assert_eq!(fetched(fails).await, "TypeError", "{fails}");
        }
        // A worker of the page is no way around.
        site.has(
            "/worker.js",
            "fetch('/api/made').then(async r => postMessage(r.status), e => postMessage(e.name))",
        );
        let worker = "new Promise(done => new Worker('/worker.js').onmessage = message => done(message.data))";
        assert_eq!(page.evaluate::<u16>(worker).await.unwrap(), 201);
        // Whatever became of those, the page goes on.
        assert_eq!(fetched("/api/plain").await, "200  from the site");
        let moved = site.seen("/moved-to").pop().unwrap();
        assert_eq!(moved.header("x-changed"), Some("GET"));
        assert!(site.seen("/api/moved").is_empty() && site.seen("/api/panics").is_empty());
        let asked = deciding.0.lock().unwrap();
        assert!(
            asked.iter().all(|path| path.starts_with("/api/")),
            "{asked:?}"
        );
    }
    on_chrome(case).await;
}

/// Refuses one path, and panics at another.
struct Refusing;

#[async_trait]
impl RequestGuard for Refusing {
    async fn check(&self, url: &Url) -> Result<(), Refusal> {
        assert_ne!(url.path(), "/panics", "the test says so");
        if url.path() == "/refused" {
            return Err(Refusal {
                code: "address_refused",
                reason: "the test says so".to_owned(),
            });
        }
        Ok(())
    }
}

/// Sends every document elsewhere.
struct Sending(Url);

#[async_trait]
impl Interceptor for Sending {
    async fn intercept(&self, _request: &InterceptedRequest) -> Decision {
        Decision::Continue {
            url: Some(self.0.clone()),
            headers: None,
        }
    }
}

#[tokio::test]
async fn the_guard_judges_frames_of_other_sites_and_what_an_interceptor_made_of_a_request() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let frame = format!(
            "<!DOCTYPE html><iframe src='{}'></iframe>",
            site.url_at("localhost", "/middle")
        );
        site.has("/framed", &frame);
        let middle = format!(
            "<!DOCTYPE html><iframe src='/refused'></iframe><iframe src='{}'></iframe><iframe src='/allowed'></iframe>",
            site.url("/refused")
        );
        site.has("/middle", &middle);
        site.has("/allowed", "<!DOCTYPE html>");
        site.has("/refused", "<!DOCTYPE html>");
        let guarded = PageOptions {
            guard: Some(Arc::new(Refusing)),
            ..PageOptions::default()
        };
        let page = browser.new_page(guarded.clone()).await.unwrap();
        page.navigate(&Navigation::to(site.url("/framed")))
            .await
            .unwrap();
        assert_eq!(site.seen("/allowed").len(), 1);
        assert!(site.seen("/refused").is_empty());
        let error = page
            .navigate(&Navigation::to(site.url("/panics")))
            .await
            .unwrap_err();
        assert!(matches!(error, NavigateError::Network { .. }), "{error:?}");
        page.navigate(&Navigation::to(site.url("/allowed")))
            .await
            .unwrap();

        let options = PageOptions {
            interception: Some(Interception::by(Arc::new(Sending(site.url("/refused"))))),
            ..guarded
        };
        let page = browser.new_page(options).await.unwrap();
        let error = page
            .navigate(&Navigation::to(site.url("/allowed")))
            .await
            .unwrap_err();
        assert!(
            matches!(&error, NavigateError::Refused { url, .. } if url.ends_with("/refused")),
            "{error:?}"
        );
        assert!(site.seen("/refused").is_empty());
    }
    on_chrome_with(&["--site-per-process"], case).await;
}

/// Goes where its path says, and waits until nothing is under way any more, whatever its scripts have begun.
async fn at_rest(page: &dyn Page, site: &Site, path: &str) {
    let navigation = Navigation::to(site.url(path)).wait_until(WaitUntil::NetworkIdle);
    page.navigate(&navigation).await.unwrap();
}

fn guarded() -> PageOptions {
    PageOptions {
        guard: Some(Arc::new(Refusing)),
        ..PageOptions::default()
    }
}

#[tokio::test]
async fn no_document_is_fetched_ahead_past_the_guard() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let elsewhere = site.url_at("localhost", "/refused");
        let rules = json!({
            "prefetch": [{ "urls": ["/refused", "/allowed", elsewhere], "eagerness": "immediate" }],
            "prerender": [{ "urls": ["/refused", "/rendered"], "eagerness": "immediate" }],
        });
        let speculative = format!(
            "<!DOCTYPE html><script type=speculationrules>{rules}</script><a href='/allowed' id=on>on</a>"
        );
        site.has("/speculative", &speculative);
        for path in ["/refused", "/allowed", "/rendered"] {
            site.has(path, "<!DOCTYPE html>");
        }
        let page = browser.new_page(guarded()).await.unwrap();
        at_rest(&*page, site, "/speculative").await;
        page.evaluate_json("new Promise(done => setTimeout(done, 500))")
            .await
            .unwrap();
        for ahead in ["/refused", "/allowed", "/rendered"] {
            assert!(site.seen(ahead).is_empty(), "{ahead}");
        }
        // What was not fetched ahead does not hold up who goes there.
        page.click("#on").await.unwrap();
        let there = "location.pathname === '/allowed' && document.readyState === 'complete'";
        let arrived = async {
            while !page.evaluate::<bool>(there).await.unwrap_or(false) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let arrived = tokio::time::timeout(Duration::from_secs(15), arrived).await;
        assert!(arrived.is_ok(), "the page did not get there");
        assert_eq!(site.seen("/allowed").len(), 1);
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_window_that_a_page_opens_in_a_browser_of_ours_asks_for_nothing() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let opens = "<!DOCTYPE html><a id=blank target=_blank href='/window'>a</a>\
            <form target=_blank action='/window'><button id=form>b</button></form>\
            <script>window.made = String(window.open('/window')); window.open('/window', '', 'noopener,popup')</script>";
        site.has("/opens", opens);
        site.has("/window", "<!DOCTYPE html>");
        let page = browser.new_page(guarded()).await.unwrap();
        at_rest(&*page, site, "/opens").await;
        page.click("#blank").await.unwrap();
        page.click("#form").await.unwrap();
        assert_eq!(page.evaluate::<String>("made").await.unwrap(), "null");
        // Once more, so that whatever the clicks began has had its time.
        at_rest(&*page, site, "/").await;
        assert!(site.seen("/window").is_empty());
    }
    over_a_pipe(&[], &case).await;
}
