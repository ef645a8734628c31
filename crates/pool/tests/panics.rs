//! A panic in every piece of foreign code that a pool runs: it costs what was in hand, and nothing else.

mod fixture;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
};

use fixture::{Act, Fixture, SECOND, Seen, Step, millis, pool_of, pool_with, settle};
use pool::{AcquireError, Config, Created, Event, Manager, Observer, Pool, RetryCreation};
use tokio::time::{sleep, timeout};
use tokio_test::{assert_pending, assert_ready, task::spawn};

/// All that the pool may hold can be lent at once, to anybody.
async fn serves(f: &Fixture) {
    let max_size = f.pool.status().max_size;
    let mut leases = Vec::new();
    for _ in 0..max_size {
        let lease = timeout(SECOND, f.pool.acquire_for(&"z")).await;
        leases.push(lease.expect("a slot is lost").expect("it is made at once"));
    }
    assert_eq!(f.pool.status().leased, max_size);
}

#[tokio::test(start_paused = true)]
async fn in_create_the_caller_hears_of_it() {
    let f = pool_of(2);
    f.script(Step::Create, &[Act::Panic]);
    let error = f.pool.acquire_for(&"a").await.unwrap_err();
    assert!(matches!(error, AcquireError::CreatePanicked), "{error}");
    serves(&f).await;
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn in_check_before_a_lease_the_caller_gets_another() {
    let f = pool_with(Config {
        max_size: 1,
        check_after: Some(millis(0)),
        ..Config::default()
    });
    drop(f.pool.acquire_for(&"a").await.unwrap());
    f.script(Step::Check, &[Act::Panic]);
    assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
    serves(&f).await;
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn in_a_check_of_idle_resources_it_is_replaced() {
    let f = pool_with(Config {
        max_size: 2,
        min_idle: 2,
        check_interval: Some(10 * SECOND),
        ..Config::default()
    });
    f.pool.warm_up().await;
    f.script(Step::Check, &[Act::Panic]);
    sleep(12 * SECOND).await;
    assert_eq!(f.pool.status().idle, 2);
    assert_eq!((f.world.created(), f.world.destroyed()), (3, 1));
    serves(&f).await;
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn in_recycle_the_caller_gets_another() {
    let f = pool_of(1);
    drop(f.pool.acquire_for(&"a").await.unwrap());
    f.script(Step::Recycle, &[Act::Panic]);
    assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
    serves(&f).await;
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn in_destroy_it_is_killed() {
    let f = pool_of(1);
    f.script(Step::Destroy, &[Act::Panic]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    serves(&f).await;
    assert_eq!(f.world.times(Seen::Killed(1)), 1);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn in_destroy_and_then_in_kill_it_counts_as_killed() {
    let f = pool_of(1);
    f.script(Step::Destroy, &[Act::Panic]);
    f.script(Step::Kill, &[Act::Panic]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    serves(&f).await;
    assert_eq!(f.closes_without_a_trace().await.killed, 1);
}

#[tokio::test(start_paused = true)]
async fn in_the_kill_of_a_revoked_lease_its_slot_is_free() {
    let f = pool_of(1);
    f.script(Step::Kill, &[Act::Panic]);
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    assert!(f.pool.revoke(lease.id()));
    serves(&f).await;
    drop(lease);
    assert_eq!(f.closes_without_a_trace().await.killed, 1);
}

/// Destroying includes dropping: what panics in it has not been destroyed.
#[tokio::test(start_paused = true)]
async fn in_the_drop_of_a_resource_it_is_killed() {
    let f = pool_of(1);
    f.script(Step::Drop, &[Act::Panic]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    serves(&f).await;
    assert_eq!(f.closes_without_a_trace().await.killed, 1);
}

#[tokio::test(start_paused = true)]
async fn in_the_drop_of_a_resource_whose_destroy_was_cut_short_it_is_killed_once() {
    let f = pool_of(1);
    f.script(Step::Destroy, &[Act::Hang]);
    f.script(Step::Drop, &[Act::Panic]);
    // The drop panics when the destroy is given up; the kill runs while that unwinds.
    f.script(Step::Kill, &[Act::Panic]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    sleep(11 * SECOND).await;
    serves(&f).await;
    assert_eq!(f.closes_without_a_trace().await.killed, 1);
}

#[tokio::test(start_paused = true)]
async fn in_the_drop_of_a_revoked_resource_nobody_notices() {
    let f = pool_of(1);
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    f.pool.revoke(lease.id());
    f.script(Step::Drop, &[Act::Panic]);
    drop(lease);
    serves(&f).await;
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn in_a_predicate_it_goes_on_to_the_caller_and_ends_what_was_looked_at() {
    let f = pool_of(1);
    drop(f.pool.acquire_for(&"a").await.unwrap());
    let retain = || f.pool.retain(|_| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(retain)).is_err());
    serves(&f).await;
    assert_eq!(f.closes_without_a_trace().await.created, 2);
}

/// An observer is told where things happen, and must not be able to stop them: neither making, nor ending, nor the pulse.
#[tokio::test(start_paused = true)]
async fn in_an_observer_nothing_is_lost() {
    let told = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&told);
    let f = pool_with(Config {
        max_size: 2,
        max_lease: Some(SECOND),
        revoke_overdue: true,
        observer: Some(Observer::new(move |_| {
            count.fetch_add(1, SeqCst);
            panic!("on purpose");
        })),
        ..Config::default()
    });
    f.script(Step::Create, &[Act::Fail]);
    assert!(f.pool.acquire_for(&"a").await.is_err());
    assert_eq!(told.load(SeqCst), 1, "the failure");
    let lease = timeout(SECOND, f.pool.acquire_for(&"a")).await;
    let lease = lease.expect("the making was lost").unwrap();
    assert_eq!(told.load(SeqCst), 2, "the making");
    sleep(2 * SECOND).await;
    assert!(lease.is_revoked());
    assert_eq!(told.load(SeqCst), 4, "the overdue lease and its end");
    drop(lease);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    serves(&f).await;
    f.closes_without_a_trace().await;
}

/// A resource that ends because of a panic tells the observer while that unwinds: a second panic there would abort.
#[tokio::test(start_paused = true)]
async fn in_an_observer_while_another_panic_unwinds_nothing_is_lost() {
    let f = pool_with(Config {
        max_size: 1,
        observer: Some(Observer::new(|event| {
            assert!(!matches!(event, Event::Ended { .. }), "on purpose");
        })),
        ..Config::default()
    });
    f.script(Step::Destroy, &[Act::Hang]);
    f.script(Step::Drop, &[Act::Panic]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    sleep(11 * SECOND).await;
    serves(&f).await;
    f.closes_without_a_trace().await;
}

/// Nobody can tell when to try again: the creation is given up with the error that it had.
#[tokio::test(start_paused = true)]
async fn in_the_delay_of_a_retry_the_caller_gets_the_error_of_the_creation() {
    let f = pool_with(Config {
        max_size: 1,
        retry_creation: Some(RetryCreation::new(|_| panic!("on purpose"))),
        ..Config::default()
    });
    f.script(Step::Create, &[Act::Fail]);
    let error = f.pool.acquire_for(&"a").await.unwrap_err();
    assert!(matches!(error, AcquireError::Create(_)), "{error}");
    serves(&f).await;
    f.closes_without_a_trace().await;
}

/// A key that panics when it is told to.
#[derive(Default)]
struct Key {
    compare: Arc<AtomicBool>,
    clone: Arc<AtomicBool>,
}

impl Clone for Key {
    fn clone(&self) -> Self {
        assert!(!self.clone.load(SeqCst), "on purpose");
        Self {
            compare: Arc::clone(&self.compare),
            clone: Arc::clone(&self.clone),
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, _: &Self) -> bool {
        assert!(!self.compare.load(SeqCst), "on purpose");
        false
    }
}

impl Eq for Key {}

struct Keyed;

impl Manager for Keyed {
    type Resource = ();
    type Key = Key;
    type Error = io::Error;

    async fn create(&self) -> io::Result<Created<()>> {
        Ok(Created::new(()))
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_key_the_caller_panics_and_the_pool_is_none_the_worse() {
    let config = Config {
        max_size: 1,
        ..Config::default()
    };
    let pool = Pool::new(Keyed, config).unwrap();
    let key = Key::default();
    drop(pool.acquire_for(&key).await.unwrap());
    // Compared and cloned for an idle resource, then cloned for a place in the queue.
    for (flag, idle) in [
        (&key.compare, true),
        (&key.clone, true),
        (&key.clone, false),
    ] {
        let held = match idle {
            true => None,
            false => Some(pool.acquire_for(&key).await.unwrap()),
        };
        let before = pool.status();
        flag.store(true, SeqCst);
        let mut caller = spawn(pool.acquire_for(&key));
        assert!(catch_unwind(AssertUnwindSafe(|| caller.poll())).is_err());
        flag.store(false, SeqCst);
        assert_eq!(pool.status(), before);
        drop(held);
        assert_eq!(pool.status().idle, 1);
    }
    assert_eq!(pool.close().await.created, 1);
}

#[tokio::test(start_paused = true)]
async fn in_the_task_that_holds_a_lease_it_ends_the_resource_and_serves_the_next() {
    let f = pool_of(1);
    let pool = f.pool.clone();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        let _lease = pool.acquire_for(&"a").await.unwrap();
        sleep(SECOND).await;
        panic!("on purpose");
    });
    settle().await;
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    assert!(tasks.join_next().await.unwrap().unwrap_err().is_panic());
    settle().await;
    let lease = assert_ready!(waiter.poll()).unwrap();
    assert_eq!(lease.number, 2);
    drop((lease, waiter));
    f.closes_without_a_trace().await;
}

/// A caller whose wake-up panics.
struct Bomb;

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        panic!("on purpose");
    }
}

/// Else the creation for the second caller, or the news that the pool is closed, would be lost with it.
#[tokio::test(start_paused = true)]
async fn in_the_waking_of_a_caller_nobody_else_is_forgotten() {
    let f = pool_of(1);
    f.script(Step::Create, &[Act::Fail, Act::Work]);
    let bomb = Waker::from(Arc::new(Bomb));
    let mut context = Context::from_waker(&bomb);
    let mut first = Box::pin(f.pool.acquire_for(&"a"));
    assert!(first.as_mut().poll(&mut context).is_pending());
    let mut second = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(second.poll());
    settle().await;
    let lease = assert_ready!(second.poll()).unwrap();
    let mut third = Box::pin(f.pool.acquire_for(&"a"));
    assert!(third.as_mut().poll(&mut context).is_pending());
    let mut fourth = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(fourth.poll());
    drop(lease);
    drop(third);
    drop(assert_ready!(fourth.poll()).unwrap());
    let held = f.pool.acquire_owned_for(&"a").await.unwrap();
    let mut fifth = Box::pin(f.pool.acquire_for(&"a"));
    assert!(fifth.as_mut().poll(&mut context).is_pending());
    let mut sixth = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(sixth.poll());
    let mut close = spawn(f.pool.close());
    assert_pending!(close.poll());
    assert!(assert_ready!(sixth.poll()).unwrap_err().is_closed());
    drop((first, second, fourth, fifth, sixth, held));
    drop(close);
    f.closes_without_a_trace().await;
}
