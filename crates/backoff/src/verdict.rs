//! What becomes of a failed attempt: the core of the retry loop, without a clock.

use core::time::Duration;

use crate::{Delays, GaveUp};

/// What an error says about trying again; the answer of [`Retry::classify`](crate::Retry::classify).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after the next delay of the [`Backoff`](crate::Backoff).
    Retry,
    /// Trying again cannot help: give up at once.
    Fail,
    /// Try again after exactly this long, because the server said so (`Retry-After`).
    ///
    /// It takes the place of the next delay, unjittered, and uses up an attempt as any other. Where it is above the cap,
    /// or would reach the deadline, the retry gives up: to call earlier than the server asked would be rude and in vain.
    RetryAfter(Duration),
}

impl Verdict {
    /// The delay before the next attempt, or why there will be none.
    ///
    /// `left` is the time until the deadline, if there is one. The attempt must start before it, so a delay that lasts
    /// until the very deadline is too long.
    pub(crate) fn delay(
        self,
        delays: &mut Delays,
        cap: Duration,
        left: Option<Duration>,
    ) -> Result<Duration, GaveUp> {
        let asked = match self {
            Self::Fail => return Err(GaveUp::NotRetryable),
            Self::Retry => None,
            Self::RetryAfter(asked) => Some(asked),
        };
        // Taken in either case: a delay that the server named uses up an attempt too.
        let own = delays.next().ok_or(GaveUp::AttemptsExhausted)?;
        let delay = asked.unwrap_or(own);
        // Only one that was asked for can be: our own are at most the cap.
        if delay > cap {
            return Err(GaveUp::RetryAfterTooLong { asked: delay, cap });
        }
        if left.is_some_and(|left| delay >= left) {
            return Err(GaveUp::Deadline);
        }
        Ok(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Backoff;

    const SECOND: Duration = Duration::from_secs(1);

    fn delay(verdict: Verdict, left: Option<Duration>) -> Result<Duration, GaveUp> {
        let mut delays = Backoff::default().delays(0);
        verdict.delay(&mut delays, 60 * SECOND, left)
    }

    #[test]
    fn a_retry_takes_the_next_delay() {
        assert_eq!(delay(Verdict::Retry, None), Ok(SECOND));
    }

    #[test]
    fn a_failure_ends_it() {
        assert_eq!(delay(Verdict::Fail, None), Err(GaveUp::NotRetryable));
    }

    #[test]
    fn the_server_is_obeyed_up_to_the_cap() {
        let asked = 60 * SECOND;
        assert_eq!(delay(Verdict::RetryAfter(asked), None), Ok(asked));
        let asked = asked + Duration::from_nanos(1);
        let cap = 60 * SECOND;
        assert_eq!(
            delay(Verdict::RetryAfter(asked), None),
            Err(GaveUp::RetryAfterTooLong { asked, cap })
        );
    }

    #[test]
    fn a_delay_must_end_before_the_deadline() {
        for verdict in [Verdict::Retry, Verdict::RetryAfter(SECOND)] {
            assert_eq!(delay(verdict, Some(SECOND)), Err(GaveUp::Deadline));
            let left = SECOND + Duration::from_nanos(1);
            assert_eq!(delay(verdict, Some(left)), Ok(SECOND));
        }
    }

    #[test]
    fn the_server_uses_up_attempts_too() {
        let mut delays = Backoff::default().delays(0);
        let mut ask = || Verdict::RetryAfter(SECOND).delay(&mut delays, 60 * SECOND, None);
        assert_eq!(ask(), Ok(SECOND));
        assert_eq!(ask(), Ok(SECOND));
        assert_eq!(ask(), Err(GaveUp::AttemptsExhausted));
    }
}
