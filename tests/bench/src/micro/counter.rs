//! Allocations and sizes.

use std::{
    hint::black_box,
    io::{self, Write as _, stdout},
    time::Duration,
};

use allocation_counter::{AllocationInfo, measure};
use serde::Serialize;

use super::{Figure, Meter};

/// Done before anything is counted, so that what is allocated once, at first, does not count.
const WARM_UP: u32 = 256;
const REPEATS: u32 = 1000;

/// Counts what operations allocate, on the thread that does them, and notes sizes; prints one JSON object.
#[derive(Debug, Default, Serialize)]
pub struct Counter {
    allocations: Vec<Allocations>,
    sizes: Vec<Bytes>,
    growth: Vec<Bytes>,
}

/// What one operation allocates, on average.
#[derive(Debug, Serialize)]
struct Allocations {
    operation: String,
    contestant: String,
    count: f64,
    bytes: f64,
}

#[derive(Debug, Serialize)]
struct Bytes {
    what: String,
    contestant: String,
    bytes: i64,
}

impl Bytes {
    fn new(what: &str, contestant: &str, bytes: i64) -> Self {
        Self {
            what: what.to_owned(),
            contestant: contestant.to_owned(),
            bytes,
        }
    }
}

impl Meter for Counter {
    fn measure<R>(&mut self, operation: &str, contestant: &str, mut run: impl FnMut() -> R) {
        let mut repeat = |times: u32| {
            for _ in 0..times {
                black_box(run());
            }
        };
        repeat(WARM_UP);
        let AllocationInfo {
            count_total,
            bytes_total,
            ..
        } = measure(|| repeat(REPEATS));
        self.allocations.push(Allocations {
            operation: operation.to_owned(),
            contestant: contestant.to_owned(),
            count: each(count_total),
            bytes: each(bytes_total),
        });
    }

    fn repeat(&mut self, operation: &str, contestant: &str, mut run: impl FnMut(u64) -> Duration) {
        let mut repeat = |times: u32| {
            black_box(run(u64::from(times)));
        };
        repeat(WARM_UP);
        // What it takes to begin is in both, and so in neither.
        let once = measure(|| repeat(REPEATS));
        let twice = measure(|| repeat(2 * REPEATS));
        self.allocations.push(Allocations {
            operation: operation.to_owned(),
            contestant: contestant.to_owned(),
            count: each(twice.count_total.saturating_sub(once.count_total)),
            bytes: each(twice.bytes_total.saturating_sub(once.bytes_total)),
        });
    }

    fn contend<R, F: FnMut() -> R + Send>(
        &mut self,
        _operation: &str,
        _contestant: &str,
        _contender: impl FnMut() -> F,
    ) {
        // The same operation is counted where it has no rival.
    }

    fn size<T>(&mut self, what: &str, contestant: &str, value: &T) {
        let bytes = i64::try_from(size_of_val(value)).unwrap_or(i64::MAX);
        self.sizes.push(Bytes::new(what, contestant, bytes));
    }

    fn growth(&mut self, what: &str, contestant: &str, run: impl FnOnce()) {
        let bytes = measure(run).bytes_current;
        self.growth.push(Bytes::new(what, contestant, bytes));
    }

    fn figures(&mut self, _run: impl FnOnce() -> Vec<Figure>) {}

    fn finish(self) -> io::Result<()> {
        writeln!(stdout(), "{}", serde_json::to_string(&self)?)
    }
}

/// The share of one of the repeats.
fn each(total: u64) -> f64 {
    total as f64 / f64::from(REPEATS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allocated_in_every_round_is_counted_and_what_is_kept_is_growth() {
        let mut counter = Counter::default();
        counter.measure("boxes", "ours", || Box::new(1_u32));
        let mut kept = Vec::new();
        counter.growth("a string", "ours", || kept.push("kept".to_owned()));
        let found = &counter.allocations[0];
        assert_eq!((found.count, found.bytes), (1.0, 4.0));
        let capacity = kept.capacity() * size_of::<String>();
        assert_eq!(
            counter.growth[0].bytes,
            4 + i64::try_from(capacity).unwrap()
        );
    }
    #[test]
    fn what_it_takes_to_begin_is_not_counted_as_repeated() {
        let mut counter = Counter::default();
        counter.repeat("boxes", "ours", |times| {
            black_box(vec![0_u8; 100]);
            for _ in 0..times {
                black_box(Box::new(1_u32));
            }
            Duration::ZERO
        });
        let found = &counter.allocations[0];
        assert_eq!((found.count, found.bytes), (1.0, 4.0));
    }
}
