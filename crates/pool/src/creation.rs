//! The making of a resource, in a task of the pool.

use std::sync::Arc;

use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument as _;

use crate::{
    AcquireError, Created, Manager,
    doomed::{Panicked, catch},
    shared::Shared,
};

/// One creation under way. However it ends, its slot is used or freed and one waiter hears of a failure.
pub(crate) struct Creation<M: Manager> {
    shared: Arc<Shared<M>>,
    /// Whether what it makes takes the place of one that was retired.
    replacement: bool,
    settled: bool,
}

impl<M: Manager> Creation<M> {
    pub(crate) fn new(shared: Arc<Shared<M>>, replacement: bool) -> Self {
        Self {
            shared,
            replacement,
            settled: false,
        }
    }

    pub(crate) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let span = tracing::debug_span!("create", pool = %shared.config.name);
        let create = self.create().instrument(span);
        let Some(error) = shared.closing.run_until_cancelled(create).await else {
            return self.give_up(AcquireError::Closed);
        };
        if let Some(error) = error {
            self.give_up(error);
        }
    }

    /// Tries until a resource is made, or the configuration says that it is enough.
    async fn create(&mut self) -> Option<AcquireError<M::Error>> {
        loop {
            let error = match self.attempt().await {
                Ok(()) => return None,
                Err(error) => error,
            };
            let Some(delay) = self.shared.creation_failed() else {
                return Some(error);
            };
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                ?delay,
                "could not make a resource; trying again"
            );
            sleep(delay).await;
        }
    }

    async fn attempt(&mut self) -> Result<(), AcquireError<M::Error>> {
        let shared = &self.shared;
        let limit = shared.config.create_timeout;
        let started = Instant::now();
        let create = catch(async { shared.manager.create().await });
        match timeout(limit, create).await {
            Ok(Ok(Ok(created))) => {
                self.settle(created, started);
                Ok(())
            }
            Ok(Ok(Err(error))) => Err(AcquireError::Create(error)),
            Ok(Err(Panicked)) => Err(AcquireError::CreatePanicked),
            Err(_elapsed) => Err(AcquireError::CreateTimeout { limit }),
        }
    }

    fn settle(&mut self, created: Created<M::Resource>, started: Instant) {
        self.settled = true;
        let took = started.elapsed();
        self.shared.created(created, self.replacement, took);
    }

    fn give_up(&mut self, error: AcquireError<M::Error>) {
        self.settled = true;
        self.shared.give_up_creation(error, self.replacement);
    }
}

impl<M: Manager> Drop for Creation<M> {
    fn drop(&mut self) {
        if !self.settled {
            // The runtime ended under the task: nothing will be made any more.
            self.give_up(AcquireError::Closed);
        }
    }
}
