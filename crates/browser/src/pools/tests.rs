use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use serde_json::json;

use super::{Isolation, Pages, PagesConfig};
use crate::{ConnectionState, Launched, MockBrowser, MockLauncher, MockPage};

/// What the mocks did, and the switch that kills all browsers launched so far.
#[derive(Default)]
struct World {
    launched: AtomicUsize,
    closed: AtomicUsize,
    opened: AtomicUsize,
    open_pages: AtomicUsize,
    most_in_one: AtomicUsize,
    generation: AtomicUsize,
    frozen: AtomicBool,
}

fn page(world: &Arc<World>, in_browser: &Arc<AtomicUsize>) -> MockPage {
    let mut page = MockPage::new();
    let (world, in_browser) = (Arc::clone(world), Arc::clone(in_browser));
    let number = world.opened.fetch_add(1, SeqCst);
    world.open_pages.fetch_add(1, SeqCst);
    world
        .most_in_one
        .fetch_max(in_browser.fetch_add(1, SeqCst) + 1, SeqCst);
    page.expect_close().times(1).returning(move || {
        world.open_pages.fetch_sub(1, SeqCst);
        in_browser.fetch_sub(1, SeqCst);
        Ok(())
    });
    page.expect_evaluate_json()
        .returning(move |_| Ok(json!(number)));
    page
}

fn browser(world: &Arc<World>) -> MockBrowser {
    let mut browser = MockBrowser::new();
    let born = world.generation.load(SeqCst);
    let state = Arc::clone(world);
    browser.expect_state().returning(move || {
        if state.generation.load(SeqCst) == born {
            ConnectionState::Connected
        } else {
            ConnectionState::Closed {
                reason: "killed".into(),
            }
        }
    });
    let health = Arc::clone(world);
    browser.expect_execute().returning(move |method, _| {
        if health.frozen.load(SeqCst) {
            let limit = std::time::Duration::from_secs(2);
            return Err(crate::CallError::Timeout {
                method: method.to_owned(),
                limit,
            });
        }
        Ok(json!({}))
    });
    let (pages, in_browser) = (Arc::clone(world), Arc::new(AtomicUsize::new(0)));
    browser
        .expect_new_page()
        .returning(move |_| Ok(Box::new(page(&pages, &in_browser))));
    let closing = Arc::clone(world);
    browser.expect_close().times(1).returning(move || {
        closing.closed.fetch_add(1, SeqCst);
    });
    browser
}

fn pages(config: &PagesConfig) -> (Pages, Arc<World>) {
    let world = Arc::new(World::default());
    let mut launcher = MockLauncher::new();
    let launching = Arc::clone(&world);
    launcher.expect_launch().returning(move || {
        launching.launched.fetch_add(1, SeqCst);
        Ok(Launched {
            browser: Arc::new(browser(&launching)),
            kill: Box::new(|| ()),
        })
    });
    launcher.expect_shutdown().return_const(());
    (Pages::new(Arc::new(launcher), config).unwrap(), world)
}

async fn number(page: &super::PageLease) -> serde_json::Value {
    page.evaluate_json("").await.unwrap()
}

async fn everything_ends(pages: Pages, world: &World) {
    pages.shutdown().await;
    assert_eq!(world.open_pages.load(SeqCst), 0);
    assert_eq!(world.closed.load(SeqCst), world.launched.load(SeqCst));
}

#[tokio::test(start_paused = true)]
async fn twelve_pages_at_once_need_three_browsers_of_four() {
    let (pages, world) = pages(&PagesConfig::default());
    let pages = Arc::new(pages);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let pages = Arc::clone(&pages);
        tasks.spawn(async move { pages.acquire("a").await.unwrap() });
    }
    let leases = tasks.join_all().await;
    assert_eq!((leases.len(), world.launched.load(SeqCst)), (12, 3));
    assert_eq!(world.most_in_one.load(SeqCst), 4);
    drop(leases);
    everything_ends(Arc::into_inner(pages).unwrap(), &world).await;
}

#[tokio::test(start_paused = true)]
async fn one_page_needs_one_browser_and_stays_warm_for_its_site() {
    let (pages, world) = pages(&PagesConfig::default());
    let first = number(&pages.acquire("a").await.unwrap()).await;
    assert_eq!(number(&pages.acquire("a").await.unwrap()).await, first);
    let other = pages.acquire("b").await.unwrap();
    assert_ne!(
        number(&other).await,
        first,
        "another site got the same page"
    );
    drop(other);
    assert_ne!(
        number(&pages.acquire("a").await.unwrap()).await,
        first,
        "the page of a came back after b had it"
    );
    assert_eq!(
        (world.launched.load(SeqCst), world.open_pages.load(SeqCst)),
        (1, 1)
    );
    everything_ends(pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn isolated_tasks_never_share_a_page() {
    let (pages, world) = pages(&PagesConfig {
        isolation: Isolation::Task,
        ..PagesConfig::default()
    });
    for task in 0..5 {
        assert_eq!(number(&pages.acquire("a").await.unwrap()).await, task);
    }
    assert_eq!(world.open_pages.load(SeqCst), 1);
    everything_ends(pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_browser_is_replaced_and_so_are_all_its_pages() {
    let (pages, world) = pages(&PagesConfig {
        max_browsers: 1,
        ..PagesConfig::default()
    });
    let mut leases = Vec::new();
    for _ in 0..4 {
        leases.push(pages.acquire("a").await.unwrap());
    }
    drop(leases);
    world.generation.fetch_add(1, SeqCst);
    let mut leases = Vec::new();
    for _ in 0..4 {
        leases.push(pages.acquire("a").await.unwrap());
    }
    assert_eq!(
        (world.launched.load(SeqCst), world.closed.load(SeqCst)),
        (2, 1)
    );
    drop(leases);
    everything_ends(pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_frozen_browser_fails_its_check_and_is_replaced() {
    let (pages, world) = pages(&PagesConfig {
        max_browsers: 1,
        ..PagesConfig::default()
    });
    pages.acquire("a").await.unwrap().discard();
    world.frozen.store(true, SeqCst);
    // The fresh browser is frozen as well: that is an error, not a loop.
    assert!(pages.acquire("a").await.is_err());
    world.frozen.store(false, SeqCst);
    assert!(pages.acquire("a").await.is_ok());
    everything_ends(pages, &world).await;
}
