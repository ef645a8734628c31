//! Callers that give up at every stage of a call, on several threads at once: afterwards every count is what it was.

mod fixture;

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};

use fixture::{Act, Fixture, Random, Resource, World, is_empty};
use pool::{AcquireError, Config, Created, Manager, Pool};
use tokio::task::{JoinSet, yield_now};

/// Takes a random while for every step, in polls and not in time, and fails now and then.
struct Restless {
    inner: fixture::Scripted,
    state: AtomicU64,
}

impl Restless {
    async fn step(&self) -> std::io::Result<()> {
        let seed = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, SeqCst);
        let mut random = Random::new(seed);
        for _ in 0..random.below(4) {
            yield_now().await;
        }
        match random.below(16) {
            0 => Err(std::io::Error::other("at random")),
            _ => Ok(()),
        }
    }
}

impl Manager for Restless {
    type Resource = Resource;
    type Key = &'static str;
    type Error = std::io::Error;

    async fn create(&self) -> std::io::Result<Created<Resource>> {
        self.step().await?;
        self.inner.create().await
    }

    async fn check(&self, _: &mut Resource) -> std::io::Result<()> {
        self.step().await
    }

    async fn recycle(&self, _: &mut Resource, _: &&'static str) -> std::io::Result<()> {
        self.step().await
    }

    async fn destroy(&self, resource: Resource) {
        let _ = self.step().await;
        self.inner.destroy(resource).await;
    }
}

/// Polls a future as often as this, and then no more.
struct Patience<F>(Pin<Box<F>>, u64);

impl<F: Future> Future for Patience<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.1 == 0 {
            return Poll::Ready(None);
        }
        self.1 -= 1;
        self.0.as_mut().poll(context).map(Some)
    }
}

/// What became of the calls.
#[derive(Debug, Default, PartialEq)]
struct Calls {
    served: u64,
    failed: u64,
    given_up: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_at_random_leave_nothing_behind() {
    const TASKS: u64 = 16;
    const CALLS: u64 = 100_000 / TASKS;
    let seed = 0xca11;
    let world = Arc::new(World::default());
    let manager = Restless {
        inner: fixture::Scripted::new(&world),
        state: AtomicU64::new(seed),
    };
    let config = Config {
        max_size: 3,
        check_after: Some(Duration::ZERO),
        max_uses: Some(50),
        ..Config::default()
    };
    let pool = Pool::new(manager, config).unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let pool = pool.clone();
        tasks.spawn(async move {
            let mut random = Random::new(seed + task);
            let mut calls = Calls::default();
            for call in 0..CALLS {
                let key = ["a", "b", "c"][usize::try_from(call % 3).unwrap()];
                let acquire = Box::pin(pool.acquire_for(&key));
                // Without waiting to be woken, so that the call is given up at whatever stage it has come to.
                let mut patience = pin!(Patience(acquire, 1 + random.below(12)));
                let outcome = loop {
                    let polled = std::future::poll_fn(|context| {
                        Poll::Ready(patience.as_mut().poll(context))
                    });
                    match polled.await {
                        Poll::Ready(outcome) => break outcome,
                        Poll::Pending => yield_now().await,
                    }
                };
                match outcome {
                    None => calls.given_up += 1,
                    Some(Err(AcquireError::Create(_))) => calls.failed += 1,
                    Some(Err(error)) => panic!("{error}"),
                    Some(Ok(lease)) => {
                        calls.served += 1;
                        if random.below(4) == 0 {
                            yield_now().await;
                        }
                        if random.below(50) == 0 {
                            lease.discard();
                        }
                    }
                }
            }
            calls
        });
    }
    let mut calls = Calls::default();
    while let Some(ended) = tasks.join_next().await {
        let ended = ended.unwrap();
        calls.served += ended.served;
        calls.failed += ended.failed;
        calls.given_up += ended.given_up;
    }
    let total = calls.served + calls.failed + calls.given_up;
    assert_eq!(total, TASKS * CALLS, "seed {seed:#x}");
    assert!(calls.served > 1000 && calls.given_up > 10_000, "{calls:?}");
    let status = pool.status();
    assert_eq!((status.leased, status.waiting), (0, 0), "seed {seed:#x}");
    assert_eq!(world.most_live(), 3, "seed {seed:#x}");
    let drained = pool.close().await;
    assert!(is_empty(pool.status()), "seed {seed:#x}");
    assert!(world.ended_all_once(), "seed {seed:#x}");
    assert_eq!(drained.created, world.created(), "seed {seed:#x}");
    let ends = (drained.destroyed, drained.killed);
    assert_eq!(ends, (world.created(), 0), "seed {seed:#x}");
}

/// Each stage by itself, so that none is left to chance.
mod at_each_stage {
    use super::*;
    use fixture::{Seen, Step, pool_with, settle};
    use tokio_test::{assert_pending, assert_ready, task::spawn};

    fn pool() -> Fixture {
        pool_with(Config {
            max_size: 1,
            check_after: Some(Duration::ZERO),
            ..Config::default()
        })
    }

    #[tokio::test(start_paused = true)]
    async fn while_it_is_made_it_is_finished_and_idle() {
        let f = pool();
        f.script(Step::Create, &[Act::Take(fixture::SECOND)]);
        let mut caller = spawn(f.pool.acquire_for(&"a"));
        assert_pending!(caller.poll());
        settle().await;
        drop(caller);
        tokio::time::sleep(fixture::SECOND).await;
        settle().await;
        assert_eq!((f.pool.status().idle, f.pool.status().waiting), (1, 0));
        f.closes_without_a_trace().await;
    }

    #[tokio::test(start_paused = true)]
    async fn while_it_is_queued_the_queue_is_shorter() {
        let f = pool();
        let held = f.pool.acquire_for(&"a").await.unwrap();
        let mut callers: Vec<_> = (0..3).map(|_| spawn(f.pool.acquire_for(&"a"))).collect();
        for caller in &mut callers {
            assert_pending!(caller.poll());
        }
        drop(callers.remove(1));
        assert_eq!(f.pool.status().waiting, 2);
        drop(held);
        assert!(callers[0].is_woken() && !callers[1].is_woken());
        drop(assert_ready!(callers[0].poll()).unwrap());
        drop(callers);
        settle().await;
        f.closes_without_a_trace().await;
    }

    #[tokio::test(start_paused = true)]
    async fn once_it_is_handed_over_it_goes_to_the_next() {
        let f = pool();
        let held = f.pool.acquire_for(&"a").await.unwrap();
        let mut first = spawn(f.pool.acquire_for(&"a"));
        let mut second = spawn(f.pool.acquire_for(&"b"));
        assert_pending!(first.poll());
        assert_pending!(second.poll());
        drop(held);
        assert!(first.is_woken() && !second.is_woken());
        drop(first);
        assert!(second.is_woken());
        drop(assert_ready!(second.poll()).unwrap());
        drop(second);
        // The first has not used it: it was lent for `b` last.
        assert_eq!(f.world.times(Seen::Recycling(1, "a")), 1);
        f.closes_without_a_trace().await;
    }

    #[tokio::test(start_paused = true)]
    async fn while_it_is_checked_or_prepared_it_is_ended() {
        for step in [Step::Check, Step::Recycle] {
            let f = pool();
            drop(f.pool.acquire_for(&"a").await.unwrap());
            f.script(step, &[Act::Hang]);
            let mut caller = spawn(f.pool.acquire_for(&"a"));
            assert_pending!(caller.poll());
            drop(caller);
            settle().await;
            assert_eq!(f.world.times(Seen::Destroyed(1)), 1, "{step:?}");
            assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 2);
            f.closes_without_a_trace().await;
        }
    }
}
