//! The circuits of all keys that are remembered.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::mem;
use std::time::Instant;

use crate::circuit::{Admitted, Circuit, Glance, Rules};
use crate::event::Event;
use crate::outstanding::Outstanding;
use crate::signal::Sign;
use crate::tally::Call;
use crate::ticket::{Kind, Ticket};
use crate::{Config, Rejected, Snapshot, State};

#[cfg(feature = "serde")]
mod transfer;

/// The circuits of all keys that are not healthy, or whose calls have to be remembered.
///
/// Late results are told from new ones by epochs. The epoch is one number for the whole table and grows with every change
/// of state; a circuit keeps the epoch in which its state began, and a result counts only if it was admitted since.
/// Invariants:
///
/// - A closed circuit of which bad calls are remembered is listed in `failing`, one of which only good calls are in `good`;
///   a closed one of which nothing is remembered is a tombstone and is listed in `recovered`; one that is open, half-open
///   or forced is listed nowhere, and therefore never makes room for another.
/// - While the table is quiet, callers are admitted without its knowledge. All other tickets are counted as outstanding.
/// - There is a tombstone only while a counted ticket is outstanding that is older than it. Without one, a key that has no
///   entry would take a result from before its recovery for a new one.
/// - A key without an entry takes results admitted since `floor`, which is at least the epoch of every circuit that was
///   evicted.
/// - An uncounted ticket counts only if it was admitted since `quiet_floor`, the epoch in which a circuit last closed again:
///   nobody knows for how long a tombstone would be needed for its sake.
#[derive(Debug)]
pub(crate) struct Table<K> {
    rules: Rules,
    entries: HashMap<K, Entry>,
    /// In the order of their last calls that were remembered.
    failing: BTreeMap<u64, K>,
    /// In the order of their last calls. Empty unless [`Trip`](crate::Trip) remembers successes.
    good: BTreeMap<u64, K>,
    /// In the order of their recoveries: the index is [`Circuit::since`].
    recovered: BTreeMap<u64, K>,
    outstanding: Outstanding,
    floor: u64,
    quiet_floor: u64,
    /// Whether the last new key found no room.
    full: bool,
}

/// A circuit with its place in the lists of failing and of good keys, if it is listed there.
#[derive(Debug)]
struct Entry {
    circuit: Circuit,
    place: u64,
}

impl Entry {
    fn new(circuit: Circuit) -> Self {
        Self { circuit, place: 0 }
    }
}

impl<K: Hash + Eq + Clone> Table<K> {
    pub(crate) fn new(config: Config, start: Instant) -> Self {
        Self {
            rules: Rules::new(config, start),
            entries: HashMap::new(),
            failing: BTreeMap::new(),
            good: BTreeMap::new(),
            recovered: BTreeMap::new(),
            outstanding: Outstanding::default(),
            floor: 0,
            quiet_floor: 0,
            full: false,
        }
    }

    /// What callers can be told without the table: it is quiet while it has nothing to say of any key.
    pub(crate) fn sign(&self) -> Sign {
        let quiet = self.entries.is_empty() && !self.rules.config.trip.remembers_successes();
        Sign {
            epoch: self.rules.epoch,
            ask: !quiet,
            tell: !quiet,
        }
    }

    /// Admits a caller if the circuit is closed, or tells what it needs the time for.
    pub(crate) fn glance(&mut self, key: &K) -> Result<Ticket, Glance> {
        match self.entries.get(key).map(|entry| entry.circuit.glance()) {
            None | Some(Glance::Closed) => Ok(self.issue()),
            Some(other) => Err(other),
        }
    }

    /// Admits a caller, as a probe once the cooldown has passed.
    pub(crate) fn admit(
        &mut self,
        key: &K,
        now: Instant,
    ) -> Result<(Ticket, Option<Event>), Rejected> {
        let Some(entry) = self.entries.get_mut(key) else {
            return Ok((self.issue(), None));
        };
        let (admitted, event) = entry.circuit.admit(now, &mut self.rules)?;
        let ticket = match admitted {
            Admitted::Closed => self.issue(),
            Admitted::Probe(serial) => Ticket::probe(serial),
        };
        Ok((ticket, event))
    }

    /// Takes back a ticket that has no result.
    pub(crate) fn abandon(&mut self, key: &K, ticket: Ticket) {
        if let Kind::Probe(serial) = ticket.kind() {
            if let Some(entry) = self.entries.get_mut(key) {
                entry.circuit.abandon(serial);
            }
        } else {
            self.release(ticket);
        }
    }

    /// Takes back a ticket of a closed circuit with a success, which clears the failures of the key.
    pub(crate) fn succeed(&mut self, key: &K, ticket: Ticket) {
        // A healthy key has no entry, and nothing to clear.
        let entry = self.entries.get(key);
        let counts = entry.is_some_and(|entry| self.is_current(Some(entry), ticket));
        self.release(ticket);
        if counts {
            self.heal(key);
        }
    }

    /// Takes back a ticket of a closed circuit with a call that has to be remembered, which may open it.
    pub(crate) fn record(
        &mut self,
        key: &K,
        ticket: Ticket,
        call: Call,
        now: Instant,
    ) -> Option<Event> {
        // Judged before the release, which may remove the tombstone that tells.
        let counts = self.is_current(self.entries.get(key), ticket);
        self.release(ticket);
        self.sweep(now);
        if !counts {
            return None;
        }
        if !self.entries.contains_key(key) {
            if !self.make_room(call) {
                // Told once, not for every failure from here on.
                let told = call.is_good() || mem::replace(&mut self.full, true);
                return (!told).then_some(Event::Full);
            }
            let entry = Entry::new(Circuit::new(self.floor));
            self.entries.insert(key.clone(), entry);
        }
        self.change(key, |circuit, rules| circuit.record(call, now, rules))
    }

    /// Takes back a probe's ticket with its result, unless the probe has lost its place.
    pub(crate) fn probed(
        &mut self,
        key: &K,
        serial: u64,
        call: Call,
        now: Instant,
    ) -> Option<Event> {
        self.change(key, |circuit, rules| {
            circuit.probed(serial, call, now, rules)
        })
    }

    /// Obeys an order to a circuit, which is made if there is none, whatever the capacity.
    pub(crate) fn order(
        &mut self,
        key: &K,
        order: impl FnOnce(&mut Circuit, &mut Rules) -> Option<Event>,
    ) -> Option<Event> {
        if !self.entries.contains_key(key) {
            let entry = Entry::new(Circuit::new(self.floor));
            self.entries.insert(key.clone(), entry);
        }
        self.change(key, order)
    }

    pub(crate) fn reset(&mut self, key: &K) -> Option<Event> {
        self.change(key, Circuit::reset)
    }

    pub(crate) fn state(&self, key: &K, now: Instant) -> State {
        let entry = self.entries.get(key);
        entry.map_or(State::Closed, |entry| entry.circuit.state(now))
    }

    /// How many keys are remembered, tombstones among them.
    pub(crate) fn len(&mut self, now: Instant) -> usize {
        self.sweep(now);
        self.entries.len()
    }

    pub(crate) fn snapshot(&mut self, now: Instant) -> Vec<Snapshot<K>> {
        self.sweep(now);
        let listed = self.entries.iter().filter_map(|(key, entry)| {
            let snapshot = Snapshot::new(key.clone(), &entry.circuit, now, &self.rules);
            (!snapshot.is_healthy()).then_some(snapshot)
        });
        listed.collect()
    }

    /// Whether the result of a call on this ticket of a closed circuit says something about the present state of the key with this entry.
    fn is_current(&self, entry: Option<&Entry>, ticket: Ticket) -> bool {
        let since = entry.map_or(self.floor, |entry| entry.circuit.since);
        let floor = match ticket.is_uncounted() {
            true => since.max(self.quiet_floor),
            false => since,
        };
        ticket.number() >= floor
    }

    fn issue(&mut self) -> Ticket {
        let epoch = self.rules.epoch;
        self.outstanding.issue(epoch);
        Ticket::counted(epoch)
    }

    /// Counts a ticket as given back, and removes the tombstones that stood for its sake.
    fn release(&mut self, ticket: Ticket) {
        if let Kind::Counted(epoch) = ticket.kind() {
            self.outstanding.release(epoch);
        }
        let oldest = self.outstanding.oldest();
        while let Some(tombstone) = self.recovered.first_entry()
            && *tombstone.key() <= oldest
        {
            self.entries.remove(&tombstone.remove());
        }
    }

    /// Forgets the keys of which no call counts any longer.
    fn sweep(&mut self, now: Instant) {
        while let Some(key) = self.past(&self.failing, now) {
            self.heal(&key);
        }
        while let Some(key) = self.past(&self.good, now) {
            self.heal(&key);
        }
    }

    /// The first key listed, if none of its calls counts any longer.
    fn past(&self, list: &BTreeMap<u64, K>, now: Instant) -> Option<K> {
        let (_, oldest) = list.first_key_value()?;
        let entry = self.entries.get(oldest)?;
        let tally = entry.circuit.tally(now, &self.rules);
        (tally.calls == 0).then(|| oldest.clone())
    }

    /// Makes room for a new key at the cost of a closed one: a tombstone, else the one longest without a call of those
    /// that are good, else, unless the new key is good itself, of those that are not.
    fn make_room(&mut self, call: Call) -> bool {
        if self.entries.len() >= self.rules.config.capacity {
            let inert = self.recovered.pop_first().or_else(|| self.good.pop_first());
            let closed = match inert {
                None if !call.is_good() => self.failing.pop_first(),
                inert => inert,
            };
            let Some((_, key)) = closed else {
                return false;
            };
            if let Some(entry) = self.entries.remove(&key) {
                self.floor = self.floor.max(entry.circuit.since);
            }
        }
        self.full = false;
        true
    }

    fn heal(&mut self, key: &K) {
        self.change(key, |circuit, _| {
            circuit.heal();
            None
        });
    }

    /// Changes a circuit, and lists it where it belongs then, or forgets it if there is nothing to remember.
    fn change(
        &mut self,
        key: &K,
        change: impl FnOnce(&mut Circuit, &mut Rules) -> Option<Event>,
    ) -> Option<Event> {
        let oldest_outstanding = self.outstanding.oldest();
        let entry = self.entries.get_mut(key)?;
        // No number is ever given twice, so nothing else can be listed under it.
        let listed = self
            .failing
            .remove(&entry.place)
            .or_else(|| self.good.remove(&entry.place))
            .or_else(|| self.recovered.remove(&entry.circuit.since));
        let before = entry.circuit.since;
        let event = change(&mut entry.circuit, &mut self.rules);
        let since = entry.circuit.since;
        if !entry.circuit.is_closed() {
            return event;
        }
        if since != before {
            self.quiet_floor = since;
        }
        let blank = entry.circuit.is_blank();
        if blank && (since <= self.floor || since <= oldest_outstanding) {
            self.entries.remove(key);
            return event;
        }
        // The list's own copy goes on to the next list.
        let key = listed.unwrap_or_else(|| key.clone());
        if blank {
            self.recovered.insert(since, key);
        } else {
            entry.place = self.rules.next_serial();
            let list = match entry.circuit.is_good() {
                true => &mut self.good,
                false => &mut self.failing,
            };
            list.insert(entry.place, key);
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::{Cause, Over, Rate, Reason, Trip};

    const SECOND: Duration = Duration::from_secs(1);

    const GOOD: Call = Call {
        failed: false,
        slow: false,
    };
    const FAILED: Call = Call {
        failed: true,
        slow: false,
    };

    fn table(capacity: usize) -> Table<u32> {
        let within = 10 * SECOND;
        let config = Config {
            trip: Trip::Failures { count: 2, within },
            cooldown: 10 * SECOND,
            capacity,
            ..Config::default()
        };
        Table::new(config, Instant::now())
    }

    fn rate_table(capacity: usize, over: Over) -> Table<u32> {
        let mut table = table(capacity);
        table.rules.config.trip = Trip::Rate(Rate {
            over,
            minimum: 2,
            failed: Some(100),
            slow: None,
        });
        table
    }

    fn succeed(table: &mut Table<u32>, key: u32, now: Instant) {
        let ticket = closed(table, key);
        assert_eq!(table.record(&key, ticket, GOOD, now), None);
    }

    fn keys(table: &Table<u32>) -> Vec<u32> {
        let mut keys: Vec<_> = table.entries.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    fn closed(table: &mut Table<u32>, key: u32) -> Ticket {
        table.glance(&key).expect("closed")
    }

    fn fail(table: &mut Table<u32>, key: u32, now: Instant) -> Option<Event> {
        let ticket = closed(table, key);
        table.fail(&key, ticket, now)
    }

    fn probe(table: &mut Table<u32>, key: u32, now: Instant) -> u64 {
        match table.admit(&key, now).map(|(ticket, _)| ticket.kind()) {
            Ok(Kind::Probe(serial)) => serial,
            other => panic!("key {key} admits no probe: {other:?}"),
        }
    }

    /// Opens `key` at `now` and closes it again by a probe, one cooldown later.
    fn open_and_recover(table: &mut Table<u32>, key: u32, now: Instant) {
        table.trip(&key, now);
        let later = now + 10 * SECOND;
        let serial = probe(table, key, later);
        let event = table.probed(&key, serial, GOOD, later);
        let Some(Event::Changed { from, to, .. }) = event else {
            panic!("key {key} did not recover");
        };
        assert_eq!((from, to), (State::HalfOpen, State::Closed));
    }

    #[test]
    fn a_failing_key_is_forgotten_once_its_window_has_passed() {
        let (mut table, now) = (table(10), Instant::now());
        fail(&mut table, 1, now);
        fail(&mut table, 2, now + SECOND);
        assert_eq!(table.len(now + 9 * SECOND), 2);
        assert_eq!(table.len(now + 10 * SECOND), 1);
        fail(&mut table, 3, now + 11 * SECOND);
        assert_eq!(table.entries.len(), 1);
    }

    #[test]
    fn a_recovered_key_is_remembered_while_an_older_ticket_is_outstanding() {
        let (mut table, now) = (table(10), Instant::now());
        let old = closed(&mut table, 1);
        open_and_recover(&mut table, 1, now);
        assert_eq!(table.len(now), 1);
        assert!(table.snapshot(now).is_empty());
        let new = closed(&mut table, 1);
        assert_eq!(table.fail(&1, old, now), None);
        assert_eq!(table.len(now), 0);
        table.abandon(&1, new);
        assert!(table.outstanding.is_empty());
    }

    #[test]
    fn a_recovered_key_that_fails_and_heals_is_remembered_again() {
        let (mut table, now) = (table(10), Instant::now());
        let old = closed(&mut table, 1);
        open_and_recover(&mut table, 1, now);
        fail(&mut table, 1, now);
        let new = closed(&mut table, 1);
        table.succeed(&1, new);
        assert_eq!(table.recovered.len(), 1);
        table.succeed(&1, old);
        assert_eq!(table.len(now), 0);
    }

    #[test]
    fn a_recovered_key_makes_room_first_and_its_late_results_still_do_not_count() {
        let (mut table, now) = (table(2), Instant::now());
        let old = closed(&mut table, 1);
        fail(&mut table, 2, now);
        open_and_recover(&mut table, 1, now - 10 * SECOND);
        fail(&mut table, 3, now);
        assert!(!table.entries.contains_key(&1));
        assert_eq!(table.fail(&1, old, now), None);
        assert!(!table.entries.contains_key(&1));
    }

    #[test]
    fn at_capacity_the_key_that_failed_longest_ago_makes_room() {
        let (mut table, now) = (table(2), Instant::now());
        let within = 10 * SECOND;
        table.rules.config.trip = Trip::Failures { count: 9, within };
        fail(&mut table, 1, now);
        fail(&mut table, 2, now);
        fail(&mut table, 1, now);
        fail(&mut table, 3, now);
        assert_eq!(keys(&table), [1, 3]);
    }

    #[test]
    fn at_capacity_the_good_key_longest_without_a_call_makes_room_for_any() {
        let (mut table, now) = (rate_table(3, Over::Calls(9)), Instant::now());
        fail(&mut table, 1, now);
        succeed(&mut table, 2, now);
        succeed(&mut table, 3, now);
        succeed(&mut table, 2, now);
        succeed(&mut table, 4, now);
        assert_eq!(keys(&table), [1, 2, 4]);
        fail(&mut table, 5, now);
        assert_eq!(keys(&table), [1, 4, 5]);
    }

    #[test]
    fn a_good_key_displaces_none_that_is_not() {
        let (mut table, now) = (rate_table(1, Over::Calls(9)), Instant::now());
        fail(&mut table, 1, now);
        succeed(&mut table, 2, now);
        assert_eq!(keys(&table), [1]);
        fail(&mut table, 2, now);
        assert_eq!(keys(&table), [2]);
        let slow = Call { slow: true, ..GOOD };
        let ticket = closed(&mut table, 3);
        table.record(&3, ticket, slow, now);
        assert_eq!(keys(&table), [3]);
        fail(&mut table, 2, now);
        table.trip(&2, now);
        succeed(&mut table, 3, now);
        assert_eq!(keys(&table), [2]);
        assert_eq!(fail(&mut table, 3, now), Some(Event::Full));
    }

    #[test]
    fn a_key_is_forgotten_once_no_call_is_recent_good_or_bad() {
        let over = Over::Time(10 * SECOND);
        let (mut table, now) = (rate_table(9, over), Instant::now());
        fail(&mut table, 1, now);
        succeed(&mut table, 1, now + 4 * SECOND);
        succeed(&mut table, 2, now + 5 * SECOND);
        assert_eq!(table.snapshot(now + 9 * SECOND).len(), 1);
        assert!(table.snapshot(now + 11 * SECOND).is_empty());
        assert_eq!(keys(&table), [1, 2]);
        assert_eq!(table.len(now + 14 * SECOND), 1);
        assert_eq!(table.len(now + 15 * SECOND), 0);
    }

    #[test]
    fn when_all_are_open_new_failures_do_not_count_and_that_is_told_once() {
        let (mut table, now) = (table(1), Instant::now());
        table.trip(&1, now);
        assert_eq!(fail(&mut table, 2, now), Some(Event::Full));
        assert_eq!(fail(&mut table, 2, now), None);
        assert_eq!(table.state(&2, now), State::Closed);
        assert_eq!(table.state(&1, now), State::Open);
        table.reset(&1);
        assert_eq!(fail(&mut table, 2, now), None);
        table.trip(&2, now);
        assert_eq!(fail(&mut table, 3, now), Some(Event::Full));
    }

    #[test]
    fn an_order_to_open_is_obeyed_at_capacity() {
        let (mut table, now) = (table(1), Instant::now());
        table.trip(&1, now);
        table.trip(&2, now);
        assert_eq!(table.state(&1, now), State::Open);
        assert_eq!(table.state(&2, now), State::Open);
    }

    #[test]
    fn opening_again_begins_the_cooldown_anew_and_is_no_change() {
        let (mut table, now) = (table(1), Instant::now());
        assert!(table.trip(&1, now).is_some());
        assert_eq!(table.trip(&1, now + 9 * SECOND), None);
        assert_eq!(table.state(&1, now + 10 * SECOND), State::Open);
    }

    #[test]
    fn a_circuit_that_closed_before_the_clock_was_read_admits_all_the_same() {
        let (mut table, now) = (table(10), Instant::now());
        assert_eq!(table.admit(&1, now), Ok((Ticket::counted(0), None)));
        fail(&mut table, 1, now);
        assert_eq!(table.admit(&1, now), Ok((Ticket::counted(0), None)));
    }

    #[test]
    fn a_circuit_that_was_forced_open_while_the_clock_was_read_rejects() {
        let (mut table, now) = (table(10), Instant::now());
        table.order(&1, Circuit::force_open);
        let rejected = table.admit(&1, now).unwrap_err();
        assert_eq!(rejected.reason, Reason::ForcedOpen);
    }

    #[test]
    fn a_ticket_of_a_probe_does_nothing_once_its_circuit_is_gone() {
        let (mut table, now) = (table(10), Instant::now());
        table.trip(&1, now);
        let serial = probe(&mut table, 1, now + 10 * SECOND);
        table.trip(&1, now);
        table.abandon(&1, Ticket::probe(serial));
        assert_eq!(table.probed(&1, serial, GOOD, now), None);
        table.reset(&1);
        table.abandon(&1, Ticket::probe(serial));
        assert_eq!(table.probed(&1, serial, GOOD, now), None);
        assert_eq!(table.reset(&1), None);
    }

    impl Table<u32> {
        fn trip(&mut self, key: &u32, now: Instant) -> Option<Event> {
            self.order(key, |circuit, rules| {
                circuit.open(Cause::Tripped, now, rules)
            })
        }

        fn fail(&mut self, key: &u32, ticket: Ticket, now: Instant) -> Option<Event> {
            self.record(key, ticket, FAILED, now)
        }

        /// Panics if an invariant does not hold.
        fn check(&self) {
            let mut listed = 0;
            for (key, entry) in &self.entries {
                let closed = entry.circuit.is_closed();
                let failing = self.failing.get(&entry.place) == Some(key);
                let recovered = self.recovered.get(&entry.circuit.since) == Some(key);
                let good = self.good.get(&entry.place) == Some(key);
                let remembered = closed && !entry.circuit.is_blank();
                assert_eq!(failing, remembered && !entry.circuit.is_good(), "{self:?}");
                assert_eq!(good, remembered && entry.circuit.is_good(), "{self:?}");
                let tombstone = closed && entry.circuit.is_blank();
                assert_eq!(recovered, tombstone, "{self:?}");
                listed += usize::from(closed);
            }
            assert_eq!(
                self.failing.len() + self.good.len() + self.recovered.len(),
                listed,
                "{self:?}"
            );
            assert!(
                self.recovered
                    .keys()
                    .all(|&since| since > self.outstanding.oldest())
            );
        }

        fn keys_that_are_not_closed(&self) -> Vec<u32> {
            let entries = self.entries.iter();
            let open = entries.filter(|(_, entry)| !entry.circuit.is_closed());
            open.map(|(&key, _)| key).collect()
        }
    }

    proptest! {
        /// Few keys, less room, and every kind of step: the lists stay true, memory stays bounded, and only the step that
        /// names an open key may close it.
        #[test]
        fn invariants_hold_and_no_open_key_is_evicted(
            by_rate in prop::option::of(prop_oneof![Just(Over::Calls(4)), Just(Over::Time(10 * SECOND))]),
            steps in prop::collection::vec((0..8_u32, 0..8_u8, 0..6_u32), 0..300),
        ) {
            let mut table = by_rate.map_or_else(|| table(3), |over| rate_table(3, over));
            let mut now = Instant::now();
            let mut tickets = Vec::new();
            let mut forced = 0;
            for (key, step, wait) in steps {
                now += wait * SECOND;
                let before = table.keys_that_are_not_closed();
                let mut touched = key;
                match step {
                    0..3 => tickets.extend(table.admit(&key, now).ok().map(|(ticket, _)| (key, ticket))),
                    3..6 if !tickets.is_empty() => {
                        let (owner, ticket) = tickets.swap_remove(key as usize % tickets.len());
                        touched = owner;
                        let call = if step == 4 { GOOD } else { FAILED };
                        match ticket.kind() {
                            _ if step == 3 => table.abandon(&owner, ticket),
                            Kind::Probe(serial) => drop(table.probed(&owner, serial, call, now)),
                            _ if wait < 3 && by_rate.is_some() => {
                                table.record(&owner, ticket, GOOD, now);
                            }
                            _ if wait == 0 => table.succeed(&owner, ticket),
                            _ => drop(table.fail(&owner, ticket, now)),
                        }
                    }
                    6 if wait == 0 => {
                        table.trip(&key, now);
                        forced += 1;
                    }
                    _ => drop(table.reset(&key)),
                }
                table.check();
                prop_assert!(table.entries.len() <= 3 + forced);
                let after = table.keys_that_are_not_closed();
                prop_assert!(before.iter().all(|key| *key == touched || after.contains(key)));
            }
            for (key, ticket) in tickets {
                table.abandon(&key, ticket);
            }
            prop_assert!(table.outstanding.is_empty());
            prop_assert!(table.recovered.is_empty());
        }
    }
}
