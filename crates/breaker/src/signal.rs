//! What can be told without the lock.

use crate::sync::{AtomicU64, Ordering};

/// An epoch, and whether the circuits need to be asked or told anything, in one word that is read without the lock.
///
/// It is written under the lock and then by whoever holds it, so a reader sees the word of some moment of its own call.
/// Acquire and release make everything visible that led to it.
pub(crate) struct Signal {
    word: AtomicU64,
}

/// The content of a [`Signal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sign {
    /// The present epoch.
    pub(crate) epoch: u64,
    /// Whether a caller has to ask for admission.
    pub(crate) ask: bool,
    /// Whether a success has to be told.
    pub(crate) tell: bool,
}

const ASK: u64 = 1;
const TELL: u64 = 2;

impl Signal {
    pub(crate) fn new(sign: Sign) -> Self {
        Self {
            word: AtomicU64::new(sign.word()),
        }
    }

    #[inline]
    pub(crate) fn read(&self) -> Sign {
        let word = self.word.load(Ordering::Acquire);
        Sign {
            epoch: word >> 2,
            ask: word & ASK != 0,
            tell: word & TELL != 0,
        }
    }

    /// Sets the signal; the caller holds the lock.
    pub(crate) fn set(&self, sign: Sign) {
        self.word.store(sign.word(), Ordering::Release);
    }
}

impl Sign {
    /// Epochs are counted one by one, so 62 bits are never used up.
    fn word(self) -> u64 {
        (self.epoch << 2) + (u64::from(self.tell) << 1) + u64::from(self.ask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_read_as_it_was_set() {
        for (epoch, ask, tell) in [(0, false, true), (7, true, false), (1 << 61, true, true)] {
            let sign = Sign { epoch, ask, tell };
            let signal = Signal::new(sign);
            assert_eq!(signal.read(), sign);
            let other = Sign {
                epoch: epoch + 1,
                ask: !ask,
                tell: !tell,
            };
            signal.set(other);
            assert_eq!(signal.read(), other);
        }
    }
}
