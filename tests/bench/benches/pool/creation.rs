//! Resources that are slow to make, in real time.
//!
//! All contestants are measured at once: they do nothing but wait.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bench::micro::{Better, Figure};
use tokio::{task::JoinSet, time::timeout};

use crate::contestants::{Contestant, Maker};

const SIZE: usize = 3;
const TAKES: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_millis(200);
const IMPATIENT: u32 = 10;

const TIMES: &str = "creating takes 300 ms, size 3: ms";
const COUNTS: &str = "creating takes 300 ms, size 3: how many";

fn figure<C: Contestant>(table: &'static str, row: &str, value: f64) -> Figure {
    Figure {
        table,
        row: row.to_owned(),
        contestant: C::NAME,
        better: (table == TIMES).then_some(Better::Less),
        value,
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Three ask at once for what has yet to be made, and keep it.
pub(crate) async fn first_leases<C: Contestant>() -> Vec<Figure> {
    let maker = Maker::slow(TAKES);
    let pool = Arc::new(C::new(SIZE, maker.clone()));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..SIZE {
        let pool = Arc::clone(&pool);
        let kept = async move {
            let lease = pool.acquire().await.expect("it makes one");
            let took = start.elapsed();
            // Until the others have theirs.
            tokio::time::sleep(2 * TAKES).await;
            drop(lease);
            took
        };
        tasks.spawn(kept);
    }
    let took = tasks.join_all().await;
    let first = took.iter().min().copied().unwrap_or_default();
    let last = took.iter().max().copied().unwrap_or_default();
    vec![
        figure::<C>(TIMES, "3 ask: the first has its lease", millis(first)),
        figure::<C>(TIMES, "3 ask: all have their leases", millis(last)),
        figure::<C>(COUNTS, "3 ask: creations begun", maker.begun() as f64),
    ]
}

/// Ten ask, one after the other, for less time than it takes to make one; then one who has time.
pub(crate) async fn impatient<C: Contestant>() -> Vec<Figure> {
    let maker = Maker::slow(TAKES);
    let pool = C::new(SIZE, maker.clone());
    let mut served = 0_u32;
    for _ in 0..IMPATIENT {
        if let Ok(lease) = timeout(PATIENCE, pool.acquire()).await {
            drop(lease.expect("it makes one"));
            served += 1;
        }
    }
    let begun = maker.begun();
    let start = Instant::now();
    let lease = pool.acquire().await.expect("it makes one");
    let took = start.elapsed();
    drop(lease);
    vec![
        figure::<C>(
            TIMES,
            "after 10 who give up after 200 ms: the next has its lease",
            millis(took),
        ),
        figure::<C>(
            COUNTS,
            "10 who give up after 200 ms: creations begun",
            begun as f64,
        ),
        figure::<C>(
            COUNTS,
            "10 who give up after 200 ms: served",
            f64::from(served),
        ),
    ]
}
