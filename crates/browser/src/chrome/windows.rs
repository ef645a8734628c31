//! The windows of one context: which of them are ours.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Tells the windows that we open in a context from those that its pages open.
///
/// The browser tells of a window before it answers whoever asked for it. While one is being opened, nobody
/// knows whose a new one is; once all are open, those that nobody asked for are strangers.
#[derive(Debug, Default)]
pub(super) struct Windows(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    ours: HashSet<String>,
    unclear: Vec<String>,
    opening: usize,
}

impl Windows {
    /// Whether a window that has appeared is to be closed at once.
    pub(super) fn is_stranger(&self, target: &str) -> bool {
        let mut known = self.lock();
        if known.ours.contains(target) {
            false
        } else if known.opening > 0 {
            known.unclear.push(target.to_owned());
            false
        } else {
            true
        }
    }

    /// One of ours is being opened from now on.
    pub(super) fn opening(self: &Arc<Self>) -> Opening {
        self.lock().opening += 1;
        Opening {
            windows: Arc::clone(self),
            done: false,
        }
    }

    /// One of ours is gone.
    pub(super) fn forget(&self, target: &str) {
        self.lock().ours.remove(target);
    }

    fn opened(&self, target: Option<&str>) -> Vec<String> {
        let mut known = self.lock();
        known.ours.extend(target.map(str::to_owned));
        known.opening -= 1;
        if known.opening > 0 {
            return Vec::new();
        }
        let mut strangers = std::mem::take(&mut known.unclear);
        strangers.retain(|target| !known.ours.contains(target));
        strangers
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A window of ours that is being opened. When it is dropped undone, whatever appeared meanwhile stays unclear no longer than the
/// context lives.
#[derive(Debug)]
pub(super) struct Opening {
    windows: Arc<Windows>,
    done: bool,
}

impl Opening {
    /// It is open, or there is none. Returns the windows that turned out to be strangers.
    pub(super) fn done(mut self, target: Option<&str>) -> Vec<String> {
        self.done = true;
        self.windows.opened(target)
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if !self.done {
            drop(self.windows.opened(None));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_asked_for_is_a_stranger() {
        let windows = Arc::new(Windows::default());
        assert!(windows.is_stranger("popup"));
        let (one, two) = (windows.opening(), windows.opening());
        for target in ["A", "popup", "B"] {
            assert!(!windows.is_stranger(target), "{target} is unclear yet");
        }
        assert!(one.done(Some("B")).is_empty());
        assert_eq!(two.done(Some("A")), ["popup"]);
        assert!(!windows.is_stranger("A"));
        windows.forget("A");
        assert!(windows.is_stranger("A"));
    }

    #[test]
    fn an_opening_that_came_to_nothing_does_not_hide_later_strangers() {
        let windows = Arc::new(Windows::default());
        drop(windows.opening());
        assert!(windows.is_stranger("popup"));
        let opening = windows.opening();
        assert!(!windows.is_stranger("popup"));
        assert_eq!(opening.done(None), ["popup"]);
    }
}
