//! From one process to another.

use std::hash::Hash;
use std::time::{Instant, SystemTime};

use crate::Saved;
use crate::circuit::{Circuit, Phase};
use crate::saved::{SavedCalls, SavedCircuit};
use crate::table::Table;

impl<K: Hash + Eq + Clone> Table<K> {
    pub(crate) fn export(&self, now: Instant, wall: SystemTime) -> Vec<Saved<K>> {
        let at = self.time(now);
        let saved = self.entries.iter().filter_map(|(key, entry)| {
            let circuit = match entry.phase {
                Phase::Closed => {
                    SavedCircuit::Closed(SavedCalls::save(&entry.calls, at, &self.config.trip)?)
                }
                Phase::Open { .. } | Phase::HalfOpen(_) => SavedCircuit::Open {
                    cooldown_left: entry.cooldown_left(now),
                    reopened: entry.reopened,
                },
            };
            Some(Saved {
                key: key.clone(),
                at: wall,
                circuit,
            })
        });
        saved.collect()
    }

    /// Takes over what there is room for, and tells how many keys that were.
    pub(crate) fn import(&mut self, saved: Vec<Saved<K>>, now: Instant, wall: SystemTime) -> usize {
        self.sweep(now);
        // What is closed goes without first, if there is not room for all.
        let (closed, open): (Vec<_>, Vec<_>) = saved
            .into_iter()
            .partition(|saved| matches!(saved.circuit, SavedCircuit::Closed(_)));
        let taken = open.into_iter().chain(closed);
        taken
            .filter_map(|saved| self.take_over(saved, now, wall))
            .count()
    }

    fn take_over(&mut self, saved: Saved<K>, now: Instant, wall: SystemTime) -> Option<()> {
        if self.entries.len() >= self.config.capacity || self.entries.contains_key(&saved.key) {
            return None;
        }
        // A wall clock may be set back.
        let elapsed = wall.duration_since(saved.at).unwrap_or_default();
        let mut entry = Circuit::new(self.floor);
        match saved.circuit {
            SavedCircuit::Closed(calls) => {
                let at = self.time(now);
                entry.calls = calls.restore(at, elapsed, &self.config.trip)?;
            }
            SavedCircuit::Open {
                cooldown_left,
                reopened,
            } => {
                // Results of calls admitted before do not count: this is a change of state to them.
                self.epoch += 1;
                entry.since = self.epoch;
                entry.reopened = reopened;
                entry.phase = Phase::Open {
                    since: now,
                    cooldown: cooldown_left.saturating_sub(elapsed),
                };
            }
        }
        self.put(&saved.key, entry);
        Some(())
    }
}
