//! Percentiles of times.

use std::time::Duration;

use serde::Serialize;

/// How long one operation took, over many rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// How often it was done.
    pub rounds: usize,
    /// Half of the rounds took at most so many microseconds.
    pub p50_us: u64,
    /// 99 of 100 rounds took at most so many microseconds; of fewer than 100 rounds it is the longest.
    pub p99_us: u64,
}

impl Figures {
    /// The figures of some times; all zero when there are none.
    #[must_use]
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        // The nearest rank: the smallest time that so many percent of all do not exceed.
        let percentile = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100);
            let time = times.get(rank.saturating_sub(1));
            time.map_or(0, |time| {
                u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
            })
        };
        Self {
            rounds: times.len(),
            p50_us: percentile(50),
            p99_us: percentile(99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(times: impl IntoIterator<Item = u64>) -> (u64, u64) {
        let figures = Figures::of(times.into_iter().map(Duration::from_micros).collect());
        (figures.p50_us, figures.p99_us)
    }

    #[test]
    fn percentiles_are_times_that_were_seen() {
        assert_eq!(figures([]), (0, 0));
        assert_eq!(figures([7]), (7, 7));
        assert_eq!(figures([30, 10, 20]), (20, 30));
        assert_eq!(figures((1..=200).rev()), (100, 198));
    }
}
