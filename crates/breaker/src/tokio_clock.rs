//! Time as tokio tells it.

use std::time::Instant;

use crate::Clock;

/// The clock of the tokio runtime, which follows `tokio::time::pause` and `advance` in tests.
///
/// Outside a runtime it is the system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::{Breaker, Config, State, TokioClock};

    #[tokio::test(start_paused = true)]
    async fn a_breaker_follows_the_paused_clock() {
        let config = Config::default();
        let breaker = Breaker::with_clock(config, Arc::new(TokioClock)).unwrap();
        breaker.trip();
        tokio::time::advance(config.cooldown - Duration::from_nanos(1)).await;
        assert_eq!(breaker.state(), State::Open);
        tokio::time::advance(Duration::from_nanos(1)).await;
        assert_eq!(breaker.state(), State::HalfOpen);
    }
}
