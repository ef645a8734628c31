//! The delays themselves, one after the other.

use core::iter::FusedIterator;
use core::time::Duration;

use fastrand::Rng;

use crate::backoff::{Backoff, Curve};
use crate::jitter::Draw;

/// The delays of a [`Backoff`], made by [`Backoff::delays`].
///
/// Each is at most the cap; there is one fewer than there are attempts; once it has ended it stays ended.
#[derive(Clone, Debug)]
pub struct Delays {
    backoff: Backoff,
    rng: Rng,
    left: u32,
    /// The next delay of the curve, before cap and jitter.
    current: u64,
    /// The Fibonacci number after `current`, in units of the base; unused by the other curves.
    following: u64,
    /// The delay yielded last, or the base at first.
    previous: u64,
}

impl Delays {
    pub(crate) fn new(backoff: Backoff, seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            left: backoff.attempts - 1,
            current: backoff.base,
            following: backoff.base,
            previous: backoff.base,
            backoff,
        }
    }

    /// Moves the curve one delay on.
    fn advance(&mut self) {
        match self.backoff.curve {
            Curve::Exponential { factor } => {
                self.current = self.current.saturating_mul(u64::from(factor));
            }
            Curve::Fibonacci => {
                let sum = self.current.saturating_add(self.following);
                self.current = self.following;
                self.following = sum;
            }
            Curve::Linear => self.current = self.current.saturating_add(self.backoff.base),
            Curve::Constant => {}
        }
    }
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let cap = self.backoff.cap;
        let draw = Draw {
            delay: self.current.min(cap),
            previous: self.previous,
            base: self.backoff.base.min(cap),
            cap,
        };
        self.previous = self.backoff.jitter.draw(&draw, &mut self.rng);
        self.advance();
        Some(Duration::from_nanos(self.previous))
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
    use proptest::prelude::*;

    use super::*;
    use crate::Jitter;

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
    fn a_base_of_1000_milliseconds_doubles_and_does_not_explode() {
        let backoff = Backoff::exponential(Duration::from_millis(1000)).attempts(4);
        assert_eq!(seconds(backoff), [1, 2, 4]);
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
    fn a_60_second_cap_never_yields_more_with_any_jitter() {
        for jitter in [
            Jitter::Full,
            Jitter::Equal,
            Jitter::Decorrelated,
            Jitter::Proportional { permille: 1000 },
        ] {
            let mut delays = Backoff::default().attempts(10_000).jitter(jitter).delays(1);
            assert!(delays.all(|delay| delay <= 60 * SECOND), "{jitter:?}");
        }
    }

    #[test]
    fn the_cap_wins_over_a_larger_base() {
        for jitter in [Jitter::None, Jitter::Decorrelated] {
            let backoff = Backoff::exponential(5 * SECOND).cap(SECOND).jitter(jitter);
            assert_eq!(seconds(backoff), [1, 1]);
        }
    }

    #[test]
    fn a_huge_factor_saturates_at_the_cap() {
        let backoff = Backoff::default()
            .factor(u32::MAX)
            .cap(Duration::MAX)
            .attempts(6);
        let last = backoff.delays(0).last();
        assert_eq!(last, Some(Duration::from_nanos(u64::MAX)));
    }

    #[test]
    fn an_ended_sequence_stays_ended() {
        let mut delays = Backoff::default().delays(0);
        assert_eq!(delays.by_ref().count(), 2);
        assert_eq!(delays.next(), None);
        assert_eq!(delays.next(), None);
    }

    fn any_jitter() -> impl Strategy<Value = Jitter> {
        prop_oneof![
            Just(Jitter::None),
            Just(Jitter::Full),
            Just(Jitter::Equal),
            Just(Jitter::Decorrelated),
            any::<u16>().prop_map(|permille| Jitter::Proportional { permille }),
        ]
    }

    /// Durations of every order of magnitude, the extremes among them.
    fn any_duration() -> impl Strategy<Value = Duration> {
        prop_oneof![
            Just(Duration::ZERO),
            Just(Duration::MAX),
            (0_u32..64, any::<u64>())
                .prop_map(|(shift, nanos)| Duration::from_nanos(nanos >> shift)),
        ]
    }

    fn any_backoff() -> impl Strategy<Value = (Backoff, Duration)> {
        let curve = prop_oneof![
            Just(Backoff::exponential as fn(Duration) -> Backoff),
            Just(Backoff::fibonacci as fn(Duration) -> Backoff),
            Just(Backoff::linear as fn(Duration) -> Backoff),
            Just(Backoff::constant as fn(Duration) -> Backoff),
        ];
        let factor = prop_oneof![0_u32..5, any::<u32>()];
        let parts = (
            curve,
            any_duration(),
            factor,
            any_duration(),
            0_u32..200,
            any_jitter(),
        );
        parts.prop_map(|(curve, base, factor, cap, attempts, jitter)| {
            let backoff = curve(base)
                .factor(factor)
                .cap(cap)
                .attempts(attempts)
                .jitter(jitter);
            (backoff, cap)
        })
    }

    proptest! {
        #[test]
        fn no_configuration_panics_or_exceeds_its_cap((backoff, cap) in any_backoff(), seed: u64) {
            let mut delays = backoff.delays(seed);
            let mut left = backoff.attempts as usize - 1;
            prop_assert_eq!(delays.len(), left);
            while let Some(delay) = delays.next() {
                left -= 1;
                prop_assert!(delay <= cap);
                prop_assert_eq!(delays.size_hint(), (left, Some(left)));
            }
            prop_assert_eq!(left, 0);
        }

        #[test]
        fn the_same_seed_gives_the_same_delays((backoff, _) in any_backoff(), seed: u64) {
            prop_assert!(backoff.delays(seed).eq(backoff.delays(seed)));
        }

        #[test]
        fn without_jitter_delays_never_shrink((backoff, _) in any_backoff()) {
            prop_assert!(backoff.jitter(Jitter::None).delays(0).is_sorted());
        }
    }
}
