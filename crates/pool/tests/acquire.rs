//! Who gets a resource, in what order, and what becomes of those that cannot be used.

mod fixture;

use std::time::Duration;

use fixture::{Act, SECOND, Step, millis, pool_of, pool_with, recorder};
use pool::{AcquireError, Cause, Config, Created, Drained, Event, Manager, Pool};
use tokio::time::{Instant, sleep, timeout};
use tokio_test::{assert_pending, assert_ready, task::spawn};

#[tokio::test(start_paused = true)]
async fn a_returned_resource_is_lent_again() {
    let f = pool_of(3);
    let first = f.pool.acquire_for(&"a").await.unwrap().number;
    let second = f.pool.acquire_for(&"a").await.unwrap().number;
    assert_eq!(first, second);
    assert_eq!(f.closes_without_a_trace().await.created, 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_prefers_a_resource_that_is_warm_for_its_key() {
    let f = pool_of(2);
    let (a, b) = (
        f.pool.acquire_for(&"a").await.unwrap(),
        f.pool.acquire_for(&"b").await.unwrap(),
    );
    let (a_id, b_id) = (a.number, b.number);
    drop((a, b));
    assert_eq!(f.pool.acquire_for(&"b").await.unwrap().number, b_id);
    assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, a_id);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn waiters_are_served_first_come_first_served() {
    let f = pool_of(1);
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut first = spawn(f.pool.acquire_for(&"b"));
    let mut second = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    drop(held);
    assert!(first.is_woken() && !second.is_woken());
    let lease = assert_ready!(first.poll()).unwrap();
    // A newcomer does not overtake.
    let mut third = spawn(f.pool.acquire_for(&"b"));
    assert_pending!(third.poll());
    drop(lease);
    assert!(second.is_woken() && !third.is_woken());
    drop(assert_ready!(second.poll()));
    drop(assert_ready!(third.poll()));
    drop((first, second, third));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_waiter_who_leaves_passes_the_resource_on() {
    let f = pool_of(1);
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut first = spawn(f.pool.acquire_for(&"a"));
    let mut second = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    drop(held);
    // It was handed over already, but its owner never looked.
    drop(first);
    assert!(second.is_woken());
    drop(assert_ready!(second.poll()));
    drop(second);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_bounded_and_the_wait_has_an_end() {
    let f = pool_with(Config {
        max_size: 1,
        max_waiters: 1,
        acquire_timeout: SECOND,
        ..Config::default()
    });
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    let error = f.pool.acquire_for(&"a").await.unwrap_err();
    assert!(matches!(error, AcquireError::QueueFull { limit: 1 }));
    assert!(error.is_busy());
    let error = waiter.await.unwrap_err();
    assert!(
        matches!(error, AcquireError::Timeout { waited: SECOND }),
        "{error}"
    );
    assert!(error.is_busy());
    assert_eq!(f.pool.status().waiting, 0);
    drop(held);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_create_gives_its_slot_back() {
    let f = pool_of(1);
    f.script(Step::Create, &[Act::Fail, Act::Panic, Act::Hang]);
    assert!(matches!(
        f.pool.acquire_for(&"a").await,
        Err(AcquireError::Create(_))
    ));
    assert!(matches!(
        f.pool.acquire_for(&"a").await,
        Err(AcquireError::CreatePanicked)
    ));
    assert!(matches!(
        f.pool.acquire_for(&"a").await,
        Err(AcquireError::CreateTimeout { .. })
    ));
    assert!(f.pool.acquire_for(&"a").await.is_ok());
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn failing_creations_serve_every_waiter_in_the_end() {
    let f = pool_of(2);
    f.script(Step::Create, &[Act::Fail, Act::Fail, Act::Fail]);
    let mut callers: Vec<_> = (0..8).map(|_| spawn(f.pool.acquire_for(&"a"))).collect();
    for caller in &mut callers {
        assert_pending!(caller.poll());
    }
    let mut failed = 0;
    for caller in callers {
        failed += usize::from(caller.await.is_err());
    }
    assert_eq!(failed, 3);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_cannot_be_prepared_is_replaced_without_losing_the_turn() {
    for failure in [Act::Fail, Act::Panic, Act::Hang] {
        let f = pool_of(1);
        let first = f.pool.acquire_for(&"a").await.unwrap().number;
        f.script(Step::Recycle, &[failure]);
        let lease = f.pool.acquire_for(&"a").await.unwrap();
        assert_ne!(lease.number, first, "{failure:?}");
        drop(lease);
        let drained = f.closes_without_a_trace().await;
        assert_eq!((drained.created, drained.destroyed), (2, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn callers_whose_resources_cannot_be_prepared_keep_their_order() {
    let f = pool_of(2);
    drop((
        f.pool.acquire_for(&"a").await.unwrap(),
        f.pool.acquire_for(&"a").await.unwrap(),
    ));
    f.script(Step::Recycle, &[Act::Hang, Act::Hang]);
    f.script(Step::Destroy, &[Act::Take(5 * SECOND); 2]);
    let mut first = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(first.poll());
    sleep(SECOND).await;
    let mut second = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(second.poll());
    // The recycle timeout of 10 s ends both, and both wait again.
    sleep(millis(9_500)).await;
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    sleep(SECOND).await;
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    let mut newcomer = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(newcomer.poll());
    assert_eq!(f.pool.status().waiting, 3);
    // The first one's resource has been destroyed, and what takes its place is made.
    sleep(millis(4_500)).await;
    let lease = assert_ready!(first.poll()).unwrap();
    assert_pending!(second.poll());
    drop(lease);
    assert!(second.is_woken() && !newcomer.is_woken());
    drop((first, second, newcomer));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn any_number_of_bad_idle_resources_costs_no_more_than_the_acquire_timeout() {
    let f = pool_with(Config {
        max_size: 8,
        acquire_timeout: 15 * SECOND,
        ..Config::default()
    });
    let mut leases = Vec::new();
    for _ in 0..8 {
        leases.push(f.pool.acquire_for(&"a").await.unwrap());
    }
    drop(leases);
    f.script(Step::Recycle, &[Act::Hang; 8]);
    let before = Instant::now();
    assert!(f.pool.acquire_for(&"a").await.unwrap_err().is_busy());
    // The first takes 10 s and begins the wait of 15 s, in which two more fail.
    assert_eq!(before.elapsed(), 30 * SECOND);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_resource_that_cannot_be_prepared_is_an_error() {
    let f = pool_of(1);
    f.script(Step::Recycle, &[Act::Fail, Act::Panic, Act::Hang]);
    let error = f.pool.acquire_for(&"a").await.unwrap_err();
    assert!(matches!(error, AcquireError::Create(_)));
    assert!(!error.is_busy() && !error.is_closed());
    assert!(matches!(
        f.pool.acquire_for(&"a").await,
        Err(AcquireError::CreatePanicked)
    ));
    assert!(matches!(
        f.pool.acquire_for(&"a").await,
        Err(AcquireError::CreateTimeout { .. })
    ));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_while_its_resource_is_prepared_ends_it() {
    let f = pool_of(1);
    f.script(Step::Recycle, &[Act::Hang]);
    assert!(timeout(SECOND, f.pool.acquire_for(&"a")).await.is_err());
    assert!(f.pool.acquire_for(&"a").await.is_ok());
    assert_eq!(f.closes_without_a_trace().await.created, 2);
}

/// Destroying may fail in any way: capacity comes back, and exactly one end is counted.
#[tokio::test(start_paused = true)]
async fn a_destroy_that_panics_or_hangs_becomes_a_kill() {
    for (act, killed) in [(Act::Work, 0), (Act::Panic, 1), (Act::Hang, 1)] {
        let f = pool_of(1);
        f.script(Step::Destroy, &[act]);
        f.pool.acquire_for(&"a").await.unwrap().discard();
        assert!(f.pool.acquire_for(&"a").await.is_ok());
        assert_eq!(f.closes_without_a_trace().await.killed, killed, "{act:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn capacity_returns_only_when_destroy_has_ended() {
    let f = pool_of(1);
    f.script(Step::Destroy, &[Act::Take(5 * SECOND)]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    let before = Instant::now();
    drop(f.pool.acquire_for(&"a").await.unwrap());
    assert_eq!(before.elapsed(), 5 * SECOND);
    assert_eq!(f.world.most_live(), 1);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn one_hung_destroy_stops_nobody_else() {
    let f = pool_of(2);
    f.script(Step::Destroy, &[Act::Hang]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    let before = Instant::now();
    for _ in 0..100 {
        drop(f.pool.acquire_for(&"a").await.unwrap());
    }
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(f.closes_without_a_trace().await.killed, 1);
}

#[tokio::test(start_paused = true)]
async fn close_waits_for_leases_and_refuses_everybody_else() {
    let f = pool_of(1);
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    let mut close = spawn(f.pool.close());
    assert_pending!(close.poll());
    assert!(assert_ready!(waiter.poll()).unwrap_err().is_closed());
    assert!(f.pool.acquire_for(&"a").await.unwrap_err().is_closed());
    drop(held);
    assert_eq!(close.await.destroyed, 1);
    drop(waiter);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn close_does_not_wait_for_a_creation_that_hangs() {
    let f = pool_of(1);
    f.script(Step::Create, &[Act::Hang]);
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    // The creation is under way before the pool closes.
    tokio::task::yield_now().await;
    let before = Instant::now();
    assert_eq!(f.pool.close().await, Drained::default());
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert!(assert_ready!(waiter.poll()).unwrap_err().is_closed());
    drop(waiter);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_turned_away_while_there_is_room_to_create() {
    let f = pool_with(Config {
        max_size: 3,
        max_waiters: 1,
        ..Config::default()
    });
    let callers: Vec<_> = (0..4).map(|_| f.pool.acquire_for(&"a")).collect();
    let mut callers: Vec<_> = callers.into_iter().map(spawn).collect();
    for caller in &mut callers {
        assert_pending!(caller.poll());
    }
    assert!(matches!(
        f.pool.acquire_for(&"a").await,
        Err(AcquireError::QueueFull { limit: 1 })
    ));
    drop(callers);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_closes_the_pool() {
    let f = pool_of(2);
    let held = f.pool.acquire_owned_for(&"a").await.unwrap();
    drop(f.pool.acquire_for(&"b").await.unwrap());
    let (world, clone) = (f.world, f.pool.clone());
    drop(f.pool);
    assert_eq!(clone.status().idle, 1);
    drop(clone);
    drop(held);
    sleep(SECOND).await;
    assert_eq!((world.live(), world.destroyed()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_set_to_discard_ends_its_resource_unless_that_is_taken_back() {
    let f = pool_of(1);
    let mut lease = f.pool.acquire_for(&"a").await.unwrap();
    lease.set_discard(true);
    drop(lease);
    let mut lease = f.pool.acquire_for(&"a").await.unwrap();
    assert_eq!(lease.number, 2);
    lease.set_discard(true);
    lease.set_discard(false);
    drop(lease);
    assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_with_a_lease_in_hand_ends_the_resource() {
    let f = pool_of(1);
    let pool = f.pool.clone();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        let _lease = pool.acquire_for(&"a").await.unwrap();
        panic!("on purpose");
    });
    assert!(tasks.join_next().await.unwrap().unwrap_err().is_panic());
    assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
    f.closes_without_a_trace().await;
}

#[test]
fn leases_that_outlive_their_runtime_are_killed_not_lost() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (f, kept, discarded) = runtime.block_on(async {
        let f = pool_of(3);
        drop(f.pool.acquire_for(&"a").await.unwrap());
        let kept = f.pool.acquire_owned_for(&"a").await.unwrap();
        let discarded = f.pool.acquire_owned_for(&"a").await.unwrap();
        (f, kept, discarded)
    });
    drop(runtime);
    // On a plain thread, with nothing to run a destroy in.
    std::thread::spawn(move || {
        discarded.discard();
        drop(kept);
    })
    .join()
    .unwrap();
    // A pool whose runtime has ended is closed: it keeps nothing.
    assert_eq!(f.world.killed(), 2);
    assert_eq!(f.world.live(), 0);
    let acquired = tokio_test::task::spawn(f.pool.acquire_for(&"a")).poll();
    assert!(tokio_test::assert_ready!(acquired).unwrap_err().is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_failed_check_costs_the_resource_and_not_the_caller() {
    for act in [Act::Fail, Act::Panic, Act::Hang] {
        let (observer, events) = recorder();
        let f = pool_with(Config {
            max_size: 1,
            check_after: Some(Duration::ZERO),
            check_timeout: 2 * SECOND,
            observer,
            ..Config::default()
        });
        drop(f.pool.acquire_for(&"a").await.unwrap());
        f.script(Step::Check, &[act]);
        let before = Instant::now();
        assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
        let lost = if act == Act::Hang { 2 } else { 0 };
        assert_eq!(before.elapsed(), lost * SECOND, "{act:?}");
        // The other one passes.
        assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
        let ended = Event::Ended {
            id: 1,
            cause: Cause::Unhealthy,
            killed: false,
        };
        assert!(events.lock().unwrap().contains(&ended));
        f.closes_without_a_trace().await;
    }
}

/// Else the caller would get a dead one.
#[tokio::test(start_paused = true)]
async fn a_caller_whose_resource_is_revoked_while_it_is_prepared_gets_another() {
    let f = pool_with(Config {
        max_size: 1,
        max_lease: Some(20 * SECOND),
        recycle_timeout: 60 * SECOND,
        revoke_overdue: true,
        ..Config::default()
    });
    f.script(Step::Recycle, &[Act::Take(30 * SECOND)]);
    let before = Instant::now();
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    assert!(!lease.is_revoked());
    assert_eq!((lease.number, before.elapsed()), (2, 30 * SECOND));
    drop(lease);
    f.closes_without_a_trace().await;
}

/// Lends strings, all of them alike, that need no care.
struct Names(u32);

impl Manager for Names {
    type Resource = String;
    type Key = ();
    type Error = std::io::Error;

    async fn create(&self) -> std::io::Result<Created<String>> {
        Ok(Created::new(format!("name {}", self.0)))
    }
}

#[tokio::test(start_paused = true)]
async fn a_manager_need_know_no_more_than_how_to_make_a_resource() {
    let config = Config {
        check_after: Some(Duration::ZERO),
        ..Config::default()
    };
    let pool = Pool::new(Names(7), config).unwrap();
    assert_eq!(pool.manager().0, 7);
    let line = line!() + 1;
    let lease = pool.acquire().await.unwrap();
    let owned = pool.acquire_owned().await.unwrap();
    assert_eq!((lease.as_str(), owned.as_str()), ("name 7", "name 7"));
    let mut lines: Vec<_> = pool
        .leases()
        .iter()
        .map(|lease| lease.taken_at.line())
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, [line, line + 1]);
    drop((lease, owned));
    // Checked, prepared and ended in the ways that come with the trait.
    let lease = pool.acquire().await.unwrap();
    pool.revoke(lease.id());
    drop(lease);
    let drained = pool.close().await;
    assert_eq!(
        (drained.created, drained.destroyed, drained.killed),
        (2, 1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn every_waiter_waits_as_long_as_it_may_and_no_longer() {
    let f = pool_with(Config {
        max_size: 1,
        acquire_timeout: 3 * SECOND,
        ..Config::default()
    });
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut first = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(first.poll());
    tokio::time::sleep(SECOND).await;
    let mut second = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(second.poll());
    tokio::time::sleep(2 * SECOND + Duration::from_millis(1)).await;
    assert!(first.is_woken() && !second.is_woken());
    let error = assert_ready!(first.poll()).unwrap_err();
    assert!(matches!(error, AcquireError::Timeout { waited } if waited == 3 * SECOND));
    tokio::time::sleep(SECOND).await;
    assert!(assert_ready!(second.poll()).unwrap_err().is_busy());
    drop((first, second, held));
    f.closes_without_a_trace().await;
}
