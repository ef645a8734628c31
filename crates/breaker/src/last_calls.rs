//! The last so many calls.

use std::collections::VecDeque;

use crate::tally::{Call, Tally};

/// The last calls, oldest first, with their sum.
#[derive(Debug, Default)]
pub(crate) struct LastCalls {
    calls: VecDeque<Call>,
    tally: Tally,
}

impl LastCalls {
    /// Adds a call and drops the oldest beyond `limit`; returns the sum.
    pub(crate) fn record(&mut self, call: Call, limit: u32) -> Tally {
        if self.tally.calls >= limit
            && let Some(oldest) = self.calls.pop_front()
        {
            self.tally.remove(oldest);
        }
        self.calls.push_back(call);
        self.tally.add(call);
        self.tally
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// The calls, oldest first.
    #[cfg(feature = "serde")]
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_calls_count() {
        let mut last = LastCalls::default();
        let (failed, slow) = (true, true);
        last.record(Call { failed, slow }, 2);
        last.record(
            Call {
                failed,
                slow: false,
            },
            2,
        );
        let tally = last.record(
            Call {
                failed: false,
                slow,
            },
            2,
        );
        assert_eq!((tally.calls, tally.failed, tally.slow), (2, 1, 1));
        last.record(
            Call {
                failed: false,
                slow,
            },
            2,
        );
        let tally = last.tally();
        assert_eq!((tally.calls, tally.failed, tally.slow), (2, 0, 2));
    }
}
