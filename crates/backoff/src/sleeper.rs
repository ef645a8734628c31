//! What the retry loop needs from the world around it.

use core::fmt;
use core::time::Duration;

/// A point in time on some clock.
///
/// Implemented for [`Duration`], read as the time since the start of a clock (uptime, say); for `tokio::time::Instant`
/// with the feature `tokio`; and for `std::time::Instant` with the feature `blocking`.
pub trait Timestamp: Copy + fmt::Debug {
    /// The time from `earlier` to `self`, or nothing when `earlier` is the later of the two.
    fn saturating_since(self, earlier: Self) -> Duration;
}

impl Timestamp for Duration {
    fn saturating_since(self, earlier: Self) -> Duration {
        self.saturating_sub(earlier)
    }
}

/// The clock, the timer and the chance that a retry runs on.
///
/// `TokioSleeper` (feature `tokio`) and `ThreadSleeper` (feature `blocking`) are ready to use; another runtime, or a test
/// with a clock of its own, implements this trait and starts with [`retry_with`](crate::retry_with).
///
/// ```
/// use std::cell::Cell;
/// use std::future::{Ready, ready};
/// use std::time::Duration;
/// use backoff::{Backoff, Sleeper, retry_with};
///
/// /// A clock that jumps instead of waiting.
/// struct Jumping(Cell<Duration>);
///
/// impl Sleeper for Jumping {
///     type Instant = Duration;
///     type Sleep = Ready<()>;
///     fn now(&self) -> Duration { self.0.get() }
///     fn sleep(&self, delay: Duration) -> Ready<()> {
///         self.0.set(self.0.get() + delay);
///         ready(())
///     }
///     fn seed(&self) -> u64 { 7 }
/// }
///
/// let failing = |_| ready(Err::<(), _>("refused"));
/// let ended = retry_with(Jumping(Cell::default()), Backoff::default(), failing).run_blocking();
/// assert_eq!(ended.unwrap_err().elapsed, Duration::from_secs(3));
/// ```
pub trait Sleeper {
    /// The points in time of this clock.
    type Instant: Timestamp;

    /// The future that [`sleep`](Self::sleep) returns.
    ///
    /// `Ready<()>` says that `sleep` itself blocks, and so allows [`Retry::run_blocking`](crate::Retry::run_blocking).
    type Sleep: Future<Output = ()>;

    /// The present moment.
    fn now(&self) -> Self::Instant;

    /// Waits for at least `delay`; dropping the future ends the wait.
    fn sleep(&self, delay: Duration) -> Self::Sleep;

    /// A seed for the jitter of one run, asked for at its first failure unless
    /// [`Retry::seed`](crate::Retry::seed) has set one.
    ///
    /// It should differ between callers, or they will wake together.
    fn seed(&self) -> u64;
}

/// A borrowed sleeper serves as well as an owned one.
impl<S: Sleeper + ?Sized> Sleeper for &S {
    type Instant = S::Instant;
    type Sleep = S::Sleep;

    fn now(&self) -> S::Instant {
        (**self).now()
    }

    fn sleep(&self, delay: Duration) -> S::Sleep {
        (**self).sleep(delay)
    }

    fn seed(&self) -> u64 {
        (**self).seed()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;
    use std::future::{Ready, ready};

    use super::*;

    /// A clock that stands still until somebody sleeps, and then jumps.
    #[derive(Debug, Default)]
    pub(crate) struct Jumping(Cell<Duration>);

    impl Sleeper for Jumping {
        type Instant = Duration;
        type Sleep = Ready<()>;

        fn now(&self) -> Duration {
            self.0.get()
        }

        fn sleep(&self, delay: Duration) -> Ready<()> {
            self.0.set(self.0.get() + delay);
            ready(())
        }

        fn seed(&self) -> u64 {
            42
        }
    }

    #[test]
    fn time_that_runs_backwards_counts_as_none() {
        let (early, late) = (Duration::from_secs(1), Duration::from_secs(3));
        assert_eq!(late.saturating_since(early), Duration::from_secs(2));
        assert_eq!(early.saturating_since(late), Duration::ZERO);
    }
}
