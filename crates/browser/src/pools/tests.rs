use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use pool::{AcquireError, Config};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{Isolation, Pages, PagesConfig, Retirement};
use crate::{CallError, EvaluateError, HealthError, LaunchError, NavigateError, Navigation};

mod world;

use world::{Launch, Nature, World, pages, pages_in};

async fn number(page: &super::PageLease) -> serde_json::Value {
    page.evaluate_json("").await.unwrap()
}

async fn everything_ends(pages: &Pages, world: &World) {
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
    everything_ends(&pages, &world).await;
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
    everything_ends(&pages, &world).await;
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
    everything_ends(&pages, &world).await;
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
    world.kill_all();
    let mut leases = Vec::new();
    for _ in 0..4 {
        leases.push(pages.acquire("a").await.unwrap());
    }
    assert_eq!(
        (world.launched.load(SeqCst), world.closed.load(SeqCst)),
        (2, 1)
    );
    drop(leases);
    everything_ends(&pages, &world).await;
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
    everything_ends(&pages, &world).await;
}

const SECOND: Duration = Duration::from_secs(1);

fn retirement(leases: Option<u32>) -> Retirement {
    Retirement {
        leases,
        ..Retirement::never()
    }
}

/// Works for about a second on each page, again and again, and returns the longest wait for one, and the fewest browsers
/// that served before there was less to do.
async fn work(
    pages: &Arc<Pages>,
    world: &World,
    workers: usize,
    rounds: usize,
) -> (Duration, usize) {
    let mut tasks = JoinSet::new();
    for worker in 0..workers {
        let pages = Arc::clone(pages);
        tasks.spawn(async move {
            let mut longest = Duration::ZERO;
            for round in 0..rounds {
                let began = Instant::now();
                let site = format!("site {}", (worker + round) % 5);
                let page = pages.acquire(&site).await.unwrap();
                longest = longest.max(began.elapsed());
                // Not in step, as real work is not.
                sleep(SECOND - Duration::from_millis(37 * (worker as u64 % 7))).await;
                number(&page).await;
            }
            longest
        });
    }
    let first = tasks.join_next().await.unwrap().unwrap();
    let fewest = world.fewest_serving.load(SeqCst);
    let longest = tasks.join_all().await.into_iter().max().unwrap();
    (longest.max(first), fewest)
}

#[tokio::test(start_paused = true)]
async fn browsers_retire_one_at_a_time_under_full_load_and_nobody_waits_longer_than_a_page_and_a_launch()
 {
    let world = World::of(Nature {
        launch_time: SECOND / 2,
        close_time: SECOND / 4,
        ..Nature::default()
    });
    let pages = pages_in(
        &world,
        &PagesConfig {
            retirement: retirement(Some(20)),
            ..PagesConfig::default()
        },
    );
    let pages = Arc::new(pages);
    // There is always somebody who waits.
    let (longest, fewest) = work(&pages, &world, 13, 60).await;
    let launched = world.launched.load(SeqCst);
    assert!(
        launched > 20,
        "only {launched} browsers in 780 leases of 20"
    );
    assert!(longest <= SECOND * 7 / 4, "somebody waited {longest:?}");
    assert_eq!(world.most_live.load(SeqCst), 3);
    assert_eq!(world.most_in_one.load(SeqCst), 4);
    // While one is replaced the two others serve: after the start no two are missing at once.
    assert_eq!(fewest, 2);
    everything_ends(&pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_browser_that_is_old_ends_with_its_warm_pages_and_is_not_replaced_before_it_is_missed()
 {
    let (pages, world) = pages(&PagesConfig {
        retirement: Retirement {
            age: Some(SECOND * 60),
            ..Retirement::never()
        },
        ..PagesConfig::default()
    });
    let leases = [
        pages.acquire("a").await.unwrap(),
        pages.acquire("b").await.unwrap(),
    ];
    drop(leases);
    sleep(SECOND * 59).await;
    assert_eq!(pages.page_status().idle, 2);
    sleep(SECOND * 3).await;
    assert_eq!(
        (pages.page_status().idle, pages.browser_status().idle),
        (0, 0)
    );
    assert_eq!(world.closed.load(SeqCst), 1);
    assert_eq!(world.launched.load(SeqCst), 1);
    assert!(pages.acquire("a").await.is_ok());
    everything_ends(&pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_holds_too_much_retires_and_its_leased_page_goes_on() {
    let (pages, world) = pages(&PagesConfig {
        max_browsers: 1,
        retirement: Retirement {
            memory: Some(1000),
            ..Retirement::never()
        },
        ..PagesConfig::default()
    });
    let lease = pages.acquire("a").await.unwrap();
    drop(pages.acquire("b").await.unwrap());
    world.memory.store(1001, SeqCst);
    sleep(SECOND * 6).await;
    world.memory.store(1000, SeqCst);
    // The idle page is gone, the other works on, and there is no place for a third.
    assert_eq!(
        (pages.page_status().idle, pages.page_status().leased),
        (0, 1)
    );
    number(&lease).await;
    let next = pages.acquire("c");
    let mut next = std::pin::pin!(next);
    assert!(tokio::time::timeout(SECOND, &mut next).await.is_err());
    drop(lease);
    drop(next.await.unwrap());
    sleep(SECOND * 10).await;
    assert_eq!(
        (world.launched.load(SeqCst), world.closed.load(SeqCst)),
        (2, 1)
    );
    everything_ends(&pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_crashed_or_hangs_is_not_lent_again_and_the_browser_stays() {
    let (pages, world) = pages(&PagesConfig::default());
    let method = || "Runtime.evaluate".to_owned();
    let faults = [
        CallError::Crashed { method: method() },
        CallError::Timeout {
            method: method(),
            limit: SECOND,
        },
    ];
    for (count, fault) in faults.into_iter().enumerate() {
        let page = pages.acquire("a").await.unwrap();
        assert_eq!(number(&page).await, count);
        *world.fault.lock().unwrap() = Some(fault.into());
        assert!(page.evaluate_json("").await.is_err());
    }
    // An exception is the page's own affair.
    let page = pages.acquire("a").await.unwrap();
    *world.fault.lock().unwrap() = Some(EvaluateError::Exception {
        text: "oh".into(),
        stack: None,
    });
    assert!(page.evaluate_json("").await.is_err());
    drop(page);
    assert_eq!(number(&pages.acquire("a").await.unwrap()).await, 2);
    assert_eq!(world.launched.load(SeqCst), 1);
    everything_ends(&pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_given_up_half_way_is_lent_again_only_if_it_answers() {
    let (pages, world) = pages(&PagesConfig::default());
    let blank = Navigation::to("about:blank".parse().unwrap());
    let late = || NavigateError::Timeout {
        limit: SECOND,
        waiting_for: "load".into(),
    };
    let page = pages.acquire("a").await.unwrap();
    world.answer_navigation(late());
    assert!(page.navigate(&blank).await.is_err());
    drop(page);
    // It was only slow.
    let page = pages.acquire("a").await.unwrap();
    assert_eq!(
        (number(&page).await, world.asked.load(SeqCst)),
        (0.into(), 1)
    );
    world.answer_navigation(late());
    assert!(page.navigate(&blank).await.is_err());
    drop(page);
    *world.illness.lock().unwrap() = Some(HealthError::Unresponsive { within: SECOND });
    let page = pages.acquire("a").await.unwrap();
    assert_eq!(
        (number(&page).await, world.asked.load(SeqCst)),
        (1.into(), 2)
    );
    drop(page);
    // Nothing was given up: nothing is asked.
    drop(pages.acquire("a").await.unwrap());
    assert_eq!(world.asked.load(SeqCst), 2);
    everything_ends(&pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_browser_of_which_too_many_pages_crash_in_a_row_retires() {
    let (pages, world) = pages(&PagesConfig {
        max_browsers: 1,
        retirement: Retirement {
            faults: Some(3),
            ..Retirement::never()
        },
        ..PagesConfig::default()
    });
    for crashes in [true, true, false, true, true] {
        let page = pages.acquire("a").await.unwrap();
        number(&page).await;
        if crashes {
            let method = "Runtime.evaluate".to_owned();
            *world.fault.lock().unwrap() = Some(CallError::Crashed { method }.into());
            assert!(page.evaluate_json("").await.is_err());
        }
    }
    assert_eq!(world.launched.load(SeqCst), 1);
    let page = pages.acquire("a").await.unwrap();
    let method = "Runtime.evaluate".to_owned();
    *world.fault.lock().unwrap() = Some(CallError::Crashed { method }.into());
    assert!(page.evaluate_json("").await.is_err());
    drop(page);
    drop(pages.acquire("a").await.unwrap());
    assert_eq!(world.launched.load(SeqCst), 2);
    everything_ends(&pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_launch_that_hangs_holds_up_no_page_that_finds_room_elsewhere() {
    let (pages, world) = pages(&PagesConfig {
        max_browsers: 2,
        pages_per_browser: 2,
        ..PagesConfig::default()
    });
    let first = pages.acquire("a").await.unwrap();
    let second = pages.acquire("a").await.unwrap();
    world.plan([Launch::Hang]);
    let third = pages.acquire("a");
    let mut third = std::pin::pin!(third);
    assert!(tokio::time::timeout(SECOND, &mut third).await.is_err());
    // Its page ends, so that nothing but a new one can serve the other: on the browser that has room.
    first.discard();
    let began = Instant::now();
    let third = third.await.unwrap();
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    assert_eq!(world.launched.load(SeqCst), 1);
    drop((second, third));
    everything_ends(&pages, &world).await;
}

fn died() -> LaunchError {
    LaunchError::Died {
        program: "chrome".into(),
        last_words: "no".into(),
    }
}

#[tokio::test(start_paused = true)]
async fn launches_that_fail_are_tried_again_and_all_are_served() {
    let (pages, world) = pages(&PagesConfig::default());
    world.plan([Launch::Fail(died), Launch::Fail(died), Launch::Fail(died)]);
    let began = Instant::now();
    let lease = pages.acquire("a").await.unwrap();
    // 250 ms, 500 ms and 1 s, of each at least half.
    let (least, most) = (Duration::from_millis(875), Duration::from_millis(1760));
    let took = began.elapsed();
    assert!(least <= took && took <= most, "{took:?}");
    drop(lease);
    everything_ends(&pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_launch_is_given_up_with_its_own_error_at_once_where_it_is_in_vain() {
    type Error = fn() -> LaunchError;
    let missing: Error = || LaunchError::NotFound {
        looked_for: "nowhere".into(),
    };
    for (error, attempts) in [(died as Error, 4), (missing, 1)] {
        let (pages, world) = pages(&PagesConfig::default());
        world.plan([
            Launch::Fail(error),
            Launch::Fail(error),
            Launch::Fail(error),
        ]);
        world.plan([Launch::Fail(error)]);
        let told = pages.acquire("a").await.unwrap_err();
        let AcquireError::Create(AcquireError::Create(told)) = told else {
            panic!("{told:?}")
        };
        assert_eq!(told.to_string(), error().to_string());
        assert_eq!(world.failed.load(SeqCst), attempts, "{told}");
        world.plans.lock().unwrap().clear();
        assert!(
            pages.acquire("a").await.is_ok(),
            "a failure was held against it"
        );
        everything_ends(&pages, &world).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_browser_of_one_page_gets_no_second_and_ends_with_it() {
    let world = World::of(Nature {
        page_limit: Some(1),
        ..Nature::default()
    });
    let pages = pages_in(&world, &PagesConfig::default());
    let leases = [
        pages.acquire("a").await.unwrap(),
        pages.acquire("a").await.unwrap(),
    ];
    assert_eq!(world.most_in_one.load(SeqCst), 1);
    assert_eq!(pages.page_status().max_size, 3);
    drop(leases);
    // Warm for its site it serves on.
    drop(pages.acquire("a").await.unwrap());
    assert_eq!(world.launched.load(SeqCst), 2);
    for _ in 0..2 {
        let leases = ["b", "c", "d"].map(|site| pages.acquire(site));
        let [b, c, d] = leases;
        let leases = tokio::try_join!(b, c, d).unwrap();
        drop(leases);
    }
    assert_eq!(world.most_live.load(SeqCst), 3);
    assert_eq!(world.most_opened_in_one.load(SeqCst), 1);
    everything_ends(&pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_froze_while_it_was_idle_costs_nobody_a_page() {
    let (pages, world) = pages(&PagesConfig::default());
    drop(pages.acquire("a").await.unwrap());
    sleep(SECOND * 10).await;
    world.freeze_all();
    let page = pages.acquire("a").await.unwrap();
    assert_eq!(
        number(&page).await,
        1,
        "the page of a frozen browser was lent"
    );
    drop(page);
    assert_eq!(world.launched.load(SeqCst), 2);
    everything_ends(&pages, &world).await;
}

#[tokio::test(start_paused = true)]
async fn settings_out_of_bounds_are_refused_by_name() {
    type Spoil = fn(&mut PagesConfig);
    let spoils: [(&str, Spoil); 4] = [
        ("max_browsers", |c| c.max_browsers = 0),
        ("pages_per_browser", |c| c.pages_per_browser = 0),
        ("retirement.leases", |c| c.retirement.leases = Some(0)),
        ("acquire_timeout", |c| {
            c.pool = Config {
                acquire_timeout: Duration::ZERO,
                ..Config::default()
            };
        }),
    ];
    for (field, spoil) in spoils {
        let mut config = PagesConfig::default();
        spoil(&mut config);
        let launcher = world::launcher(&Arc::default());
        assert_eq!(Pages::new(launcher, &config).unwrap_err().field, field);
    }
}

#[tokio::test(start_paused = true)]
async fn the_cap_holds_whatever_is_asked_for_given_up_and_killed_at_once() {
    let world = World::of(Nature {
        launch_time: SECOND / 10,
        close_time: SECOND / 10,
        ..Nature::default()
    });
    let config = PagesConfig {
        retirement: retirement(Some(7)),
        ..PagesConfig::default()
    };
    let pages = Arc::new(pages_in(&world, &config));
    let mut tasks = JoinSet::new();
    for seed in 0..40 {
        let (pages, world) = (Arc::clone(&pages), Arc::clone(&world));
        tasks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(seed);
            for _ in 0..40 {
                let site = random.u8(0..4).to_string();
                let patience = Duration::from_millis(random.u64(1..3000));
                let acquired = tokio::time::timeout(patience, pages.acquire(&site)).await;
                let Ok(acquired) = acquired else { continue };
                // A browser that was killed in the making is an error of whoever it was made for.
                let Ok(page) = acquired else { continue };
                sleep(Duration::from_millis(random.u64(0..200))).await;
                match random.u8(0..20) {
                    0 => world.kill_all(),
                    1 | 2 => page.discard(),
                    _ => drop(page),
                }
            }
        });
    }
    tasks.join_all().await;
    assert!(world.most_live.load(SeqCst) <= 3);
    assert!(world.most_in_one.load(SeqCst) <= 4);
    everything_ends(&pages, &world).await;
}
