//! The retry loop: the only place that reads a clock or sleeps.

use core::fmt;
use core::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{Backoff, GaveUp, RetryError, Verdict};

/// Prepares to call `operation` until it succeeds or `backoff` allows no further attempt.
///
/// The operation gets the number of the attempt, from 1. Nothing happens before [`Retry::run`] is awaited. Every error is
/// retried unless [`Retry::classify`] says otherwise.
///
/// Nothing is logged here; [`Retry::notify`] is the place for that, where the error and its context are known.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use backoff::{Backoff, Verdict, retry};
///
/// let answer = retry(Backoff::default(), |attempt| async move {
///     if attempt == 1 { Err("connection refused") } else { Ok(42) }
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
// Not `AsyncFnMut`: with 1.95 a spawned task whose operation borrows is refused then ("implementation of `Send` is not
// general enough").
pub fn retry<F, Fut, T, E>(
    backoff: Backoff,
    operation: F,
) -> Retry<F, impl FnMut(&E) -> Verdict, impl FnMut(&E, u32, Duration)>
where
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    Retry {
        backoff,
        operation,
        classify: |_: &E| Verdict::Retry,
        notify: |_: &E, _, _| {},
        deadline: None,
        seed: None,
    }
}

/// A retry that is ready to [`run`](Self::run), made by [`retry`].
///
/// | setting | default |
/// | --- | --- |
/// | [`classify`](Self::classify) | every error is [`Verdict::Retry`] |
/// | [`notify`](Self::notify) | nobody |
/// | [`deadline`](Self::deadline) | none |
/// | [`seed`](Self::seed) | drawn anew for each run |
#[must_use = "nothing is called before `run` is awaited"]
pub struct Retry<F, C, N> {
    backoff: Backoff,
    operation: F,
    classify: C,
    notify: N,
    deadline: Option<Instant>,
    seed: Option<u64>,
}

impl<F, Fut, C, N, T, E> Retry<F, C, N>
where
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    C: FnMut(&E) -> Verdict,
    N: FnMut(&E, u32, Duration),
{
    /// Asks `classify` of every error whether trying again can help, and when.
    pub fn classify<D>(self, classify: D) -> Retry<F, D, N>
    where
        D: FnMut(&E) -> Verdict,
    {
        Retry {
            backoff: self.backoff,
            operation: self.operation,
            classify,
            notify: self.notify,
            deadline: self.deadline,
            seed: self.seed,
        }
    }

    /// Tells `notify` of every failed attempt that will be followed by another: the error, the number of the attempt,
    /// and the delay that begins now.
    pub fn notify<M>(self, notify: M) -> Retry<F, C, M>
    where
        M: FnMut(&E, u32, Duration),
    {
        Retry {
            backoff: self.backoff,
            operation: self.operation,
            classify: self.classify,
            notify,
            deadline: self.deadline,
            seed: self.seed,
        }
    }

    /// Starts no further attempt at or after `deadline`, and does not wait for one that could not start before it.
    ///
    /// The first attempt is always made, for without it there would be no error to return. A running attempt is not
    /// interrupted: give the operation the same deadline.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Makes the jitter repeatable.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Returns the first success, or the last error once there is no further attempt.
    ///
    /// # Errors
    /// [`RetryError`] with the error of the last attempt and, in [`why`](RetryError::why), the reason that there was no
    /// other: no attempts left, not retryable, no time left before the deadline, or a server that asked for more than the
    /// cap.
    ///
    /// # Panics
    /// When the first delay begins outside a tokio runtime whose time is enabled.
    ///
    /// # Cancel safety
    /// Dropping the future drops the running attempt or ends the delay; nothing is called afterwards and nothing is left
    /// behind. The attempts made so far are forgotten.
    pub async fn run(mut self) -> Result<T, RetryError<E>> {
        let started = Instant::now();
        let cap = Duration::from_nanos(self.backoff.cap);
        // Made at the first failure, because most calls succeed at once and need neither delays nor a seed.
        let mut delays = None;
        let mut attempts = 0;
        loop {
            // Cannot overflow: there are at most `u32::MAX - 1` delays.
            attempts += 1;
            let last = match (self.operation)(attempts).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let verdict = (self.classify)(&last);
            let delays = delays.get_or_insert_with(|| {
                let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
                self.backoff.delays(seed)
            });
            let left = self
                .deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let why = match verdict.delay(delays, cap, left) {
                Ok(delay) => {
                    (self.notify)(&last, attempts, delay);
                    sleep(delay).await;
                    // Timers round up and a busy runtime wakes late.
                    if self
                        .deadline
                        .is_none_or(|deadline| Instant::now() < deadline)
                    {
                        continue;
                    }
                    GaveUp::Deadline
                }
                Err(why) => why,
            };
            return Err(RetryError {
                last,
                attempts,
                elapsed: started.elapsed(),
                why,
            });
        }
    }
}

impl<F, C, N> fmt::Debug for Retry<F, C, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("backoff", &self.backoff)
            .field("deadline", &self.deadline)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::{Ready, ready};

    use tokio_test::{assert_pending, assert_ready, task};

    use super::*;
    use crate::Jitter;

    const SECOND: Duration = Duration::from_secs(1);

    /// An operation that always fails, and writes down when it was called.
    fn failing(calls: &RefCell<Vec<Duration>>) -> impl FnMut(u32) -> Ready<Result<(), String>> {
        let started = Instant::now();
        move |attempt| {
            calls.borrow_mut().push(started.elapsed());
            ready(Err(format!("error {attempt}")))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_is_returned_at_once() {
        let result = retry(Backoff::default(), |attempt| ready(Ok::<_, ()>(attempt)))
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
            ready(if attempt < 3 {
                Err(attempt)
            } else {
                Ok(attempt)
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
    async fn retry_after_takes_the_place_of_the_delay_and_obeys_attempts() {
        let calls = RefCell::default();
        let error = retry(Backoff::default(), failing(&calls))
            .classify(|_| Verdict::RetryAfter(7 * SECOND))
            .run()
            .await
            .unwrap_err();
        assert_eq!(calls.take(), [Duration::ZERO, 7 * SECOND, 14 * SECOND]);
        assert_eq!(error.why, GaveUp::AttemptsExhausted);
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_obeys_the_cap() {
        let calls = RefCell::default();
        let asked = 61 * SECOND;
        let error = retry(Backoff::default(), failing(&calls))
            .classify(|_| Verdict::RetryAfter(asked))
            .run()
            .await
            .unwrap_err();
        assert_eq!(calls.take(), [Duration::ZERO]);
        assert_eq!(error.elapsed, Duration::ZERO);
        assert_eq!(
            error.why,
            GaveUp::RetryAfterTooLong {
                asked,
                cap: 60 * SECOND
            }
        );
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_obeys_the_deadline() {
        let calls = RefCell::default();
        let error = retry(Backoff::default(), failing(&calls))
            .classify(|_| Verdict::RetryAfter(30 * SECOND))
            .deadline(Instant::now() + 20 * SECOND)
            .run()
            .await
            .unwrap_err();
        assert_eq!(calls.take(), [Duration::ZERO]);
        assert_eq!(error.elapsed, Duration::ZERO);
        assert_eq!(error.why, GaveUp::Deadline);
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
        let result = retry(Backoff::default(), |attempt| ready(Ok::<_, ()>(attempt)))
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

    #[test]
    fn the_future_can_move_between_threads_even_when_it_borrows() {
        struct Client;
        impl Client {
            async fn ask(&self, attempt: u32) -> Result<u32, String> {
                tokio::task::yield_now().await;
                Ok(attempt)
            }
        }
        async fn borrowing(client: &Client) -> Result<u32, RetryError<String>> {
            retry(Backoff::default(), |attempt| client.ask(attempt))
                .run()
                .await
        }
        fn send<T: Send>(value: T) -> T {
            value
        }
        let mut running = task::spawn(send(async {
            let client = Client;
            borrowing(&client).await
        }));
        assert_pending!(running.poll());
        assert!(matches!(assert_ready!(running.poll()), Ok(1)));
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
