//! The tickets that have not been given back.

use std::collections::VecDeque;

/// How many counted tickets of each epoch have not been given back.
#[derive(Debug, Default)]
pub(crate) struct Outstanding {
    /// In the order of the epochs, and none without a ticket.
    epochs: VecDeque<(u64, usize)>,
}

impl Outstanding {
    /// Counts a ticket of the present epoch, than which none is later.
    pub(crate) fn issue(&mut self, epoch: u64) {
        match self.epochs.back_mut() {
            Some((last, count)) if *last == epoch => *count += 1,
            _ => self.epochs.push_back((epoch, 1)),
        }
    }

    /// Counts a ticket as given back.
    pub(crate) fn release(&mut self, epoch: u64) {
        // There are as many as there are epochs with callers under way: one, as a rule.
        self.epochs.retain_mut(|(own, count)| {
            *count -= usize::from(*own == epoch);
            *count > 0
        });
    }

    /// The epoch of the oldest of them; later than any if there is none.
    pub(crate) fn oldest(&self) -> u64 {
        self.epochs.front().map_or(u64::MAX, |(epoch, _)| *epoch)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.epochs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_that_of_the_oldest_ticket_out() {
        let mut outstanding = Outstanding::default();
        assert_eq!(outstanding.oldest(), u64::MAX);
        for epoch in [3, 3, 5, 8] {
            outstanding.issue(epoch);
        }
        for (released, oldest) in [(3, 3), (5, 3), (3, 8), (8, u64::MAX)] {
            outstanding.release(released);
            assert_eq!(outstanding.oldest(), oldest);
        }
        assert!(outstanding.is_empty());
    }

    #[test]
    fn epochs_without_a_ticket_take_no_room() {
        let mut outstanding = Outstanding::default();
        outstanding.issue(0);
        for epoch in 1..1000 {
            outstanding.issue(epoch);
            outstanding.release(epoch);
        }
        assert_eq!(outstanding.epochs, [(0, 1)]);
    }
}
