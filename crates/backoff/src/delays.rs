//! The delays themselves, one after the other.

use core::iter::FusedIterator;
use core::time::Duration;

use fastrand::Rng;

use crate::Jitter;
use crate::backoff::{Backoff, Curve};
use crate::jitter::Draw;

/// The delays of a [`Backoff`], made by [`Backoff::delays`].
///
/// Each is at most the cap; there is one fewer than there are attempts; once it has ended it stays ended.
#[derive(Clone, Debug)]
pub struct Delays {
    curve: Curve,
    jitter: Jitter,
    left: u32,
    cap: u64,
    /// The next delay of the curve, before cap and jitter; with decorrelated jitter, which has no curve, the delay yielded
    /// last. The base at first.
    current: u64,
    /// The Fibonacci number after `current`, in units of the base; with any other curve the base.
    step: u64,
    rng: Rng,
}

impl Delays {
    #[inline]
    pub(crate) const fn new(backoff: Backoff, seed: u64) -> Self {
        Self {
            curve: backoff.curve,
            jitter: backoff.jitter,
            left: backoff.attempts - 1,
            cap: backoff.cap,
            current: backoff.base,
            step: backoff.base,
            rng: Rng::with_seed(seed),
        }
    }

    /// Moves the curve one delay on.
    #[inline]
    fn advance(&mut self) {
        match self.curve {
            Curve::Exponential { factor } => {
                self.current = self.current.saturating_mul(u64::from(factor));
            }
            Curve::Fibonacci => {
                let sum = self.current.saturating_add(self.step);
                self.current = self.step;
                self.step = sum;
            }
            Curve::Linear => self.current = self.current.saturating_add(self.step),
            Curve::Constant => {}
        }
    }
}

impl Iterator for Delays {
    type Item = Duration;

    #[inline]
    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let cap = self.cap;
        let draw = Draw {
            delay: self.current.min(cap),
            previous: self.current,
            base: self.step.min(cap),
            cap,
        };
        let delay = self.jitter.draw(&draw, &mut self.rng);
        if self.jitter == Jitter::Decorrelated {
            self.current = delay;
        } else {
            self.advance();
        }
        Some(Duration::from_nanos(delay))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Delays {}

impl FusedIterator for Delays {}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn seconds(backoff: Backoff) -> Vec<u64> {
        let delays = backoff.delays(0);
        delays.map(|delay| delay.as_secs()).collect()
    }

    #[test]
    fn the_default_waits_one_second_and_then_two() {
        let delays: Vec<_> = Backoff::default().delays(0).collect();
        assert_eq!(delays, [SECOND, 2 * SECOND]);
    }

    #[test]
    fn the_exponential_curve_stops_at_the_cap() {
        assert_eq!(
            seconds(Backoff::default().attempts(9)),
            [1, 2, 4, 8, 16, 32, 60, 60]
        );
        assert_eq!(
            seconds(Backoff::default().factor(10).attempts(5)),
            [1, 10, 60, 60]
        );
    }

    #[test]
    fn the_fibonacci_curve_adds_the_last_two() {
        assert_eq!(
            seconds(Backoff::fibonacci(SECOND).attempts(9)),
            [1, 1, 2, 3, 5, 8, 13, 21]
        );
    }

    #[test]
    fn the_linear_curve_adds_the_base() {
        assert_eq!(
            seconds(Backoff::linear(20 * SECOND).attempts(6)),
            [20, 40, 60, 60, 60]
        );
    }

    #[test]
    fn the_constant_curve_stays() {
        assert_eq!(
            seconds(Backoff::constant(3 * SECOND).attempts(4)),
            [3, 3, 3]
        );
    }

    #[test]
    fn an_ended_sequence_stays_ended() {
        let mut delays = Backoff::default().delays(0);
        assert_eq!(delays.by_ref().count(), 2);
        assert_eq!(delays.next(), None);
        assert_eq!(delays.next(), None);
    }

    #[test]
    fn one_seed_gives_one_sequence_and_another_seed_another() {
        for jitter in [
            Jitter::Full,
            Jitter::Equal,
            Jitter::Decorrelated,
            Jitter::Proportional { permille: 100 },
        ] {
            let backoff = Backoff::default().attempts(9).jitter(jitter);
            assert!(backoff.delays(7).eq(backoff.delays(7)), "{jitter:?}");
            assert!(backoff.delays(7).ne(backoff.delays(8)), "{jitter:?}");
        }
    }
}
