//! What is worth a line in the log.

use tracing::{info, warn};

use crate::State;

/// What the core reports for the log; the shell writes it once the lock is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Changed {
        from: State,
        to: State,
    },
    /// No closed key is left to make room for another, for the first time since one was.
    Full,
}

impl Event {
    pub(crate) fn log(self) {
        match self {
            Self::Changed { from, to } => info!(?from, ?to, "circuit changed state"),
            Self::Full => {
                warn!("every remembered circuit is open; failures of further keys do not count");
            }
        }
    }
}
