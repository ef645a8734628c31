//! The defects seen in other crates for backoff and retry, each as a test that this one passes.

use std::cell::Cell;
use std::future::{Ready, ready};
use std::ops::RangeInclusive;
use std::time::Duration;

use backoff::{
    Attempt, Backoff, BudgetConfig, GaveUp, Jitter, RetryBudget, RetryError, Sleeper, Verdict,
    retry_with,
};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

/// A clock that stands still until somebody sleeps, and then jumps.
#[derive(Debug, Default)]
struct Jumping(Cell<Duration>);

impl Sleeper for Jumping {
    type Instant = Duration;
    type Sleep = Ready<()>;

    fn now(&self) -> Duration {
        self.0.get()
    }

    fn sleep(&self, delay: Duration) -> Ready<()> {
        self.0.set(self.0.get() + delay);
        ready(())
    }

    fn seed(&self) -> u64 {
        42
    }
}

fn refused(_: Attempt) -> Ready<Result<(), &'static str>> {
    ready(Err("refused"))
}

fn seconds(backoff: Backoff) -> Vec<u64> {
    let delays = backoff.delays(0);
    delays.map(|delay| delay.as_secs()).collect()
}

mod a_cap_is_a_cap {
    use super::*;

    #[test]
    fn a_60_second_cap_never_yields_more_with_any_jitter() {
        for jitter in [
            Jitter::None,
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
        let backoff = Backoff::default().factor(u32::MAX).attempts(6);
        assert_eq!(seconds(backoff), [1, 60, 60, 60, 60]);
        let last = backoff.cap(Duration::MAX).delays(0).last();
        assert_eq!(last, Some(Duration::from_nanos(u64::MAX)));
    }
}

mod attempts_are_calls {
    use super::*;

    #[test]
    fn attempts_3_makes_3_calls() {
        let clock = Jumping::default();
        let mut called = Vec::new();
        let error = retry_with(&clock, Backoff::default().attempts(3), |attempt| {
            called.push(clock.now());
            refused(attempt)
        })
        .run_blocking()
        .unwrap_err();
        assert_eq!(called, [Duration::ZERO, SECOND, 3 * SECOND]);
        assert_eq!(error.attempts, 3);
        assert_eq!(error.why, GaveUp::AttemptsExhausted);
    }
}

mod retry_after_obeys {
    use super::*;

    /// How it ends when the server asks for `asked` every time; the default is 3 attempts and a cap of 60 s.
    fn ended(asked: Duration, deadline: Duration) -> RetryError<&'static str> {
        retry_with(Jumping::default(), Backoff::default(), refused)
            .classify(|_| Verdict::RetryAfter(asked))
            .deadline(deadline)
            .run_blocking()
            .expect_err("it always fails")
    }

    #[test]
    fn the_attempts() {
        let error = ended(7 * SECOND, Duration::MAX);
        assert_eq!(error.attempts, 3);
        assert_eq!(error.elapsed, 14 * SECOND);
        assert_eq!(error.why, GaveUp::AttemptsExhausted);
    }

    #[test]
    fn the_cap() {
        let cap = 60 * SECOND;
        assert_eq!(ended(cap, Duration::MAX).elapsed, 2 * cap);
        let asked = cap + Duration::from_nanos(1);
        let error = ended(asked, Duration::MAX);
        assert_eq!(error.attempts, 1);
        assert_eq!(error.elapsed, Duration::ZERO);
        assert_eq!(error.why, GaveUp::RetryAfterTooLong { asked, cap });
    }

    #[test]
    fn the_deadline() {
        let error = ended(30 * SECOND, 30 * SECOND);
        assert_eq!(error.attempts, 1);
        assert_eq!(error.elapsed, Duration::ZERO);
        assert_eq!(error.why, GaveUp::Deadline);
    }
}

mod the_curve {
    use super::*;

    #[test]
    fn a_base_of_1000_milliseconds_doubles_and_does_not_explode() {
        let backoff = Backoff::exponential(Duration::from_millis(1000)).attempts(4);
        assert_eq!(seconds(backoff), [1, 2, 4]);
    }
}

mod jitter_is_unbiased {
    use super::*;

    const DRAWS: u32 = 100_000;
    const BINS: u128 = 100;

    /// The 0.9999 quantile of the chi-square distribution with 99 degrees of freedom, one fewer than there are bins
    /// (Wilson and Hilferty's formula).
    const CRITICAL: f64 = 160.2;

    /// How far draws are from uniform, given each with the range that it was drawn from.
    fn chi_square(draws: impl Iterator<Item = (u128, RangeInclusive<u128>)>) -> f64 {
        let mut bins = [0_u32; BINS as usize];
        let mut total = 0_u32;
        for (drawn, range) in draws {
            assert!(range.contains(&drawn), "{drawn} is outside {range:?}");
            let (low, high) = range.into_inner();
            bins[((drawn - low) * BINS / (high - low + 1)) as usize] += 1;
            total += 1;
        }
        let expected = f64::from(total) / BINS as f64;
        let off = |seen| (f64::from(seen) - expected).powi(2) / expected;
        bins.into_iter().map(off).sum()
    }

    fn assert_uniform(settings: Settings) {
        let seed = 0x5eed;
        let settings = Settings {
            attempts: DRAWS + 1,
            ..settings
        };
        let delays = settings
            .backoff()
            .delays(seed)
            .map(|delay| delay.as_nanos());
        let mut previous = settings.base.as_nanos();
        let draws = delays.enumerate().map(|(index, drawn)| {
            let range = settings.range(index, previous);
            previous = drawn;
            (drawn, range)
        });
        let statistic = chi_square(draws);
        assert!(
            statistic < CRITICAL,
            "{settings:?}: chi-square {statistic} with seed {seed}"
        );
    }

    fn constant(jitter: Jitter, base: u64, cap: u64) -> Settings {
        Settings {
            curve: Curve::Constant,
            base: Duration::from_nanos(base),
            factor: 1,
            cap: Duration::from_nanos(cap),
            attempts: 1,
            jitter,
        }
    }

    #[test]
    fn none_is_exact() {
        let mut delays = Backoff::constant(SECOND).attempts(DRAWS).delays(0x5eed);
        assert!(delays.all(|delay| delay == SECOND));
    }

    #[test]
    fn full_is_uniform_from_nothing_to_the_delay() {
        assert_uniform(constant(Jitter::Full, 999_999, u64::MAX));
    }

    #[test]
    fn equal_is_uniform_over_the_upper_half() {
        assert_uniform(constant(Jitter::Equal, 1_999_999, u64::MAX));
    }

    #[test]
    fn decorrelated_is_uniform_from_the_base_to_three_times_the_previous_delay() {
        assert_uniform(constant(Jitter::Decorrelated, 1_000_000, 9_000_000));
    }

    #[test]
    fn proportional_is_uniform_on_both_sides_of_the_delay() {
        let jitter = Jitter::Proportional { permille: 500 };
        assert_uniform(constant(jitter, 1_000_000, u64::MAX));
    }

    #[test]
    fn five_thousandths_are_neither_biased_nor_a_panic() {
        let jitter = Jitter::Proportional { permille: 5 };
        assert_uniform(constant(jitter, 100_000_000, u64::MAX));
    }

    #[test]
    fn more_than_the_whole_counts_as_the_whole() {
        let jitter = Jitter::Proportional { permille: u16::MAX };
        assert_uniform(constant(jitter, 500_000, u64::MAX));
    }

    #[test]
    fn callers_at_the_cap_stay_spread_apart() {
        let jitter = Jitter::Proportional { permille: 500 };
        assert_uniform(constant(jitter, 1_999_999, 1_999_999));
    }

    #[test]
    fn neighbouring_seeds_are_spread_apart_too() {
        let backoff = Backoff::constant(Duration::from_nanos(999_999)).jitter(Jitter::Full);
        let firsts = (0..u64::from(DRAWS)).filter_map(|seed| backoff.delays(seed).next());
        let statistic = chi_square(firsts.map(|first| (first.as_nanos(), 0..=999_999)));
        assert!(statistic < CRITICAL, "chi-square {statistic}");
    }

    #[test]
    fn both_ends_of_a_range_are_drawn_and_nothing_outside() {
        for (jitter, low, high) in [
            (Jitter::None, 5, 5),
            (Jitter::Full, 0, 5),
            (Jitter::Equal, 2, 5),
            (Jitter::Decorrelated, 5, 7),
            (Jitter::Proportional { permille: 400 }, 3, 7),
            (Jitter::Proportional { permille: 399 }, 4, 6),
            (Jitter::Proportional { permille: 1000 }, 0, 7),
        ] {
            let backoff = constant(jitter, 5, 7).backoff().attempts(1000);
            let drawn = || backoff.delays(1).map(|delay| delay.as_nanos());
            assert_eq!(drawn().min(), Some(low), "{jitter:?}");
            assert_eq!(drawn().max(), Some(high), "{jitter:?}");
        }
    }
}

mod a_budget_is_refilled {
    use super::*;

    fn tokens(per_success: u32, per_second: u32) -> RetryBudget<Duration> {
        let config = BudgetConfig {
            capacity: 3,
            millitokens_per_success: per_success,
            millitokens_per_second: per_second,
        };
        RetryBudget::new(config, Duration::ZERO)
    }

    /// How many retries an operation that always fails gets from `budget` at the time `now`.
    fn retries(budget: &RetryBudget<Duration>, now: Duration) -> u32 {
        let backoff = Backoff::constant(Duration::ZERO).attempts(9);
        let error = retry_with(Jumping(Cell::new(now)), backoff, refused)
            .budget(budget)
            .run_blocking()
            .expect_err("it always fails");
        assert_eq!(error.why, GaveUp::BudgetExhausted);
        error.attempts - 1
    }

    #[test]
    fn by_success() {
        let budget = tokens(500, 0);
        assert_eq!(retries(&budget, Duration::ZERO), 3);
        let succeed = || {
            let result = retry_with(Jumping::default(), Backoff::default(), |_| {
                ready(Ok::<_, ()>(()))
            })
            .budget(&budget)
            .run_blocking();
            assert!(result.is_ok());
        };
        succeed();
        assert_eq!(retries(&budget, Duration::ZERO), 0);
        succeed();
        assert_eq!(retries(&budget, Duration::ZERO), 1);
    }

    #[test]
    fn by_time() {
        let budget = tokens(0, 250);
        assert_eq!(retries(&budget, Duration::ZERO), 3);
        assert_eq!(retries(&budget, 8 * SECOND - Duration::from_nanos(1)), 1);
        assert_eq!(retries(&budget, 8 * SECOND), 1);
        assert_eq!(retries(&budget, 3600 * SECOND), 3);
    }
}

#[derive(Clone, Copy, Debug)]
enum Curve {
    Exponential,
    Fibonacci,
    Linear,
    Constant,
}

/// A configuration, and what the documentation says of its delays: computed in 128 bits, each from its number.
#[derive(Clone, Copy, Debug)]
struct Settings {
    curve: Curve,
    base: Duration,
    factor: u32,
    cap: Duration,
    attempts: u32,
    jitter: Jitter,
}

impl Settings {
    fn backoff(&self) -> Backoff {
        let backoff = match self.curve {
            Curve::Exponential => Backoff::exponential(self.base),
            Curve::Fibonacci => Backoff::fibonacci(self.base),
            Curve::Linear => Backoff::linear(self.base),
            Curve::Constant => Backoff::constant(self.base),
        };
        backoff
            .factor(self.factor)
            .cap(self.cap)
            .attempts(self.attempts)
            .jitter(self.jitter)
    }

    /// The range of the delay number `index`, in nanoseconds, when the delay before it, or at first the base, was `previous`.
    fn range(&self, index: usize, previous: u128) -> RangeInclusive<u128> {
        let cap = self.cap.as_nanos().min(u64::MAX.into());
        let base = self.base.as_nanos();
        let times: u128 = match self.curve {
            Curve::Exponential => u128::from(self.factor.max(1)).saturating_pow(index as u32),
            Curve::Fibonacci => {
                let step = |(now, next): (u128, u128), _| (next, now.saturating_add(next));
                (0..index).fold((1, 1), step).0
            }
            Curve::Linear => index as u128 + 1,
            Curve::Constant => 1,
        };
        let delay = base.saturating_mul(times).min(cap);
        match self.jitter {
            Jitter::Full => 0..=delay,
            Jitter::Equal => delay / 2..=delay,
            Jitter::Decorrelated => base.min(cap)..=(3 * previous).min(cap),
            Jitter::Proportional { permille } => {
                let spread = delay * u128::from(permille.min(1000)) / 1000;
                delay - spread..=(delay + spread).min(cap)
            }
            _ => delay..=delay,
        }
    }
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let curve = prop_oneof![
        Just(Curve::Exponential),
        Just(Curve::Fibonacci),
        Just(Curve::Linear),
        Just(Curve::Constant),
    ];
    // Durations of every order of magnitude, the extremes among them.
    let any_duration = || {
        prop_oneof![
            Just(Duration::ZERO),
            Just(Duration::MAX),
            (0_u32..64, any::<u64>())
                .prop_map(|(shift, nanos)| Duration::from_nanos(nanos >> shift)),
        ]
    };
    let factor = prop_oneof![0_u32..5, any::<u32>()];
    let jitter = prop_oneof![
        Just(Jitter::None),
        Just(Jitter::Full),
        Just(Jitter::Equal),
        Just(Jitter::Decorrelated),
        any::<u16>().prop_map(|permille| Jitter::Proportional { permille }),
        (0_u16..1001).prop_map(|permille| Jitter::Proportional { permille }),
    ];
    let parts = (
        curve,
        any_duration(),
        factor,
        any_duration(),
        0_u32..200,
        jitter,
    );
    parts.prop_map(|(curve, base, factor, cap, attempts, jitter)| Settings {
        curve,
        base,
        factor,
        cap,
        attempts,
        jitter,
    })
}

proptest! {
    #[test]
    fn no_configuration_panics_and_every_delay_is_in_its_documented_range_below_the_cap(
        settings in any_settings(),
        seed: u64,
    ) {
        let mut delays = settings.backoff().delays(seed);
        let count = settings.attempts.saturating_sub(1) as usize;
        let mut previous = settings.base.as_nanos();
        for index in 0..count {
            prop_assert_eq!(delays.len(), count - index);
            let delay = delays.next().map(|delay| delay.as_nanos());
            let range = settings.range(index, previous);
            prop_assert!(
                delay.is_some_and(|delay| range.contains(&delay)),
                "delay {} is {:?}, not of {:?}", index, delay, range
            );
            prop_assert!(delay <= Some(settings.cap.as_nanos()));
            previous = delay.unwrap_or_default();
        }
        prop_assert_eq!(delays.len(), 0);
        prop_assert_eq!(delays.next(), None);
    }
}
