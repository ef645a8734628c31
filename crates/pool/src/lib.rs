#![doc = include_str!("../README.md")]

mod config;
mod doomed;
mod error;
mod lease;
mod ledger;
mod manager;
mod pool;
mod status;

pub use config::{Config, InvalidConfig};
pub use error::AcquireError;
pub use lease::Lease;
pub use manager::{Created, Kill, Manager};
pub use pool::Pool;
pub use status::{Drained, Status};
