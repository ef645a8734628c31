//! The lock that threads meet at: that of the standard library, or that of the model checker.
//!
//! With `--cfg loom_model` it is loom's, which tries every order in which threads can use it; only the tests in `model.rs`
//! are worth running then.

#[cfg(not(loom_model))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(loom_model)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
