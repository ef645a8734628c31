//! What is counted, for the `metrics` facade; nothing without the feature of that name.

use std::time::Duration;

use tokio::time::Instant;

/// The pool's counters and histograms, each with the pool's name as the label `pool`.
///
/// They are registered when the pool is made, so the recorder has to be installed before.
pub(crate) struct Meter {
    #[cfg(feature = "metrics")]
    handles: Handles,
}

#[cfg(feature = "metrics")]
struct Handles {
    acquired: metrics::Counter,
    acquire_failures: metrics::Counter,
    created: metrics::Counter,
    create_failures: metrics::Counter,
    destroyed: metrics::Counter,
    killed: metrics::Counter,
    create_seconds: metrics::Histogram,
    wait_seconds: metrics::Histogram,
}

#[cfg(feature = "metrics")]
impl Meter {
    pub(crate) fn new(name: &str) -> Self {
        use metrics::{counter, histogram};
        let pool = || name.to_owned();
        let handles = Handles {
            acquired: counter!("pool_acquired_total", "pool" => pool()),
            acquire_failures: counter!("pool_acquire_failures_total", "pool" => pool()),
            created: counter!("pool_created_total", "pool" => pool()),
            create_failures: counter!("pool_create_failures_total", "pool" => pool()),
            destroyed: counter!("pool_destroyed_total", "pool" => pool()),
            killed: counter!("pool_killed_total", "pool" => pool()),
            create_seconds: histogram!("pool_create_seconds", "pool" => pool()),
            wait_seconds: histogram!("pool_wait_seconds", "pool" => pool()),
        };
        Self { handles }
    }

    pub(crate) fn acquired(&self, success: bool) {
        match success {
            true => self.handles.acquired.increment(1),
            false => self.handles.acquire_failures.increment(1),
        }
    }

    pub(crate) fn waited(&self, since: Instant) {
        self.handles.wait_seconds.record(since.elapsed());
    }

    pub(crate) fn created(&self, took: Duration) {
        self.handles.created.increment(1);
        self.handles.create_seconds.record(took);
    }

    pub(crate) fn create_failed(&self) {
        self.handles.create_failures.increment(1);
    }

    pub(crate) fn ended(&self, killed: bool) {
        match killed {
            true => self.handles.killed.increment(1),
            false => self.handles.destroyed.increment(1),
        }
    }
}

#[cfg(not(feature = "metrics"))]
impl Meter {
    pub(crate) fn new(_: &str) -> Self {
        Self {}
    }

    pub(crate) fn acquired(&self, _: bool) {}

    pub(crate) fn waited(&self, _: Instant) {}

    pub(crate) fn created(&self, _: Duration) {}

    pub(crate) fn create_failed(&self) {}

    pub(crate) fn ended(&self, _: bool) {}
}
