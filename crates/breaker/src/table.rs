//! The core: every circuit that is remembered, and the rules by which it changes.

use std::collections::{BTreeMap, HashMap, btree_map};
use std::hash::Hash;
use std::mem;
use std::time::{Duration, Instant};

use crate::circuit::{Circuit, Phase};
use crate::event::Event;
use crate::probes::Probes;
use crate::tally::Call;
use crate::window::Window;
use crate::{Cause, Config, Rejected, Snapshot, State};

#[cfg(feature = "serde")]
mod transfer;

/// Room for calls that another process saw before this one began: 136 years, which no time window needs.
const BEFORE_START: Duration = Duration::from_secs(1 << 32);

/// The right to make one call, and to report its result once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ticket {
    /// Admitted by a closed circuit, in this epoch.
    Closed(u64),
    /// Admitted by a half-open circuit, under this serial number.
    Probe(u64),
}

/// The circuits of all keys that are not healthy, or whose calls have to be remembered.
///
/// Late results are told from new ones by epochs. The epoch is one number for the whole table and grows with every change
/// of state; a circuit keeps the epoch in which its state began, and a result counts only if it was admitted since.
/// Invariants:
///
/// - A closed circuit of which bad calls are remembered is listed in `failing`, one of which only good calls are in `good`;
///   a closed one of which nothing is remembered is a tombstone and is listed in `recovered`; an open or half-open one is
///   listed nowhere, and therefore never makes room for another.
/// - There is a tombstone only while a ticket is outstanding that is older than it. Without one, a key that has no entry
///   would take a result from before its recovery for a new one.
/// - A key without an entry takes results admitted since `floor`, which is at least the epoch of every circuit that was
///   evicted.
#[derive(Debug)]
pub(crate) struct Table<K> {
    config: Config,
    /// Windows count their time from [`BEFORE_START`] before this.
    start: Instant,
    entries: HashMap<K, Circuit>,
    /// In the order of their last calls that were remembered.
    failing: BTreeMap<u64, K>,
    /// In the order of their last calls. Empty unless [`Trip`](crate::Trip) remembers successes.
    good: BTreeMap<u64, K>,
    /// In the order of their recoveries: the index is [`Circuit::since`].
    recovered: BTreeMap<u64, K>,
    /// How many tickets of each epoch have not been given back.
    outstanding: BTreeMap<u64, usize>,
    epoch: u64,
    floor: u64,
    /// The last number given to a probe or to a place in `failing` or `good`.
    serial: u64,
    /// Whether the last new key found no room.
    full: bool,
}

impl<K: Hash + Eq + Clone> Table<K> {
    pub(crate) fn new(config: Config, start: Instant) -> Self {
        Self {
            config,
            start,
            entries: HashMap::new(),
            failing: BTreeMap::new(),
            good: BTreeMap::new(),
            recovered: BTreeMap::new(),
            outstanding: BTreeMap::new(),
            epoch: 0,
            floor: 0,
            serial: 0,
            full: false,
        }
    }

    /// Admits a caller if the circuit is closed, which can be told without a clock.
    pub(crate) fn admit_closed(&mut self, key: &K) -> Option<Ticket> {
        match self.entries.get(key) {
            Some(entry) if !matches!(entry.phase, Phase::Closed) => None,
            _ => Some(self.issue()),
        }
    }

    /// Admits a caller, as a probe once the cooldown has passed.
    pub(crate) fn admit(
        &mut self,
        key: &K,
        now: Instant,
    ) -> (Result<Ticket, Rejected>, Option<Event>) {
        let Some(entry) = self.entries.get_mut(key) else {
            return (Ok(self.issue()), None);
        };
        let mut event = None;
        if let Phase::Open { .. } = entry.phase {
            let left = entry.cooldown_left(now);
            if !left.is_zero() {
                return (Err(Rejected::cooling_down(left)), None);
            }
            self.epoch += 1;
            event = entry.shift(
                Phase::HalfOpen(Probes::default()),
                Cause::CooldownPassed,
                self.epoch,
            );
        }
        let Phase::HalfOpen(probes) = &mut entry.phase else {
            return (Ok(self.issue()), None);
        };
        self.serial += 1;
        let admitted = match probes.admit(self.serial, now, &self.config) {
            Ok(()) => Ok(Ticket::Probe(self.serial)),
            Err(left) => Err(Rejected::probing(left)),
        };
        (admitted, event)
    }

    /// Takes back a ticket that has no result.
    pub(crate) fn abandon(&mut self, key: &K, ticket: Ticket) {
        match ticket {
            Ticket::Closed(epoch) => self.release(epoch),
            Ticket::Probe(serial) => {
                if let Some(probes) = self.probes(key) {
                    probes.abandon(serial);
                }
            }
        }
    }

    /// Takes back a ticket of a closed circuit with a success, which clears the failures of the key.
    pub(crate) fn succeed(&mut self, key: &K, epoch: u64) {
        let entry = self.entries.get(key);
        let counts = entry.is_some_and(|entry| entry.since <= epoch);
        self.release(epoch);
        if counts {
            self.heal(key);
        }
    }

    /// Takes back a ticket of a closed circuit with a call that has to be remembered, which may open it.
    pub(crate) fn record(
        &mut self,
        key: &K,
        epoch: u64,
        call: Call,
        now: Instant,
    ) -> Option<Event> {
        // Judged before the release, which may remove the tombstone that tells.
        let entry = self.entries.get(key);
        let counts = entry.map_or(self.floor, |entry| entry.since) <= epoch;
        self.release(epoch);
        self.sweep(now);
        if !counts {
            return None;
        }
        let mut entry = match self.take(key) {
            Some(entry) => entry,
            None if self.make_room(call) => Circuit::new(self.floor),
            None if call.is_good() => return None,
            // Told once, not for every failure from here on.
            None => return (!mem::replace(&mut self.full, true)).then_some(Event::Full),
        };
        let at = self.time(now);
        let cause = entry.calls.record(call, at, &self.config.trip);
        self.put(key, entry);
        self.open(key, now, cause?)
    }

    /// Takes back a probe's ticket with its result, unless the probe has lost its place.
    pub(crate) fn probed(
        &mut self,
        key: &K,
        serial: u64,
        call: Call,
        now: Instant,
    ) -> Option<Event> {
        let config = self.config;
        let probes = self.probes(key)?;
        if !probes.finish(serial, now, &config) {
            return None;
        }
        let cause = match call {
            Call { failed: true, .. } => Cause::ProbeFailed,
            Call { slow: true, .. } => Cause::ProbeSlow,
            _ if probes.succeed(&config) => {
                return self.shift(key, Phase::Closed, Cause::ProbesSucceeded);
            }
            _ => return None,
        };
        self.open(key, now, cause)
    }

    pub(crate) fn force_open(&mut self, key: &K, now: Instant) -> Option<Event> {
        if !self.entries.contains_key(key) {
            self.entries.insert(key.clone(), Circuit::new(self.floor));
        }
        self.open(key, now, Cause::ForcedOpen)
    }

    pub(crate) fn reset(&mut self, key: &K) -> Option<Event> {
        let entry = self.entries.get(key)?;
        if matches!(entry.phase, Phase::Closed) {
            self.heal(key);
            return None;
        }
        self.shift(key, Phase::Closed, Cause::Reset)
    }

    pub(crate) fn state(&self, key: &K, now: Instant) -> State {
        let entry = self.entries.get(key);
        entry.map_or(State::Closed, |entry| entry.state(now))
    }

    /// How many keys are remembered, tombstones among them.
    pub(crate) fn len(&mut self, now: Instant) -> usize {
        self.sweep(now);
        self.entries.len()
    }

    pub(crate) fn snapshot(&mut self, now: Instant) -> Vec<Snapshot<K>> {
        self.sweep(now);
        let at = self.time(now);
        let listed = self.entries.iter().filter_map(|(key, entry)| {
            let tally = entry.calls.tally(at, &self.config.trip);
            if matches!(entry.phase, Phase::Closed) && tally.is_good() {
                return None;
            }
            Some(Snapshot {
                key: key.clone(),
                state: entry.state(now),
                calls: tally.calls,
                failures: tally.failed,
                slow: tally.slow,
                retry_after: entry.cooldown_left(now),
            })
        });
        listed.collect()
    }

    /// The time as windows count it.
    fn time(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
            .saturating_add(BEFORE_START)
    }

    fn issue(&mut self) -> Ticket {
        *self.outstanding.entry(self.epoch).or_default() += 1;
        Ticket::Closed(self.epoch)
    }

    /// Counts a ticket as given back, and removes the tombstones that stood for its sake.
    fn release(&mut self, epoch: u64) {
        if let btree_map::Entry::Occupied(mut count) = self.outstanding.entry(epoch) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        let oldest = self.oldest_outstanding();
        while let Some(tombstone) = self.recovered.first_entry()
            && *tombstone.key() <= oldest
        {
            self.entries.remove(&tombstone.remove());
        }
    }

    fn oldest_outstanding(&self) -> u64 {
        self.outstanding.keys().next().copied().unwrap_or(u64::MAX)
    }

    /// Forgets the keys of which no call counts any longer.
    fn sweep(&mut self, now: Instant) {
        let at = self.time(now);
        while let Some(key) = self.past(&self.failing, at) {
            self.heal(&key);
        }
        while let Some(key) = self.past(&self.good, at) {
            self.heal(&key);
        }
    }

    /// The first key listed, if none of its calls counts any longer.
    fn past(&self, list: &BTreeMap<u64, K>, at: Duration) -> Option<K> {
        let (_, oldest) = list.first_key_value()?;
        let entry = self.entries.get(oldest)?;
        let tally = entry.calls.tally(at, &self.config.trip);
        (tally.calls == 0).then(|| oldest.clone())
    }

    /// Makes room for a new key at the cost of a closed one: a tombstone, else the one longest without a call of those
    /// that are good, else, unless the new key is good itself, of those that are not.
    fn make_room(&mut self, call: Call) -> bool {
        if self.entries.len() >= self.config.capacity {
            let inert = self.recovered.pop_first().or_else(|| self.good.pop_first());
            let closed = match inert {
                None if !call.is_good() => self.failing.pop_first(),
                inert => inert,
            };
            let Some((_, key)) = closed else {
                return false;
            };
            if let Some(entry) = self.entries.remove(&key) {
                self.floor = self.floor.max(entry.since);
            }
        }
        self.full = false;
        true
    }

    fn heal(&mut self, key: &K) {
        if let Some(mut entry) = self.take(key) {
            entry.calls = Window::default();
            self.put(key, entry);
        }
    }

    fn open(&mut self, key: &K, now: Instant, cause: Cause) -> Option<Event> {
        let reopened = self.entries.get_mut(key)?.count_reopening(cause);
        let cooldown = self.config.cooldown_after(reopened);
        let phase = Phase::Open {
            since: now,
            cooldown,
        };
        self.shift(key, phase, cause)
    }

    /// Changes the state, which begins a new epoch.
    fn shift(&mut self, key: &K, phase: Phase, cause: Cause) -> Option<Event> {
        let mut entry = self.take(key)?;
        self.epoch += 1;
        let event = entry.shift(phase, cause, self.epoch);
        self.put(key, entry);
        event
    }

    /// Removes an entry with its place in the lists.
    fn take(&mut self, key: &K) -> Option<Circuit> {
        let entry = self.entries.remove(key)?;
        // Neither number is ever given twice, so nothing else can be listed under it.
        self.failing.remove(&entry.place);
        self.good.remove(&entry.place);
        self.recovered.remove(&entry.since);
        Some(entry)
    }

    /// Inserts an entry and lists it, or drops it if there is nothing to remember.
    fn put(&mut self, key: &K, mut entry: Circuit) {
        if matches!(entry.phase, Phase::Closed) {
            if !entry.calls.is_empty() {
                self.serial += 1;
                entry.place = self.serial;
                let list = match entry.calls.is_good() {
                    true => &mut self.good,
                    false => &mut self.failing,
                };
                list.insert(entry.place, key.clone());
            } else if entry.since > self.floor && entry.since > self.oldest_outstanding() {
                self.recovered.insert(entry.since, key.clone());
            } else {
                return;
            }
        }
        self.entries.insert(key.clone(), entry);
    }

    fn probes(&mut self, key: &K) -> Option<&mut Probes> {
        match &mut self.entries.get_mut(key)?.phase {
            Phase::HalfOpen(probes) => Some(probes),
            Phase::Closed | Phase::Open { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Over, Rate, Trip};

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
        table.config.trip = Trip::Rate(Rate {
            over,
            minimum: 2,
            failed: Some(100),
            slow: None,
        });
        table
    }

    fn succeed(table: &mut Table<u32>, key: u32, now: Instant) {
        let epoch = closed(table, key);
        assert_eq!(table.record(&key, epoch, GOOD, now), None);
    }

    fn keys(table: &Table<u32>) -> Vec<u32> {
        let mut keys: Vec<_> = table.entries.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    fn closed(table: &mut Table<u32>, key: u32) -> u64 {
        match table.admit_closed(&key) {
            Some(Ticket::Closed(epoch)) => epoch,
            other => panic!("key {key} is not closed: {other:?}"),
        }
    }

    fn fail(table: &mut Table<u32>, key: u32, now: Instant) -> Option<Event> {
        let epoch = closed(table, key);
        table.fail(&key, epoch, now)
    }

    /// Opens `key` at `now` and closes it again by a probe, one cooldown later.
    fn open_and_recover(table: &mut Table<u32>, key: u32, now: Instant) {
        table.force_open(&key, now);
        let later = now + 10 * SECOND;
        let Ok(Ticket::Probe(serial)) = table.admit(&key, later).0 else {
            panic!("key {key} admits no probe");
        };
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
        table.abandon(&1, Ticket::Closed(new));
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
        table.config.trip = Trip::Failures { count: 9, within };
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
        let epoch = closed(&mut table, 3);
        table.record(&3, epoch, slow, now);
        assert_eq!(keys(&table), [3]);
        fail(&mut table, 2, now);
        table.force_open(&2, now);
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
        table.force_open(&1, now);
        assert_eq!(fail(&mut table, 2, now), Some(Event::Full));
        assert_eq!(fail(&mut table, 2, now), None);
        assert_eq!(table.state(&2, now), State::Closed);
        assert_eq!(table.state(&1, now), State::Open);
        table.reset(&1);
        assert_eq!(fail(&mut table, 2, now), None);
        table.force_open(&2, now);
        assert_eq!(fail(&mut table, 3, now), Some(Event::Full));
    }

    #[test]
    fn an_order_to_open_is_obeyed_at_capacity() {
        let (mut table, now) = (table(1), Instant::now());
        table.force_open(&1, now);
        table.force_open(&2, now);
        assert_eq!(table.state(&1, now), State::Open);
        assert_eq!(table.state(&2, now), State::Open);
    }

    #[test]
    fn opening_again_begins_the_cooldown_anew_and_is_no_change() {
        let (mut table, now) = (table(1), Instant::now());
        assert!(table.force_open(&1, now).is_some());
        assert_eq!(table.force_open(&1, now + 9 * SECOND), None);
        assert_eq!(table.state(&1, now + 10 * SECOND), State::Open);
    }

    #[test]
    fn a_circuit_that_closed_before_the_clock_was_read_admits_all_the_same() {
        let (mut table, now) = (table(10), Instant::now());
        assert!(matches!(
            table.admit(&1, now),
            (Ok(Ticket::Closed(_)), None)
        ));
        fail(&mut table, 1, now);
        assert!(matches!(
            table.admit(&1, now),
            (Ok(Ticket::Closed(_)), None)
        ));
    }

    #[test]
    fn a_ticket_of_a_probe_does_nothing_once_its_circuit_is_gone() {
        let (mut table, now) = (table(10), Instant::now());
        table.force_open(&1, now);
        let Ok(Ticket::Probe(serial)) = table.admit(&1, now + 10 * SECOND).0 else {
            panic!("no probe was admitted");
        };
        table.force_open(&1, now);
        table.abandon(&1, Ticket::Probe(serial));
        assert_eq!(table.probed(&1, serial, GOOD, now), None);
        table.reset(&1);
        table.abandon(&1, Ticket::Probe(serial));
        assert_eq!(table.probed(&1, serial, GOOD, now), None);
        assert_eq!(table.reset(&1), None);
    }

    impl Table<u32> {
        fn fail(&mut self, key: &u32, epoch: u64, now: Instant) -> Option<Event> {
            self.record(key, epoch, FAILED, now)
        }

        /// Panics if an invariant does not hold.
        fn check(&self) {
            let mut listed = 0;
            for (key, entry) in &self.entries {
                let closed = matches!(entry.phase, Phase::Closed);
                let failing = self.failing.get(&entry.place) == Some(key);
                let recovered = self.recovered.get(&entry.since) == Some(key);
                let good = self.good.get(&entry.place) == Some(key);
                let remembered = closed && !entry.calls.is_empty();
                assert_eq!(failing, remembered && !entry.calls.is_good(), "{self:?}");
                assert_eq!(good, remembered && entry.calls.is_good(), "{self:?}");
                let tombstone = closed && entry.calls.is_empty();
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
                    .all(|&since| since > self.oldest_outstanding())
            );
        }

        fn keys_that_are_not_closed(&self) -> Vec<u32> {
            let entries = self.entries.iter();
            let open = entries.filter(|(_, entry)| !matches!(entry.phase, Phase::Closed));
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
                    0..3 => tickets.extend(table.admit(&key, now).0.ok().map(|ticket| (key, ticket))),
                    3..6 if !tickets.is_empty() => {
                        let (owner, ticket) = tickets.swap_remove(key as usize % tickets.len());
                        touched = owner;
                        match ticket {
                            _ if step == 3 => table.abandon(&owner, ticket),
                            Ticket::Closed(epoch) if wait < 3 && by_rate.is_some() => {
                                table.record(&owner, epoch, GOOD, now);
                            }
                            Ticket::Closed(epoch) if wait == 0 => table.succeed(&owner, epoch),
                            Ticket::Closed(epoch) => drop(table.fail(&owner, epoch, now)),
                            Ticket::Probe(serial) => {
                                let call = if step == 4 { GOOD } else { FAILED };
                                table.probed(&owner, serial, call, now);
                            }
                        }
                    }
                    6 if wait == 0 => {
                        table.force_open(&key, now);
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
