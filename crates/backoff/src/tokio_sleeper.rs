//! Time as tokio tells it.

use core::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use crate::{Sleeper, Timestamp};

/// Tokio's clock and timers, which obey its paused time in tests; the seed comes from `fastrand`'s thread-local generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioSleeper;

impl Sleeper for TokioSleeper {
    type Instant = Instant;
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, delay: Duration) -> Sleep {
        sleep(delay)
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

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn it_sleeps_on_the_paused_clock() {
        let started = TokioSleeper.now();
        TokioSleeper.sleep(SECOND).await;
        assert_eq!(TokioSleeper.now().saturating_since(started), SECOND);
        assert_eq!(started.saturating_since(TokioSleeper.now()), Duration::ZERO);
    }

    #[test]
    fn two_runs_have_two_seeds() {
        assert_ne!(TokioSleeper.seed(), TokioSleeper.seed());
    }
}
