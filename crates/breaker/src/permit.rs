//! The right to make one call.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

use crate::Outcome;
use crate::shared::Shared;
use crate::table::Ticket;
use crate::tally::Call;

/// The right to make one call, whose result it takes back.
///
/// A permit that is dropped without a result counts for nothing and, if it was a probe, makes room for the next: that is
/// what becomes of calls that are cancelled, panic, or never reached the key. A result counts only while the circuit is in
/// the state that admitted it, and a probe's only until the probe deadline.
#[must_use = "a permit that is dropped counts for nothing; report the result of the call"]
pub struct Permit<K: Hash + Eq + Clone = ()> {
    shared: Arc<Shared<K>>,
    key: K,
    ticket: Ticket,
    /// When the call began, if it matters how long it takes.
    started: Option<Instant>,
    spent: bool,
}

impl<K: Hash + Eq + Clone> Permit<K> {
    pub(crate) fn new(shared: &Arc<Shared<K>>, key: &K, ticket: Ticket) -> Self {
        let mut permit = Self {
            shared: Arc::clone(shared),
            key: key.clone(),
            ticket,
            started: None,
            spent: false,
        };
        // Read last: if the clock panics, the drop gives the ticket back.
        if shared.trip.slow_threshold().is_some() {
            permit.started = Some(shared.clock.now());
        }
        permit
    }

    /// Reports that the key is healthy: clears its failures or lowers their share, or counts towards closing.
    pub fn success(self) {
        self.report(Outcome::Success);
    }

    /// Reports that the key is not healthy: counts towards opening, or opens again at once.
    pub fn failure(self) {
        self.report(Outcome::Failure);
    }

    /// Reports that the call said nothing about the key; the same as dropping the permit, in words.
    pub fn ignore(self) {
        self.report(Outcome::Ignore);
    }

    /// Reports what `outcome` says.
    pub fn report(mut self, outcome: Outcome) {
        let failed = match outcome {
            Outcome::Success => false,
            Outcome::Failure => true,
            Outcome::Ignore => return,
        };
        // The clock is read first: if it panics, the drop gives the ticket back.
        let event = match self.ticket {
            Ticket::Closed(epoch) if !failed && !self.shared.trip.remembers_successes() => {
                self.spent = true;
                self.shared.table().succeed(&self.key, epoch);
                None
            }
            Ticket::Closed(epoch) => {
                let now = self.shared.clock.now();
                let call = self.call(failed, now);
                self.spent = true;
                self.shared.table().record(&self.key, epoch, call, now)
            }
            Ticket::Probe(serial) => {
                let now = self.shared.clock.now();
                let call = self.call(failed, now);
                self.spent = true;
                self.shared.table().probed(&self.key, serial, call, now)
            }
        };
        self.shared.tell(&self.key, event);
    }

    fn call(&self, failed: bool, now: Instant) -> Call {
        let threshold = self.shared.trip.slow_threshold();
        let times = self.started.zip(threshold);
        let slow = times.is_some_and(|(started, threshold)| {
            now.saturating_duration_since(started) >= threshold
        });
        Call { failed, slow }
    }
}

impl<K: Hash + Eq + Clone> Drop for Permit<K> {
    fn drop(&mut self) {
        if !self.spent {
            self.shared.table().abandon(&self.key, self.ticket);
        }
    }
}

impl<K: Hash + Eq + Clone> fmt::Debug for Permit<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}
