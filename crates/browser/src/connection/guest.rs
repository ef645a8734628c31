//! Handles that do not keep the connection open.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{Connection, Open, Shared};
use crate::CloseReason;

impl Connection {
    /// A handle for a task that may outlast every other handle: it keeps the connection open for nobody, and its drop
    /// ends nothing.
    pub(crate) fn guest(&self) -> Self {
        let nobody = Open {
            leave: CancellationToken::new(),
            gone: self.open.gone.clone(),
        };
        Self {
            shared: Arc::clone(&self.shared),
            open: Arc::new(nobody),
        }
    }

    /// The longest that a call waits for its answer.
    pub(crate) fn call_timeout(&self) -> Duration {
        self.shared.call_timeout
    }
}

/// What ends a connection at once for a reason, without keeping it open.
#[derive(Debug)]
pub(crate) struct Ender(pub(super) Arc<Shared>);

impl Ender {
    pub(crate) fn end(&self, reason: CloseReason) {
        self.0.cut(reason);
    }
}
