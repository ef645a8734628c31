//! What a page pretends to be, and what it may not do.

use browser::{Browser, ClientHints, Navigation, Page, PageExt, PageOptions, UserAgent, Viewport};
use serde_json::{Value, json};

use crate::{
    on_chrome, on_chrome_with, plain_page,
    site::{Seen, Site},
};

/// A page with a worker of its own, and a frame of another site that has one, too.
fn tree(site: &Site) {
    let top = format!(
        "<!DOCTYPE html><script>new Worker('/worker.js')</script><iframe src='{}'></iframe>",
        site.url_at("localhost", "/frame")
    );
    site.has("/top", &top);
    site.has(
        "/frame",
        "<!DOCTYPE html><script>new Worker('/frame-worker.js'); fetch('/from-frame')</script>",
    );
    site.has("/worker.js", "fetch('/from-worker')");
    site.has("/frame-worker.js", "fetch('/from-frame-worker')");
    for path in ["/from-frame", "/from-worker", "/from-frame-worker"] {
        site.has(path, "");
    }
}

const ALL: [&str; 7] = [
    "/top",
    "/frame",
    "/worker.js",
    "/frame-worker.js",
    "/from-frame",
    "/from-worker",
    "/from-frame-worker",
];

async fn seen(site: &Site, path: &str) -> Seen {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(15);
    loop {
        if let Some(seen) = site.seen(path).pop() {
            return seen;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{path} was never asked for"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn headers_agent_and_language_are_those_of_the_page_its_frames_and_its_workers() {
    async fn case(browser: &dyn Browser, site: &Site) {
        tree(site);
        let page = browser
            .new_page(PageOptions {
                headers: vec![("X-Ours".to_owned(), "yes".to_owned())],
                user_agent: Some(UserAgent::new("Mine/1.0")),
                locale: Some("de-DE".to_owned()),
                timezone: Some("Asia/Tokyo".to_owned()),
                ..PageOptions::default()
            })
            .await
            .unwrap();
        page.navigate(&Navigation::to(site.url("/top")))
            .await
            .unwrap();
        for path in ALL {
            let seen = seen(site, path).await;
            assert_eq!(seen.header("user-agent"), Some("Mine/1.0"), "{path}");
            assert_eq!(seen.header("x-ours"), Some("yes"), "{path}");
            let language = seen.header("accept-language").unwrap();
            assert!(language.starts_with("de-DE"), "{path}: {language}");
            assert_eq!(seen.header("sec-ch-ua"), None, "{path}");
        }
        let told: Value = page
            .evaluate(
                "[navigator.userAgent, navigator.language, navigator.userAgentData.brands, \
                 Intl.DateTimeFormat().resolvedOptions().timeZone, (1234.5).toLocaleString()]",
            )
            .await
            .unwrap();
        assert_eq!(
            told,
            json!(["Mine/1.0", "de-DE", [], "Asia/Tokyo", "1.234,5"])
        );
    }
    // Frames of other sites are in processes of their own in the whole browser, and in the shell when it is told so.
    on_chrome_with(&["--site-per-process"], case).await;
}

#[tokio::test]
async fn client_hints_say_what_the_agent_says() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let hints = ClientHints {
            brands: vec![("Mine".to_owned(), "7".to_owned())],
            platform: "Plan 9".to_owned(),
            mobile: true,
            ..ClientHints::default()
        };
        let page = browser
            .new_page(PageOptions {
                user_agent: Some(UserAgent {
                    text: "Mine/7.0".to_owned(),
                    hints: Some(hints),
                }),
                ..PageOptions::default()
            })
            .await
            .unwrap();
        page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
        let seen = seen(site, "/").await;
        assert_eq!(seen.header("sec-ch-ua"), Some("\"Mine\";v=\"7\""));
        assert_eq!(seen.header("sec-ch-ua-platform"), Some("\"Plan 9\""));
        let told: Value = page
            .evaluate("navigator.userAgentData.toJSON()")
            .await
            .unwrap();
        assert_eq!(
            told,
            json!({"brands": [{"brand": "Mine", "version": "7"}], "mobile": true, "platform": "Plan 9"})
        );
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_viewport_is_that_of_the_device() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let page = browser
            .new_page(PageOptions {
                viewport: Some(Viewport {
                    scale_factor: 3.0,
                    mobile: true,
                    ..Viewport::new(390, 844)
                }),
                ..PageOptions::default()
            })
            .await
            .unwrap();
        site.has(
            "/mobile",
            "<!DOCTYPE html><meta name=viewport content='width=device-width'>",
        );
        page.navigate(&Navigation::to(site.url("/mobile")))
            .await
            .unwrap();
        let told: Value = page
            .evaluate("[innerWidth, innerHeight, devicePixelRatio, screen.width]")
            .await
            .unwrap();
        assert_eq!(told, json!([390, 844, 3, 390]));
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn permissions_are_denied_without_a_prompt() {
    async fn case(browser: &dyn Browser, site: &Site) {
        async fn denied(page: &dyn Page, site: &Site) {
            page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
            let states: Value = page
                .evaluate(
                    "Promise.all(['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'clipboard-write', \
                     'midi', 'persistent-storage', 'idle-detection', 'local-fonts'] \
                     .map(async name => (await navigator.permissions.query({ name })).state))",
                )
                .await
                .unwrap();
            let states = states.as_array().unwrap();
            assert!(states.iter().all(|state| state == "denied"), "{states:?}");
            let asked: String = page
                .evaluate("Notification.requestPermission()")
                .await
                .unwrap();
            assert_eq!(asked, "denied");
            let place = "new Promise(done => navigator.geolocation.getCurrentPosition(() => done(0), no => done(no.code)))";
            assert_eq!(
                page.evaluate::<u8>(place).await.unwrap(),
                1,
                "PERMISSION_DENIED"
            );
        }
        denied(&*plain_page(browser).await, site).await;
        let context = browser.new_context(Default::default()).await.unwrap();
        let page = context.new_page(PageOptions::default()).await.unwrap();
        denied(&*page, site).await;
        context.clear().await.unwrap();
        let page = context.new_page(PageOptions::default()).await.unwrap();
        denied(&*page, site).await;
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn nothing_that_a_page_asks_the_user_holds_it_up() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let asks = "<!DOCTYPE html><button style='width: 90px; height: 40px'>x</button><input type=file style='width: 90px; height: 40px'>\
            <script>addEventListener('beforeunload', event => event.preventDefault())</script>";
        site.has("/asks", asks);
        let page = plain_page(browser).await;
        page.navigate(&Navigation::to(site.url("/asks")))
            .await
            .unwrap();
        let answers: Value = page
            .evaluate("[alert('a'), confirm('b'), prompt('c', 'd')]")
            .await
            .unwrap();
        assert_eq!(answers, json!([null, false, null]));
        let chosen = "new Promise(done => { const input = document.querySelector('input'); \
            input.addEventListener('cancel', () => done('nothing')); input.addEventListener('change', () => done('something')); })";
        let (chosen, clicked) = tokio::join!(page.evaluate::<String>(chosen), page.click("input"));
        clicked.unwrap();
        assert_eq!(chosen.unwrap(), "nothing");
        // A page that was clicked may ask whether it may be left.
        page.click("button").await.unwrap();
        let visit = page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
        assert_eq!(visit.url, site.url("/"));
    }
    on_chrome(case).await;
}
