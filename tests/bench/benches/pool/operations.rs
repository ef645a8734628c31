//! Operations on resources that are idle or come back at once.

use std::{
    future::poll_fn,
    hint::black_box,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use bench::micro::Meter;
use tokio::{
    runtime::{Builder, Runtime},
    task::{JoinSet, yield_now},
};

use crate::{contestants::Contestant, warm::Warm};

const LENDS: &str = "a warm pool lends";

fn one_thread() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder
        .enable_time()
        .build()
        .expect("a thread can be started")
}

/// Two workers; but where allocations are counted, which is done for one thread, that thread.
fn workers() -> Runtime {
    if cfg!(feature = "allocations") {
        return one_thread();
    }
    crate::workers()
}

/// One task, which gives back what it acquired before it acquires again.
pub(crate) fn warm<C: Contestant>(meter: &mut impl Meter) {
    const SIZE: usize = 3;
    let runtime = one_thread();
    let warm = runtime.block_on(Warm::<C>::new(SIZE));
    meter.repeat("acquire and release, 1 task", C::NAME, |times| {
        runtime.block_on(async {
            let start = Instant::now();
            for _ in 0..times {
                let lease = warm.pool.acquire().await.expect(LENDS);
                black_box(&*lease);
            }
            start.elapsed()
        })
    });
    runtime.block_on(warm.check());
    meter.size("future of an acquire", C::NAME, &warm.pool.acquire());
    // mobc panics when a lease is dropped outside of a runtime.
    runtime.block_on(async {
        let lease = warm.pool.acquire().await.expect(LENDS);
        meter.size("lease", C::NAME, &lease);
    });
}

/// More tasks than resources on two workers; each holds its lease while it lets others run.
pub(crate) fn contended<C: Contestant>(meter: &mut impl Meter) {
    const SIZE: usize = 3;
    const TASKS: u32 = 16;
    let runtime = workers();
    let warm = Arc::new(runtime.block_on(Warm::<C>::new(SIZE)));
    let operation = "acquire, hold over a yield, release, size 3, 16 tasks, 2 workers";
    meter.repeat(operation, C::NAME, |times| {
        let each = times.div_ceil(u64::from(TASKS));
        let took = runtime.block_on(async {
            let start = Instant::now();
            let mut tasks = JoinSet::new();
            for _ in 0..TASKS {
                tasks.spawn(hold_and_release(Arc::clone(&warm), each));
            }
            while let Some(ended) = tasks.join_next().await {
                ended.expect("no task panics");
            }
            start.elapsed()
        });
        // Where the number of times is no multiple of that of the tasks, more was done than asked for.
        let done = each * u64::from(TASKS);
        took.mul_f64(times as f64 / done as f64)
    });
    runtime.block_on(warm.check());
}

async fn hold_and_release<C: Contestant>(warm: Arc<Warm<C>>, times: u64) {
    for _ in 0..times {
        let lease = warm.pool.acquire().await.expect(LENDS);
        yield_now().await;
        black_box(&*lease);
    }
}

/// From the moment before a lease is given back to the moment when the task that waited for it has it, one look at the
/// clock included. Two tasks on one thread take turns; what they do besides is not measured.
pub(crate) fn hand_off<C: Contestant>(meter: &mut impl Meter) {
    let runtime = one_thread();
    let warm = Arc::new(runtime.block_on(Warm::<C>::new(1)));
    meter.repeat("hand-off to a waiter, size 1", C::NAME, |times| {
        let turns = Arc::new(Turns::new(times));
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for player in [1, 2] {
                tasks.spawn(play(Arc::clone(&warm), Arc::clone(&turns), player));
            }
            let mut took = Duration::ZERO;
            while let Some(ended) = tasks.join_next().await {
                took += ended.expect("no task panics");
            }
            took
        })
    });
    runtime.block_on(warm.check());
}

/// What the two who take turns know of each other.
struct Turns {
    start: Instant,
    left: AtomicU64,
    /// Who had the resource last; nobody at first.
    last: AtomicUsize,
    /// When it was given back, in ns since the start.
    released: AtomicU64,
}

impl Turns {
    fn new(times: u64) -> Self {
        Self {
            start: Instant::now(),
            // The first lease of all is handed by nobody, and is not measured.
            left: AtomicU64::new(times + 1),
            last: AtomicUsize::new(0),
            released: AtomicU64::new(0),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

async fn play<C: Contestant>(warm: Arc<Warm<C>>, turns: Arc<Turns>, player: usize) -> Duration {
    let mut took = 0;
    loop {
        let lease = warm.pool.acquire().await.expect(LENDS);
        let now = turns.now();
        match turns.last.swap(player, Ordering::Relaxed) {
            0 => {}
            last => {
                let left = turns.left.load(Ordering::Relaxed);
                // When the other has left, what it gave back goes to this one, once.
                assert!(last != player, "{}: no hand-off", C::NAME);
                if left > 0 {
                    took += now - turns.released.load(Ordering::Relaxed);
                }
            }
        }
        let left = turns.left.load(Ordering::Relaxed);
        if left == 0 {
            return Duration::from_nanos(took);
        }
        turns.left.store(left - 1, Ordering::Relaxed);
        // So that the other waits.
        yield_now().await;
        turns.released.store(turns.now(), Ordering::Relaxed);
        drop(lease);
        // So that the other is served, even by a pool that would let this one overtake it.
        yield_now().await;
    }
}

/// Somebody asks while everything is on loan, waits, and gives up.
pub(crate) fn cancelled<C: Contestant>(meter: &mut impl Meter) {
    let runtime = one_thread();
    let warm = runtime.block_on(Warm::<C>::new(1));
    let lease = runtime.block_on(warm.pool.acquire()).expect(LENDS);
    meter.repeat("queue and cancel, size 1, on loan", C::NAME, |times| {
        runtime.block_on(async {
            let start = Instant::now();
            for _ in 0..times {
                let mut waiting = pin!(warm.pool.acquire());
                let polled = poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context)));
                assert!(polled.await.is_pending(), "{}", C::NAME);
            }
            start.elapsed()
        })
    });
    // mobc panics when a lease is dropped outside of a runtime.
    runtime.block_on(async {
        drop(lease);
        warm.check().await;
    });
}
