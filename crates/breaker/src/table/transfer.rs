//! From one process to another.

use std::hash::Hash;
use std::time::{Instant, SystemTime};

use super::{Entry, Table};
use crate::Saved;
use crate::circuit::Circuit;
use crate::saved::SavedCircuit;

impl<K: Hash + Eq + Clone> Table<K> {
    pub(crate) fn export(&self, now: Instant, wall: SystemTime) -> Vec<Saved<K>> {
        let saved = self.entries.iter().filter_map(|(key, entry)| {
            Some(Saved {
                key: key.clone(),
                at: wall,
                circuit: entry.circuit.save(now, &self.rules)?,
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
        if self.entries.len() >= self.rules.config.capacity || self.entries.contains_key(&saved.key)
        {
            return None;
        }
        // A wall clock may be set back.
        let elapsed = wall.duration_since(saved.at).unwrap_or_default();
        let circuit = Circuit::restore(saved.circuit, self.floor, elapsed, now, &self.rules)?;
        self.entries.insert(saved.key.clone(), Entry::new(circuit));
        // Nothing changes any more, but it has to be listed.
        self.change(&saved.key, |_, _| None);
        Some(())
    }
}
