//! What other pools break: each defect is a test.

mod fixture;

use std::time::Duration;

use fixture::{Act, Random, SECOND, Seen, Step, live, millis, pool_of, pool_with, settle};
use pool::{AcquireError, Config};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_test::{assert_pending, assert_ready, task::spawn};

/// Elsewhere five live at a maximum of 3.
#[tokio::test(start_paused = true)]
async fn shrinking_and_growing_under_leases_never_makes_more_than_the_maximum() {
    let f = pool_of(3);
    let mut leases = Vec::new();
    for _ in 0..3 {
        leases.push(f.pool.acquire_for(&"a").await.unwrap());
    }
    f.pool.resize(1);
    f.pool.resize(3);
    let mut waiters: Vec<_> = (0..2).map(|_| spawn(f.pool.acquire_for(&"a"))).collect();
    for waiter in &mut waiters {
        assert_pending!(waiter.poll());
    }
    settle().await;
    assert_eq!(f.world.most_live(), 3);
    drop((leases, waiters));
    settle().await;
    assert_eq!(f.pool.status().idle, 3);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn random_resizing_keeps_what_lives_below_the_largest_maximum_that_still_holds() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let f = pool_of(4);
        f.world.always(Step::Destroy, Act::Take(millis(3)));
        f.world.always(Step::Create, Act::Take(millis(2)));
        let (mut leases, mut bound) = (Vec::new(), 4);
        for step in 0..300 {
            match random.below(4) {
                0 => {
                    let max_size = 1 + usize::try_from(random.below(6)).unwrap();
                    // What lives already may live on; nothing is made beyond that.
                    bound = live(f.pool.status()).max(max_size);
                    f.pool.resize(max_size);
                    f.world.most_live();
                }
                1 => {
                    let call = timeout(millis(random.below(4)), f.pool.acquire_for(&"a"));
                    leases.extend(call.await.ok().map(Result::unwrap));
                }
                2 if !leases.is_empty() => {
                    let last = leases.len() as u64;
                    let lease = leases.swap_remove(usize::try_from(random.below(last)).unwrap());
                    match random.below(3) {
                        0 => lease.discard(),
                        _ => drop(lease),
                    }
                }
                _ => sleep(millis(random.below(3))).await,
            }
            let most = f.world.most_live();
            assert!(most <= bound, "{most} > {bound}: seed {seed}, step {step}");
            bound = live(f.pool.status()).max(f.pool.status().max_size);
        }
        drop(leases);
        f.closes_without_a_trace().await;
    }
}

/// Elsewhere the lock is poisoned and later drops panic.
#[tokio::test(start_paused = true)]
async fn a_panicking_predicate_ends_what_it_looked_at_and_nothing_else() {
    let f = pool_of(3);
    let mut leases = Vec::new();
    for _ in 0..3 {
        leases.push(f.pool.acquire_for(&"a").await.unwrap());
    }
    let held = leases.pop().unwrap();
    drop(leases);
    let retain = || {
        f.pool
            .retain(|resource| resource.number == 1 || panic!("on purpose"))
    };
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(retain));
    assert!(panicked.is_err());
    drop(held);
    settle().await;
    assert_eq!((f.pool.status().idle, f.world.live()), (2, 2));
    assert_eq!(f.world.times(Seen::Destroyed(2)), 1);
    f.closes_without_a_trace().await;
}

/// Elsewhere none of them ever gets one: each throws away what the last one began.
#[tokio::test(start_paused = true)]
async fn callers_that_give_up_before_a_creation_ends_do_not_waste_it() {
    let f = pool_of(3);
    f.world.always(Step::Create, Act::Take(millis(300)));
    let mut served = Vec::new();
    for call in 1..=10 {
        let lease = timeout(millis(200), f.pool.acquire_for(&"a")).await;
        if let Ok(lease) = lease {
            drop(lease.unwrap());
            served.push(call);
        }
    }
    assert_eq!(served, (2..=10).collect::<Vec<_>>());
    let before = Instant::now();
    drop(f.pool.acquire_for(&"a").await.unwrap());
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(f.world.times(Seen::Creating), 1);
    f.closes_without_a_trace().await;
}

/// As above with callers that keep what they get, so that each call wants another one: at most 3 creations are begun.
#[tokio::test(start_paused = true)]
async fn ten_impatient_callers_at_once_begin_no_more_creations_than_the_pool_may_hold() {
    let f = pool_of(3);
    f.world.always(Step::Create, Act::Take(millis(300)));
    let mut callers = JoinSet::new();
    for call in 0..10 {
        let pool = f.pool.clone();
        callers.spawn(async move {
            sleep(millis(call * 40)).await;
            timeout(millis(200), pool.acquire_owned_for(&"a"))
                .await
                .is_ok()
        });
    }
    let mut served = 0;
    while let Some(was_served) = callers.join_next().await {
        served += u32::from(was_served.unwrap());
    }
    assert_eq!(f.world.times(Seen::Creating), 3);
    // The first three give up at 200, 240 and 280 ms; the first resource is there at 300.
    assert_eq!(served, 7);
    f.closes_without_a_trace().await;
}

/// Elsewhere every later call fails, and the timeout of a call does not bound the making.
#[tokio::test(start_paused = true)]
async fn a_panic_or_a_hang_in_create_at_a_maximum_of_1_costs_one_caller() {
    for act in [Act::Panic, Act::Hang] {
        let f = pool_with(Config {
            max_size: 1,
            acquire_timeout: 2 * SECOND,
            create_timeout: 5 * SECOND,
            ..Config::default()
        });
        f.script(Step::Create, &[act]);
        let before = Instant::now();
        let error = f.pool.acquire_for(&"a").await.unwrap_err();
        match act {
            Act::Panic => assert!(matches!(error, AcquireError::CreatePanicked)),
            _ => assert!(matches!(error, AcquireError::Timeout { .. })),
        }
        let lost = if act == Act::Panic { 0 } else { 2 };
        assert_eq!(before.elapsed(), lost * SECOND);
        sleep(4 * SECOND).await;
        for _ in 0..10 {
            drop(f.pool.acquire_for(&"a").await.unwrap());
        }
        assert_eq!(f.world.created(), 1);
        f.closes_without_a_trace().await;
    }
}

/// Elsewhere a count leaks on every timeout, and a counter underflows.
#[tokio::test(start_paused = true)]
async fn counts_balance_after_ten_thousand_random_cancellations() {
    let seed = 0x5eed_u64;
    let mut random = Random::new(seed);
    let mut random = move |bound| random.below(bound);
    let f = pool_of(3);
    let mut tasks = JoinSet::new();
    for call in 0..10_000_u64 {
        let (pool, patience, hold, fate) = (f.pool.clone(), random(40), random(20), random(10));
        if fate == 0 {
            f.script(Step::Create, &[Act::Take(millis(7)), Act::Fail]);
            f.script(Step::Recycle, &[Act::Fail, Act::Take(millis(3))]);
        }
        tasks.spawn(async move {
            sleep(millis(call)).await;
            let _ = timeout(millis(patience), async {
                if let Ok(lease) = pool
                    .acquire_for(&["a", "b", "c"][usize::try_from(call % 3).unwrap()])
                    .await
                {
                    sleep(millis(hold)).await;
                    if fate == 1 {
                        lease.discard();
                    }
                }
            })
            .await;
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert_eq!(f.world.most_live(), 3, "seed {seed:#x}");
    assert_eq!(f.pool.status().waiting, 0, "seed {seed:#x}");
    f.closes_without_a_trace().await;
}

/// Elsewhere it panics.
#[tokio::test(start_paused = true)]
async fn a_lease_may_be_dropped_on_a_plain_thread() {
    let f = pool_of(2);
    let kept = f.pool.acquire_owned_for(&"a").await.unwrap();
    let discarded = f.pool.acquire_owned_for(&"a").await.unwrap();
    let thread = std::thread::spawn(move || {
        drop(kept);
        discarded.discard();
    });
    thread.join().unwrap();
    settle().await;
    assert_eq!((f.pool.status().idle, f.world.destroyed()), (1, 1));
    f.closes_without_a_trace().await;
}

/// Elsewhere callers starve: nobody here is served before one who came earlier.
#[tokio::test(start_paused = true)]
async fn waiters_are_served_in_the_order_of_their_calls_whatever_their_keys() {
    let f = pool_of(3);
    let order = std::sync::Mutex::new(Vec::new());
    let mut callers: Vec<_> = (0..100)
        .map(|number| {
            let (pool, order, key) = (&f.pool, &order, ["a", "b", "c"][number % 3]);
            Box::pin(async move {
                let lease = pool.acquire_for(&key).await.unwrap();
                order.lock().unwrap().push(number);
                sleep(millis(10)).await;
                drop(lease);
            })
        })
        .collect();
    for caller in &mut callers {
        let mut caller = spawn(caller);
        assert_pending!(caller.poll());
    }
    for caller in callers {
        caller.await;
    }
    assert_eq!(order.into_inner().unwrap(), (0..100).collect::<Vec<_>>());
    f.closes_without_a_trace().await;
}

/// Elsewhere a busy pool never renews what it lends.
#[tokio::test(start_paused = true)]
async fn resources_are_renewed_under_full_load() {
    let f = pool_with(Config {
        max_size: 3,
        max_uses: Some(5),
        ..Config::default()
    });
    let mut callers = JoinSet::new();
    for _ in 0..6 {
        let pool = f.pool.clone();
        callers.spawn(async move {
            for _ in 0..50 {
                let lease = pool.acquire_owned_for(&"a").await.unwrap();
                sleep(millis(10)).await;
                drop(lease);
            }
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }
    assert_eq!(f.world.most_live(), 3);
    let uses = |number| f.world.times(Seen::Recycling(number, "a"));
    let renewed = u32::try_from(f.world.created()).unwrap();
    let total: usize = (1..=renewed).map(uses).sum();
    assert_eq!(total, 300);
    // Two more may have to be used on while another is replaced, which takes no time here.
    assert!(
        (1..=renewed).all(|number| uses(number) <= 7),
        "{:?}",
        f.world.seen()
    );
    f.closes_without_a_trace().await;
}

/// Elsewhere it blocks the reaper.
#[tokio::test(start_paused = true)]
async fn a_destroy_that_never_ends_is_cut_short_by_the_kill_and_delays_nobody_else() {
    let f = pool_of(3);
    f.script(Step::Destroy, &[Act::Hang]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    let before = Instant::now();
    for _ in 0..10 {
        f.pool.acquire_for(&"a").await.unwrap().discard();
    }
    assert_eq!(before.elapsed(), Duration::ZERO);
    settle().await;
    assert_eq!((f.world.destroyed(), f.world.killed()), (10, 0));
    sleep(10 * SECOND).await;
    settle().await;
    assert_eq!((f.world.destroyed(), f.world.killed()), (10, 1));
    f.closes_without_a_trace().await;
}

/// Elsewhere every failed launch costs capacity for ever.
#[tokio::test(start_paused = true)]
async fn a_launch_that_fails_some_times_and_then_works_serves_everybody_else() {
    let f = pool_of(2);
    f.script(Step::Create, &[Act::Fail, Act::Panic, Act::Fail, Act::Fail]);
    let mut callers: Vec<_> = (0..20).map(|_| spawn(f.pool.acquire_for(&"a"))).collect();
    for caller in &mut callers {
        assert_pending!(caller.poll());
    }
    settle().await;
    let mut leases = Vec::new();
    for caller in &mut callers[..4] {
        assert!(assert_ready!(caller.poll()).is_err());
    }
    for caller in &mut callers[4..] {
        leases.push(assert_ready!(caller.poll()).unwrap());
        if leases.len() == 2 {
            leases.clear();
        }
    }
    drop(callers);
    assert_eq!((f.pool.status().idle, f.world.live()), (2, 2));
    drop(leases);
    f.closes_without_a_trace().await;
}
