//! `backoff` beside backon, tokio-retry, tokio-retry2 and exponential-backoff.
//!
//! All have the same delays where they can: 1 s at first, doubling, at most 60 s, three calls. What cannot be made equal:
//!
//! - Jitter. Ours is uniform from 0 to the delay, and so is that of tokio-retry and, with these bounds, of tokio-retry2. backon
//!   adds up to the delay itself; exponential-backoff takes off or adds up to all of it, in steps of a hundredth, and
//!   then raises what is below the base.
//! - exponential-backoff has no retry loop: its documentation shows one written by hand, which is copied here in outline.
//! - The retries of tokio-retry and tokio-retry2 are asynchronous only.

use std::{
    future::{Ready, ready},
    hint::black_box,
    io,
    time::{Duration, Instant},
};

use backoff::{Backoff, BudgetConfig, Jitter, RetryBudget};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use bench::micro::{Meter, meter, poll_to_end};
use tokio_retry::strategy as tokio_retry_strategy;
use tokio_retry2::strategy as tokio_retry2_strategy;

const BASE: Duration = Duration::from_secs(1);
const CAP: Duration = Duration::from_secs(60);

fn main() -> io::Result<()> {
    let mut meter = meter();
    next_delay(&mut meter);
    sequences(&mut meter);
    asynchronous(&mut meter);
    blocking(&mut meter);
    budget(&mut meter);
    meter.finish()
}

/// Our policy; `attempts` calls have one delay fewer.
const fn ours(attempts: u32, jitter: Jitter) -> Backoff {
    Backoff::exponential(BASE)
        .cap(CAP)
        .attempts(attempts)
        .jitter(jitter)
}

/// backon counts retries and not calls.
const fn backon(retries: usize) -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(BASE)
        .with_max_delay(CAP)
        .with_max_times(retries)
}

/// 500 ms times the powers of two, which begin with two itself.
const fn tokio_retry() -> tokio_retry_strategy::ExponentialBackoff {
    tokio_retry_strategy::ExponentialBackoff::from_millis(2)
        .factor(500)
        .max_delay(CAP)
}

const fn tokio_retry2() -> tokio_retry2_strategy::ExponentialBackoff {
    tokio_retry2_strategy::ExponentialBackoff::from_millis(2)
        .factor(500)
        .max_delay(CAP)
}

/// The widest of its jitters: its `jitter` ranges from half to one and a half of the delay.
fn tokio_retry2_jitter() -> impl Fn(Duration) -> Duration {
    tokio_retry2_strategy::jitter_with_bounds(0.0, 1.0)
}

fn exponential_backoff(attempts: u32, jitter: f32) -> exponential_backoff::Backoff {
    let mut backoff = exponential_backoff::Backoff::new(attempts, BASE, CAP);
    backoff.set_jitter(jitter);
    backoff
}

/// One more delay of a sequence without end: soon all are at the cap.
///
/// exponential-backoff computes a power anew for each delay, so that a long sequence costs it more than a short one.
fn next_delay(meter: &mut impl Meter) {
    let operation = "next delay, full jitter";
    let mut delays = black_box(ours(u32::MAX, Jitter::Full)).delays(fastrand::u64(..));
    meter.measure(operation, "ours", || delays.next());
    let mut delays = black_box(backon(usize::MAX).with_jitter()).build();
    meter.measure(operation, "backon", || delays.next());
    let mut delays = black_box(tokio_retry()).map(tokio_retry_strategy::jitter);
    meter.measure(operation, "tokio-retry", || delays.next());
    let mut delays = black_box(tokio_retry2()).map(tokio_retry2_jitter());
    meter.measure(operation, "tokio-retry2", || delays.next());
    let mut delays = black_box(exponential_backoff(u32::MAX, 1.0)).iter();
    meter.measure(operation, "exponential-backoff", || delays.next());

    let operation = "next delay, no jitter";
    let mut delays = black_box(ours(u32::MAX, Jitter::None)).delays(fastrand::u64(..));
    meter.measure(operation, "ours", || delays.next());
    let mut delays = black_box(backon(usize::MAX)).build();
    meter.measure(operation, "backon", || delays.next());
    let mut delays = black_box(tokio_retry());
    meter.measure(operation, "tokio-retry", || delays.next());
    let mut delays = black_box(tokio_retry2());
    meter.measure(operation, "tokio-retry2", || delays.next());
    let mut delays = black_box(exponential_backoff(u32::MAX, 0.0)).iter();
    meter.measure(operation, "exponential-backoff", || delays.next());
}

/// A whole sequence of eight delays, from its seed to its end, as one caller that fails for ever would use it.
fn sequences(meter: &mut impl Meter) {
    const DELAYS: u32 = 8;
    fn drain<T>(delays: impl Iterator<Item = T>) {
        delays.for_each(|delay| {
            black_box(delay);
        });
    }

    let operation = "a sequence of 8 delays, full jitter";
    let policy = black_box(ours(DELAYS + 1, Jitter::Full));
    meter.measure(operation, "ours", || {
        drain(policy.delays(fastrand::u64(..)))
    });
    let policy = black_box(backon(DELAYS as usize).with_jitter());
    meter.measure(operation, "backon", || drain(policy.build()));
    let policy = black_box(tokio_retry());
    meter.measure(operation, "tokio-retry", || {
        let delays = policy.clone().map(tokio_retry_strategy::jitter);
        drain(delays.take(DELAYS as usize));
    });
    let policy = black_box(tokio_retry2());
    meter.measure(operation, "tokio-retry2", || {
        let delays = policy.clone().map(tokio_retry2_jitter());
        drain(delays.take(DELAYS as usize));
    });
    // Its last item is no delay: it says that the attempt is the last.
    let policy = black_box(exponential_backoff(DELAYS + 1, 1.0));
    meter.measure(operation, "exponential-backoff", || {
        drain(policy.iter().flatten());
    });
}

/// What is called: it succeeds at once.
fn work() -> Result<u32, &'static str> {
    Ok(black_box(7))
}

fn asynchronous(meter: &mut impl Meter) {
    use backon::Retryable as _;
    use tokio_retry2::RetryError;

    let operation = "async retry, first call succeeds";
    let size = "future of an async retry";
    let policy = black_box(ours(3, Jitter::Full));
    let retry = || backoff::retry(policy, |_attempt| ready(work())).run();
    meter.measure(operation, "ours", || poll_to_end(retry()));
    meter.size(size, "ours", &retry());

    let policy = black_box(backon(2).with_jitter());
    let retry = || (|| ready(work())).retry(policy);
    meter.measure(operation, "backon", || poll_to_end(retry()));
    meter.size(size, "backon", &retry());

    let policy = black_box(tokio_retry());
    let retry = || {
        let delays = policy.clone().map(tokio_retry_strategy::jitter).take(2);
        tokio_retry::Retry::start(delays, || ready(work()))
    };
    meter.measure(operation, "tokio-retry", || poll_to_end(retry()));
    meter.size(size, "tokio-retry", &retry());

    let policy = black_box(tokio_retry2());
    let retry = || {
        let delays = policy.clone().map(tokio_retry2_jitter()).take(2);
        let work = || -> Ready<Result<u32, RetryError<&str>>> {
            ready(work().map_err(RetryError::transient))
        };
        tokio_retry2::Retry::spawn(delays, work)
    };
    meter.measure(operation, "tokio-retry2", || poll_to_end(retry()));
    meter.size(size, "tokio-retry2", &retry());
}

fn blocking(meter: &mut impl Meter) {
    use backon::BlockingRetryable as _;

    let operation = "blocking retry, first call succeeds";
    let policy = black_box(ours(3, Jitter::Full));
    meter.measure(operation, "ours", || {
        backoff::retry_blocking(policy, |_attempt| work()).run_blocking()
    });
    let policy = black_box(backon(2).with_jitter());
    meter.measure(operation, "backon", || work.retry(policy).call());
    let policy = black_box(exponential_backoff(3, 1.0));
    meter.measure(operation, "exponential-backoff", || {
        let mut result = Err("no attempt");
        for delay in &policy {
            result = work();
            match delay {
                Some(delay) if result.is_err() => wait(delay),
                _ => break,
            }
        }
        result
    });
}

#[expect(
    clippy::disallowed_methods,
    reason = "the loop of the peer's documentation sleeps so; none of the calls here fails"
)]
fn wait(delay: Duration) {
    std::thread::sleep(delay);
}

/// None of these peers has a budget.
fn budget(meter: &mut impl Meter) {
    let now = Instant::now();
    // A success gives back what a retry takes, so that the budget is neither empty nor full at any measurement.
    let config = BudgetConfig {
        millitokens_per_success: 1000,
        ..BudgetConfig::default()
    };
    let budget = RetryBudget::new(config, now);
    assert!(budget.withdraw(now), "the budget is empty");
    meter.measure("retry budget, withdraw and deposit", "ours", || {
        let granted = black_box(&budget).withdraw(black_box(now));
        budget.deposit();
        granted
    });
    assert!(budget.withdraw(now), "the budget is empty");

    let budget = RetryBudget::new(BudgetConfig::default(), now);
    meter.measure("retry budget, deposit while full", "ours", || {
        black_box(&budget).deposit();
    });
    meter.size("retry budget", "ours", &budget);
}
