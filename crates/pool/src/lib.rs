#![doc = include_str!("../README.md")]

mod acquire;
mod alarm;
mod config;
mod creation;
mod doomed;
mod error;
mod event;
mod lease;
mod ledger;
mod loans;
mod manager;
mod meter;
#[cfg(all(test, loom_model))]
mod model;
mod pool;
mod pulse;
mod queue;
mod shared;
mod slot;
mod status;
mod sync;

pub use config::{Config, InvalidConfig, Observer, RetryCreation};
pub use error::AcquireError;
pub use event::Event;
pub use lease::{Lease, OwnedLease};
pub use manager::{Created, Kill, Manager};
pub use pool::Pool;
pub use slot::Cause;
pub use status::{Drained, LeaseInfo, Status};
