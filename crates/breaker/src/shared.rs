//! What a registry and its permits share.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event::Event;
use crate::table::Table;
use crate::{Change, Clock, Trip};

/// Whom a registry tells of changes.
pub(crate) type Observer<K> = Box<dyn Fn(Change<'_, K>) + Send + Sync>;

pub(crate) struct Shared<K> {
    table: Mutex<Table<K>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) trip: Trip,
    observer: Option<Observer<K>>,
}

impl<K> Shared<K> {
    pub(crate) fn new(
        table: Table<K>,
        clock: Arc<dyn Clock>,
        trip: Trip,
        observer: Option<Observer<K>>,
    ) -> Self {
        Self {
            table: Mutex::new(table),
            clock,
            trip,
            observer,
        }
    }

    /// Tells the log and the observer what happened to `key`; the lock must be free.
    pub(crate) fn tell(&self, key: &K, event: Option<Event>) {
        let Some(event) = event else { return };
        event.log();
        if let Some(observer) = &self.observer
            && let Event::Changed {
                from,
                to,
                cause,
                order,
            } = event
        {
            observer(Change {
                key,
                from,
                to,
                cause,
                order,
            });
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
