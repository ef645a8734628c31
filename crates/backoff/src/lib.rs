// The examples in it need `retry`, so they run where it exists.
#![cfg_attr(any(not(doctest), feature = "tokio"), doc = include_str!("../README.md"))]
#![cfg_attr(not(any(test, feature = "tokio", feature = "blocking")), no_std)]
// Targets without 64-bit atomics, small microcontrollers mostly, get the delays alone: a retry may have a budget.

#[cfg(target_has_atomic = "64")]
mod attempt;
mod backoff;
mod delays;
mod jitter;
#[cfg(target_has_atomic = "64")]
mod retry;
#[cfg(target_has_atomic = "64")]
mod retry_budget;
#[cfg(target_has_atomic = "64")]
mod retry_error;
#[cfg(target_has_atomic = "64")]
mod settings;
#[cfg(target_has_atomic = "64")]
mod sleeper;
#[cfg(feature = "blocking")]
mod thread_sleeper;
#[cfg(feature = "tokio")]
mod tokio_sleeper;
#[cfg(target_has_atomic = "64")]
mod verdict;

#[cfg(target_has_atomic = "64")]
pub use crate::attempt::Attempt;
pub use crate::backoff::Backoff;
pub use crate::delays::Delays;
pub use crate::jitter::Jitter;
#[cfg(feature = "tokio")]
pub use crate::retry::retry;
#[cfg(feature = "blocking")]
pub use crate::retry::retry_blocking;
#[cfg(target_has_atomic = "64")]
pub use crate::retry::{Retry, retry_with};
#[cfg(target_has_atomic = "64")]
pub use crate::retry_budget::{BudgetConfig, RetryBudget};
#[cfg(target_has_atomic = "64")]
pub use crate::retry_error::{GaveUp, RetryError};
#[cfg(target_has_atomic = "64")]
pub use crate::sleeper::{Sleeper, Timestamp};
#[cfg(feature = "blocking")]
pub use crate::thread_sleeper::ThreadSleeper;
#[cfg(feature = "tokio")]
pub use crate::tokio_sleeper::TokioSleeper;
#[cfg(target_has_atomic = "64")]
pub use crate::verdict::Verdict;
