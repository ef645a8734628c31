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
    #[inline]
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
