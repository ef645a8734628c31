//! How a [`RetryLayer`](crate::RetryLayer) tells what is worth another attempt, and whom it tells.

use core::time::Duration;

use crate::Verdict;

/// Says of an error whether trying again can help, and when.
///
/// Every `Fn(&E) -> Verdict` does; `()` retries every error.
pub trait ClassifyError<E> {
    /// The verdict on a failed attempt.
    fn verdict(&self, error: &E) -> Verdict;
}

impl<E, F: Fn(&E) -> Verdict> ClassifyError<E> for F {
    fn verdict(&self, error: &E) -> Verdict {
        self(error)
    }
}

impl<E> ClassifyError<E> for () {
    fn verdict(&self, _error: &E) -> Verdict {
        Verdict::Retry
    }
}

/// Says of a response whether it is acceptable or, if not, whether trying again can help, and when.
///
/// Every `Fn(&T) -> Option<Verdict>` does; `()` accepts every response.
pub trait ClassifyResponse<T> {
    /// The verdict on a response, or nothing where it is accepted.
    fn verdict(&self, response: &T) -> Option<Verdict>;
}

impl<T, F: Fn(&T) -> Option<Verdict>> ClassifyResponse<T> for F {
    fn verdict(&self, response: &T) -> Option<Verdict> {
        self(response)
    }
}

impl<T> ClassifyResponse<T> for () {
    fn verdict(&self, _response: &T) -> Option<Verdict> {
        None
    }
}

/// Hears of every attempt that will be followed by another.
///
/// Every `Fn(Result<&T, &E>, u32, Duration)` does; `()` lets it pass in silence.
pub trait Notify<T, E> {
    /// Is told the error or the response that was not accepted, the number of the attempt, and the delay that begins now.
    fn notify(&self, outcome: Result<&T, &E>, attempt: u32, delay: Duration);
}

impl<T, E, F: Fn(Result<&T, &E>, u32, Duration)> Notify<T, E> for F {
    fn notify(&self, outcome: Result<&T, &E>, attempt: u32, delay: Duration) {
        self(outcome, attempt, delay);
    }
}

impl<T, E> Notify<T, E> for () {
    fn notify(&self, _outcome: Result<&T, &E>, _attempt: u32, _delay: Duration) {}
}
