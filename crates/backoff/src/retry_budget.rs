//! How many retries a group of callers may make together.
//!
//! One sum serves instead of a fill level and the time of its last refill, because two values would have to change
//! together: that takes a lock, or a packing that bounds both. The sum is also free of drift, since what time has earned is
//! computed from the start and not added up.

use core::num::NonZeroU64;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use crate::Timestamp;

const TOKEN: u64 = 1000;

/// How large a [`RetryBudget`] is and what fills it. Every value is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetConfig {
    /// The most tokens that the budget holds, and holds at first: the number of retries that can come at once.
    ///
    /// With 0 there are no retries.
    pub capacity: u32,
    /// What each success gives back, in thousandths of a token: with 100, ten successes pay for one retry.
    pub millitokens_per_success: u32,
    /// What each second gives back, in thousandths of a token.
    pub millitokens_per_second: u32,
}

impl Default for BudgetConfig {
    /// 100 tokens, a fifth of a token for each success, one token each second.
    fn default() -> Self {
        Self {
            capacity: 100,
            millitokens_per_success: 200,
            millitokens_per_second: 1000,
        }
    }
}

/// A bound on the retries of many callers together, so that they do not multiply the load on a server that is failing.
///
/// Every retry takes a token; a first call takes none. Successes and time give tokens back, up to the capacity. A caller
/// that finds no token ends with [`GaveUp::BudgetExhausted`](crate::GaveUp::BudgetExhausted). Share it by reference or in
/// an `Arc`, and give it to [`Retry::budget`](crate::Retry::budget).
///
/// It is one atomic integer: never a lock, never an allocation. It reads no clock; `I` is the kind of time that it is
/// told, the [`Instant`](crate::Sleeper::Instant) of the sleeper that the retries run on.
///
/// | setting | default | meaning |
/// | --- | --- | --- |
/// | [`capacity`](BudgetConfig::capacity) | 100 | retries that can come at once |
/// | [`millitokens_per_success`](BudgetConfig::millitokens_per_success) | 200 | five successes pay for one retry |
/// | [`millitokens_per_second`](BudgetConfig::millitokens_per_second) | 1000 | one retry each second whatever happens |
///
/// # Formula
/// All amounts are whole thousandths of a token. `spent` is all that was taken less what successes gave back, and `t` the
/// time since the budget was made:
///
/// ```text
/// earned(t)    = capacity + per_second · t                            rounded down
/// available(t) = min(capacity, earned(t) − spent)
/// withdraw     : spent ← max(spent, earned(t) − capacity) + 1 token   refused where that would pass earned(t)
/// deposit      : spent ← spent − per_success                          not below 0
/// ```
///
/// The maximum in `withdraw` discards what a full bucket could not hold. A deposit leaves that to the next withdrawal, and
/// so needs no clock: `min(c, min(c, x + a) + b) = min(c, x + a + b)`.
///
/// # Source
/// A bucket that retries drain and successes fill is the
/// [retry throttling](https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs)
/// of gRPC and the retry quota of the AWS SDKs, whose standard mode gives the first two defaults: a quota of 500, of which a
/// retry costs 5 and a call that succeeds at once returns 1. Filling by time as well is the minimum of retries per second
/// in Finagle's `RetryBudget`: without it, callers that have spent the budget and meet nothing but failures never retry
/// again. One running sum in place of level and time is the generic cell rate algorithm of ATM networks.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use backoff::{BudgetConfig, RetryBudget};
///
/// let config = BudgetConfig { capacity: 1, ..BudgetConfig::default() };
/// let budget = RetryBudget::new(config, Duration::ZERO);
/// assert!(budget.withdraw(Duration::ZERO));
/// assert!(!budget.withdraw(Duration::from_millis(999)));
/// assert!(budget.withdraw(Duration::from_secs(1)));
/// ```
#[derive(Debug)]
pub struct RetryBudget<I> {
    config: BudgetConfig,
    started: I,
    /// Milli-tokens taken since the start, less those given back by successes.
    ///
    /// Relaxed ordering suffices: the integer is the whole state and guards no other memory.
    spent: AtomicU64,
}

impl<I: Timestamp> RetryBudget<I> {
    /// A full budget, made at the time `now`.
    #[must_use]
    pub const fn new(config: BudgetConfig, now: I) -> Self {
        Self {
            config,
            started: now,
            spent: AtomicU64::new(0),
        }
    }

    /// Takes the token for one retry; `false` when there is none, and the retry must not be made.
    ///
    /// Callers that bring their times out of order share correctly: an old `now` only sees fewer tokens.
    #[must_use = "without a token the retry must not be made"]
    pub fn withdraw(&self, now: I) -> bool {
        let earned = self.earned(now);
        let overflow = earned.saturating_sub(self.capacity());
        let take = |spent: u64| {
            let spent = spent.max(overflow).checked_add(TOKEN)?;
            (spent <= earned).then_some(spent)
        };
        self.spent
            .try_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    /// Gives back what one success is worth.
    pub fn deposit(&self) {
        let worth = u64::from(self.config.millitokens_per_success);
        // A budget that nobody draws on is only read, so that successes on many cores do not contend for it.
        let give = |spent| Some(NonZeroU64::new(spent)?.get().saturating_sub(worth));
        let _full = self
            .spent
            .try_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }

    /// How many retries could be made at the time `now`, for a metric; by the time it is read it may be less.
    pub fn available(&self, now: I) -> u32 {
        let spent = self.spent.load(Ordering::Relaxed);
        let tokens = self.earned(now).saturating_sub(spent).min(self.capacity()) / TOKEN;
        // At most the capacity, which is a `u32`.
        tokens as u32
    }

    const fn capacity(&self) -> u64 {
        self.config.capacity as u64 * TOKEN
    }

    /// The milli-tokens that there would be now, had none been taken and were the bucket without a rim.
    fn earned(&self, now: I) -> u64 {
        let elapsed = now.saturating_since(self.started).as_nanos();
        let second = Duration::from_secs(1).as_nanos();
        // Cannot overflow: a `Duration` has at most 94 bits of nanoseconds, the factor 32.
        let by_time = elapsed * u128::from(self.config.millitokens_per_second) / second;
        u64::try_from(by_time)
            .unwrap_or(u64::MAX)
            .saturating_add(self.capacity())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::thread;

    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const START: Duration = Duration::from_secs(1_000_000);

    fn budget(capacity: u32, per_success: u32, per_second: u32) -> RetryBudget<Duration> {
        let config = BudgetConfig {
            capacity,
            millitokens_per_success: per_success,
            millitokens_per_second: per_second,
        };
        RetryBudget::new(config, START)
    }

    /// Takes every token that there is at `now` and says how many there were.
    fn drain(budget: &RetryBudget<Duration>, now: Duration) -> u32 {
        let mut taken = 0;
        while budget.withdraw(now) {
            taken += 1;
        }
        taken
    }

    #[test]
    fn the_default_is_the_documented_one() {
        let budget = RetryBudget::new(BudgetConfig::default(), START);
        assert_eq!(drain(&budget, START), 100);
        for _ in 0..5 {
            assert_eq!(budget.available(START), 0);
            budget.deposit();
        }
        assert_eq!(drain(&budget, START), 1);
        assert_eq!(drain(&budget, START + SECOND), 1);
    }

    #[test]
    fn ten_successes_at_a_tenth_pay_for_one_retry() {
        let budget = budget(3, 100, 0);
        assert_eq!(drain(&budget, START), 3);
        for _ in 0..9 {
            budget.deposit();
        }
        assert!(!budget.withdraw(START));
        budget.deposit();
        assert_eq!(drain(&budget, START), 1);
    }

    #[test]
    fn time_refills_to_the_nanosecond_and_rounds_down() {
        let budget = budget(3, 0, 500);
        assert_eq!(drain(&budget, START), 3);
        let due = START + 2 * SECOND;
        assert!(!budget.withdraw(due - Duration::from_nanos(1)));
        assert!(budget.withdraw(due));
        assert!(!budget.withdraw(due));
    }

    #[test]
    fn asking_often_loses_nothing_to_rounding() {
        let budget = budget(1, 0, 1);
        assert_eq!(drain(&budget, START), 1);
        let taken: u32 = (1..=3_000_000)
            .map(|millis| drain(&budget, START + Duration::from_millis(millis)))
            .sum();
        assert_eq!(taken, 3);
    }

    #[test]
    fn a_full_budget_overflows() {
        let budget = budget(2, 1000, 1000);
        let late = START + 3600 * SECOND;
        for _ in 0..100 {
            budget.deposit();
        }
        assert_eq!(budget.available(late), 2);
        assert_eq!(drain(&budget, late), 2);
        for _ in 0..100 {
            budget.deposit();
        }
        assert_eq!(drain(&budget, late), 2);
    }

    #[test]
    fn a_capacity_of_nothing_allows_no_retry() {
        let budget = budget(0, 1000, 1000);
        budget.deposit();
        assert!(!budget.withdraw(START + 3600 * SECOND));
    }

    #[test]
    fn a_clock_that_runs_backwards_gives_nothing() {
        let budget = budget(1, 0, 1000);
        let late = START + 10 * SECOND;
        assert!(budget.withdraw(late));
        assert!(!budget.withdraw(START));
        assert_eq!(budget.available(START), 0);
        assert!(!budget.withdraw(Duration::ZERO));
        assert!(budget.withdraw(late + SECOND));
    }

    #[test]
    fn the_end_of_time_neither_panics_nor_gives_more_than_the_capacity() {
        let budget = budget(u32::MAX, u32::MAX, u32::MAX);
        assert!(budget.withdraw(Duration::MAX));
        assert_eq!(budget.available(Duration::MAX), u32::MAX - 1);
        budget.spent.store(u64::MAX - TOKEN + 1, Ordering::Relaxed);
        assert!(!budget.withdraw(Duration::MAX));
        assert_eq!(budget.available(Duration::MAX), 0);
    }

    #[test]
    fn concurrent_takers_never_exceed_the_tokens_there_are() {
        const CAPACITY: u32 = 10_000;
        let budget = budget(CAPACITY, 0, 1000);
        let now = START + 5 * SECOND;
        let taken = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| taken.fetch_add(drain(&budget, now), Ordering::Relaxed));
            }
        });
        assert_eq!(taken.into_inner(), CAPACITY);
    }

    #[test]
    fn concurrent_deposits_are_neither_lost_nor_counted_twice() {
        const CAPACITY: u32 = 10_000;
        const DEPOSITS: u32 = 5_000;
        let budget = budget(CAPACITY, 1000, 0);
        // Spent first, so that no deposit overflows.
        assert_eq!(drain(&budget, START), CAPACITY);
        let taken = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..DEPOSITS).for_each(|_| budget.deposit()));
                scope.spawn(|| taken.fetch_add(drain(&budget, START), Ordering::Relaxed));
            }
        });
        assert_eq!(taken.into_inner() + drain(&budget, START), 2 * DEPOSITS);
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Wait(u64),
        Withdraw,
        Deposit,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            // Whole seconds, over which the oracle has nothing to round.
            (0_u64..5).prop_map(Step::Wait),
            Just(Step::Withdraw),
            Just(Step::Withdraw),
            Just(Step::Deposit),
        ]
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_bucket_that_keeps_its_level(
            capacity in 0_u32..6,
            per_success in 0_u32..2500,
            per_second in 0_u32..2500,
            steps in prop::collection::vec(any_step(), 0..200),
        ) {
            let budget = budget(capacity, per_success, per_second);
            let full = u64::from(capacity) * TOKEN;
            let mut level = full;
            let mut now = START;
            for step in steps {
                match step {
                    Step::Wait(seconds) => {
                        now += Duration::from_secs(seconds);
                        level = full.min(level + seconds * u64::from(per_second));
                    }
                    Step::Withdraw => {
                        let granted = level >= TOKEN;
                        prop_assert_eq!(budget.withdraw(now), granted);
                        level -= if granted { TOKEN } else { 0 };
                    }
                    Step::Deposit => {
                        budget.deposit();
                        level = full.min(level + u64::from(per_success));
                    }
                }
                prop_assert_eq!(u64::from(budget.available(now)), level / TOKEN);
            }
        }
    }
}
