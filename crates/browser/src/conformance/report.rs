//! What came of the cases.

use std::{fmt, time::Duration};

use tokio::time::error::Elapsed;

use crate::{CallError, EvaluateError, EventError, LaunchError, NavigateError};

/// What came of all cases, in their order.
#[derive(Debug)]
pub struct Report {
    /// One of each case.
    pub outcomes: Vec<Outcome>,
}

/// What came of one case.
#[derive(Debug)]
pub struct Outcome {
    /// The case, a claim.
    pub case: &'static str,
    /// Whether the claim holds.
    pub result: Result<(), Failure>,
    /// How long it took, the launch of a browser included where it needed one.
    pub elapsed: Duration,
}

/// What was promised, and what came instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: String,
}

impl Report {
    /// Whether every case holds.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.result.is_ok())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Outcome {
            case,
            result,
            elapsed,
        } in &self.outcomes
        {
            let millis = elapsed.as_millis();
            match result {
                Ok(()) => writeln!(f, "ok      {millis:>6} ms  {case}")?,
                Err(failure) => writeln!(f, "FAILED  {millis:>6} ms  {case}: {failure}")?,
            }
        }
        Ok(())
    }
}

impl Failure {
    /// A failure that was expected to be something else.
    pub fn new(expected: impl fmt::Display, came: impl fmt::Debug) -> Self {
        Self {
            expected: expected.to_string(),
            came: format!("{came:?}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, came {}", self.expected, self.came)
    }
}

/// Fails unless it holds.
pub(super) fn expect(
    holds: bool,
    expected: impl fmt::Display,
    came: impl fmt::Debug,
) -> Result<(), Failure> {
    if holds {
        Ok(())
    } else {
        Err(Failure::new(expected, came))
    }
}

/// Fails unless they are equal.
pub(super) fn equal<T: PartialEq + fmt::Debug>(came: T, expected: T) -> Result<(), Failure> {
    expect(came == expected, format!("{expected:?}"), came)
}

macro_rules! unexpected {
    ($($error:ty: $expected:literal,)*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new($expected, error)
            }
        })*
    };
}

unexpected! {
    CallError: "an answer",
    Elapsed: "an end in time",
    EvaluateError: "a value",
    EventError: "an event",
    LaunchError: "a browser",
    NavigateError: "a visit",
}
