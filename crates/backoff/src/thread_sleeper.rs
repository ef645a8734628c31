//! Time as the operating system tells it to a thread.

use core::future::{Ready, ready};
use core::time::Duration;
use std::time::Instant;

use crate::{Sleeper, Timestamp};

/// The clock of the operating system; sleeping blocks the calling thread. The seed comes from `fastrand`'s thread-local
/// generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadSleeper;

impl Sleeper for ThreadSleeper {
    type Instant = Instant;
    type Sleep = Ready<()>;

    fn now(&self) -> Instant {
        Instant::now()
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "blocking the thread is what the caller of a blocking retry asks for"
    )]
    fn sleep(&self, delay: Duration) -> Ready<()> {
        std::thread::sleep(delay);
        ready(())
    }

    fn seed(&self) -> u64 {
        fastrand::u64(..)
    }
}

impl Timestamp for Instant {
    fn saturating_since(self, earlier: Self) -> Duration {
        self.saturating_duration_since(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Backoff, GaveUp, retry_blocking};

    #[test]
    fn a_blocking_retry_calls_until_it_succeeds() {
        let backoff = Backoff::constant(Duration::ZERO).attempts(5);
        let result = retry_blocking(backoff, |attempt| match attempt.number {
            3 => Ok(attempt.number),
            number => Err(number),
        })
        .run_blocking();
        assert!(matches!(result, Ok(3)));
    }

    #[test]
    fn a_blocking_retry_obeys_its_deadline_without_sleeping() {
        let deadline = Instant::now();
        let error = retry_blocking(Backoff::default(), |_| Err::<(), _>("refused"))
            .deadline(deadline)
            .run_blocking()
            .unwrap_err();
        assert_eq!(error.attempts, 1);
        assert_eq!(error.why, GaveUp::Deadline);
    }

    #[test]
    fn time_that_runs_backwards_counts_as_none() {
        let late = Instant::now();
        let early = late - Duration::from_secs(1);
        assert_eq!(late.saturating_since(early), Duration::from_secs(1));
        assert_eq!(early.saturating_since(late), Duration::ZERO);
    }

    #[test]
    fn two_runs_have_two_seeds() {
        assert_ne!(ThreadSleeper.seed(), ThreadSleeper.seed());
    }
}
