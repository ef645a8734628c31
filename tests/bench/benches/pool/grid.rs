//! Many sizes, many tasks: how long each waits, what all of them get, and whether all get the same.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use bench::micro::{Better, Figure};
use tokio::{
    runtime::Runtime,
    task::{JoinSet, yield_now},
    time::sleep,
};

use crate::{contestants::Contestant, warm::Warm};

pub(crate) const SIZES: [usize; 4] = [1, 3, 16, 64];
pub(crate) const TASKS: [usize; 4] = [1, 2, 16, 256];

const WARM_UP: Duration = Duration::from_millis(20);
const MEASURED: Duration = Duration::from_millis(100);

/// What the tasks are to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    WarmUp,
    Measured,
    Over,
}

/// One cell of the grid: the tasks ask, hold their lease over a yield, give it back and ask again.
///
/// Every task looks at the clock twice for a lease, which is in the time of the wait and lessens the number of leases. Where
/// a pool lets some task take everything, most leases come without a wait; so the median is that of the task in the middle and
/// not that of all leases, which would be that of the greediest task. The ends of waits are what counts: those who
/// still wait when all is over get one lease, for which they waited all the time.
///
/// Where there are more tasks than resources, a pool that lets newcomers overtake lends mostly without a wait, and makes a few
/// wait very long; so its waits are shown, but not compared with those of pools that serve in order.
pub(crate) fn cell<C: Contestant>(
    figures: &mut Vec<Figure>,
    runtime: &Runtime,
    size: usize,
    tasks: usize,
) {
    let (mut waits, took) = runtime.block_on(run::<C>(size, tasks));
    let in_order = runtime.block_on(Warm::<C>::serves_in_order());
    let served = waits.iter().map(Vec::len);
    let (least, most) = (served.clone().min(), served.max());
    let unfairness = most.unwrap_or(0) as f64 / least.unwrap_or(0) as f64;
    let mut medians = Vec::new();
    for waits in &mut waits {
        waits.sort_unstable();
        medians.push(share(waits, 500));
    }
    medians.sort_unstable();
    let mut all = waits.concat();
    all.sort_unstable();
    let throughput = all.len() as f64 / took.as_secs_f64();
    let row = format!(
        "size {size}, {tasks} task{}",
        if tasks == 1 { "" } else { "s" }
    );
    let mut add = |table, better, value| {
        figures.push(Figure {
            table,
            row: row.clone(),
            contestant: C::NAME,
            better,
            value,
        });
    };
    let compared = (in_order || tasks <= size).then_some(Better::Less);
    let middle = f64::from(share(&medians, 500));
    add(
        "wait for a lease, median: ns (ratio: to pools that serve in order)",
        compared,
        middle,
    );
    let p99_9 = f64::from(share(&all, 999));
    add(
        "wait for a lease, p99.9: ns (ratio: to pools that serve in order)",
        compared,
        p99_9,
    );
    add("leases a second", Some(Better::More), throughput);
    let table = "leases of the most served task to those of the least served";
    add(table, None, unfairness);
}

/// The value below which so many of a thousand are; of two in the middle, the upper.
fn share(sorted: &[u32], of_thousand: usize) -> u32 {
    let index = sorted.len() * of_thousand / 1000;
    *sorted.get(index).expect("every task is served in the end")
}

/// The waits of every task, in ns, and how long was measured.
async fn run<C: Contestant>(size: usize, tasks: usize) -> (Vec<Vec<u32>>, Duration) {
    let warm = Arc::new(Warm::<C>::new(size).await);
    let phase = Arc::new(AtomicU8::new(Phase::WarmUp as u8));
    let mut running = JoinSet::new();
    for _ in 0..tasks {
        running.spawn(serve(Arc::clone(&warm), Arc::clone(&phase)));
    }
    sleep(WARM_UP).await;
    let start = Instant::now();
    phase.store(Phase::Measured as u8, Ordering::Relaxed);
    sleep(MEASURED).await;
    phase.store(Phase::Over as u8, Ordering::Relaxed);
    let took = start.elapsed();
    let waits = running.join_all().await;
    warm.check().await;
    (waits, took)
}

/// How long this task waited for each lease that it got since the measurement began.
async fn serve<C: Contestant>(warm: Arc<Warm<C>>, phase: Arc<AtomicU8>) -> Vec<u32> {
    let mut waits = Vec::new();
    loop {
        let asked = Instant::now();
        let lease = warm.pool.acquire().await.expect("a warm pool lends");
        let waited = asked.elapsed();
        let phase = phase.load(Ordering::Relaxed);
        if phase != Phase::WarmUp as u8 {
            waits.push(u32::try_from(waited.as_nanos()).unwrap_or(u32::MAX));
        }
        yield_now().await;
        drop(lease);
        if phase == Phase::Over as u8 {
            return waits;
        }
    }
}
