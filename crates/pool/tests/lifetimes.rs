//! When resources end by themselves, are looked after while idle, and are made ahead of demand.

mod fixture;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use fixture::{
    Act, Fixture, SECOND, Seen, Step, World, millis, pool_in, pool_of, pool_with, recorder, settle,
};
use pool::{AcquireError, Cause, Config, Event, RetryCreation};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_test::{assert_pending, assert_ready, task::spawn};

/// As many resources, used once and idle.
async fn fill(f: &Fixture, count: usize) {
    let mut leases = Vec::new();
    for _ in 0..count {
        leases.push(f.pool.acquire_for(&"a").await.expect("there is room"));
    }
}

/// How many are being replaced at most at one moment: destroyed, or destroyed and not yet made again.
fn most_replaced_at_once(seen: &[Seen]) -> usize {
    let (mut missing, mut most) = (0_usize, 0);
    for seen in seen {
        match seen {
            Seen::Destroying(_) => missing += 1,
            Seen::Created(_) => missing = missing.saturating_sub(1),
            _ => {}
        }
        most = most.max(missing);
    }
    most
}

#[tokio::test(start_paused = true)]
async fn the_idle_timeout_spares_as_many_as_are_kept_ready() {
    let f = pool_with(Config {
        max_size: 3,
        min_idle: 1,
        idle_timeout: Some(10 * SECOND),
        ..Config::default()
    });
    fill(&f, 3).await;
    sleep(9 * SECOND).await;
    assert_eq!(f.pool.status().idle, 3);
    sleep(2 * SECOND).await;
    assert_eq!((f.pool.status().idle, f.world.destroyed()), (1, 2));
    sleep(100 * SECOND).await;
    assert_eq!(f.pool.status().idle, 1);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_look_at_an_idle_resource_is_no_use_of_it() {
    let looks = [(None, true), (Some(3 * SECOND), false)];
    for (check_interval, retain) in looks {
        let f = pool_with(Config {
            idle_timeout: Some(10 * SECOND),
            check_interval,
            ..Config::default()
        });
        fill(&f, 1).await;
        for _ in 0..11 {
            sleep(SECOND).await;
            if retain {
                f.pool.retain(|_| true);
            }
        }
        settle().await;
        assert_eq!(f.world.destroyed(), 1, "{check_interval:?}");
        f.closes_without_a_trace().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_at_an_idle_resource_leaves_it_where_it_was_in_the_order_of_use() {
    let f = pool_of(3);
    fill(&f, 3).await;
    let mut first = None;
    // While the first is looked at, the second is used.
    f.pool.retain(|resource| {
        if first.is_none() {
            first = Some(resource.number);
            let lease = spawn(f.pool.acquire_for(&"b")).poll();
            assert_eq!(assert_ready!(lease).unwrap().number, 2);
        }
        true
    });
    let mut order = Vec::new();
    let mut leases = Vec::new();
    for _ in 0..3 {
        leases.push(f.pool.acquire_for(&"c").await.unwrap());
        order.extend(leases.last().map(|lease| lease.number));
    }
    assert_eq!(order, [1, 3, 2]);
    drop(leases);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn lifetimes_are_shortened_by_at_most_the_jitter_and_not_all_alike() {
    let (observer, events) = recorder();
    let f = pool_with(Config {
        max_size: 40,
        max_lifetime: Some(100 * SECOND),
        lifetime_jitter: 50,
        observer,
        ..Config::default()
    });
    fill(&f, 40).await;
    let mut ages = Vec::new();
    for second in 1..=200 {
        sleep(SECOND).await;
        let mut events = events.lock().unwrap();
        for event in events.drain(..) {
            if let Event::Ended { cause, killed, .. } = event {
                assert_eq!((cause, killed), (Cause::Expired, false));
                ages.push(second);
            }
        }
    }
    assert_eq!(ages.len(), 40);
    assert!(ages.iter().all(|age| *age >= 50), "{ages:?}");
    // One is retired at a time, so that they would end apart without any jitter, too: but none of them so early.
    let early: BTreeSet<_> = ages.iter().filter(|age| **age < 95).collect();
    assert!(early.len() > 20, "{ages:?}");
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_without_jitter_ends_on_time_and_not_under_a_lease() {
    let f = pool_with(Config {
        max_size: 1,
        max_lifetime: Some(20 * SECOND),
        lifetime_jitter: 0,
        ..Config::default()
    });
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    sleep(19 * SECOND).await;
    drop(lease);
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    sleep(10 * SECOND).await;
    assert_eq!((lease.number, f.world.destroyed()), (1, 0));
    drop(lease);
    assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
    assert_eq!(f.world.destroyed(), 1);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_resource_is_lent_as_often_as_it_may_be() {
    let f = pool_with(Config {
        max_size: 1,
        max_uses: Some(3),
        ..Config::default()
    });
    let mut lent = Vec::new();
    for _ in 0..9 {
        lent.push(f.pool.acquire_for(&"a").await.unwrap().number);
    }
    assert_eq!(lent, [1, 1, 1, 2, 2, 2, 3, 3, 3]);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_worn_resource_whose_turn_comes_while_it_is_idle_is_retired_then() {
    let f = pool_with(Config {
        max_size: 3,
        max_uses: Some(1),
        ..Config::default()
    });
    fill(&f, 3).await;
    settle().await;
    assert_eq!((f.pool.status().idle, f.world.destroyed()), (2, 1));
    sleep(3 * SECOND).await;
    assert_eq!(f.world.destroyed(), 3);
    f.closes_without_a_trace().await;
}

/// Three expire at once; while one is destroyed and made anew, which takes 3 s, the two others go on serving.
#[tokio::test(start_paused = true)]
async fn resources_are_retired_one_at_a_time_while_all_others_serve() {
    let f = pool_with(Config {
        max_size: 3,
        max_lifetime: Some(10 * SECOND),
        lifetime_jitter: 0,
        ..Config::default()
    });
    fill(&f, 3).await;
    f.world.always(Step::Destroy, Act::Take(SECOND));
    f.world.always(Step::Create, Act::Take(2 * SECOND));
    let mut callers = JoinSet::new();
    for _ in 0..4 {
        let pool = f.pool.clone();
        callers.spawn(async move {
            for _ in 0..250 {
                let lease = pool.acquire_owned_for(&"a").await.unwrap();
                sleep(millis(100)).await;
                drop(lease);
            }
        });
    }
    let mut least = usize::MAX;
    for _ in 0..200 {
        sleep(millis(100)).await;
        let status = f.pool.status();
        least = least.min(status.leased + status.idle);
    }
    assert_eq!(least, 2);
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }
    assert!(f.world.created() > 6, "{}", f.world.created());
    assert_eq!(most_replaced_at_once(&f.world.seen()), 1);
    assert_eq!(f.world.most_live(), 3);
    f.closes_without_a_trace().await;
}

/// Where there is room besides, too: the pool must not be cold while the new ones are made.
#[tokio::test(start_paused = true)]
async fn resources_kept_ready_are_retired_one_at_a_time() {
    for (destroying, making) in [(0, 5), (5, 0), (3, 3)] {
        let f = pool_with(Config {
            max_size: 5,
            min_idle: 3,
            max_lifetime: Some(20 * SECOND),
            lifetime_jitter: 0,
            ..Config::default()
        });
        f.pool.warm_up().await;
        f.world
            .always(Step::Destroy, Act::Take(destroying * SECOND));
        f.world.always(Step::Create, Act::Take(making * SECOND));
        for _ in 0..200 {
            sleep(millis(200)).await;
            let status = f.pool.status();
            assert!(status.idle >= 2, "{status:?}");
        }
        assert!(f.world.created() >= 6, "{}", f.world.created());
        assert_eq!(most_replaced_at_once(&f.world.seen()), 1);
        f.closes_without_a_trace().await;
    }
}

#[tokio::test(start_paused = true)]
async fn at_a_maximum_of_1_waiters_wait_one_destroy_and_one_create() {
    let f = pool_with(Config {
        max_size: 1,
        max_uses: Some(1),
        ..Config::default()
    });
    let held = f.pool.acquire_for(&"a").await.unwrap();
    f.world.always(Step::Destroy, Act::Take(2 * SECOND));
    f.world.always(Step::Create, Act::Take(3 * SECOND));
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    let before = Instant::now();
    drop(held);
    let lease = waiter.await.unwrap();
    assert_eq!((lease.number, before.elapsed()), (2, 5 * SECOND));
    assert_eq!(f.world.most_live(), 1);
    drop(lease);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn what_else_ends_or_is_made_does_not_count_as_the_end_or_the_making_of_a_replacement() {
    let f = pool_with(Config {
        max_size: 3,
        max_uses: Some(1),
        ..Config::default()
    });
    let worn = f.pool.acquire_for(&"a").await.unwrap();
    let bad = f.pool.acquire_for(&"a").await.unwrap();
    let also_worn = f.pool.acquire_for(&"a").await.unwrap();
    f.script(Step::Destroy, &[Act::Take(5 * SECOND)]);
    drop(worn);
    settle().await;
    bad.discard();
    settle().await;
    assert_eq!((f.pool.status().destroying, f.world.destroyed()), (1, 1));
    let another = f.pool.acquire_for(&"b").await.unwrap();
    // The first is still being replaced.
    drop(also_worn);
    assert_eq!((f.pool.status().destroying, f.pool.status().idle), (1, 1));
    drop(another);
    assert_eq!((f.pool.status().destroying, f.pool.status().idle), (1, 2));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_fails_does_not_stop_the_next_from_being_retired() {
    let f = pool_with(Config {
        max_size: 1,
        max_uses: Some(1),
        ..Config::default()
    });
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    f.script(Step::Create, &[Act::Fail]);
    drop(held);
    assert!(waiter.await.is_err());
    let mut lent = Vec::new();
    for _ in 0..3 {
        lent.push(f.pool.acquire_for(&"a").await.unwrap().number);
    }
    assert_eq!(lent, [2, 3, 4]);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_was_idle_for_long_is_checked_before_it_is_lent() {
    let f = pool_with(Config {
        check_after: Some(10 * SECOND),
        ..Config::default()
    });
    fill(&f, 1).await;
    sleep(9 * SECOND).await;
    drop(f.pool.acquire_for(&"a").await.unwrap());
    assert_eq!(f.world.times(Seen::Checking(1)), 0);
    sleep(11 * SECOND).await;
    drop(f.pool.acquire_for(&"a").await.unwrap());
    assert_eq!(f.world.times(Seen::Checking(1)), 1);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_was_never_lent_but_idle_for_long_is_checked_as_well() {
    let f = pool_with(Config {
        min_idle: 1,
        check_after: Some(10 * SECOND),
        ..Config::default()
    });
    f.pool.warm_up().await;
    sleep(11 * SECOND).await;
    drop(f.pool.acquire_for(&"a").await.unwrap());
    assert_eq!(f.world.times(Seen::Checking(1)), 1);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_goes_from_lease_to_lease_was_not_idle_however_long_it_was_lent() {
    let f = pool_with(Config {
        max_size: 1,
        check_after: Some(10 * SECOND),
        ..Config::default()
    });
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    sleep(20 * SECOND).await;
    drop(held);
    drop(assert_ready!(waiter.poll()).unwrap());
    assert_eq!(f.world.times(Seen::Checking(1)), 0);
    drop(waiter);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_check_after_no_time_is_made_before_every_lease_but_the_first() {
    let f = pool_with(Config {
        max_size: 1,
        check_after: Some(Duration::ZERO),
        ..Config::default()
    });
    for lease in 0..4 {
        let held = f.pool.acquire_for(&"a").await.unwrap();
        assert_eq!(f.world.times(Seen::Checking(1)), lease);
        drop(held);
    }
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    drop(held);
    drop(assert_ready!(waiter.poll()).unwrap());
    assert_eq!(f.world.times(Seen::Checking(1)), 5);
    drop(waiter);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn idle_resources_are_checked_one_after_the_other() {
    for act in [Act::Fail, Act::Panic, Act::Hang] {
        let f = pool_with(Config {
            max_size: 3,
            check_interval: Some(60 * SECOND),
            check_timeout: 2 * SECOND,
            ..Config::default()
        });
        fill(&f, 3).await;
        f.script(Step::Check, &[Act::Take(SECOND), act, Act::Take(SECOND)]);
        sleep(60 * SECOND + millis(500)).await;
        assert_eq!((f.pool.status().idle, f.pool.status().leased), (2, 1));
        sleep(10 * SECOND).await;
        for number in 1..=3 {
            assert_eq!(f.world.times(Seen::Checking(number)), 1);
        }
        assert_eq!(f.world.times(Seen::Destroyed(2)), 1, "{act:?}");
        assert_eq!((f.pool.status().idle, f.world.created()), (2, 3));
        f.closes_without_a_trace().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_was_lent_or_has_ended_meanwhile_is_not_checked() {
    let f = pool_with(Config {
        max_size: 3,
        check_interval: Some(60 * SECOND),
        ..Config::default()
    });
    fill(&f, 3).await;
    f.script(Step::Check, &[Act::Take(SECOND)]);
    sleep(60 * SECOND + millis(500)).await;
    let held = f.pool.acquire_for(&"a").await.unwrap();
    f.pool.acquire_for(&"a").await.unwrap().discard();
    let made = f.pool.acquire_for(&"a").await.unwrap();
    assert_eq!((held.number, made.number), (3, 4));
    drop(made);
    sleep(10 * SECOND).await;
    let checked = (1..=4).map(|number| f.world.times(Seen::Checking(number)));
    assert_eq!(checked.collect::<Vec<_>>(), [1, 0, 0, 0]);
    drop(held);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_does_not_stop_the_clock() {
    let (observer, events) = recorder();
    let f = pool_with(Config {
        max_size: 3,
        check_interval: Some(60 * SECOND),
        check_timeout: 100 * SECOND,
        max_lease: Some(70 * SECOND),
        observer,
        ..Config::default()
    });
    let held = f.pool.acquire_for(&"a").await.unwrap();
    fill(&f, 1).await;
    f.script(Step::Check, &[Act::Hang]);
    sleep(72 * SECOND).await;
    assert_eq!(f.world.times(Seen::Checking(2)), 1);
    assert!(matches!(
        events.lock().unwrap().last(),
        Some(Event::Overdue { id: 1, .. })
    ));
    drop(held);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn resources_to_be_kept_ready_are_made_as_soon_as_the_pool_is() {
    let f = pool_with(Config {
        max_size: 3,
        min_idle: 2,
        ..Config::default()
    });
    settle().await;
    assert_eq!((f.pool.status().idle, f.world.created()), (2, 2));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn resources_are_kept_ready_beyond_those_that_are_lent_or_have_ended() {
    let f = pool_with(Config {
        max_size: 4,
        min_idle: 2,
        ..Config::default()
    });
    f.pool.warm_up().await;
    let first = f.pool.acquire_for(&"a").await.unwrap();
    sleep(SECOND + millis(1)).await;
    assert_eq!(f.pool.status().idle, 2);
    let second = f.pool.acquire_for(&"a").await.unwrap();
    sleep(2 * SECOND).await;
    assert_eq!((f.pool.status().idle, f.world.created()), (2, 4));
    first.discard();
    second.discard();
    sleep(2 * SECOND).await;
    assert_eq!((f.pool.status().idle, f.world.created()), (2, 4));
    f.pool.retain(|_| false);
    // Without waiting for the pulse.
    settle().await;
    assert_eq!((f.pool.status().idle, f.world.created()), (2, 6));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn creations_ahead_of_demand_that_fail_are_tried_again() {
    let world = Arc::new(World::default());
    world.script(Step::Create, &[Act::Fail, Act::Panic, Act::Fail]);
    let pool = pool_in(
        &world,
        Config {
            max_size: 2,
            min_idle: 2,
            ..Config::default()
        },
    );
    let f = Fixture { pool, world };
    let before = Instant::now();
    f.pool.warm_up().await;
    // Two fail at once, one after a second.
    assert_eq!(before.elapsed(), 2 * SECOND);
    assert_eq!(f.world.times(Seen::Creating), 5);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_warmth_ends_when_it_can_not_come_any_more() {
    let world = Arc::new(World::default());
    world.script(Step::Create, &[Act::Work, Act::Hang, Act::Hang]);
    let config = Config {
        max_size: 3,
        min_idle: 3,
        ..Config::default()
    };
    let f = Fixture {
        pool: pool_in(&world, config),
        world,
    };
    settle().await;
    let mut warm_up = spawn(f.pool.warm_up());
    assert_pending!(warm_up.poll());
    // No more than the one that is there can be kept ready now.
    f.pool.resize(1);
    assert!(warm_up.is_woken());
    assert_ready!(warm_up.poll());
    assert_eq!(f.pool.status().idle, 1);
    drop(warm_up);
    f.pool.resize(3);
    let mut warm_up = spawn(f.pool.warm_up());
    assert_pending!(warm_up.poll());
    f.pool.close().await;
    assert_ready!(warm_up.poll());
    drop(warm_up);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_keeps_nothing_ready_is_warm() {
    let f = pool_of(1);
    assert_ready!(spawn(f.pool.warm_up()).poll());
    f.closes_without_a_trace().await;
}

/// Asks for 1, 2, 4, … seconds, and gives up after the fourth failure.
fn doubling() -> (RetryCreation, Arc<std::sync::Mutex<Vec<u32>>>) {
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let retry = RetryCreation::new(move |failures| {
        heard.lock().expect("no panic in it").push(failures);
        (failures < 4).then(|| SECOND * 2_u32.pow(failures - 1))
    });
    (retry, asked)
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_fails_is_tried_again_after_each_delay() {
    let (retry, asked) = doubling();
    let (observer, events) = recorder();
    let f = pool_with(Config {
        max_size: 1,
        retry_creation: Some(retry),
        observer,
        ..Config::default()
    });
    f.script(Step::Create, &[Act::Fail, Act::Panic, Act::Fail]);
    let before = Instant::now();
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    assert_eq!(before.elapsed(), 7 * SECOND);
    assert_eq!(*asked.lock().unwrap(), [1, 2, 3]);
    let failed = |failures, retry| Event::CreateFailed { failures, retry };
    let events = events.lock().unwrap().clone();
    assert_eq!(
        events[..3],
        [
            failed(1, Some(SECOND)),
            failed(2, Some(2 * SECOND)),
            failed(3, Some(4 * SECOND))
        ]
    );
    let made = Event::Created {
        id: 1,
        took: Duration::ZERO,
    };
    assert_eq!(events[3..], [made]);
    // A success makes the count begin anew.
    lease.discard();
    f.script(Step::Create, &[Act::Fail]);
    drop(f.pool.acquire_for(&"a").await.unwrap());
    assert_eq!(*asked.lock().unwrap(), [1, 2, 3, 1]);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_is_given_up_fails_the_oldest_waiter_and_frees_its_slot() {
    let (retry, asked) = doubling();
    let f = pool_with(Config {
        max_size: 1,
        retry_creation: Some(retry),
        ..Config::default()
    });
    f.script(Step::Create, &[Act::Fail; 4]);
    let mut first = spawn(f.pool.acquire_for(&"a"));
    let mut second = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    let before = Instant::now();
    assert!(matches!(first.await, Err(AcquireError::Create(_))));
    assert_eq!(before.elapsed(), 7 * SECOND);
    drop(second.await.unwrap());
    assert_eq!(*asked.lock().unwrap(), [1, 2, 3, 4]);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn while_a_creation_is_tried_again_waiters_keep_their_own_timeouts() {
    let f = pool_with(Config {
        max_size: 1,
        acquire_timeout: 5 * SECOND,
        retry_creation: Some(RetryCreation::new(|_| Some(3 * SECOND))),
        ..Config::default()
    });
    f.script(Step::Create, &[Act::Fail; 2]);
    let before = Instant::now();
    let error = f.pool.acquire_for(&"a").await.unwrap_err();
    assert!(error.is_busy(), "{error}");
    assert_eq!(before.elapsed(), 5 * SECOND);
    assert_eq!(f.pool.status().creating, 1);
    // What comes of it is for the next.
    drop(f.pool.acquire_for(&"a").await.unwrap());
    assert_eq!(before.elapsed(), 6 * SECOND);
    assert_eq!(f.world.times(Seen::Creating), 3);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_for_the_next_try() {
    let f = pool_with(Config {
        retry_creation: Some(RetryCreation::new(|_| Some(Duration::MAX))),
        ..Config::default()
    });
    f.world.always(Step::Create, Act::Fail);
    assert!(timeout(SECOND, f.pool.acquire_for(&"a")).await.is_err());
    assert_eq!(f.pool.status().creating, 1);
    let before = Instant::now();
    f.closes_without_a_trace().await;
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_resource_made_ahead_that_cannot_be_prepared_is_replaced() {
    let f = pool_with(Config {
        max_size: 1,
        min_idle: 1,
        ..Config::default()
    });
    f.pool.warm_up().await;
    f.script(Step::Recycle, &[Act::Fail]);
    assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
    f.closes_without_a_trace().await;
}
