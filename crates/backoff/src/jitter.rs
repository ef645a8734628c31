//! How chance spreads the delays of many callers apart.

use fastrand::Rng;

/// How the delays of many callers are spread apart, so that they do not all return at the same moment.
///
/// In the formulas `d` is the delay that the curve gives, already bounded by the cap; every draw is uniform over the
/// whole nanoseconds of its range, both ends included. Where a range would pass the cap, the part below the cap is the
/// range: clamping the result instead would make many callers wait exactly the cap, and so return together.
///
/// `Full`, `Equal` and `Decorrelated` are the variants compared in Marc Brooker's
/// [Exponential Backoff and Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/) (AWS, 2015).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jitter {
    /// Exactly `d`.
    #[default]
    None,
    /// From 0 to `d`: the least load on the server, at the price of some very short delays.
    Full,
    /// From `d/2` to `d`: never shorter than half the delay.
    Equal,
    /// From the base to three times the previous delay (at first, to three times the base). Replaces the curve.
    Decorrelated,
    /// From `d − d·permille/1000` to `d + d·permille/1000`. Values above 1000 count as 1000.
    Proportional {
        /// The largest deviation, in thousandths of the delay: 100 is ten per cent either way.
        permille: u16,
    },
}

/// What a draw depends on, in nanoseconds.
pub(crate) struct Draw {
    /// The delay of the curve, at most `cap`.
    pub(crate) delay: u64,
    /// The delay drawn before this one, or the base at first.
    pub(crate) previous: u64,
    /// The first delay of the curve, at most `cap`; no draw is below it if the jitter is decorrelated.
    pub(crate) base: u64,
    pub(crate) cap: u64,
}

impl Jitter {
    /// Draws a delay of at most `cap` nanoseconds.
    pub(crate) fn draw(self, draw: &Draw, rng: &mut Rng) -> u64 {
        let delay = draw.delay;
        match self {
            Self::None => delay,
            Self::Full => rng.u64(0..=delay),
            Self::Equal => rng.u64(delay / 2..=delay),
            Self::Decorrelated => {
                rng.u64(draw.base..=draw.previous.saturating_mul(3).min(draw.cap))
            }
            Self::Proportional { permille } => {
                // The share is at most the whole, so it fits again after the division.
                let spread = u128::from(delay) * u128::from(permille.min(1000)) / 1000;
                let spread = spread as u64;
                rng.u64(delay - spread..=delay.saturating_add(spread).min(draw.cap))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: u32 = 100_000;
    const BINS: u64 = 100;

    /// The 0.9999 quantile of the chi-square distribution with 99 degrees of freedom (Wilson and Hilferty's formula).
    const QUANTILE: f64 = 160.2;

    fn draw(delay: u64, cap: u64) -> Draw {
        Draw {
            delay,
            previous: delay,
            base: delay,
            cap,
        }
    }

    /// How far the draws are from uniform over `low..=high`.
    fn chi_square(low: u64, high: u64, draws: impl Iterator<Item = u64>) -> f64 {
        let width = (high - low + 1) / BINS;
        let mut bins = [0_u32; BINS as usize];
        let mut total = 0_u32;
        for drawn in draws {
            assert!(
                (low..=high).contains(&drawn),
                "{drawn} is outside {low}..={high}"
            );
            bins[((drawn - low) / width).min(BINS - 1) as usize] += 1;
            total += 1;
        }
        let expected = f64::from(total) / BINS as f64;
        bins.iter()
            .map(|&seen| (f64::from(seen) - expected).powi(2) / expected)
            .sum()
    }

    fn assert_uniform(jitter: Jitter, draw: &Draw, low: u64, high: u64) {
        let seed = 0x5eed;
        let mut rng = Rng::with_seed(seed);
        let statistic = chi_square(low, high, (0..DRAWS).map(|_| jitter.draw(draw, &mut rng)));
        assert!(
            statistic < QUANTILE,
            "{jitter:?}: chi-square {statistic} with seed {seed}"
        );
    }

    #[test]
    fn full_jitter_is_uniform_from_nothing_to_the_delay() {
        assert_uniform(Jitter::Full, &draw(999_999, 2_000_000), 0, 999_999);
    }

    #[test]
    fn equal_jitter_is_uniform_over_the_upper_half() {
        assert_uniform(
            Jitter::Equal,
            &draw(1_999_999, 2_000_000),
            999_999,
            1_999_999,
        );
    }

    #[test]
    fn decorrelated_jitter_is_uniform_from_the_base_to_three_times_the_previous_delay() {
        let draw = Draw {
            delay: 0,
            previous: 400_000,
            base: 200_001,
            cap: 9_000_000,
        };
        assert_uniform(Jitter::Decorrelated, &draw, 200_001, 1_200_000);
    }

    #[test]
    fn proportional_jitter_is_uniform_on_both_sides_of_the_delay() {
        let jitter = Jitter::Proportional { permille: 500 };
        assert_uniform(jitter, &draw(1_000_000, 9_000_000), 500_000, 1_500_000);
    }

    #[test]
    fn proportional_jitter_of_five_thousandths_is_neither_biased_nor_a_panic() {
        let jitter = Jitter::Proportional { permille: 5 };
        assert_uniform(
            jitter,
            &draw(100_000_000, u64::MAX),
            99_500_000,
            100_500_000,
        );
    }

    #[test]
    fn callers_at_the_cap_stay_spread_apart() {
        let jitter = Jitter::Proportional { permille: 500 };
        assert_uniform(jitter, &draw(1_999_999, 1_999_999), 1_000_000, 1_999_999);
    }

    #[test]
    fn proportional_jitter_above_the_whole_counts_as_the_whole() {
        let jitter = Jitter::Proportional { permille: u16::MAX };
        assert_uniform(jitter, &draw(500_000, 9_000_000), 0, 999_999 + 1);
    }

    #[test]
    fn neighbouring_seeds_are_spread_apart_too() {
        let firsts = (0..u64::from(DRAWS)).map(|seed| {
            let mut rng = Rng::with_seed(seed);
            Jitter::Full.draw(&draw(999_999, 999_999), &mut rng)
        });
        let statistic = chi_square(0, 999_999, firsts);
        assert!(statistic < QUANTILE, "chi-square {statistic}");
    }
}
