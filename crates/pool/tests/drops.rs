//! Leases dropped anywhere, and runtimes that end under a pool: every resource ends exactly once, and nothing panics.

mod fixture;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use fixture::{Act, Fixture, SECOND, Seen, Step, is_empty, pool_of, pool_with, settle};
use pool::{Config, OwnedLease, RetryCreation};
use tokio::runtime::{Builder, Runtime};
use tokio_test::{assert_pending, assert_ready, task::spawn};

fn runtimes() -> [Runtime; 2] {
    let single = Builder::new_current_thread().enable_time().build();
    let many = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build();
    [single, many].map(|runtime| runtime.expect("threads to be had"))
}

async fn leases(f: &Fixture, count: usize) -> Vec<OwnedLease<fixture::Scripted>> {
    let mut leases = Vec::new();
    for _ in 0..count {
        let lease = f.pool.acquire_owned_for(&"a").await;
        leases.push(lease.expect("there is room"));
    }
    leases
}

#[tokio::test(start_paused = true)]
async fn on_a_plain_thread_each_way_of_dropping_works() {
    let f = pool_of(4);
    let mut leases = leases(&f, 4).await;
    f.pool.revoke(leases[3].id());
    thread::spawn(move || {
        drop(leases.pop());
        leases.pop().unwrap().discard();
        (leases.pop().unwrap().detach().unwrap().kill)();
        drop(leases);
    })
    .join()
    .unwrap();
    settle().await;
    assert_eq!((f.pool.status().idle, f.world.live()), (1, 1));
    assert_eq!((f.world.destroyed(), f.world.killed()), (1, 2));
    let drained = f.pool.close().await;
    assert_eq!(
        (drained.destroyed, drained.killed, drained.detached),
        (2, 1, 1)
    );
    assert!(f.world.ended_all_once());
}

/// A waiter in the runtime is served by the thread.
#[tokio::test(start_paused = true)]
async fn on_a_plain_thread_it_wakes_who_waits() {
    let f = pool_of(1);
    let held = f.pool.acquire_owned_for(&"a").await.unwrap();
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    thread::spawn(move || drop(held)).join().unwrap();
    assert!(waiter.is_woken());
    drop(assert_ready!(waiter.poll()).unwrap());
    drop(waiter);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn by_a_panic_it_ends_the_resource_whichever_lease_it_is() {
    let f = pool_of(2);
    let owned = f.pool.acquire_owned_for(&"a").await.unwrap();
    let revoked = f.pool.acquire_for(&"a").await.unwrap();
    f.pool.revoke(revoked.id());
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let _leases = (owned, revoked);
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    settle().await;
    assert_eq!(f.world.times(Seen::Destroyed(1)), 1);
    assert!(is_empty(f.pool.status()));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn by_a_panic_on_a_plain_thread_it_ends_the_resource() {
    let f = pool_of(1);
    let lease = f.pool.acquire_owned_for(&"a").await.unwrap();
    let thread = thread::spawn(move || {
        let _lease = lease;
        panic!("on purpose");
    });
    assert!(thread.join().is_err());
    assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn after_the_close_it_ends_the_resource() {
    let f = pool_of(3);
    let mut leases = leases(&f, 3).await;
    let mut close = spawn(f.pool.close());
    assert_pending!(close.poll());
    leases.pop().unwrap().discard();
    f.pool.revoke(leases[1].id());
    drop(leases);
    let drained = close.await;
    assert_eq!(
        (drained.destroyed, drained.killed, drained.returned),
        (2, 1, 2)
    );
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn after_the_last_handle_is_gone_it_ends_the_resource() {
    let f = pool_of(1);
    let lease = f.pool.acquire_owned_for(&"a").await.unwrap();
    drop(f.pool);
    assert_eq!(f.world.live(), 1);
    drop(lease);
    settle().await;
    assert_eq!((f.world.destroyed(), f.world.killed()), (1, 0));
}

/// There is nothing to destroy it in, neither on this thread nor on another.
#[test]
fn after_the_runtime_is_gone_it_kills_what_it_cannot_give_back() {
    for runtime in runtimes() {
        let (f, mut leases) = runtime.block_on(async {
            let f = pool_of(4);
            let leases = leases(&f, 4).await;
            (f, leases)
        });
        drop(runtime);
        let returned = leases.pop();
        leases.pop().unwrap().discard();
        thread::spawn(move || {
            drop(returned);
            leases.pop().unwrap().discard();
            drop(leases);
        })
        .join()
        .unwrap();
        // The end of the runtime has closed the pool, which keeps nothing.
        assert_eq!((f.pool.status().idle, f.world.killed()), (0, 4));
        drop(f.pool);
        assert_eq!(f.world.killed(), 4);
        assert!(f.world.ended_all_once());
    }
}

#[test]
fn after_the_runtime_is_gone_orders_do_what_they_can() {
    for runtime in runtimes() {
        let (f, mut leases) = runtime.block_on(async {
            let f = pool_of(4);
            let leases = leases(&f, 4).await;
            (f, leases)
        });
        drop(runtime);
        let revoked = leases.pop().unwrap();
        assert!(f.pool.revoke(revoked.id()));
        assert_eq!(f.world.killed(), 1);
        let detached = leases.pop().unwrap().detach().unwrap();
        (detached.kill)();
        drop(leases);
        f.pool.retain(|resource| resource.number == 1);
        f.pool.resize(8);
        assert_eq!((f.pool.status().idle, f.world.killed()), (0, 4));
        // It is closed to callers on other runtimes too.
        let other = runtimes().into_iter().next().unwrap();
        let error = other.block_on(f.pool.acquire_owned_for(&"a")).unwrap_err();
        assert!(error.is_closed());
        let drained = other.block_on(f.pool.close());
        assert_eq!(
            (drained.created, drained.killed, drained.detached),
            (4, 3, 1)
        );
        assert!(f.world.ended_all_once());
    }
}

/// What is being made and destroyed, and who waits for it, when the runtime ends.
#[test]
fn the_end_of_the_runtime_ends_what_is_under_way_exactly_once() {
    for runtime in runtimes() {
        let (f, kept) = runtime.block_on(async {
            let f = pool_of(6);
            let mut leases = leases(&f, 4).await;
            f.world.always(Step::Destroy, Act::Hang);
            f.world.always(Step::Create, Act::Hang);
            leases.pop().unwrap().discard();
            leases.pop().unwrap().discard();
            let mut waiters: Vec<_> = (0..6).map(|_| spawn(f.pool.acquire_for(&"b"))).collect();
            for waiter in &mut waiters {
                assert_pending!(waiter.poll());
            }
            settle().await;
            let status = f.pool.status();
            assert_eq!((status.creating, status.destroying), (2, 2));
            drop(waiters);
            (f, leases)
        });
        drop(runtime);
        let status = f.pool.status();
        assert_eq!((status.creating, status.destroying), (0, 0));
        assert_eq!((f.world.killed(), f.world.live()), (2, 2));
        drop((f.pool, kept));
        assert!(f.world.ended_all_once(), "{:?}", f.world.seen());
        assert_eq!((f.world.killed(), f.world.destroyed()), (4, 0));
    }
}

/// Nobody knows what state it is in.
#[test]
fn the_end_of_the_runtime_kills_what_is_being_checked() {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    let f = runtime.block_on(async {
        let f = pool_with(Config {
            check_interval: Some(SECOND),
            check_timeout: 10 * SECOND,
            ..Config::default()
        });
        drop(leases(&f, 2).await);
        f.world.always(Step::Check, Act::Hang);
        tokio::time::sleep(2 * SECOND).await;
        assert_eq!((f.pool.status().idle, f.pool.status().leased), (1, 1));
        f
    });
    drop(runtime);
    assert_eq!((f.pool.status().idle, f.world.killed()), (0, 2));
    drop(f.pool);
    assert!(f.world.ended_all_once());
}

/// Between two tries there is nothing to end, but a slot to give back.
#[test]
fn the_end_of_the_runtime_ends_the_wait_for_another_try() {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    let f = runtime.block_on(async {
        let f = pool_with(Config {
            retry_creation: Some(RetryCreation::new(|_| Some(SECOND))),
            ..Config::default()
        });
        f.world.always(Step::Create, Act::Fail);
        let caller = f.pool.acquire_for(&"a");
        assert!(tokio::time::timeout(10 * SECOND, caller).await.is_err());
        assert_eq!(f.pool.status().creating, 1);
        f
    });
    drop(runtime);
    assert!(is_empty(f.pool.status()));
}

/// A caller in another runtime hears that nothing will come any more, instead of waiting for its timeout.
#[test]
fn the_end_of_the_runtime_fails_those_who_wait_for_a_creation() {
    let [runtime, other] = runtimes();
    let f = runtime.block_on(async {
        let f = pool_of(2);
        f.world.always(Step::Create, Act::Hang);
        f
    });
    other.block_on(async {
        let mut waiters: Vec<_> = (0..5).map(|_| spawn(f.pool.acquire_for(&"a"))).collect();
        for waiter in &mut waiters {
            assert_pending!(waiter.poll());
        }
        // Within another it must not be dropped.
        thread::spawn(move || drop(runtime)).join().unwrap();
        for waiter in &mut waiters {
            assert!(assert_ready!(waiter.poll()).unwrap_err().is_closed());
        }
    });
    assert!(is_empty(f.pool.status()));
}

#[test]
fn the_end_of_the_runtime_with_a_panicking_drop_and_kill_ends_everything_once() {
    for runtime in runtimes() {
        let f = runtime.block_on(async {
            let f = pool_of(3);
            let leases = leases(&f, 3).await;
            f.world.always(Step::Destroy, Act::Hang);
            leases.into_iter().for_each(OwnedLease::discard);
            settle().await;
            f.world.always(Step::Kill, Act::Panic);
            f
        });
        drop(runtime);
        assert!(is_empty(f.pool.status()));
        assert_eq!(f.world.killed(), 3);
        assert!(f.world.ended_all_once());
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_never_polled_is_no_call() {
    let f = pool_of(1);
    drop(f.pool.acquire_for(&"a"));
    assert_eq!(
        (f.world.times(Seen::Creating), f.pool.status().waiting),
        (0, 0)
    );
    f.closes_without_a_trace().await;
}

/// Nobody is left to end their wait.
#[test]
fn the_end_of_the_runtime_tells_who_waits_on_another() {
    let [runtime, other] = runtimes().map(Some);
    let (mut runtime, other) = (runtime, other.unwrap());
    let (f, lease) = runtime.as_ref().unwrap().block_on(async {
        let f = pool_of(1);
        let lease = f.pool.acquire_owned_for(&"a").await.unwrap();
        (f, lease)
    });
    let error = other.block_on(async {
        let mut waiting = spawn(f.pool.acquire_for(&"a"));
        assert_pending!(waiting.poll());
        let ended = runtime.take();
        tokio::task::spawn_blocking(move || drop(ended))
            .await
            .unwrap();
        waiting.await.unwrap_err()
    });
    assert!(error.is_closed());
    drop(lease);
    assert!(f.world.ended_all_once());
}
