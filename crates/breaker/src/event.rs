//! What is worth telling.

use tracing::{info, warn};

use crate::{Cause, State};

/// What the core reports; the shell tells the log and the observer once the lock is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Changed {
        from: State,
        to: State,
        cause: Cause,
        /// The epoch that began with it.
        order: u64,
    },
    /// No closed key is left to make room for another, for the first time since one was.
    Full,
}

impl Event {
    pub(crate) fn log(self) {
        match self {
            Self::Changed {
                from, to, cause, ..
            } => info!(?from, ?to, ?cause, "circuit changed state"),
            Self::Full => {
                warn!("every remembered circuit is open; failures of further keys do not count");
            }
        }
    }
}
