use std::{
    collections::VecDeque,
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::time::sleep;
use tokio_test::{assert_pending, assert_ready, task::spawn};

use super::*;
use crate::Created;

/// What the next call of a manager does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    Work,
    Fail,
    Panic,
    Hang,
    Take(Duration),
}

/// Counts what was made and ended; its behaviour is scripted call by call, `Work` when the script is at its end.
#[derive(Default)]
struct Counters {
    created: AtomicU32,
    destroyed: AtomicU32,
    killed: AtomicU32,
    creating: AtomicUsize,
    live: AtomicUsize,
    most_live: AtomicUsize,
}

struct Scripted {
    counters: Arc<Counters>,
    create: Mutex<VecDeque<Act>>,
    recycle: Mutex<VecDeque<Act>>,
    destroy: Mutex<VecDeque<Act>>,
}

async fn act(script: &Mutex<VecDeque<Act>>) -> io::Result<()> {
    let next = script
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop_front()
        .unwrap_or(Act::Work);
    match next {
        Act::Work => Ok(()),
        Act::Fail => Err(io::Error::other("scripted")),
        Act::Panic => panic!("scripted"),
        Act::Hang => std::future::pending().await,
        Act::Take(time) => {
            sleep(time).await;
            Ok(())
        }
    }
}

impl Manager for Scripted {
    type Resource = u32;
    type Key = &'static str;
    type Error = io::Error;

    async fn create(&self) -> io::Result<Created<u32>> {
        let counters = Arc::clone(&self.counters);
        counters.creating.fetch_add(1, SeqCst);
        act(&self.create).await?;
        let id = counters.created.fetch_add(1, SeqCst) + 1;
        let live = counters.live.fetch_add(1, SeqCst) + 1;
        counters.most_live.fetch_max(live, SeqCst);
        Ok(Created::with_kill(id, move || {
            counters.killed.fetch_add(1, SeqCst);
            counters.live.fetch_sub(1, SeqCst);
        }))
    }

    async fn recycle(&self, _: &mut u32, _: &&'static str) -> io::Result<()> {
        act(&self.recycle).await
    }

    async fn destroy(&self, _: u32) {
        if act(&self.destroy).await.is_ok() {
            self.counters.destroyed.fetch_add(1, SeqCst);
            self.counters.live.fetch_sub(1, SeqCst);
        }
    }
}

struct Fixture {
    pool: Pool<Scripted>,
    counters: Arc<Counters>,
}

impl Fixture {
    fn script(&self, pick: fn(&Scripted) -> &Mutex<VecDeque<Act>>, acts: &[Act]) -> &Self {
        pick(self.pool.manager()).lock().unwrap().extend(acts);
        self
    }

    /// The live count that the manager sees, the pool's own, and the sum of all ends.
    async fn closes_without_a_trace(self) -> Drained {
        let drained = self.pool.close().await;
        assert_eq!(self.counters.live.load(SeqCst), 0, "a resource is left");
        assert_eq!(
            drained.created,
            u64::from(self.counters.created.load(SeqCst))
        );
        assert_eq!(
            drained.created,
            drained.destroyed + drained.killed,
            "an end is missing or double"
        );
        let status = self.pool.status();
        assert_eq!(
            status,
            Status {
                max_size: status.max_size,
                ..Status::default()
            }
        );
        drained
    }
}

fn pool_of(max_size: usize) -> Fixture {
    pool_with(Config {
        max_size,
        ..Config::default()
    })
}

fn pool_with(config: Config) -> Fixture {
    let counters = Arc::new(Counters::default());
    let manager = Scripted {
        counters: Arc::clone(&counters),
        create: Mutex::default(),
        recycle: Mutex::default(),
        destroy: Mutex::default(),
    };
    Fixture {
        pool: Pool::new(manager, config).unwrap(),
        counters,
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_returned_resource_is_lent_again() {
    let f = pool_of(3);
    let first = *f.pool.acquire_for(&"a").await.unwrap();
    let second = *f.pool.acquire_for(&"a").await.unwrap();
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
    let (a_id, b_id) = (*a, *b);
    drop((a, b));
    assert_eq!(*f.pool.acquire_for(&"b").await.unwrap(), b_id);
    assert_eq!(*f.pool.acquire_for(&"a").await.unwrap(), a_id);
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
    assert!(matches!(
        f.pool.acquire_for(&"a").await,
        Err(AcquireError::QueueFull { limit: 1 })
    ));
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

/// Ten callers that give up after 200 ms against a creation that takes 300 ms: elsewhere none ever finishes.
#[tokio::test(start_paused = true)]
async fn a_creation_outlives_the_caller_it_was_started_for() {
    let f = pool_of(3);
    f.script(|m| &m.create, &[Act::Take(Duration::from_millis(300)); 10]);
    let mut served = Vec::new();
    for call in 0..10 {
        if timeout(Duration::from_millis(200), f.pool.acquire_for(&"a"))
            .await
            .is_ok()
        {
            served.push(call);
        }
    }
    assert_eq!(served, (1..10).collect::<Vec<_>>());
    assert_eq!(f.counters.creating.load(SeqCst), 1);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_create_gives_its_slot_back() {
    let f = pool_of(1);
    f.script(|m| &m.create, &[Act::Fail, Act::Panic, Act::Hang]);
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
    f.script(|m| &m.create, &[Act::Fail, Act::Fail, Act::Fail]);
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
        let first = *f.pool.acquire_for(&"a").await.unwrap();
        f.script(|m| &m.recycle, &[failure]);
        let lease = f.pool.acquire_for(&"a").await.unwrap();
        assert_ne!(*lease, first, "{failure:?}");
        drop(lease);
        let drained = f.closes_without_a_trace().await;
        assert_eq!((drained.created, drained.destroyed), (2, 2));
    }
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
    f.script(|m| &m.recycle, &[Act::Hang; 8]);
    let before = Instant::now();
    assert!(f.pool.acquire_for(&"a").await.unwrap_err().is_busy());
    // Counted from the first failure, and one more attempt may be under way when it passes.
    assert!(
        before.elapsed() <= 10 * SECOND + 15 * SECOND + 10 * SECOND,
        "{:?}",
        before.elapsed()
    );
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_resource_that_cannot_be_prepared_is_an_error() {
    let f = pool_of(1);
    f.script(|m| &m.recycle, &[Act::Fail, Act::Panic, Act::Hang]);
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
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_while_its_resource_is_prepared_ends_it() {
    let f = pool_of(1);
    f.script(|m| &m.recycle, &[Act::Hang]);
    assert!(timeout(SECOND, f.pool.acquire_for(&"a")).await.is_err());
    assert!(f.pool.acquire_for(&"a").await.is_ok());
    assert_eq!(f.closes_without_a_trace().await.created, 2);
}

/// Destroying may fail in any way: capacity comes back, and exactly one end is counted.
#[tokio::test(start_paused = true)]
async fn a_destroy_that_panics_or_hangs_becomes_a_kill() {
    for (act, killed) in [(Act::Work, 0), (Act::Panic, 1), (Act::Hang, 1)] {
        let f = pool_of(1);
        f.script(|m| &m.destroy, &[act]);
        f.pool.acquire_for(&"a").await.unwrap().discard();
        assert!(f.pool.acquire_for(&"a").await.is_ok());
        assert_eq!(f.closes_without_a_trace().await.killed, killed, "{act:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn capacity_returns_only_when_destroy_has_ended() {
    let f = pool_of(1);
    f.script(|m| &m.destroy, &[Act::Take(5 * SECOND)]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    let before = Instant::now();
    drop(f.pool.acquire_for(&"a").await.unwrap());
    assert!(before.elapsed() >= 5 * SECOND);
    assert_eq!(f.counters.most_live.load(SeqCst), 1);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn one_hung_destroy_stops_nobody_else() {
    let f = pool_of(2);
    f.script(|m| &m.destroy, &[Act::Hang]);
    f.pool.acquire_for(&"a").await.unwrap().discard();
    let before = Instant::now();
    for _ in 0..100 {
        drop(f.pool.acquire_for(&"a").await.unwrap());
    }
    assert!(before.elapsed() < SECOND);
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
    f.script(|m| &m.create, &[Act::Hang]);
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
    let (counters, clone) = (f.counters, f.pool.clone());
    drop(f.pool);
    assert_eq!(clone.status().idle, 1);
    drop(clone);
    drop(held);
    sleep(SECOND).await;
    assert_eq!(
        (counters.live.load(SeqCst), counters.destroyed.load(SeqCst)),
        (0, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_set_to_discard_ends_its_resource_unless_that_is_taken_back() {
    let f = pool_of(1);
    let mut lease = f.pool.acquire_for(&"a").await.unwrap();
    lease.set_discard(true);
    drop(lease);
    let mut lease = f.pool.acquire_for(&"a").await.unwrap();
    assert_eq!(*lease, 2);
    lease.set_discard(true);
    lease.set_discard(false);
    drop(lease);
    assert_eq!(*f.pool.acquire_for(&"a").await.unwrap(), 2);
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
    assert_eq!(*f.pool.acquire_for(&"a").await.unwrap(), 2);
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
    assert_eq!(f.counters.killed.load(SeqCst), 1);
    drop(f.pool);
    assert_eq!(f.counters.live.load(SeqCst), 0);
    assert_eq!(f.counters.killed.load(SeqCst), 2);
}

/// 10,000 callers give up at random moments, and everything still adds up.
#[tokio::test(start_paused = true)]
async fn counts_balance_after_ten_thousand_random_cancellations() {
    let seed = 0x5eed_u64;
    let mut state = seed;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let f = pool_of(3);
    let mut tasks = tokio::task::JoinSet::new();
    for call in 0..10_000_u64 {
        let (pool, patience, hold, fate) = (f.pool.clone(), random(40), random(20), random(10));
        if fate == 0 {
            f.script(
                |m| &m.create,
                &[Act::Take(Duration::from_millis(7)), Act::Fail],
            );
            f.script(
                |m| &m.recycle,
                &[Act::Fail, Act::Take(Duration::from_millis(3))],
            );
        }
        tasks.spawn(async move {
            sleep(Duration::from_millis(call)).await;
            let _ = timeout(Duration::from_millis(patience), async {
                if let Ok(lease) = pool
                    .acquire_for(&["a", "b", "c"][usize::try_from(call % 3).unwrap()])
                    .await
                {
                    sleep(Duration::from_millis(hold)).await;
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
    assert!(f.counters.most_live.load(SeqCst) <= 3, "seed {seed:#x}");
    assert_eq!(f.pool.status().waiting, 0, "seed {seed:#x}");
    f.closes_without_a_trace().await;
}
