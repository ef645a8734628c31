//! The last so many calls.

use std::mem;

use crate::tally::{Call, Tally};

/// The last calls, with their sum.
#[derive(Debug)]
pub(crate) struct LastCalls {
    /// A ring once it is full: then the oldest is at `next`.
    calls: Vec<Call>,
    next: usize,
    tally: Tally,
    /// How many calls count at most.
    limit: u32,
}

impl LastCalls {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            calls: Vec::new(),
            next: 0,
            tally: Tally::default(),
            limit,
        }
    }

    /// Adds a call in the place of the oldest beyond the limit; returns the sum.
    pub(crate) fn record(&mut self, call: Call) -> Tally {
        if self.tally.calls < self.limit {
            self.calls.push(call);
            self.tally.add(call);
            return self.tally;
        }
        let oldest = mem::replace(&mut self.calls[self.next], call);
        self.next += 1;
        if self.next == self.calls.len() {
            self.next = 0;
        }
        // Most calls are like those before them, and then the sum stays as it is.
        if oldest != call {
            self.tally.remove(oldest);
            self.tally.add(call);
        }
        self.tally
    }

    /// Whether there are as many calls as can count, all of them good: one more good call makes no difference then.
    pub(crate) fn is_full_of_good(&self) -> bool {
        self.tally.calls == self.limit && self.tally.is_good()
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// The calls, oldest first.
    #[cfg(feature = "serde")]
    pub(crate) fn calls(&self) -> Vec<Call> {
        let (newer, older) = self.calls.split_at(self.next);
        [older, newer].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_calls_count() {
        let mut last = LastCalls::new(2);
        let (failed, slow) = (true, true);
        last.record(Call { failed, slow });
        last.record(Call {
            failed,
            slow: false,
        });
        let tally = last.record(Call {
            failed: false,
            slow,
        });
        assert_eq!((tally.calls, tally.failed, tally.slow), (2, 1, 1));
        last.record(Call {
            failed: false,
            slow,
        });
        let tally = last.tally();
        assert_eq!((tally.calls, tally.failed, tally.slow), (2, 0, 2));
    }
}
