//! What a session tells by itself, for as long as somebody listens.

use std::sync::Arc;

use super::{
    Shared,
    subscription::{Event, Lagged, Subscription},
};
use crate::CallError;

/// The events of one session with certain names, in order, from the moment of the subscription.
#[derive(Debug)]
pub(crate) struct Events {
    pub(super) id: u64,
    pub(super) shared: Arc<Shared>,
    pub(super) queue: Subscription,
}

impl Events {
    /// The next event, or how many are missing here; `None` once the session or the connection has ended.
    ///
    /// # Cancel safety
    /// No event is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> Option<Result<Event, Lagged>> {
        self.queue.next().await
    }

    /// Why no more come: of a call that needs them.
    pub(crate) fn ended(&self, method: &str) -> CallError {
        if self.shared.state.borrow().is_connected() {
            return CallError::PageClosed {
                method: method.to_owned(),
            };
        }
        self.shared.closed_error()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.shared.routes.unsubscribe(self.id);
    }
}

/// Knows whether the renderer of a session has crashed, from the moment that the browser says so.
#[derive(Debug)]
pub(crate) struct CrashWatch {
    pub(super) shared: Arc<Shared>,
    pub(super) session: String,
}

impl CrashWatch {
    /// Whether it has crashed and was not replaced yet.
    pub(crate) fn has_crashed(&self) -> bool {
        self.shared.routes.has_crashed(&self.session)
    }
}

impl Drop for CrashWatch {
    fn drop(&mut self) {
        self.shared.routes.unwatch(&self.session);
    }
}
