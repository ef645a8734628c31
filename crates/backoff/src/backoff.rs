//! The description of a sequence of delays.

use core::time::Duration;

use crate::{Delays, Jitter};

/// How long to wait between attempts, and how many attempts to make.
///
/// A plain value: it can be a constant, it is copied, and it has no invalid setting. Durations are kept in whole
/// nanoseconds and saturate at [`u64::MAX`] of them, about 584 years.
///
/// | setting | default |
/// | --- | --- |
/// | curve | [`exponential`](Self::exponential) |
/// | base | 1 s |
/// | [`factor`](Self::factor) | 2 |
/// | [`cap`](Self::cap) | 60 s |
/// | [`attempts`](Self::attempts) | 3 |
/// | [`jitter`](Self::jitter) | [`Jitter::None`] |
///
/// ```
/// use std::time::Duration;
/// use backoff::Backoff;
///
/// const EVERY_SECOND: Backoff = Backoff::constant(Duration::from_secs(1)).attempts(4);
/// assert_eq!(EVERY_SECOND.delays(0).count(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    pub(crate) curve: Curve,
    pub(crate) base: u64,
    pub(crate) cap: u64,
    pub(crate) attempts: u32,
    pub(crate) jitter: Jitter,
}

/// How the delay grows from one attempt to the next, before cap and jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    Exponential { factor: u32 },
    Fibonacci,
    Linear,
    Constant,
}

impl Backoff {
    /// Delays that double: `base`, `2·base`, `4·base` and so on; [`factor`](Self::factor) sets another growth.
    #[must_use]
    pub const fn exponential(base: Duration) -> Self {
        Self::new(Curve::Exponential { factor: 2 }, base)
    }

    /// Delays that grow as the Fibonacci numbers: `base` times 1, 1, 2, 3, 5, 8 and so on.
    #[must_use]
    pub const fn fibonacci(base: Duration) -> Self {
        Self::new(Curve::Fibonacci, base)
    }

    /// Delays that grow by `base` each time: `base` times 1, 2, 3, 4 and so on.
    #[must_use]
    pub const fn linear(base: Duration) -> Self {
        Self::new(Curve::Linear, base)
    }

    /// The same delay each time.
    #[must_use]
    pub const fn constant(delay: Duration) -> Self {
        Self::new(Curve::Constant, delay)
    }

    /// Multiplies each delay of the exponential curve by `factor` to get the next; the other curves have no factor.
    ///
    /// A factor of 0 counts as 1, because a delay that shrinks to nothing is no backoff.
    #[must_use]
    pub const fn factor(mut self, factor: u32) -> Self {
        if let Curve::Exponential { factor: own } = &mut self.curve {
            *own = if factor == 0 { 1 } else { factor };
        }
        self
    }

    /// Bounds every delay, after jitter as well as before; a cap below the base bounds the first delay too.
    #[must_use]
    pub const fn cap(mut self, cap: Duration) -> Self {
        self.cap = saturating_nanos(cap);
        self
    }

    /// Sets how many calls are made in all, the first included: `attempts(3)` is at most three calls and two delays.
    ///
    /// 0 counts as 1, because whoever retries has a call to make. A program that reads the figure from a person should
    /// refuse 0 there, where it can name the setting. [`u32::MAX`] is as good as no limit: pair it with a deadline.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// Sets how the delays of many callers are spread apart.
    #[must_use]
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// Yields the delays between the attempts, one fewer than there are attempts.
    ///
    /// The same seed gives the same delays. Callers that should not wake together need different seeds.
    pub fn delays(&self, seed: u64) -> Delays {
        Delays::new(*self, seed)
    }

    const fn new(curve: Curve, base: Duration) -> Self {
        Self {
            curve,
            base: saturating_nanos(base),
            cap: 60_000_000_000,
            attempts: 3,
            jitter: Jitter::None,
        }
    }
}

impl Default for Backoff {
    /// 1 s, then 2 s: exponential, at most 60 s, three attempts, no jitter.
    fn default() -> Self {
        Self::exponential(Duration::from_secs(1))
    }
}

const fn saturating_nanos(duration: Duration) -> u64 {
    let nanos = duration.as_nanos();
    if nanos >> u64::BITS == 0 {
        nanos as u64
    } else {
        u64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_works_in_a_constant() {
        const ALL: Backoff = Backoff::exponential(Duration::from_millis(5))
            .factor(3)
            .cap(Duration::from_secs(1))
            .attempts(9)
            .jitter(Jitter::Full);
        assert_eq!(
            ALL,
            Backoff {
                curve: Curve::Exponential { factor: 3 },
                base: 5_000_000,
                cap: 1_000_000_000,
                attempts: 9,
                jitter: Jitter::Full,
            }
        );
    }

    #[test]
    fn zero_attempts_and_a_zero_factor_count_as_one() {
        let constant = Backoff::default().factor(0).attempts(0);
        assert_eq!(constant, Backoff::default().factor(1).attempts(1));
        assert_eq!(constant.delays(0).count(), 0);
    }

    #[test]
    fn a_factor_leaves_the_other_curves_alone() {
        let linear = Backoff::linear(Duration::from_secs(1));
        assert_eq!(linear.factor(7), linear);
    }

    #[test]
    fn a_duration_beyond_584_years_saturates() {
        let last = Duration::from_nanos(u64::MAX);
        let nano = Duration::from_nanos(1);
        assert_eq!(saturating_nanos(last - nano), u64::MAX - 1);
        assert_eq!(saturating_nanos(last), u64::MAX);
        assert_eq!(saturating_nanos(last + nano), u64::MAX);
        assert_eq!(Backoff::constant(Duration::MAX).base, u64::MAX);
    }
}
