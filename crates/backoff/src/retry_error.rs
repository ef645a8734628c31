//! How a retry ends when it does not succeed.

use core::fmt;
use core::time::Duration;

/// The last error of a [`retry`](crate::Retry) that gave up, with how it came to that.
///
/// Its text says how it came to that; the last error is in [`last`](Self::last) and, where `E` is an error, the
/// [source](core::error::Error::source), so print the chain or both. It is an error itself where `E` is one. A boxed error is not: above
/// a layer that fails with `tower::BoxError`, map it, to `last` for instance.
#[derive(Debug, thiserror::Error)]
#[error("gave up at attempt {attempts} after {elapsed:?}: {why}")]
#[non_exhaustive]
pub struct RetryError<E> {
    /// The error of the last attempt.
    #[source]
    pub last: E,
    /// How many calls were made.
    pub attempts: u32,
    /// The time from the first call to the moment of giving up, delays included.
    ///
    /// Under [`Retry::run`](crate::Retry::run) the first call counts from the moment that it began to wait.
    pub elapsed: Duration,
    /// Why there was no further attempt.
    pub why: GaveUp,
}

/// Why a [`retry`](crate::Retry) made no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GaveUp {
    /// As many calls were made as the [`Backoff`](crate::Backoff) allows.
    AttemptsExhausted,
    /// The error was classified as [`Verdict::Fail`](crate::Verdict::Fail).
    NotRetryable,
    /// The next attempt could not have started before the deadline.
    Deadline,
    /// The server asked for a longer delay than the cap allows.
    RetryAfterTooLong {
        /// The delay that the server asked for.
        asked: Duration,
        /// The cap of the [`Backoff`](crate::Backoff).
        cap: Duration,
    },
    /// The [`RetryBudget`](crate::RetryBudget) had no token left for another call.
    BudgetExhausted,
    /// The service under a `RetryLayer` failed when it was asked whether it is ready, and so can take no further call.
    ServiceFailed,
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttemptsExhausted => f.write_str("no attempts left"),
            Self::NotRetryable => f.write_str("not retryable"),
            Self::Deadline => f.write_str("no time left before the deadline"),
            Self::RetryAfterTooLong { asked, cap } => {
                write!(f, "asked to wait {asked:?}, above the cap of {cap:?}")
            }
            Self::BudgetExhausted => f.write_str("no retry budget left"),
            Self::ServiceFailed => f.write_str("the service can take no further call"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn the_text_says_why_and_leaves_the_cause_to_the_source() {
        let told = |why| {
            let error = RetryError {
                last: fmt::Error,
                attempts: 3,
                elapsed: Duration::from_secs(3),
                why,
            };
            assert!(error.source().is_some_and(<dyn Error>::is::<fmt::Error>));
            error.to_string()
        };
        assert_eq!(
            told(GaveUp::AttemptsExhausted),
            "gave up at attempt 3 after 3s: no attempts left"
        );
        assert_eq!(
            told(GaveUp::NotRetryable),
            "gave up at attempt 3 after 3s: not retryable"
        );
        assert_eq!(
            told(GaveUp::Deadline),
            "gave up at attempt 3 after 3s: no time left before the deadline"
        );
        assert_eq!(
            told(GaveUp::BudgetExhausted),
            "gave up at attempt 3 after 3s: no retry budget left"
        );
        assert_eq!(
            told(GaveUp::ServiceFailed),
            "gave up at attempt 3 after 3s: the service can take no further call"
        );
        let why = GaveUp::RetryAfterTooLong {
            asked: Duration::from_secs(90),
            cap: Duration::from_secs(60),
        };
        assert_eq!(
            told(why),
            "gave up at attempt 3 after 3s: asked to wait 90s, above the cap of 60s"
        );
    }
}
