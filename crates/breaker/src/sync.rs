//! The primitives that threads meet at: those of the standard library, or those of the model checker.
//!
//! With `--cfg loom_model` they are loom's, which tries every order in which threads can use them; `tests/model.rs` is
//! compiled then, and nothing else is worth running.

#[cfg(not(loom_model))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(loom_model))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(loom_model)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(loom_model)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
