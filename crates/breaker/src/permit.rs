//! The right to make one call.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::Outcome;
use crate::event::Event;
use crate::signal::Signal;
use crate::ticket::Ticket;

/// What permits report to: one circuit, or the circuits of all keys.
pub(crate) trait Circuits<K>: Send + Sync {
    /// Takes the ticket back with what became of its call.
    ///
    /// The ticket is spent once nothing can panic any more that is not ours: until then it can be given back once more.
    fn settle(
        &self,
        key: &K,
        ticket: &mut Ticket,
        started: Option<Instant>,
        outcome: Outcome,
    ) -> Option<Event>;

    /// What can be told without the lock.
    fn signal(&self) -> &Signal;

    /// When a call begins, if it matters how long it takes.
    fn start(&self) -> Option<Instant>;

    /// Tells of what an admission or a settlement has brought about.
    fn tell(&self, key: &K, event: Option<Event>);
}

/// Whether a result changes nothing, which can be told of an uncounted ticket without a lock: nothing was said, or there is
/// nothing that a success would clear.
#[inline]
fn changes_nothing(signal: &Signal, ticket: Ticket, outcome: Outcome) -> bool {
    ticket.is_uncounted()
        && match outcome {
            Outcome::Success => !signal.read().tell,
            Outcome::Failure => false,
            Outcome::Ignore => true,
        }
}

/// The right to make one call, whose result it takes back.
///
/// A permit that is dropped without a result counts for nothing and, if it was a probe, makes room for the next: that is
/// what becomes of calls that are cancelled, panic, or never reached the key. A result counts only while the circuit is in
/// the state that admitted it, and a probe's only until the probe deadline.
///
/// It borrows the breaker and the key, so that it costs nothing to make. [`OwnedPermit`] is for calls that outlive them.
#[must_use = "a permit that is dropped counts for nothing; report the result of the call"]
pub struct Permit<'a, K = ()> {
    circuits: &'a dyn Circuits<K>,
    signal: &'a Signal,
    key: &'a K,
    ticket: Ticket,
    /// When the call began, if it matters how long it takes.
    started: Option<Instant>,
}

/// A [`Permit`] that shares the breaker and has a key of its own.
#[must_use = "a permit that is dropped counts for nothing; report the result of the call"]
pub struct OwnedPermit<K = ()> {
    circuits: Arc<dyn Circuits<K>>,
    key: K,
    ticket: Ticket,
    started: Option<Instant>,
}

impl<'a, K> Permit<'a, K> {
    /// The permit of a call that was admitted without the lock, and of which nobody needs to know how long it takes.
    #[inline]
    pub(crate) fn quick(
        circuits: &'a dyn Circuits<K>,
        signal: &'a Signal,
        key: &'a K,
        ticket: Ticket,
    ) -> Self {
        Self {
            circuits,
            signal,
            key,
            ticket,
            started: None,
        }
    }

    /// Begins a call, and tells of what its admission has brought about.
    pub(crate) fn begin(
        circuits: &'a dyn Circuits<K>,
        key: &'a K,
        ticket: Ticket,
        event: Option<Event>,
    ) -> Self {
        // The permit comes first: if the clock or an observer panics, its drop gives the ticket back.
        let mut permit = Self::quick(circuits, circuits.signal(), key, ticket);
        permit.started = circuits.start();
        circuits.tell(key, event);
        permit
    }

    /// Reports that the key is healthy: clears its failures or lowers their share, or counts towards closing.
    #[inline]
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
    #[inline]
    pub fn report(self, outcome: Outcome) {
        if !changes_nothing(self.signal, self.ticket, outcome) {
            self.settle(outcome);
        }
    }

    fn settle(mut self, outcome: Outcome) {
        let event = self
            .circuits
            .settle(self.key, &mut self.ticket, self.started, outcome);
        self.circuits.tell(self.key, event);
    }
}

impl<K> OwnedPermit<K> {
    /// Begins a call, and tells of what its admission has brought about.
    pub(crate) fn begin(
        circuits: Arc<dyn Circuits<K>>,
        key: K,
        ticket: Ticket,
        event: Option<Event>,
    ) -> Self {
        let mut permit = Self {
            circuits,
            key,
            ticket,
            started: None,
        };
        permit.started = permit.circuits.start();
        permit.circuits.tell(&permit.key, event);
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
        if changes_nothing(self.circuits.signal(), self.ticket, outcome) {
            return;
        }
        let event = self
            .circuits
            .settle(&self.key, &mut self.ticket, self.started, outcome);
        self.circuits.tell(&self.key, event);
    }
}

impl<K> Drop for Permit<'_, K> {
    #[inline]
    fn drop(&mut self) {
        if self.ticket.is_owed() {
            self.circuits
                .settle(self.key, &mut self.ticket, None, Outcome::Ignore);
        }
    }
}

impl<K> Drop for OwnedPermit<K> {
    fn drop(&mut self) {
        if self.ticket.is_owed() {
            self.circuits
                .settle(&self.key, &mut self.ticket, None, Outcome::Ignore);
        }
    }
}

impl<K> fmt::Debug for Permit<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}

impl<K> fmt::Debug for OwnedPermit<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}
