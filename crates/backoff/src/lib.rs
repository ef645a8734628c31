// The examples in it need `retry` and `RetryLayer`, so they run where both exist.
#![cfg_attr(any(not(doctest), feature = "tower"), doc = include_str!("../README.md"))]
#![cfg_attr(not(any(test, feature = "tokio", feature = "blocking")), no_std)]
// Targets without 64-bit atomics, small microcontrollers mostly, get the delays alone: a retry may have a budget.

#[cfg(target_has_atomic = "64")]
mod attempt;
mod backoff;
#[cfg(feature = "tower")]
mod classify;
mod delays;
mod jitter;
#[cfg(target_has_atomic = "64")]
mod retry;
#[cfg(target_has_atomic = "64")]
mod retry_budget;
#[cfg(target_has_atomic = "64")]
mod retry_error;
#[cfg(feature = "tower")]
mod retry_future;
#[cfg(feature = "tower")]
mod retry_layer;
#[cfg(feature = "tower")]
mod retry_service;
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
#[cfg(feature = "tower")]
pub use crate::classify::{ClassifyError, ClassifyResponse, Notify};
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
#[cfg(feature = "tower")]
pub use crate::retry_future::RetryFuture;
#[cfg(feature = "tower")]
pub use crate::retry_layer::RetryLayer;
#[cfg(feature = "tower")]
pub use crate::retry_service::RetryService;
#[cfg(target_has_atomic = "64")]
pub use crate::sleeper::{Sleeper, Timestamp};
#[cfg(feature = "blocking")]
pub use crate::thread_sleeper::ThreadSleeper;
#[cfg(feature = "tokio")]
pub use crate::tokio_sleeper::TokioSleeper;
#[cfg(target_has_atomic = "64")]
pub use crate::verdict::Verdict;
