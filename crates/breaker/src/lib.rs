#![doc = include_str!("../README.md")]

mod breaker;
mod breakers;
mod circuit;
mod clock;
mod config;
mod event;
mod outcome;
mod permit;
mod probes;
mod rejected;
mod shared;
mod snapshot;
mod state;
mod table;
#[cfg(feature = "tokio")]
mod tokio_clock;
mod window;

pub use crate::breaker::Breaker;
pub use crate::breakers::Breakers;
pub use crate::clock::{Clock, ManualClock, SystemClock};
pub use crate::config::{Config, InvalidConfig};
pub use crate::outcome::Outcome;
pub use crate::permit::Permit;
pub use crate::rejected::{Reason, Rejected};
pub use crate::snapshot::Snapshot;
pub use crate::state::State;
#[cfg(feature = "tokio")]
pub use crate::tokio_clock::TokioClock;
