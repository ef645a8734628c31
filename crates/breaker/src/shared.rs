//! What a registry and its permits share.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Clock;
use crate::table::Table;

pub(crate) struct Shared<K> {
    table: Mutex<Table<K>>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl<K> Shared<K> {
    pub(crate) fn new(table: Table<K>, clock: Arc<dyn Clock>) -> Self {
        Self {
            table: Mutex::new(table),
            clock,
        }
    }

    /// Locks the table, even where a key that panicked in `hash` or `eq` poisoned it: the rest should go on.
    pub(crate) fn table(&self) -> MutexGuard<'_, Table<K>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> fmt::Debug for Shared<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the lock nor the keys: one may be held, the others may be secret.
        f.debug_struct("Shared")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
