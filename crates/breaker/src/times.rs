//! The failures that count.

use std::collections::VecDeque;
use std::time::Duration;

/// The times of the failures that count, oldest first: an exact sliding window.
#[derive(Debug)]
pub(crate) struct Times {
    failures: VecDeque<Duration>,
    /// How old a failure is that no longer counts.
    within: Duration,
}

impl Times {
    pub(crate) fn new(within: Duration) -> Self {
        Self {
            failures: VecDeque::new(),
            within,
        }
    }

    /// Adds a failure and drops those that no longer count; returns how many there are.
    pub(crate) fn record(&mut self, at: Duration) -> usize {
        // Two threads may read the clock in one order and arrive in the other.
        let at = self.failures.back().map_or(at, |&last| at.max(last));
        let past = self.failures.len() - self.count(at);
        self.failures.drain(..past);
        self.failures.push_back(at);
        self.failures.len()
    }

    pub(crate) fn clear(&mut self) {
        self.failures.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.failures.is_empty()
    }

    /// How many failures count.
    pub(crate) fn count(&self, at: Duration) -> usize {
        let past = |&failure: &Duration| at.saturating_sub(failure) >= self.within;
        self.failures.len() - self.failures.partition_point(past)
    }

    /// How old the failures that count are, oldest first.
    #[cfg(feature = "serde")]
    pub(crate) fn ages(&self, at: Duration) -> Vec<Duration> {
        let ages = self
            .failures
            .iter()
            .map(|&failure| at.saturating_sub(failure));
        ages.filter(|&age| age < self.within).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_failure_counts_until_it_is_as_old_as_the_window() {
        let mut times = Times::new(10 * SECOND);
        assert_eq!(times.record(Duration::ZERO), 1);
        assert_eq!(times.record(9 * SECOND), 2);
        assert_eq!(times.count(9 * SECOND), 2);
        assert_eq!(times.count(10 * SECOND), 1);
        assert_eq!(times.record(10 * SECOND), 2);
        assert_eq!(times.record(18 * SECOND), 3);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn only_failures_that_count_have_an_age() {
        let mut times = Times::new(10 * SECOND);
        times.record(Duration::ZERO);
        times.record(SECOND);
        assert_eq!(times.ages(10 * SECOND), [9 * SECOND]);
    }

    #[test]
    fn failures_that_arrive_out_of_order_are_counted() {
        let mut times = Times::new(10 * SECOND);
        assert_eq!(times.record(SECOND), 1);
        assert_eq!(times.record(Duration::ZERO), 2);
        assert_eq!(times.count(10 * SECOND), 2);
        assert_eq!(times.record(2 * SECOND), 3);
    }
}
