//! What a page finds of those who had it before.

use browser::{Isolation, Navigation, Page, PageExt, PagesConfig};
use serde_json::{Value, json};

use crate::Fixture;

/// Leaves something wherever a site can.
const LEAVE: &str = r"(async () => {
    localStorage.setItem('k', 'v');
    sessionStorage.setItem('k', 'v');
    document.cookie = 'k=v; max-age=3600';
    await new Promise((done, failed) => {
        const opening = indexedDB.open('k');
        opening.onupgradeneeded = () => opening.result.createObjectStore('s');
        opening.onsuccess = done;
        opening.onerror = failed;
    });
    await (await caches.open('k')).put('/k', new Response('v'));
    await navigator.serviceWorker.register('/worker.js');
    await navigator.serviceWorker.ready;
    window.name = 'v';
    history.pushState({}, '', '#one');
    history.pushState({}, '', '#two');
})()";

/// Tells what there is.
const FIND: &str = r"(async () => ({
    local: localStorage.length,
    session: sessionStorage.length,
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    name: window.name,
    entries: history.length,
    cached: await (await fetch('/cached')).text(),
}))()";

async fn find(f: &Fixture, page: &dyn Page) -> Value {
    page.navigate(&Navigation::to(f.site.url())).await.unwrap();
    page.evaluate(FIND).await.unwrap()
}

fn one_page(isolation: Isolation) -> PagesConfig {
    PagesConfig {
        max_browsers: 1,
        pages_per_browser: 1,
        isolation,
        ..PagesConfig::default()
    }
}

/// Visits the same address for different leases, so that whatever is kept would be found.
#[tokio::test]
async fn nothing_crosses_from_one_task_to_another() {
    let f = Fixture::start(&one_page(Isolation::Task)).await;
    let mut fresh = None;
    for (round, site) in ["a", "b", "a", "a"].into_iter().enumerate() {
        let page = f.pages.acquire(site).await.unwrap();
        let found = find(&f, &*page).await;
        assert_eq!(&found, fresh.get_or_insert(found.clone()), "{round}");
        assert_eq!(f.site.asked(), (round + 1, 0), "the cache crossed");
        page.evaluate::<Value>(LEAVE).await.unwrap();
        // What is left there can be found.
        let left = find(&f, &*page).await;
        assert_eq!(left["local"], 1);
    }
    assert_eq!(f.launches(), 1);
    f.end().await;
}

#[tokio::test]
async fn a_site_finds_what_it_left_and_no_other_site_does_nor_itself_after_another() {
    let f = Fixture::start(&one_page(Isolation::Site)).await;
    let page = f.pages.acquire("a").await.unwrap();
    let fresh = find(&f, &*page).await;
    page.evaluate::<Value>(LEAVE).await.unwrap();
    drop(page);
    let page = f.pages.acquire("a").await.unwrap();
    let mut left = find(&f, &*page).await;
    let entries = left["entries"].take();
    assert!(entries.as_u64() > fresh["entries"].as_u64(), "{entries}");
    let all = json!({
        "local": 1, "session": 1, "cookies": "k=v", "databases": 1, "caches": 1, "workers": 1,
        "name": "v", "entries": null, "cached": "cached",
    });
    assert_eq!(left, all);
    assert_eq!(
        f.site.asked(),
        (1, 0),
        "what may be kept was asked for again"
    );
    drop(page);
    for (asked, site) in [(2, "b"), (3, "a")] {
        let page = f.pages.acquire(site).await.unwrap();
        assert_eq!(find(&f, &*page).await, fresh, "{site}");
        assert_eq!(f.site.asked(), (asked, 0));
    }
    assert_eq!(f.launches(), 1);
    f.end().await;
}
