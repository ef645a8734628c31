//! What a registry, its clones and its permits share.

use std::hash::Hash;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::audience::Audience;
use crate::circuit::{Glance, cooldown_left};
use crate::event::Event;
use crate::permit::Circuits;
use crate::signal::Signal;
use crate::sync::{Mutex, MutexGuard};
use crate::table::Table;
use crate::ticket::{Kind, Ticket};
use crate::{Clock, Config, Outcome, Permit, Rejected, Trip};

/// The circuits of all keys, with the clock they go by and those who are told of them.
pub(crate) struct Keyed<K> {
    signal: Signal,
    table: Mutex<Table<K>>,
    pub(crate) trip: Trip,
    cooldown: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) audience: Audience<K>,
}

/// The locked table. What can be told without the lock is brought up to date before the lock is given back.
pub(crate) struct Locked<'a, K: Hash + Eq + Clone> {
    table: MutexGuard<'a, Table<K>>,
    signal: &'a Signal,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    pub(crate) fn new(config: Config, clock: Arc<dyn Clock>, audience: Audience<K>) -> Self {
        let table = Table::new(config, clock.now());
        Self {
            signal: Signal::new(table.sign()),
            table: Mutex::new(table),
            trip: config.trip,
            cooldown: config.cooldown,
            clock,
            audience,
        }
    }

    /// Locks the table, even where a key that panicked in `hash` or `eq` poisoned it: the rest should go on.
    pub(crate) fn table(&self) -> Locked<'_, K> {
        Locked {
            table: self.table.lock().unwrap_or_else(PoisonError::into_inner),
            signal: &self.signal,
        }
    }

    /// Admits a caller without the lock, the clock or a trace: the usual case.
    #[inline]
    pub(crate) fn admit_quick(&self) -> Option<Ticket> {
        let sign = self.signal.read();
        (!sign.ask).then(|| Ticket::uncounted(sign.epoch))
    }

    /// As [`ask`](Self::ask), for a permit of any kind.
    pub(crate) fn admit(&self, key: &K) -> Result<(Ticket, Option<Event>), Rejected> {
        if let Some(ticket) = self.admit_quick() {
            return Ok((ticket, None));
        }
        let glance = match self.table().glance(key) {
            Ok(ticket) => return Ok((ticket, None)),
            Err(glance) => glance,
        };
        if let Glance::ForcedOpen = glance {
            return Err(Rejected::forced(self.cooldown));
        }
        let now = self.clock.now();
        if let Glance::Open { since, cooldown } = glance {
            let left = cooldown_left(since, cooldown, now);
            if !left.is_zero() {
                return Err(Rejected::cooling_down(left));
            }
        }
        self.table().admit(key, now)
    }
}

impl<K: Hash + Eq + Clone + Send> Keyed<K> {
    /// Admits a caller, or not, by what the circuit of the key says. Apart, so that the usual case is small where it is
    /// inlined.
    #[inline(never)]
    pub(crate) fn ask<'a>(&'a self, key: &'a K) -> Result<Permit<'a, K>, Rejected> {
        let (ticket, event) = self.admit(key)?;
        Ok(Permit::begin(self, key, ticket, event))
    }
}

impl<K: Hash + Eq + Clone + Send> Circuits<K> for Keyed<K> {
    fn settle(
        &self,
        key: &K,
        ticket: &mut Ticket,
        started: Option<Instant>,
        outcome: Outcome,
    ) -> Option<Event> {
        if outcome == Outcome::Ignore {
            let ticket = mem::replace(ticket, Ticket::SPENT);
            self.table().abandon(key, ticket);
            return None;
        }
        let closed = !matches!(ticket.kind(), Kind::Probe(_));
        if outcome == Outcome::Success && closed && !self.trip.remembers_successes() {
            let ticket = mem::replace(ticket, Ticket::SPENT);
            self.table().succeed(key, ticket);
            return None;
        }
        // The clock is read first: if it panics, the drop gives the ticket back.
        let now = self.clock.now();
        let call = self.trip.call(outcome, started, now);
        let ticket = mem::replace(ticket, Ticket::SPENT);
        match ticket.kind() {
            Kind::Probe(serial) => self.table().probed(key, serial, call, now),
            _ => self.table().record(key, ticket, call, now),
        }
    }

    fn signal(&self) -> &Signal {
        &self.signal
    }

    fn start(&self) -> Option<Instant> {
        self.trip.slow_threshold().map(|_| self.clock.now())
    }

    fn tell(&self, key: &K, event: Option<Event>) {
        self.audience.tell(key, event);
    }
}

impl<K: Hash + Eq + Clone> Deref for Locked<'_, K> {
    type Target = Table<K>;

    fn deref(&self) -> &Table<K> {
        &self.table
    }
}

impl<K: Hash + Eq + Clone> DerefMut for Locked<'_, K> {
    fn deref_mut(&mut self) -> &mut Table<K> {
        &mut self.table
    }
}

impl<K: Hash + Eq + Clone> Drop for Locked<'_, K> {
    fn drop(&mut self) {
        self.signal.set(self.table.sign());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;

    #[test]
    fn while_no_key_is_remembered_all_are_admitted_and_succeed_without_the_lock() {
        let audience = Audience::new(None);
        let keyed = Keyed::new(Config::default(), Arc::new(SystemClock), audience);
        let succeed = |key: &u8| {
            let ticket = keyed.admit_quick().expect("quiet");
            Permit::quick(&keyed, keyed.signal(), key, ticket).success();
        };
        let lock = keyed.table();
        succeed(&1);
        drop(lock);
        keyed
            .table()
            .order(&2, |circuit, rules| circuit.force_open(rules));
        assert_eq!(keyed.admit_quick(), None);
        assert!(keyed.signal().read().tell);
        keyed.table().reset(&2);
        let _lock = keyed.table();
        succeed(&1);
    }
}
