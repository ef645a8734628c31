//! The end of a resource: destroyed, or killed where it cannot be destroyed.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use crate::{Manager, manager::Kill, pool::Shared};

/// A resource that is ending. Its drop kills it unless its destroy completed, and then frees its slot: there
/// is no path on which a resource ends twice, never, or without giving its slot back.
pub(crate) struct Doomed<M: Manager> {
    shared: Arc<Shared<M>>,
    resource: Option<M::Resource>,
    kill: Option<Kill>,
}

impl<M: Manager> Doomed<M> {
    pub(crate) fn new(shared: Arc<Shared<M>>, resource: M::Resource, kill: Kill) -> Self {
        Self {
            shared,
            resource: Some(resource),
            kill: Some(kill),
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
        let destroy = catch(async { shared.manager.destroy(resource).await });
        match tokio::time::timeout(shared.config.destroy_timeout, destroy).await {
            Ok(Ok(())) => self.kill = None,
            Ok(Err(Panicked)) => tracing::warn!("destroying a resource panicked; killing it"),
            Err(_elapsed) => {
                tracing::warn!(limit = ?shared.config.destroy_timeout, "destroying a resource took too long; killing it");
            }
        }
    }
}

impl<M: Manager> Drop for Doomed<M> {
    fn drop(&mut self) {
        // Foreign code runs here, perhaps while a panic unwinds: a second panic would abort the process.
        let resource = self.resource.take();
        let kill = self.kill.take();
        let killed = kill.is_some();
        if catch_unwind(AssertUnwindSafe(|| drop(resource))).is_err() {
            tracing::warn!("dropping a resource panicked");
        }
        if let Some(kill) = kill
            && catch_unwind(AssertUnwindSafe(kill)).is_err()
        {
            tracing::warn!("killing a resource panicked");
        }
        self.shared.ended(killed);
    }
}

/// A future of the manager panicked.
#[derive(Debug)]
pub(crate) struct Panicked;

/// Runs `future`, turning a panic in it into an error.
pub(crate) async fn catch<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(_panic) => Poll::Ready(Err(Panicked)),
        },
    )
    .await
}
