//! The rules of one run of a retry, and the delay that follows from them.

use core::time::Duration;

use crate::{Backoff, Delays, GaveUp, RetryBudget, Sleeper, Timestamp, Verdict};

/// Everything that decides whether and when there is another attempt, but for the verdict on the last.
pub(crate) struct Settings<'a, S: Sleeper> {
    pub(crate) sleeper: S,
    pub(crate) backoff: Backoff,
    pub(crate) deadline: Option<S::Instant>,
    pub(crate) budget: Option<&'a RetryBudget<S::Instant>>,
    pub(crate) seed: Option<u64>,
}

impl<S: Sleeper> Settings<'_, S> {
    /// The delays of one run.
    pub(crate) fn delays(&self) -> Delays {
        self.backoff
            .delays(self.seed.unwrap_or_else(|| self.sleeper.seed()))
    }

    /// The delay before the next attempt, whose token is taken then, or why there will be none.
    pub(crate) fn next_delay(
        &self,
        verdict: Verdict,
        delays: &mut Delays,
        now: S::Instant,
    ) -> Result<Duration, GaveUp> {
        let cap = Duration::from_nanos(self.backoff.cap);
        let delay = verdict.delay(delays, cap, self.left(now))?;
        if self.budget.is_some_and(|budget| !budget.withdraw(now)) {
            return Err(GaveUp::BudgetExhausted);
        }
        Ok(delay)
    }

    /// The time until the deadline, if there is one.
    pub(crate) fn left(&self, now: S::Instant) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_since(now))
    }
}
