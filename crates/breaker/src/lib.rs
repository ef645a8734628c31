#![doc = include_str!("../README.md")]

mod breaker;
mod breakers;
mod change;
mod circuit;
mod clock;
mod config;
mod event;
mod last_calls;
mod outcome;
mod permit;
mod probes;
mod rejected;
#[cfg(feature = "serde")]
mod saved;
mod shared;
mod slices;
mod snapshot;
mod state;
mod table;
mod tally;
mod times;
#[cfg(feature = "tokio")]
mod tokio_clock;
mod trip;
mod window;

pub use crate::breaker::Breaker;
pub use crate::breakers::Breakers;
pub use crate::change::{Cause, Change};
pub use crate::clock::{Clock, ManualClock, SystemClock};
pub use crate::config::{Config, InvalidConfig};
pub use crate::outcome::Outcome;
pub use crate::permit::Permit;
pub use crate::rejected::{Reason, Rejected};
#[cfg(feature = "serde")]
pub use crate::saved::Saved;
pub use crate::snapshot::Snapshot;
pub use crate::state::State;
#[cfg(feature = "tokio")]
pub use crate::tokio_clock::TokioClock;
pub use crate::trip::{Over, Rate, Slow, Trip};
