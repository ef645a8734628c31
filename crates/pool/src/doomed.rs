//! The end of a resource: destroyed, or killed where it cannot be destroyed.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use tracing::Instrument as _;

use crate::{Cause, Manager, manager::Kill, shared::Shared, slot::Ending};

/// A resource that is ending. Its drop kills it unless its destroy completed, and then frees its slot: there
/// is no path on which a resource ends twice, never, or without giving its slot back.
pub(crate) struct Doomed<M: Manager> {
    shared: Arc<Shared<M>>,
    id: u64,
    cause: Cause,
    /// Nothing if a revoked lease holds it.
    resource: Option<M::Resource>,
    kill: Option<Kill>,
}

impl<M: Manager> Doomed<M> {
    pub(crate) fn new(shared: Arc<Shared<M>>, ending: Ending<M::Resource>) -> Self {
        Self {
            shared,
            id: ending.serial,
            cause: ending.cause,
            resource: ending.resource,
            kill: Some(ending.kill),
        }
    }

    /// Destroys the resource within the destroy timeout.
    ///
    /// When this future is dropped, as by the end of the runtime, the resource is killed.
    pub(crate) async fn destroy(mut self) {
        let Some(resource) = self.resource.take() else {
            return;
        };
        let shared = Arc::clone(&self.shared);
        let limit = shared.config.destroy_timeout;
        let span = tracing::debug_span!("destroy", pool = %shared.config.name, id = self.id);
        let destroy = catch(async { shared.manager.destroy(resource).await }).instrument(span);
        match tokio::time::timeout(limit, destroy).await {
            Ok(Ok(())) => self.kill = None,
            Ok(Err(Panicked)) => {
                tracing::warn!(pool = %shared.config.name, id = self.id, "destroying a resource panicked; killing it")
            }
            Err(_elapsed) => {
                tracing::warn!(pool = %shared.config.name, id = self.id, ?limit, "destroying a resource took too long; killing it");
            }
        }
    }
}

impl<M: Manager> Drop for Doomed<M> {
    fn drop(&mut self) {
        // Foreign code runs here, perhaps while a panic unwinds: a second panic would abort the process.
        if let Some(resource) = self.resource.take() {
            drop_quietly(resource);
        }
        let kill = self.kill.take();
        let killed = kill.is_some();
        if let Some(kill) = kill
            && survive(kill).is_err()
        {
            tracing::warn!(pool = %self.shared.config.name, id = self.id, "killing a resource panicked");
        }
        self.shared.ended(self.id, self.cause, killed);
    }
}

/// Drops a resource, whose own drop may panic.
pub(crate) fn drop_quietly<R>(resource: R) {
    if survive(|| drop(resource)).is_err() {
        tracing::warn!("dropping a resource panicked");
    }
}

/// Foreign code panicked.
#[derive(Debug)]
pub(crate) struct Panicked;

/// Runs foreign code, turning a panic in it into an error.
pub(crate) fn survive<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    // Whatever it leaves half-done is its own: nothing of the pool's is in its hands.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_panic| Panicked)
}

/// Runs `future`, turning a panic in it into an error.
pub(crate) async fn catch<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(|context| match survive(|| future.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panicked) => Poll::Ready(Err(panicked)),
    })
    .await
}
