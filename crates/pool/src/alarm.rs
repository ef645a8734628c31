//! Tells waiters that they have waited long enough.
//!
//! One task for all of them: a timer for each would cost more than everything else that a waiter does.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use crate::{
    AcquireError, Manager,
    shared::{Shared, wake_up},
};

/// Waits for alarms until the pool closes. If its runtime ends before, the pool is closed: nobody could be told any more.
pub(crate) struct Alarm<M: Manager> {
    shared: Arc<Shared<M>>,
}

impl<M: Manager> Alarm<M> {
    pub(crate) fn new(shared: Arc<Shared<M>>) -> Self {
        Self { shared }
    }

    pub(crate) async fn run(self) {
        let shared = &self.shared;
        shared.closing.run_until_cancelled(watch(shared)).await;
    }
}

impl<M: Manager> Drop for Alarm<M> {
    fn drop(&mut self) {
        self.shared.begin_close();
    }
}

async fn watch<M: Manager>(shared: &Arc<Shared<M>>) {
    loop {
        let alarm = shared.ledger().alarm();
        let Some(time) = shared.time_of(alarm) else {
            shared.alarmed.notified().await;
            continue;
        };
        // Cut short where the alarm is set to an earlier time.
        if timeout_at(time, shared.alarmed.notified()).await.is_err() {
            ring(shared);
        }
    }
}

fn ring<M: Manager>(shared: &Arc<Shared<M>>) {
    let waited = shared.config.acquire_timeout;
    let now = shared.due(Instant::now());
    let wakers = shared
        .ledger()
        .expire(now, || AcquireError::Timeout { waited });
    wakers.into_iter().for_each(wake_up);
}
