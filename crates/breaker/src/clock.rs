//! Where the time comes from.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tells a breaker the time.
///
/// It is read where the time matters and never while a lock is held: admitting to a closed circuit and reporting success
/// to it need no time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present moment; never earlier than one it told before.
    fn now(&self) -> Instant;
}

/// The monotonic clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// A clock that moves only when it is told to, for tests.
///
/// Clones show the same time.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use breaker::{Breaker, Config, ManualClock, State};
///
/// let clock = ManualClock::new();
/// let breaker = Breaker::with_clock(Config::default(), Arc::new(clock.clone()))?;
/// breaker.trip();
/// clock.advance(Duration::from_secs(300));
/// assert_eq!(breaker.state(), State::HalfOpen);
/// # Ok::<(), breaker::InvalidConfig>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<Mutex<Instant>>,
}

impl ManualClock {
    /// A clock that stands still at the moment it was made.
    #[must_use]
    pub fn new() -> Self {
        Self {
            now: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// Moves the time on by `step`, or leaves it where the platform can tell no later time.
    pub fn advance(&self, step: Duration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.checked_add(step).unwrap_or(*now);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told_and_its_clones_with_it() {
        let clock = ManualClock::default();
        let start = clock.now();
        assert_eq!(clock.now(), start);
        clock.clone().advance(Duration::from_secs(1));
        assert_eq!(clock.now(), start + Duration::from_secs(1));
    }

    #[test]
    fn a_manual_clock_stands_still_at_the_end_of_time() {
        let clock = ManualClock::new();
        let start = clock.now();
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), start);
    }

    #[test]
    fn the_system_clock_never_goes_back() {
        let earlier = SystemClock.now();
        assert!(SystemClock.now() >= earlier);
    }
}
