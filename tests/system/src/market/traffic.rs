//! What has been asked, and by how many connections.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Exact counts of one market's requests and connections.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    requests: Mutex<BTreeMap<String, u64>>,
    open: AtomicUsize,
}

impl Traffic {
    /// Counts one request for this path.
    pub(super) fn record(&self, path: &str) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(path.to_owned()).or_default() += 1;
    }

    /// Requests so far, by path.
    pub(super) fn requests(&self) -> BTreeMap<String, u64> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Connections open now.
    pub(super) fn open_connections(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }
}

/// Counts one connection as open for as long as it lives.
#[derive(Debug)]
pub(super) struct Open(Arc<Traffic>);

impl Open {
    /// Counts one more.
    pub(super) fn new(traffic: Arc<Traffic>) -> Self {
        traffic.open.fetch_add(1, Ordering::AcqRel);
        Self(traffic)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}
