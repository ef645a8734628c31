//! Browsers that had not ended when they should have, and what they leave once they have.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::process::Process;

/// Processes that were given up. They may end later, and then somebody has to wait for them, or they are zombies as long as we
/// run.
#[derive(Debug, Default)]
pub(crate) struct Stragglers(Mutex<Vec<Arc<Process>>>);

impl Stragglers {
    /// Keeps a process, if it was given up.
    pub(crate) fn keep(&self, process: Arc<Process>) {
        if process.is_given_up() {
            self.all().push(process);
        }
    }

    /// Waits for those that have ended by now, and removes what they kept on the disk. Blocks for no longer than that takes.
    pub(crate) fn look(&self) {
        // Not under the lock, which somebody on a runtime may wait for.
        let kept = std::mem::take(&mut *self.all());
        let left = kept.into_iter().filter(|process| !process.is_ended());
        let left: Vec<_> = left.collect();
        self.all().extend(left);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<Process>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
