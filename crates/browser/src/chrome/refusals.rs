//! The document requests of a page that its guard refused.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Refusal;

/// The document requests that were refused since the last look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<Vec<Refused>>>);

/// A document request that was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The frame it was for.
    pub(crate) frame: String,
    pub(crate) url: String,
    pub(crate) refusal: Refusal,
}

impl Refusals {
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    /// The last one for `frame`.
    pub(crate) fn take(&self, frame: &str) -> Option<Refused> {
        let mut refused = self.lock();
        let last = refused.iter().rposition(|refused| refused.frame == frame)?;
        Some(refused.swap_remove(last))
    }

    pub(super) fn push(&self, refused: Refused) {
        let mut all = self.lock();
        // A page may ask for any number of frames; what is remembered of them is bounded.
        if all.len() < REMEMBERED {
            all.push(refused);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const REMEMBERED: usize = 64;
