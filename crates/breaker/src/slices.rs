//! The calls of the last so long a time.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::tally::Tally;

/// Into how many slices the time is cut.
pub(crate) const SLICES: u32 = 20;

/// The sums of the calls in each slice of time, in a ring: slice `n` is at `n % SLICES`.
#[derive(Debug)]
pub(crate) struct Slices {
    sums: Box<[Tally; SLICES as usize]>,
    newest: u64,
    /// The width of a slice in nanoseconds.
    width: u128,
}

impl Slices {
    pub(crate) fn new(window: Duration) -> Self {
        Self {
            sums: Box::default(),
            newest: 0,
            width: (window.as_nanos() / u128::from(SLICES)).max(1),
        }
    }

    /// Adds calls; returns the sum of those that count.
    pub(crate) fn record(&mut self, calls: Tally, at: Duration) -> Tally {
        // Two threads may read the clock in one order and arrive in the other.
        let slice = self.number(at).max(self.newest);
        // Every slice of the ring is past after one turn.
        for past in (self.newest + 1..=slice).rev().take(SLICES as usize) {
            self.sums[place(past)] = Tally::default();
        }
        self.newest = slice;
        self.sums[place(slice)] = self.sums[place(slice)].plus(calls);
        self.latest()
    }

    /// The sum of the calls that count at `at`.
    pub(crate) fn tally(&self, at: Duration) -> Tally {
        self.sum_from(self.number(at).max(self.newest))
    }

    /// The sum of the calls that counted when the last was added.
    pub(crate) fn latest(&self) -> Tally {
        self.sum_from(self.newest)
    }

    /// The slices that count, oldest first: how long ago each began, and its sum.
    #[cfg(feature = "serde")]
    pub(crate) fn ages(&self, at: Duration) -> Vec<(Duration, Tally)> {
        let present = self.number(at).max(self.newest);
        let slices = self.counting(present).map(|slice| {
            let began = u128::from(slice) * self.width;
            let age = at.as_nanos().saturating_sub(began);
            (Duration::from_nanos_u128(age), self.sums[place(slice)])
        });
        slices.filter(|(_, sum)| sum.calls > 0).collect()
    }

    /// The sum of the slices that count in slice `present`.
    fn sum_from(&self, present: u64) -> Tally {
        let slices = self.counting(present);
        slices.fold(Tally::default(), |sum, slice| {
            sum.plus(self.sums[place(slice)])
        })
    }

    /// The slices that count in slice `present`.
    fn counting(&self, present: u64) -> RangeInclusive<u64> {
        let oldest = present.saturating_sub(u64::from(SLICES) - 1);
        oldest..=self.newest
    }

    /// The number of the slice that `at` falls into.
    fn number(&self, at: Duration) -> u64 {
        u64::try_from(at.as_nanos() / self.width).unwrap_or(u64::MAX - 1)
    }
}

fn place(slice: u64) -> usize {
    (slice % u64::from(SLICES)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const WINDOW: Duration = Duration::from_secs(40);
    const FAILED: Tally = Tally {
        calls: 1,
        failed: 1,
        slow: 0,
    };

    #[test]
    fn a_call_counts_until_its_slice_is_as_old_as_the_window() {
        let mut slices = Slices::new(WINDOW);
        assert_eq!(slices.record(FAILED, SECOND).calls, 1);
        assert_eq!(slices.record(FAILED, 2 * SECOND).calls, 2);
        let end = 40 * SECOND;
        let before = end - Duration::from_nanos(1);
        assert_eq!(slices.tally(before).calls, 2);
        assert_eq!(slices.tally(end).calls, 1);
        assert_eq!(slices.tally(end + 2 * SECOND).calls, 0);
        assert_eq!(slices.latest().calls, 2);
        assert_eq!(slices.record(FAILED, end).calls, 2);
    }

    #[test]
    fn a_pause_of_many_windows_leaves_nothing() {
        let mut slices = Slices::new(WINDOW);
        for second in 0..100 {
            slices.record(FAILED, second * SECOND);
        }
        assert_eq!(slices.latest().calls, 40);
        assert_eq!(slices.record(FAILED, 100_000 * SECOND).calls, 1);
    }

    #[test]
    fn calls_that_arrive_out_of_order_are_counted() {
        let mut slices = Slices::new(WINDOW);
        slices.record(FAILED, 90 * SECOND);
        assert_eq!(slices.record(FAILED, SECOND).calls, 2);
        assert_eq!(slices.tally(SECOND).calls, 2);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn only_slices_with_calls_have_an_age() {
        let mut slices = Slices::new(WINDOW);
        for second in [1, 2, 9, 40] {
            slices.record(FAILED, second * SECOND);
        }
        // A slice is 2 seconds wide; the first no longer counts.
        let ages = [
            (38 * SECOND, FAILED),
            (32 * SECOND, FAILED),
            (Duration::ZERO, FAILED),
        ];
        assert_eq!(slices.ages(40 * SECOND), ages);
    }

    #[test]
    fn extreme_windows_do_not_overflow() {
        for window in [Duration::MAX, Duration::from_nanos(1)] {
            let mut slices = Slices::new(window);
            assert_eq!(slices.record(FAILED, SECOND).calls, 1);
            assert_eq!(slices.record(FAILED, Duration::MAX).calls, 1);
            assert_eq!(slices.record(FAILED, Duration::MAX).calls, 2);
        }
    }
}
