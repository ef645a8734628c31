#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(test, feature = "tokio")), no_std)]

mod backoff;
mod delays;
mod jitter;
#[cfg(feature = "tokio")]
mod retry;
#[cfg(feature = "tokio")]
mod retry_error;
#[cfg(feature = "tokio")]
mod verdict;

pub use crate::backoff::Backoff;
pub use crate::delays::Delays;
pub use crate::jitter::Jitter;
#[cfg(feature = "tokio")]
pub use crate::retry::{Retry, retry};
#[cfg(feature = "tokio")]
pub use crate::retry_error::{GaveUp, RetryError};
#[cfg(feature = "tokio")]
pub use crate::verdict::Verdict;
