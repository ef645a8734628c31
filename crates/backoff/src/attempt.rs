//! What an operation is told about the call that it is.

use core::time::Duration;

/// One call of the operation, as the operation sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// 1 for the first call, 2 for the first retry, and so on.
    pub number: u32,
    /// The time from the first call to this one, delays included.
    ///
    /// Under [`Retry::run`](crate::Retry::run) the first call counts from the moment that it began to wait.
    pub elapsed: Duration,
    /// The delay that was asked for before this call; none before the first.
    pub previous_delay: Option<Duration>,
}

impl Attempt {
    pub(crate) const FIRST: Self = Self {
        number: 1,
        elapsed: Duration::ZERO,
        previous_delay: None,
    };
}
