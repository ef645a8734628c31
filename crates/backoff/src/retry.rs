//! The retry loop: the only place that reads a clock or sleeps, both through its [`Sleeper`].

#![allow(
    clippy::type_complexity,
    reason = "the closures in the returned types have no name that an alias could give them"
)]

use core::fmt;
use core::future::{Ready, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use crate::{
    Attempt, Backoff, GaveUp, RetryBudget, RetryError, Sleeper, Timestamp, Verdict,
    settings::Settings,
};

/// Prepares to call `operation` until it succeeds or `backoff` allows no further attempt, on tokio's clock.
///
/// The operation is told which [`Attempt`] it is. Nothing happens before [`Retry::run`] is awaited. Every error is retried
/// unless [`Retry::classify`] says otherwise.
///
/// An `async` closure will do as long as it only reads what it captures. One that moves or changes something has to be written in two
/// steps, `|attempt| { let own = shared.clone(); async move { … } }`.
///
/// Nothing is logged here; [`Retry::notify`] is the place for that, where the error and its context are known.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use backoff::{Backoff, Verdict, retry};
///
/// let answer = retry(Backoff::default(), |attempt| async move {
///     if attempt.number == 1 { Err("connection refused") } else { Ok(42) }
/// })
/// .classify(|error| match *error {
///     "not found" => Verdict::Fail,
///     _ => Verdict::Retry,
/// })
/// .notify(|error, attempt, delay| println!("attempt {attempt}: {error}; next in {delay:?}"))
/// .run()
/// .await;
/// assert_eq!(answer.ok(), Some(42));
/// # }
/// ```
#[cfg(feature = "tokio")]
pub fn retry<'a, F, Fut, T, E>(
    backoff: Backoff,
    operation: F,
) -> Retry<'a, F, impl FnMut(&E) -> Verdict, impl FnMut(&E, u32, Duration), crate::TokioSleeper>
where
    F: FnMut(Attempt) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    retry_with(crate::TokioSleeper, backoff, operation)
}

/// Prepares to call `operation` until it succeeds or `backoff` allows no further attempt, on the calling thread.
///
/// As `retry`, but the operation returns its result and not a future, and the thread sleeps between the attempts. Nothing
/// happens before [`Retry::run_blocking`] is called.
///
/// ```no_run
/// use backoff::{Backoff, retry_blocking};
///
/// let text = retry_blocking(Backoff::default(), |_attempt| std::fs::read_to_string("/mnt/share/list"))
///     .run_blocking();
/// ```
#[cfg(feature = "blocking")]
pub fn retry_blocking<'a, F, T, E>(
    backoff: Backoff,
    mut operation: F,
) -> Retry<
    'a,
    impl FnMut(Attempt) -> Ready<Result<T, E>>,
    impl FnMut(&E) -> Verdict,
    impl FnMut(&E, u32, Duration),
    crate::ThreadSleeper,
>
where
    F: FnMut(Attempt) -> Result<T, E>,
{
    let operation = move |attempt| core::future::ready(operation(attempt));
    retry_with(crate::ThreadSleeper, backoff, operation)
}

/// Prepares to call `operation` until it succeeds or `backoff` allows no further attempt, on a clock of the caller's.
///
/// As `retry`, for another runtime, for a test, or without `std`. A [`Sleeper`] that blocks goes with operations that return
/// [`core::future::ready`] and with [`Retry::run_blocking`].
// Not `AsyncFnMut`: with 1.95 a spawned task whose operation borrows is refused then ("implementation of `Send` is not
// general enough").
pub fn retry_with<'a, S, F, Fut, T, E>(
    sleeper: S,
    backoff: Backoff,
    operation: F,
) -> Retry<'a, F, impl FnMut(&E) -> Verdict, impl FnMut(&E, u32, Duration), S>
where
    S: Sleeper,
    F: FnMut(Attempt) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    Retry {
        operation,
        classify: |_: &E| Verdict::Retry,
        notify: |_: &E, _, _| {},
        settings: Settings {
            sleeper,
            backoff,
            deadline: None,
            budget: None,
            seed: None,
        },
    }
}

/// A retry that is ready to [`run`](Self::run), made by `retry`, `retry_blocking` or [`retry_with`].
///
/// | setting | default |
/// | --- | --- |
/// | [`classify`](Self::classify) | every error is [`Verdict::Retry`] |
/// | [`notify`](Self::notify) | nobody |
/// | [`deadline`](Self::deadline) | none |
/// | [`budget`](Self::budget) | none |
/// | [`seed`](Self::seed) | drawn anew for each run |
#[must_use = "nothing is called before `run` is awaited, or `run_blocking` called"]
pub struct Retry<'a, F, C, N, S: Sleeper> {
    operation: F,
    classify: C,
    notify: N,
    settings: Settings<'a, S>,
}

impl<'a, F, Fut, C, N, S, T, E> Retry<'a, F, C, N, S>
where
    F: FnMut(Attempt) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    C: FnMut(&E) -> Verdict,
    N: FnMut(&E, u32, Duration),
    S: Sleeper,
{
    /// Asks `classify` of every error whether trying again can help, and when.
    pub fn classify<D>(self, classify: D) -> Retry<'a, F, D, N, S>
    where
        D: FnMut(&E) -> Verdict,
    {
        Retry {
            operation: self.operation,
            classify,
            notify: self.notify,
            settings: self.settings,
        }
    }

    /// Tells `notify` of every failed attempt that will be followed by another: the error, the number of the attempt,
    /// and the delay that begins now.
    pub fn notify<M>(self, notify: M) -> Retry<'a, F, C, M, S>
    where
        M: FnMut(&E, u32, Duration),
    {
        Retry {
            operation: self.operation,
            classify: self.classify,
            notify,
            settings: self.settings,
        }
    }

    /// Starts no further attempt at or after `deadline`, and does not wait for one that could not start before it.
    ///
    /// The first attempt is always made, for without it there would be no error to return. A running attempt is not
    /// interrupted: give the operation the same deadline.
    pub fn deadline(mut self, deadline: S::Instant) -> Self {
        self.settings.deadline = Some(deadline);
        self
    }

    /// Takes a token from `budget` for every attempt but the first, and gives back what a success is worth.
    ///
    /// The token is taken before the delay, so that nobody waits for nothing, and only when everything else allows another
    /// attempt. It counts as spent even where the future is dropped during the delay.
    pub fn budget(mut self, budget: &'a RetryBudget<S::Instant>) -> Self {
        self.settings.budget = Some(budget);
        self
    }

    /// Makes the jitter repeatable.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Returns the first success, or the last error once there is no further attempt.
    ///
    /// A first call that succeeds at once reads no clock. [`Attempt::elapsed`] and [`RetryError::elapsed`] count from the
    /// moment that the first call began to wait, or failed without waiting: work that it does before that is not seen.
    ///
    /// # Errors
    /// [`RetryError`] with the error of the last attempt and, in [`why`](RetryError::why), the reason that there was no
    /// other: no attempts left, not retryable, no time left before the deadline, no token left in the budget, or a server
    /// that asked for more than the cap.
    ///
    /// # Panics
    /// On tokio's clock: when the first delay begins outside a runtime whose time is enabled.
    ///
    /// # Cancel safety
    /// Dropping the future drops the running attempt or ends the delay; nothing is called afterwards and nothing is left
    /// behind. The attempts made so far are forgotten; the tokens that they took from a budget stay taken.
    pub fn run(self) -> impl Future<Output = Result<T, RetryError<E>>> {
        self.run_from(None)
    }

    /// Runs with `started` as the time of the first call; without it the clock is read when the first call is pending
    /// or has failed. Most calls succeed at once, and a reading costs several times what the rest of this does.
    #[allow(
        clippy::manual_async_fn,
        reason = "an async fn keeps its argument twice, and copying it takes as long as the rest of a first call"
    )]
    fn run_from(
        mut self,
        mut started: Option<S::Instant>,
    ) -> impl Future<Output = Result<T, RetryError<E>>> {
        async move {
            let result = {
                let mut call = pin!((self.operation)(Attempt::FIRST));
                poll_fn(|context| {
                    let polled = call.as_mut().poll(context);
                    if polled.is_pending() {
                        started.get_or_insert_with(|| self.settings.sleeper.now());
                    }
                    polled
                })
                .await
            };
            match result {
                Ok(value) => {
                    self.settings.budget.inspect(|budget| budget.deposit());
                    Ok(value)
                }
                Err(error) => {
                    let rest = self.go_on(error, started);
                    // Most calls succeed at once, and should not have to carry the room that a retry takes.
                    #[cfg(any(feature = "tokio", feature = "blocking"))]
                    let rest = Box::pin(rest);
                    rest.await
                }
            }
        }
    }

    /// Goes on after the first call has failed.
    async fn go_on(mut self, mut last: E, started: Option<S::Instant>) -> Result<T, RetryError<E>> {
        let settings = &self.settings;
        let mut delays = settings.delays();
        let mut now = settings.sleeper.now();
        let started = started.unwrap_or(now);
        let mut number = Attempt::FIRST.number;
        let why = loop {
            let verdict = (self.classify)(&last);
            let delay = match settings.next_delay(verdict, &mut delays, now) {
                Ok(delay) => delay,
                Err(why) => break why,
            };
            (self.notify)(&last, number, delay);
            settings.sleeper.sleep(delay).await;
            now = settings.sleeper.now();
            // Timers round up and a busy runtime wakes late.
            if settings.left(now) == Some(Duration::ZERO) {
                break GaveUp::Deadline;
            }
            // Cannot overflow: there are at most `u32::MAX - 1` delays.
            number += 1;
            let attempt = Attempt {
                number,
                elapsed: now.saturating_since(started),
                previous_delay: Some(delay),
            };
            last = match (self.operation)(attempt).await {
                Ok(value) => {
                    settings.budget.inspect(|budget| budget.deposit());
                    return Ok(value);
                }
                Err(error) => error,
            };
            now = settings.sleeper.now();
        };
        Err(RetryError {
            last,
            attempts: number,
            elapsed: now.saturating_since(started),
            why,
        })
    }
}

impl<F, C, N, S, T, E> Retry<'_, F, C, N, S>
where
    F: FnMut(Attempt) -> Ready<Result<T, E>>,
    C: FnMut(&E) -> Verdict,
    N: FnMut(&E, u32, Duration),
    S: Sleeper<Sleep = Ready<()>>,
{
    /// Returns the first success, or the last error once there is no further attempt; sleeps on the calling thread.
    ///
    /// It exists where neither the operation nor the sleeper ever waits without blocking, as the types say. The clock is
    /// read before the first call, so that the elapsed time has all of it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_blocking(self) -> Result<T, RetryError<E>> {
        // The first poll is the whole call here, so its beginning has to be read before it.
        let started = self.settings.sleeper.now();
        block_on(self.run_from(Some(started)))
    }
}

impl<F, C, N, S: Sleeper> fmt::Debug for Retry<'_, F, C, N, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("backoff", &self.settings.backoff)
            .field("deadline", &self.settings.deadline)
            .field("budget", &self.settings.budget)
            .field("seed", &self.settings.seed)
            .finish_non_exhaustive()
    }
}

/// Polls `future` until it is ready: once, where it is made of nothing but [`Ready`]s.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

#[cfg(test)]
mod clock_tests {
    use std::cell::Cell;
    use std::future::{pending, ready};
    use std::pin::Pin;
    use std::rc::Rc;

    use tokio_test::{assert_pending, assert_ready, task};

    use super::*;
    use crate::sleeper::tests::Jumping;
    use crate::{BudgetConfig, Jitter};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_deadline_and_the_budget_are_on_that_clock_too() {
        let clock = Jumping::default();
        let failing = |_| ready(Err::<(), _>(()));
        let error = retry_with(&clock, Backoff::default().attempts(9), failing)
            .deadline(5 * SECOND)
            .run_blocking()
            .unwrap_err();
        assert_eq!(error.why, GaveUp::Deadline);
        assert_eq!(clock.now(), 3 * SECOND);

        let config = BudgetConfig {
            capacity: 1,
            millitokens_per_second: 500,
            ..BudgetConfig::default()
        };
        let budget = RetryBudget::new(config, clock.now());
        // The token of the start pays for the first retry; a second of waiting has earned half of the next.
        let error = retry_with(&clock, Backoff::default(), failing)
            .budget(&budget)
            .run_blocking()
            .unwrap_err();
        assert_eq!(error.attempts, 2);
        assert_eq!(error.why, GaveUp::BudgetExhausted);
        assert_eq!(clock.now(), 4 * SECOND);
    }

    /// A clock that counts how often it was read; each reading takes a second.
    #[derive(Default)]
    struct Counting(Cell<u32>);

    impl Sleeper for Counting {
        type Instant = Duration;
        type Sleep = Ready<()>;

        fn now(&self) -> Duration {
            self.0.set(self.0.get() + 1);
            self.0.get() * SECOND
        }

        fn sleep(&self, _delay: Duration) -> Ready<()> {
            ready(())
        }

        fn seed(&self) -> u64 {
            0
        }
    }

    #[test]
    fn a_first_call_that_succeeds_at_once_reads_no_clock() {
        let clock = Counting::default();
        let succeeding = |_| ready(Ok::<_, ()>(()));
        let mut running = task::spawn(retry_with(&clock, Backoff::default(), succeeding).run());
        assert!(assert_ready!(running.poll()).is_ok());
        assert_eq!(clock.0.get(), 0);
    }

    #[test]
    fn the_clock_is_read_when_the_first_call_waits_at_a_failure_and_after_a_delay() {
        let clock = Counting::default();
        let waiting = |_| pending::<Result<(), ()>>();
        let mut running = task::spawn(retry_with(&clock, Backoff::default(), waiting).run());
        assert_pending!(running.poll());
        assert_pending!(running.poll());
        assert_eq!(clock.0.take(), 1);
        let failing = |_| ready(Err::<(), _>(()));
        let twice = Backoff::default().attempts(2);
        let mut running = task::spawn(retry_with(&clock, twice, failing).run());
        let error = assert_ready!(running.poll()).unwrap_err();
        assert_eq!(clock.0.get(), 3);
        assert_eq!(error.elapsed, 2 * SECOND);
    }

    #[test]
    fn the_time_of_a_call_that_blocks_is_counted() {
        let clock = Jumping::default();
        let slow = |_| {
            let _awake = clock.sleep(SECOND);
            ready(Err::<(), _>(()))
        };
        let once = Backoff::default().attempts(1);
        let error = retry_with(&clock, once, slow).run_blocking().unwrap_err();
        assert_eq!(error.elapsed, SECOND);
    }

    #[test]
    fn a_future_that_waits_is_polled_until_it_is_ready() {
        let mut left = 3;
        let waiting = poll_fn(|_| {
            left -= 1;
            if left == 0 {
                Poll::Ready(7)
            } else {
                Poll::Pending
            }
        });
        assert_eq!(block_on(waiting), 7);
    }

    #[test]
    fn a_call_is_dropped_before_the_delay_that_follows_it() {
        /// A call that fails at once, but holds something until it is dropped.
        struct Holding {
            _held: Rc<()>,
        }
        impl Future for Holding {
            type Output = Result<(), ()>;
            fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
                Poll::Ready(Err(()))
            }
        }
        let clock = Jumping::default();
        let held = Rc::new(());
        let holding = |_| Holding {
            _held: Rc::clone(&held),
        };
        let mut running = task::spawn(
            retry_with(&clock, Backoff::default(), holding)
                .notify(|(), _, _| assert_eq!(Rc::strong_count(&held), 1))
                .run(),
        );
        assert!(assert_ready!(running.poll()).is_err());
    }

    #[test]
    fn the_seed_is_the_sleepers_unless_one_is_set() {
        let backoff = Backoff::default().jitter(Jitter::Full);
        let clock = Jumping::default();
        let delays_of = |seed: Option<u64>| {
            let mut delays = Vec::new();
            let run = retry_with(&clock, backoff, |_| ready(Err::<(), _>(())))
                .notify(|(), _, delay| delays.push(delay));
            let run = match seed {
                Some(seed) => run.seed(seed),
                None => run,
            };
            assert!(run.run_blocking().is_err());
            delays
        };
        assert!(backoff.delays(42).eq(delays_of(None)));
        assert!(backoff.delays(7).eq(delays_of(Some(7))));
    }
}

// Two attributes, because clippy knows a test module by the first alone.
#[cfg(test)]
#[cfg(feature = "tokio")]
mod tests {
    use std::cell::RefCell;
    use std::future::{Ready, ready};
    use std::sync::Arc;

    use tokio::task::JoinSet;
    use tokio::time::Instant;
    use tokio_test::{assert_pending, task};

    use super::*;
    use crate::{BudgetConfig, Jitter};

    const SECOND: Duration = Duration::from_secs(1);

    /// An operation that always fails, and writes down when it was called.
    fn failing(calls: &RefCell<Vec<Duration>>) -> impl FnMut(Attempt) -> Ready<Result<(), String>> {
        let started = Instant::now();
        move |attempt| {
            calls.borrow_mut().push(started.elapsed());
            ready(Err(format!("error {}", attempt.number)))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_is_returned_at_once() {
        let result = retry(Backoff::default(), |attempt| {
            ready(Ok::<_, ()>(attempt.number))
        })
        .run()
        .await;
        assert!(matches!(result, Ok(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_3_makes_3_calls_and_returns_the_last_error() {
        let calls = RefCell::default();
        let error = retry(Backoff::default().attempts(3), failing(&calls))
            .run()
            .await
            .unwrap_err();
        assert_eq!(calls.take(), [Duration::ZERO, SECOND, 3 * SECOND]);
        assert_eq!(error.last, "error 3");
        assert_eq!(error.attempts, 3);
        assert_eq!(error.elapsed, 3 * SECOND);
        assert_eq!(error.why, GaveUp::AttemptsExhausted);
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_after_failures_ends_the_retry() {
        let mut calls = 0;
        let result = retry(Backoff::default().attempts(9), |attempt| {
            calls += 1;
            ready(match attempt.number {
                3 => Ok(3),
                number => Err(number),
            })
        })
        .run()
        .await;
        assert!(matches!(result, Ok(3)));
        assert_eq!(calls, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_that_is_not_retryable_ends_it_at_once() {
        let calls = RefCell::default();
        let error = retry(Backoff::default(), failing(&calls))
            .classify(|error| {
                if error == "error 2" {
                    Verdict::Fail
                } else {
                    Verdict::Retry
                }
            })
            .run()
            .await
            .unwrap_err();
        assert_eq!(calls.take(), [Duration::ZERO, SECOND]);
        assert_eq!(error.why, GaveUp::NotRetryable);
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_is_not_restarted_by_an_attempt_and_not_slept_past() {
        let calls = RefCell::default();
        let error = retry(Backoff::default().attempts(9), failing(&calls))
            .deadline(Instant::now() + 5 * SECOND)
            .run()
            .await
            .unwrap_err();
        // The third delay, 4 s, would end at 7 s: the retry ends at 3 s instead of waiting in vain.
        assert_eq!(calls.take(), [Duration::ZERO, SECOND, 3 * SECOND]);
        assert_eq!(error.elapsed, 3 * SECOND);
        assert_eq!(error.why, GaveUp::Deadline);
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_that_fires_late_starts_no_attempt_after_the_deadline() {
        let calls = RefCell::default();
        let delay = Duration::from_micros(10_200);
        // Tokio's timers have millisecond resolution and round up, so this one fires at 11 ms.
        let error = retry(Backoff::constant(delay), failing(&calls))
            .deadline(Instant::now() + Duration::from_micros(10_500))
            .run()
            .await
            .unwrap_err();
        assert_eq!(calls.take(), [Duration::ZERO]);
        assert_eq!(error.why, GaveUp::Deadline);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_attempt_is_made_even_past_the_deadline() {
        let result = retry(Backoff::default(), |attempt| {
            ready(Ok::<_, ()>(attempt.number))
        })
        .deadline(Instant::now())
        .run()
        .await;
        assert!(result.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_listener_hears_of_every_attempt_that_is_followed_by_another() {
        let calls = RefCell::default();
        let mut heard = Vec::new();
        let result = retry(Backoff::default(), failing(&calls))
            .notify(|error, attempt, delay| heard.push((error.clone(), attempt, delay)))
            .run()
            .await;
        assert!(result.is_err());
        assert_eq!(
            heard,
            [
                ("error 1".to_owned(), 1, SECOND),
                ("error 2".to_owned(), 2, 2 * SECOND)
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_seed_makes_the_delays_repeatable() {
        let backoff = Backoff::default().attempts(6).jitter(Jitter::Full);
        let calls = RefCell::default();
        let mut heard = Vec::new();
        let result = retry(backoff, failing(&calls))
            .seed(42)
            .notify(|_, _, delay| heard.push(delay))
            .run()
            .await;
        assert!(result.is_err());
        assert!(backoff.delays(42).eq(heard));
    }

    #[tokio::test(start_paused = true)]
    async fn dropping_the_future_stops_it() {
        let calls = RefCell::default();
        let mut running = task::spawn(retry(Backoff::default(), failing(&calls)).run());
        assert_pending!(running.poll());
        tokio::time::advance(SECOND).await;
        assert_pending!(running.poll());
        drop(running);
        tokio::time::advance(60 * SECOND).await;
        assert_eq!(calls.take(), [Duration::ZERO, SECOND]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_knows_its_number_its_time_and_the_delay_before_it() {
        let mut seen = Vec::new();
        let result = retry(Backoff::default(), |attempt| {
            seen.push(attempt);
            async {
                tokio::time::sleep(SECOND / 2).await;
                Err::<(), _>(())
            }
        })
        .run()
        .await;
        assert!(result.is_err());
        let retry = |number, elapsed, delay| Attempt {
            number,
            elapsed,
            previous_delay: Some(delay),
        };
        assert_eq!(
            seen,
            [
                Attempt::FIRST,
                retry(2, SECOND * 3 / 2, SECOND),
                retry(3, 4 * SECOND, 2 * SECOND)
            ]
        );
    }

    fn tokens(capacity: u32, per_success: u32, per_second: u32) -> RetryBudget<Instant> {
        let config = BudgetConfig {
            capacity,
            millitokens_per_success: per_success,
            millitokens_per_second: per_second,
        };
        RetryBudget::new(config, Instant::now())
    }

    /// How many calls an operation that always fails gets from `budget`, and why there were no more.
    async fn calls_with(budget: &RetryBudget<Instant>) -> (u32, GaveUp) {
        let backoff = Backoff::constant(Duration::ZERO).attempts(4);
        let error = retry(backoff, |_| ready(Err::<(), _>(())))
            .budget(budget)
            .run()
            .await
            .unwrap_err();
        (error.attempts, error.why)
    }

    #[tokio::test(start_paused = true)]
    async fn a_budget_bounds_the_retries_of_all_callers_together_but_not_their_first_calls() {
        let budget = tokens(5, 0, 0);
        assert_eq!(calls_with(&budget).await, (4, GaveUp::AttemptsExhausted));
        assert_eq!(calls_with(&budget).await, (3, GaveUp::BudgetExhausted));
        assert_eq!(calls_with(&budget).await, (1, GaveUp::BudgetExhausted));
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_after_a_retry_counts_as_one() {
        let budget = tokens(2, 1000, 0);
        let result = retry(Backoff::default(), |attempt| {
            ready(if attempt.number < 3 { Err(()) } else { Ok(()) })
        })
        .budget(&budget)
        .run()
        .await;
        assert!(result.is_ok());
        assert_eq!(budget.available(Instant::now()), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_that_something_else_forbids_takes_no_token() {
        let budget = tokens(5, 0, 0);
        let failing = |_| ready(Err::<(), _>(()));
        let once = retry(Backoff::default().attempts(1), failing).budget(&budget);
        assert!(once.run().await.is_err());
        let late = retry(Backoff::default(), failing).budget(&budget);
        assert!(late.deadline(Instant::now()).run().await.is_err());
        let fatal = retry(Backoff::default(), failing).budget(&budget);
        assert!(fatal.classify(|()| Verdict::Fail).run().await.is_err());
        assert_eq!(budget.available(Instant::now()), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_token_it_neither_waits_nor_tells_the_listener() {
        let budget = tokens(1, 0, 0);
        let mut heard = Vec::new();
        let calls = RefCell::default();
        let error = retry(Backoff::default(), failing(&calls))
            .budget(&budget)
            .notify(|_, attempt, _| heard.push(attempt))
            .run()
            .await
            .unwrap_err();
        assert_eq!(error.last, "error 2");
        assert_eq!(error.elapsed, SECOND);
        assert_eq!(error.why, GaveUp::BudgetExhausted);
        assert_eq!(calls.take(), [Duration::ZERO, SECOND]);
        assert_eq!(heard, [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_in_other_tasks_share_a_budget_in_an_arc() {
        let budget = Arc::new(tokens(10, 0, 0));
        let mut callers = JoinSet::new();
        for _ in 0..20 {
            let budget = Arc::clone(&budget);
            callers.spawn(async move { calls_with(&budget).await.0 });
        }
        let calls: u32 = callers.join_all().await.into_iter().sum();
        assert_eq!(calls, 20 + 10);
    }

    #[tokio::test(start_paused = true)]
    async fn the_future_can_move_between_threads_even_when_it_borrows() {
        struct Client;
        impl Client {
            async fn ask(&self, attempt: u32) -> Result<u32, String> {
                tokio::task::yield_now().await;
                if attempt == 1 {
                    Err("refused".to_owned())
                } else {
                    Ok(attempt)
                }
            }
        }
        async fn borrowing(
            client: &Client,
            budget: &RetryBudget<Instant>,
        ) -> Result<u32, RetryError<String>> {
            retry(Backoff::default(), |attempt| client.ask(attempt.number))
                .classify(|error: &String| {
                    assert_eq!(error, "refused");
                    Verdict::Retry
                })
                .notify(|error, attempt, delay| {
                    assert_eq!((error.as_str(), attempt, delay), ("refused", 1, SECOND));
                })
                .deadline(Instant::now() + 2 * SECOND)
                .budget(budget)
                .seed(1)
                .run()
                .await
        }
        fn send<T: Send>(value: T) -> T {
            value
        }
        let result = send(async {
            let client = Client;
            borrowing(&client, &tokens(1, 0, 0)).await
        })
        .await;
        assert!(matches!(result, Ok(2)));
    }

    #[test]
    fn its_debug_form_shows_the_settings() {
        let shown = format!(
            "{:?}",
            retry(Backoff::default(), |_| ready(Ok::<_, ()>(()))).seed(9)
        );
        assert!(shown.contains("seed: Some(9)"), "{shown}");
    }
}
