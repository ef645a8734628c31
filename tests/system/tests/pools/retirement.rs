//! Browsers that are replaced while there is work.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use browser::{Isolation, Navigation, PageExt, PageLease, PagesConfig, Retirement};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::Fixture;

/// Every worker visits so often.
const VISITS: usize = 15;

#[tokio::test]
async fn browsers_are_replaced_under_full_load_and_every_visit_succeeds() {
    let config = PagesConfig {
        max_browsers: 2,
        pages_per_browser: 2,
        retirement: Retirement {
            leases: Some(12),
            ..Retirement::never()
        },
        ..PagesConfig::default()
    };
    let f = Fixture::start(&config).await;
    let (most, done) = (Arc::new(AtomicUsize::new(0)), AtomicBool::new(false));
    let watch = async {
        while !done.load(Ordering::SeqCst) {
            // Every browser has a profile from before its start until after its end.
            most.fetch_max(f.scratch.entries().len(), Ordering::SeqCst);
            sleep(Duration::from_millis(5)).await;
        }
    };
    let work = async {
        let mut workers = JoinSet::new();
        for worker in 0..5 {
            let (pages, url) = (Arc::clone(&f.pages), f.site.url());
            workers.spawn(async move {
                for visit in 0..VISITS {
                    let site = ["a", "b", "c"][(worker + visit) % 3];
                    let page = pages.acquire(site).await.unwrap();
                    page.navigate(&Navigation::to(url.clone())).await.unwrap();
                    let title: String = page.evaluate("document.title").await.unwrap();
                    assert_eq!(title, "Site");
                }
            });
        }
        workers.join_all().await;
        done.store(true, Ordering::SeqCst);
    };
    tokio::join!(work, watch);
    // 75 leases of 12 for each browser, a few more while it waits for its turn and retires.
    assert!(f.launches() >= 4, "only {} browsers", f.launches());
    assert!(
        most.load(Ordering::SeqCst) <= 2,
        "more browsers than allowed"
    );
    f.end().await;
}

#[tokio::test]
async fn a_browser_that_holds_more_than_the_soft_limit_is_replaced_and_its_page_works_on() {
    let config = PagesConfig {
        max_browsers: 1,
        pages_per_browser: 2,
        retirement: Retirement {
            memory: Some(1 << 20),
            ..Retirement::never()
        },
        ..PagesConfig::default()
    };
    let f = Fixture::start(&config).await;
    let busy = f.pages.acquire("a").await.unwrap();
    drop(f.pages.acquire("b").await.unwrap());
    assert_eq!(f.pages.page_status().idle, 1);
    // No Chrome is as small as that: once somebody has looked, the idle page ends.
    let looked = async {
        while f.pages.page_status().idle + f.pages.page_status().destroying > 0 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looked)
        .await
        .unwrap();
    assert_eq!(busy.evaluate::<u32>("6 * 7").await.unwrap(), 42);
    drop(busy);
    let page = f.pages.acquire("b").await.unwrap();
    assert_eq!(page.evaluate::<u32>("6 * 7").await.unwrap(), 42);
    drop(page);
    assert_eq!(f.launches(), 2);
    f.end().await;
}

/// What the page's process holds on to once everything that it may forget is forgotten.
async fn held(page: &PageLease) -> Value {
    page.execute("HeapProfiler.enable", json!({}))
        .await
        .unwrap();
    // Some of it ends only at the second collection.
    for _ in 0..3 {
        let collected = page.execute("HeapProfiler.collectGarbage", json!({}));
        collected.await.unwrap();
    }
    page.execute("HeapProfiler.disable", json!({}))
        .await
        .unwrap();
    let counters = page.execute("Memory.getDOMCounters", json!({}));
    counters.await.unwrap()
}

#[tokio::test]
async fn a_page_that_is_lent_a_thousand_times_holds_no_more_than_after_a_hundred() {
    let config = PagesConfig {
        max_browsers: 1,
        pages_per_browser: 1,
        ..PagesConfig::default()
    };
    let f = Fixture::start(&config).await;
    let mut early = None;
    for task in 1..=1000 {
        let page = f.pages.acquire("site").await.unwrap();
        let visit = Navigation::to(f.site.url());
        page.navigate(&visit).await.unwrap();
        let work =
            "document.body.append(...Array.from({length: 50}, () => document.createElement('p')));
            addEventListener('click', () => {}); document.querySelectorAll('p').length";
        assert_eq!(page.evaluate::<u32>(work).await.unwrap(), 50);
        if task == 100 {
            early = Some(held(&page).await);
        }
        if task == 1000 {
            assert_eq!(Some(held(&page).await), early);
        }
    }
    assert_eq!(f.launches(), 1);
    f.end().await;
}

#[tokio::test]
async fn browsers_in_one_process_have_one_page_each_and_end_with_it() {
    let config = PagesConfig {
        isolation: Isolation::Task,
        ..PagesConfig::default()
    };
    let f = Fixture::start_with(&config, |options| browser::LaunchOptions {
        single_process: true,
        sandbox: false,
        ..options
    })
    .await;
    let mut tasks = JoinSet::new();
    for _ in 0..9 {
        let (pages, url) = (Arc::clone(&f.pages), f.site.url());
        tasks.spawn(async move {
            let page = pages.acquire("site").await.unwrap();
            page.navigate(&Navigation::to(url)).await.unwrap();
            page.evaluate::<String>("document.title").await.unwrap()
        });
    }
    for title in tasks.join_all().await {
        assert_eq!(title, "Site");
    }
    assert!(f.launches() >= 9, "a browser had a second page");
    assert_eq!(f.pages.page_status().max_size, 3);
    f.end().await;
}
