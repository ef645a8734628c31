//! What contexts share and what they do not, and that nothing is left of them.

use std::time::Duration;

use browser::{
    Browser, BrowserExt, CallError, ContextOptions, Cookie, Navigation, Page, PageExt, PageOptions,
    cdp,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
    time::Instant,
};

use crate::{on_chrome, site::Site};

async fn targets(browser: &dyn Browser) -> usize {
    let all = cdp::Target::GetTargets { filter: None };
    browser.call(all).await.unwrap().target_infos.len()
}

async fn contexts(browser: &dyn Browser) -> usize {
    // The typed answer takes the list for a single text.
    let all = browser
        .execute("Target.getBrowserContexts", json!({}))
        .await;
    all.unwrap()["browserContextIds"].as_array().unwrap().len()
}

/// Waits, widely bounded, until a figure is what it was.
async fn becomes<T: PartialEq + std::fmt::Debug>(expected: T, figure: impl AsyncFn() -> T) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while figure().await != expected && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(figure().await, expected);
}

#[tokio::test]
async fn pages_of_one_context_share_cookies_and_contexts_share_nothing() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let (one, two) = (
            browser
                .new_context(ContextOptions::default())
                .await
                .unwrap(),
            browser
                .new_context(ContextOptions::default())
                .await
                .unwrap(),
        );
        let page = one.new_page(PageOptions::default()).await.unwrap();
        page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
        page.evaluate_json("document.cookie = 'secret=1'; localStorage.setItem('secret', 'kept')")
            .await
            .unwrap();
        let seen = async |page: &dyn Page| {
            page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
            let told = "document.cookie + ' ' + localStorage.getItem('secret')";
            page.evaluate::<String>(told).await.unwrap()
        };
        let sibling = one.new_page(PageOptions::default()).await.unwrap();
        let stranger = two.new_page(PageOptions::default()).await.unwrap();
        assert_eq!(seen(&*sibling).await, "secret=1 kept");
        assert_eq!(seen(&*stranger).await, " null");
        assert_eq!(
            one.cookies().await.unwrap(),
            [Cookie::new("secret", "1", "127.0.0.1")]
        );
        assert_eq!(two.cookies().await.unwrap(), []);
        two.set_cookies(&[Cookie::new("ours", "2", "127.0.0.1")])
            .await
            .unwrap();
        assert_eq!(seen(&*stranger).await, "ours=2 null");

        // One page goes, the other stays.
        page.close().await.unwrap();
        assert_eq!(seen(&*sibling).await, "secret=1 kept");
        drop(sibling);
        let sibling = one.new_page(PageOptions::default()).await.unwrap();
        assert_eq!(seen(&*sibling).await, "secret=1 kept");

        one.clear_cookies().await.unwrap();
        assert_eq!(seen(&*sibling).await, " kept");
        one.clear().await.unwrap();
        sibling.evaluate_json("1").await.unwrap_err();
        let page = one.new_page(PageOptions::default()).await.unwrap();
        assert_eq!(seen(&*page).await, " null");

        one.close().await.unwrap();
        one.close().await.unwrap();
        page.evaluate_json("1").await.unwrap_err();
        let closed = one
            .new_page(PageOptions::default())
            .await
            .map(drop)
            .unwrap_err();
        assert!(matches!(closed, CallError::ContextClosed), "{closed}");
        assert_eq!(seen(&*stranger).await, "ours=2 null");
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn a_context_ends_with_its_handle_whatever_it_is_doing() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let site_worker = "<!DOCTYPE html><script>onload = async () => { new SharedWorker('/shared.js'); new Worker('/worker.js'); \
            await navigator.serviceWorker.register('/service.js'); await navigator.serviceWorker.ready; \
            document.title = 'ready' }</script>";
        site.has("/workers", site_worker);
        for script in ["/shared.js", "/worker.js", "/service.js"] {
            site.has(script, "setInterval(() => 1, 100)");
        }
        let before = (targets(browser).await, contexts(browser).await);
        let context = browser
            .new_context(ContextOptions::default())
            .await
            .unwrap();
        let page = context.new_page(PageOptions::default()).await.unwrap();
        page.navigate(&Navigation::to(site.url("/workers")))
            .await
            .unwrap();
        let ready = "new Promise(done => { const look = () => document.title === 'ready' ? done(1) : setTimeout(look, 20); look() })";
        page.evaluate::<u8>(ready).await.unwrap();
        page.evaluate_json("window.open('/'); window.open('/', '', 'noopener,popup'); 1")
            .await
            .unwrap();
        assert!(
            targets(browser).await >= before.0 + 4,
            "a page and three workers"
        );
        drop(context);
        let now = async || (targets(browser).await, contexts(browser).await);
        becomes(before, now).await;
        drop(page);

        // Given up at any moment.
        for millis in 0..30 {
            let wait = Duration::from_millis(millis);
            let _ = tokio::time::timeout(wait, async {
                let context = browser.new_context(ContextOptions::default()).await?;
                let page = context.new_page(PageOptions::default()).await?;
                page.evaluate_json("1").await.map(drop).ok();
                context.clear().await
            })
            .await;
        }
        // Failed half-way.
        let options = PageOptions {
            timezone: Some("Nowhere/Nothing".to_owned()),
            ..PageOptions::default()
        };
        let refused = browser.new_page(options).await.map(drop).unwrap_err();
        assert!(matches!(refused, CallError::Refused { .. }), "{refused}");
        becomes(before, now).await;
    }
    on_chrome(case).await;
}

#[tokio::test]
async fn windows_are_closed_in_a_shared_context_and_its_own_pages_are_not() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let context = browser
            .new_context(ContextOptions::default())
            .await
            .unwrap();
        let opener = context.new_page(PageOptions::default()).await.unwrap();
        opener
            .navigate(&Navigation::to(site.url("/")))
            .await
            .unwrap();
        let before = targets(browser).await;
        // Opened while pages of ours are opened as well, so that nobody knows whose is whose at first.
        let open = "setInterval(() => window.open('/'), 5)";
        let timer: u32 = opener.evaluate(open).await.unwrap();
        let mut pages = Vec::new();
        for _ in 0..10 {
            let (one, two) = tokio::join!(
                context.new_page(PageOptions::default()),
                context.new_page(PageOptions::default()),
            );
            pages.extend([one.unwrap(), two.unwrap()]);
        }
        opener
            .evaluate_json(&format!("clearInterval({timer})"))
            .await
            .unwrap();
        becomes(before + pages.len(), async || targets(browser).await).await;
        for page in &pages {
            assert_eq!(page.evaluate::<u8>("1").await.unwrap(), 1);
        }
    }
    on_chrome(case).await;
}

/// Lets a future begin, no more.
async fn begun<F: Future + Unpin>(future: &mut F) {
    tokio::select! {
        biased;
        _ = future => panic!("it has ended at once"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn a_close_waits_for_what_is_ending_already() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let before = (targets(browser).await, contexts(browser).await);
        let now = async || (targets(browser).await, contexts(browser).await);
        let filled = async || {
            let context = browser
                .new_context(ContextOptions::default())
                .await
                .unwrap();
            let page = context.new_page(PageOptions::default()).await.unwrap();
            page.navigate(&Navigation::to(site.url("/"))).await.unwrap();
            (context, page)
        };

        let (context, _page) = filled().await;
        let mut clearing = context.clear();
        begun(&mut clearing).await;
        context.close().await.unwrap();
        assert_eq!(now().await, before, "it was still being cleared");
        drop(clearing);

        let (context, _page) = filled().await;
        let mut closing = context.close();
        begun(&mut closing).await;
        context.close().await.unwrap();
        assert_eq!(now().await, before, "it was still being closed");
        drop(closing);

        let page = browser.new_page(PageOptions::default()).await.unwrap();
        let mut closing = page.close();
        begun(&mut closing).await;
        page.close().await.unwrap();
        assert_eq!(now().await, before, "the page was still being closed");
    }
    on_chrome(case).await;
}

/// Answers every request by itself, with the address that was asked for.
async fn proxy(name: &'static str, serving: &mut JoinSet<()>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    serving.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            connections.spawn(async move {
                let mut head = vec![0; 4096];
                let read = stream.read(&mut head).await.unwrap_or(0);
                let asked = String::from_utf8_lossy(&head[..read]).into_owned();
                let target = asked.split_whitespace().nth(1).unwrap_or("").to_owned();
                let body = format!("<!DOCTYPE html><p>{name} {target}");
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn each_context_has_the_proxy_that_it_was_given() {
    async fn case(browser: &dyn Browser, site: &Site) {
        let mut serving = JoinSet::new();
        let (one, two) = (
            proxy("one", &mut serving).await,
            proxy("two", &mut serving).await,
        );
        let text = async |options: ContextOptions, url: &str| {
            let context = browser.new_context(options).await.unwrap();
            let page = context.new_page(PageOptions::default()).await.unwrap();
            page.navigate(&Navigation::to(url.parse().unwrap()))
                .await
                .unwrap();
            page.evaluate::<String>("document.body.textContent.trim()")
                .await
                .unwrap()
        };
        let by = |proxy: &str, bypass: Option<&str>| ContextOptions {
            proxy: Some(proxy.to_owned()),
            proxy_bypass: bypass.map(str::to_owned),
        };
        let away = "http://somewhere.invalid/x";
        assert_eq!(text(by(&one, None), away).await, format!("one {away}"));
        assert_eq!(text(by(&two, None), away).await, format!("two {away}"));
        let here = site.url("/");
        assert_eq!(text(by(&one, None), here.as_str()).await, "plain");
        let everything = by(&one, Some("<-loopback>"));
        assert_eq!(text(everything, here.as_str()).await, format!("one {here}"));
        assert_eq!(
            text(ContextOptions::default(), here.as_str()).await,
            "plain"
        );
    }
    on_chrome(case).await;
}
