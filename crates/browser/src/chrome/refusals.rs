//! The document requests of a page that its guard refused.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Refusal;

/// The last document request of a page's main frame that was refused since the last look.
///
/// Nobody asks about those of other frames, of which a page may have any number.
#[derive(Debug, Clone)]
pub(crate) struct Refusals {
    frame: Arc<str>,
    last: Arc<Mutex<Option<Refused>>>,
}

/// A document request that was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The frame it was for.
    pub(crate) frame: String,
    pub(crate) url: String,
    pub(crate) refusal: Refusal,
}

impl Refusals {
    pub(crate) fn of_frame(frame: &str) -> Self {
        Self {
            frame: frame.into(),
            last: Arc::default(),
        }
    }

    pub(crate) fn forget(&self) {
        self.lock().take();
    }

    pub(crate) fn take(&self) -> Option<Refused> {
        self.lock().take()
    }

    pub(super) fn push(&self, refused: Refused) {
        if *refused.frame == *self.frame {
            *self.lock() = Some(refused);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Refused>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(frame: &str, url: &str) -> Refused {
        let refusal = Refusal {
            code: "address_refused",
            reason: "it is private".to_owned(),
        };
        Refused {
            frame: frame.to_owned(),
            url: url.to_owned(),
            refusal,
        }
    }

    #[test]
    fn refusals_of_other_frames_do_not_hide_the_last_one_of_the_main_frame() {
        let refusals = Refusals::of_frame("main");
        refusals.push(refused("main", "first"));
        for frame in 0..1000 {
            refusals.push(refused(&frame.to_string(), "advert"));
        }
        refusals.push(refused("main", "last"));
        refusals.push(refused("0", "advert"));
        assert_eq!(refusals.take().unwrap().url, "last");
        assert!(refusals.take().is_none());
    }
}
