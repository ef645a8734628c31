//! Random sequences of everything that can be done to a pool: after each step its status is what an oracle says, which knows
//! only what callers hold, who waits in which order, and what the manager has seen.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fixture;

use std::{
    collections::VecDeque,
    future::Future,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use fixture::{Act, Fixture, Resource, SECOND, Scripted, Step, live, millis, pool_with, settle};
use pool::{AcquireError, Config, Created, OwnedLease, RetryCreation};
use proptest::{prelude::*, sample::Index};
use tokio::time::sleep;
use tokio_test::task::{Spawn, spawn};

#[derive(Debug, Clone)]
enum Order {
    /// Asks for a lease. A lazy caller does not look what it was handed before it is told to.
    Acquire {
        key: &'static str,
        lazy: bool,
    },
    /// A lazy caller looks.
    Look(Index),
    Cancel(Index),
    Return(Index),
    Discard(Index),
    Detach(Index),
    Revoke(Index),
    Resize(usize),
    /// Ends the idle resources whose number is divisible by this.
    Retain(u32),
    Wait(u64),
    Script(Step, Act),
    Close,
}

type Outcome = Result<OwnedLease<Scripted>, AcquireError<io::Error>>;
type Call<'a> = Spawn<Pin<Box<dyn Future<Output = Outcome> + 'a>>>;

struct Caller<'a> {
    call: Call<'a>,
    number: u32,
    lazy: bool,
}

/// What is known without asking the pool.
struct Oracle<'a> {
    f: &'a Fixture,
    callers: Vec<Caller<'a>>,
    /// The callers that wait, by number, in the order in which they are to be served.
    queue: VecDeque<u32>,
    calls: u32,
    leases: Vec<OwnedLease<Scripted>>,
    detached: u64,
    /// What may live at once: the maximum, or what lived when that was lowered and has not ended since.
    bound: usize,
    closed: bool,
    retries: bool,
}

impl<'a> Oracle<'a> {
    fn new(f: &'a Fixture, retries: bool) -> Self {
        Self {
            f,
            callers: Vec::new(),
            queue: VecDeque::new(),
            calls: 0,
            leases: Vec::new(),
            detached: 0,
            bound: f.pool.status().max_size,
            closed: false,
            retries,
        }
    }

    async fn obey(&mut self, order: &'a Order) {
        let f = self.f;
        match order {
            Order::Acquire { key, lazy } => {
                let call: Pin<Box<dyn Future<Output = Outcome>>> =
                    Box::pin(f.pool.acquire_owned_for(key));
                self.calls += 1;
                self.callers.push(Caller {
                    call: spawn(call),
                    number: self.calls,
                    lazy: *lazy,
                });
                self.poll(self.callers.len() - 1, true);
            }
            Order::Look(index) => {
                let of_the_lazy = |caller: &Caller<'_>| caller.lazy && caller.call.is_woken();
                let lazy: Vec<_> = (0..self.callers.len())
                    .filter(|&index| of_the_lazy(&self.callers[index]))
                    .collect();
                if !lazy.is_empty() {
                    self.poll(*index.get(&lazy), false);
                }
            }
            Order::Cancel(index) => {
                if let Some(caller) = take(&mut self.callers, index) {
                    self.queue.retain(|waiting| *waiting != caller.number);
                }
            }
            Order::Return(index) => drop(take(&mut self.leases, index)),
            Order::Discard(index) => {
                if let Some(lease) = take(&mut self.leases, index) {
                    lease.discard();
                }
            }
            Order::Detach(index) => {
                if let Some(lease) = take(&mut self.leases, index) {
                    let dead = lease.is_revoked();
                    let detached = lease.detach();
                    assert_eq!(detached.is_none(), dead);
                    if let Some(detached) = detached {
                        self.detached += 1;
                        end_by_hand(detached);
                    }
                }
            }
            Order::Revoke(index) => {
                if !self.leases.is_empty() {
                    let lease = index.get(&self.leases);
                    let lives = !lease.is_revoked();
                    assert_eq!(f.pool.revoke(lease.id()), lives);
                    assert!(lease.is_revoked());
                }
            }
            Order::Resize(max_size) => {
                f.pool.resize(*max_size);
                self.bound = live(f.pool.status()).max(*max_size);
            }
            Order::Retain(divisor) => f.pool.retain(|resource| resource.number % divisor != 0),
            Order::Wait(time) => sleep(millis(*time)).await,
            Order::Script(step, act) => f.script(*step, &[*act]),
            Order::Close => {
                let mut close = spawn(f.pool.close());
                let _ = close.poll();
                self.closed = true;
                self.queue.clear();
            }
        }
    }

    /// Polls a caller, and takes down what has become of it.
    fn poll(&mut self, index: usize, new: bool) {
        let before = self.f.pool.status().waiting;
        let caller = &mut self.callers[index];
        let polled = caller.call.poll();
        let queued = self.f.pool.status().waiting - before;
        match polled {
            Poll::Pending if queued == 0 => caller.lazy = false,
            Poll::Pending if new => self.queue.push_back(caller.number),
            // It got something useless, and keeps its turn.
            Poll::Pending => self.queue.push_front(caller.number),
            Poll::Ready(outcome) => {
                drop(self.callers.remove(index));
                match outcome {
                    Ok(lease) => self.leases.push(lease),
                    Err(error) => assert!(self.closed || !error.is_closed(), "{error}"),
                }
            }
        }
    }

    /// Takes those out of the queue who were served: the first of them, and in their order.
    fn serve(&mut self) {
        let is_woken = |number: &u32| {
            let mut callers = self.callers.iter();
            callers.any(|caller| caller.number == *number && caller.call.is_woken())
        };
        let served = self.queue.iter().filter(|number| is_woken(number)).count();
        let first = self.queue.iter().take(served);
        assert!(first.clone().all(is_woken), "somebody was overtaken");
        self.queue.drain(..served);
    }

    /// Lets everything happen that can happen now.
    async fn drive(&mut self) {
        loop {
            settle().await;
            self.serve();
            let mut callers = self.callers.iter();
            let woken = callers.position(|caller| caller.call.is_woken() && !caller.lazy);
            match woken {
                Some(index) => self.poll(index, false),
                None => return,
            }
        }
    }

    fn check(&mut self) {
        let (status, world) = (self.f.pool.status(), &self.f.world);
        // Nobody is at work on a creation that waits for another try, but its slot is taken.
        let retrying = status.creating - world.busy(Step::Create);
        assert!(retrying == 0 || self.retries, "{status:?}");
        assert_eq!(live(status), world.live() + retrying, "{status:?}");
        assert_eq!(status.destroying, world.busy(Step::Destroy), "{status:?}");
        assert_eq!(status.waiting, self.queue.len(), "{status:?}");
        let held = self.leases.iter().filter(|lease| !lease.is_revoked());
        let held = held.count() + world.busy(Step::Recycle) + world.busy(Step::Check);
        assert_eq!(self.f.pool.leases().len(), held, "{status:?}");
        // A lazy caller that was woken has been handed a resource, or an error.
        let laid_aside = self.callers.iter().filter(|caller| caller.call.is_woken());
        let aside = status.leased - held;
        assert!(aside <= laid_aside.count(), "{status:?}, {held} held");

        let most = world.most_live();
        assert!(most <= self.bound, "{most} of {}", self.bound);
        self.bound = live(status).max(status.max_size);

        assert!(status.idle == 0 || status.waiting == 0, "{status:?}");
        let full = live(status) >= status.max_size;
        assert!(status.waiting <= status.creating || full, "{status:?}");
    }

    /// Everybody leaves, the pool is closed, and every resource has ended once.
    async fn end(self) {
        let Self {
            f,
            callers,
            leases,
            detached,
            ..
        } = self;
        drop((callers, leases));
        let drained = f.pool.close_within(Duration::ZERO).await;
        assert_eq!(live(f.pool.status()) + f.pool.status().waiting, 0);
        let world = &f.world;
        assert_eq!(drained.created, world.created());
        assert_eq!(drained.destroyed, world.destroyed());
        assert_eq!(drained.detached, detached);
        assert_eq!(drained.killed + detached, world.killed());
        let sum = drained.destroyed + drained.killed + drained.detached;
        assert_eq!(drained.created, sum);
        assert!(world.ended_all_once(), "{:?}", world.seen());
    }
}

/// The kill and the drop of a resource may be scripted to panic, which is the affair of whoever ends it.
fn end_by_hand(detached: Created<Resource>) {
    let Created { resource, kill } = detached;
    let _ = catch_unwind(AssertUnwindSafe(|| drop(resource)));
    let _ = catch_unwind(AssertUnwindSafe(kill));
}

fn take<T>(from: &mut Vec<T>, index: &Index) -> Option<T> {
    (!from.is_empty()).then(|| from.remove(index.index(from.len())))
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1..40_u64).prop_map(|time| Act::Take(millis(time))),
        1 => Just(Act::Fail),
        1 => Just(Act::Panic),
        1 => Just(Act::Hang),
    ]
}

fn any_order() -> impl Strategy<Value = Order> {
    let scripted = prop_oneof![
        Just(Step::Create),
        Just(Step::Check),
        Just(Step::Recycle),
        Just(Step::Destroy),
    ];
    let panicking = prop_oneof![Just(Step::Kill), Just(Step::Drop)];
    let key = prop_oneof![Just("a"), Just("b"), Just("c")];
    prop_oneof![
        10 => (key, prop::bool::weighted(0.3)).prop_map(|(key, lazy)| Order::Acquire { key, lazy }),
        3 => any::<Index>().prop_map(Order::Look),
        3 => any::<Index>().prop_map(Order::Cancel),
        6 => any::<Index>().prop_map(Order::Return),
        2 => any::<Index>().prop_map(Order::Discard),
        1 => any::<Index>().prop_map(Order::Detach),
        1 => any::<Index>().prop_map(Order::Revoke),
        2 => (1..6_usize).prop_map(Order::Resize),
        1 => (1..4_u32).prop_map(Order::Retain),
        4 => (1..60_u64).prop_map(Order::Wait),
        4 => (scripted, any_act()).prop_map(|(step, act)| Order::Script(step, act)),
        1 => panicking.prop_map(|step| Order::Script(step, Act::Panic)),
    ]
}

fn any_config() -> impl Strategy<Value = Config> {
    let wear = prop::option::of(1..4_u32);
    let checks = prop::option::of(prop_oneof![Just(0_u64), Just(30)]);
    let lives = prop::option::of(30..100_u64);
    let idles = prop::option::of(30..100_u64);
    let retries = any::<bool>();
    let ready = 0..3_usize;
    (1..4_usize, ready, wear, checks, (lives, idles), retries).prop_map(
        |(max_size, min_idle, max_uses, checks, (lives, idles), retries)| Config {
            max_size,
            min_idle: min_idle.min(max_size),
            max_waiters: usize::MAX,
            acquire_timeout: 10_000 * SECOND,
            create_timeout: millis(50),
            check_timeout: millis(30),
            recycle_timeout: millis(30),
            destroy_timeout: millis(40),
            check_after: checks.map(millis),
            max_uses,
            max_lifetime: lives.map(millis),
            idle_timeout: idles.map(millis),
            lifetime_jitter: 0,
            retry_creation: retries
                .then(|| RetryCreation::new(|failures| (failures < 3).then_some(millis(10)))),
            ..Config::default()
        },
    )
}

fn run(config: Config, orders: &[Order]) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let retries = config.retry_creation.is_some();
        let f = pool_with(config);
        let mut oracle = Oracle::new(&f, retries);
        oracle.drive().await;
        for order in orders {
            oracle.obey(order).await;
            oracle.drive().await;
            oracle.check();
        }
        oracle.end().await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_pool_is_as_the_oracle_says_after_every_step(
        config in any_config(),
        orders in prop::collection::vec(any_order(), 1..80),
    ) {
        run(config, &orders);
    }

    /// The same up to a moment at which the pool is closed, and what is left goes on.
    #[test]
    fn a_pool_that_is_closed_in_the_midst_of_anything_ends_everything(
        config in any_config(),
        before in prop::collection::vec(any_order(), 1..40),
        after in prop::collection::vec(any_order(), 0..20),
    ) {
        let orders = [before, vec![Order::Close], after].concat();
        run(config, &orders);
    }
}
