#![doc = include_str!("../README.md")]

mod audience;
mod breaker;
mod breakers;
mod change;
#[cfg(feature = "stream")]
mod changes;
mod circuit;
mod clock;
mod config;
mod event;
mod keyed;
mod last_calls;
mod outcome;
mod outstanding;
mod permit;
mod probes;
mod rejected;
#[cfg(feature = "serde")]
mod saved;
mod signal;
mod single;
mod slices;
mod snapshot;
mod state;
mod sync;
mod table;
mod tally;
mod ticket;
mod times;
#[cfg(feature = "tokio")]
mod tokio_clock;
#[cfg(feature = "tower")]
mod tower;
mod trip;
mod window;

pub use crate::breaker::Breaker;
pub use crate::breakers::Breakers;
pub use crate::change::{Cause, Change};
#[cfg(feature = "stream")]
pub use crate::changes::{Changes, Lagged};
pub use crate::clock::{Clock, ManualClock, SystemClock};
pub use crate::config::{Config, InvalidConfig};
pub use crate::outcome::Outcome;
pub use crate::permit::{OwnedPermit, Permit};
pub use crate::rejected::{Reason, Rejected};
#[cfg(feature = "serde")]
pub use crate::saved::Saved;
pub use crate::snapshot::Snapshot;
pub use crate::state::State;
#[cfg(feature = "tokio")]
pub use crate::tokio_clock::TokioClock;
#[cfg(feature = "tower")]
pub use crate::tower::{BreakerFuture, BreakerLayer, BreakerService, CallError, Gate, KeyedGate};
pub use crate::trip::{Over, Rate, Slow, Trip};
