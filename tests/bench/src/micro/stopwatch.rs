//! Time, by criterion.

use std::{
    fmt,
    hint::{black_box, spin_loop},
    io,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use criterion::{Bencher, Criterion};

use super::Meter;

/// Measures how long operations take. Criterion writes what it finds to its own directory.
pub struct Stopwatch {
    criterion: Criterion,
}

impl Stopwatch {
    /// Short measurements, for they are repeated in rounds; criterion's own arguments change them.
    #[must_use]
    pub fn from_arguments() -> Self {
        let criterion = Criterion::default()
            .without_plots()
            .warm_up_time(Duration::from_millis(100))
            .measurement_time(Duration::from_millis(300))
            .sample_size(30)
            // Resampling gives the interval of an estimate and leaves the estimate as it is.
            .nresamples(1001)
            .configure_from_args();
        Self { criterion }
    }

    fn bench(&mut self, operation: &str, contestant: &str, run: impl FnMut(&mut Bencher<'_>)) {
        self.criterion
            .benchmark_group(operation)
            .bench_function(contestant, run);
    }
}

impl Meter for Stopwatch {
    fn measure<R>(&mut self, operation: &str, contestant: &str, mut run: impl FnMut() -> R) {
        self.bench(operation, contestant, |bencher| bencher.iter(&mut run));
    }

    fn contend<R, F: FnMut() -> R + Send>(
        &mut self,
        operation: &str,
        contestant: &str,
        mut contender: impl FnMut() -> F,
    ) {
        self.bench(operation, contestant, |bencher| {
            bencher.iter_custom(|rounds| race([contender(), contender()], rounds));
        });
    }

    fn size<T>(&mut self, _what: &str, _contestant: &str, _value: &T) {}

    fn growth(&mut self, _what: &str, _contestant: &str, _run: impl FnOnce()) {}

    fn finish(self) -> io::Result<()> {
        self.criterion.final_summary();
        Ok(())
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopwatch").finish_non_exhaustive()
    }
}

/// How long the slower of two threads takes for `rounds` operations, when both begin at once.
fn race<R, F: FnMut() -> R + Send>(contenders: [F; 2], rounds: u64) -> Duration {
    // They spin until both are there: a barrier that sleeps wakes one of them microseconds after the other.
    let missing = AtomicU32::new(2);
    let missing = &missing;
    thread::scope(|scope| {
        contenders
            .map(|mut run| {
                scope.spawn(move || {
                    missing.fetch_sub(1, Ordering::Relaxed);
                    while missing.load(Ordering::Relaxed) > 0 {
                        spin_loop();
                    }
                    let start = Instant::now();
                    for _ in 0..rounds {
                        black_box(run());
                    }
                    start.elapsed()
                })
            })
            .map(|thread| thread.join().expect("a contender panicked"))
            .into_iter()
            .fold(Duration::ZERO, Duration::max)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_contenders_do_every_round() {
        let done = AtomicU32::new(0);
        let run = || done.fetch_add(1, Ordering::Relaxed);
        race([run, run], 100);
        assert_eq!(done.into_inner(), 200);
    }
}
