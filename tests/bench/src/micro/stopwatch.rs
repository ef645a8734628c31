//! Time, by criterion.

use std::{
    env, fmt, fs,
    hint::black_box,
    io::{self, Write as _, stdout},
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use criterion::{Bencher, Criterion};

use super::{Figure, Meter};

/// Where criterion is told to write to.
const HOME: &str = "CRITERION_HOME";

/// Measures how long operations take. Criterion writes what it finds to its own directory; figures are written beside it, to
/// `figures.json`, or to stdout where no directory was named.
pub struct Stopwatch {
    criterion: Criterion,
    figures: Vec<Figure>,
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
        let figures = Vec::new();
        Self { criterion, figures }
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

    fn repeat(&mut self, operation: &str, contestant: &str, mut run: impl FnMut(u64) -> Duration) {
        self.bench(operation, contestant, |bencher| {
            bencher.iter_custom(&mut run);
        });
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

    fn figures(&mut self, run: impl FnOnce() -> Vec<Figure>) {
        // Whoever tells criterion what to do, such as which operations to measure, wants that and no more.
        if env::args().skip(1).all(|argument| argument == "--bench") {
            self.figures.extend(run());
        }
    }

    fn finish(self) -> io::Result<()> {
        self.criterion.final_summary();
        let figures = serde_json::to_string(&self.figures)?;
        match env::var_os(HOME) {
            Some(home) => fs::write(Path::new(&home).join("figures.json"), figures),
            None => writeln!(stdout(), "{figures}"),
        }
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopwatch").finish_non_exhaustive()
    }
}

/// How often a race is run again in which only one of the two ran.
const TRIES: u32 = 100;
/// By how much one of the two may outrun the other in a race that counts.
const LEAD: u64 = 8;

/// How long one thread takes for `rounds` operations while another does the same without a pause.
///
/// On a busy machine one of them often waits for a processor, and the other then meets no resistance. So a race begins when
/// the rival is seen at work, and is run again when the rival did far fewer or far more operations meanwhile. Where that
/// never succeeds, as with one processor, the last race has to do.
fn race<R, F: FnMut() -> R + Send>([mut run, mut rival]: [F; 2], rounds: u64) -> Duration {
    let done = AtomicU64::new(0);
    let over = AtomicBool::new(false);
    let (done, over) = (&done, &over);
    let progress = || done.load(Ordering::Relaxed);
    thread::scope(|scope| {
        scope.spawn(move || {
            for count in 1.. {
                black_box(rival());
                done.store(count, Ordering::Relaxed);
                if over.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let mut took = Duration::ZERO;
        for _ in 0..TRIES {
            let seen = progress();
            while progress() == seen {
                thread::yield_now();
            }
            let before = progress();
            let start = Instant::now();
            for _ in 0..rounds {
                black_box(run());
            }
            took = start.elapsed();
            let by_rival = progress() - before;
            if by_rival >= rounds / LEAD && by_rival <= rounds.saturating_mul(LEAD) {
                break;
            }
        }
        over.store(true, Ordering::Relaxed);
        took
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn both_contenders_run_and_one_of_them_does_every_round() {
        let done = Mutex::new([0_u64; 2]);
        let contender = |index: usize| {
            let done = &done;
            move || done.lock().unwrap()[index] += 1
        };
        race([contender(0), contender(1)], 100);
        let [run, rival] = done.into_inner().unwrap();
        assert!(run >= 100 && run % 100 == 0, "{run}");
        assert!(rival >= 1);
    }
}
