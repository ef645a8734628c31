//! The failures that count.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::Config;

/// The times of the failures that count against a closed circuit, oldest first: an exact sliding window.
#[derive(Debug, Default)]
pub(crate) struct Window {
    failures: VecDeque<Instant>,
}

impl Window {
    /// Adds a failure, and tells whether the circuit has to open.
    ///
    /// Whoever is told so drops the window, so it never holds more than `config.failures` times.
    pub(crate) fn record(&mut self, now: Instant, config: &Config) -> bool {
        // Two threads may read the clock in one order and arrive in the other.
        let now = self.failures.back().map_or(now, |&last| now.max(last));
        let past = self.failures.len() - self.count(now, config.window);
        self.failures.drain(..past);
        self.failures.push_back(now);
        self.failures.len() >= config.failures as usize
    }

    /// How many failures are younger than `window`.
    pub(crate) fn count(&self, now: Instant, window: Duration) -> usize {
        let past = |&at: &Instant| now.saturating_duration_since(at) >= window;
        self.failures.len() - self.failures.partition_point(past)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.failures.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn config() -> Config {
        Config {
            failures: 3,
            window: 10 * SECOND,
            ..Config::default()
        }
    }

    #[test]
    fn a_failure_counts_until_it_is_as_old_as_the_window() {
        let start = Instant::now();
        let mut window = Window::default();
        assert!(window.is_empty());
        assert!(!window.record(start, &config()));
        assert!(!window.record(start + 9 * SECOND, &config()));
        assert_eq!(window.count(start + 9 * SECOND, 10 * SECOND), 2);
        assert_eq!(window.count(start + 10 * SECOND, 10 * SECOND), 1);
        assert!(!window.record(start + 10 * SECOND, &config()));
        assert!(window.record(start + 18 * SECOND, &config()));
    }

    #[test]
    fn failures_that_arrive_out_of_order_are_counted() {
        let start = Instant::now();
        let mut window = Window::default();
        assert!(!window.record(start + SECOND, &config()));
        assert!(!window.record(start, &config()));
        assert_eq!(window.count(start + 10 * SECOND, 10 * SECOND), 2);
        assert!(window.record(start + 2 * SECOND, &config()));
    }
}
