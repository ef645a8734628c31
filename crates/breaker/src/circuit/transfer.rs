//! From one process to another.

use std::time::{Duration, Instant};

use super::{Circuit, Phase, Rules};
use crate::State;
use crate::saved::{SavedCalls, SavedCircuit};

impl Circuit {
    /// Nothing if there is nothing to go on from.
    pub(crate) fn save(&self, now: Instant, rules: &Rules) -> Option<SavedCircuit> {
        Some(match self.phase {
            Phase::Closed => SavedCircuit::Closed(SavedCalls::save(&self.calls, rules.time(now))?),
            Phase::Forced(State::Closed) => SavedCircuit::ForcedClosed,
            Phase::Forced(_) => SavedCircuit::ForcedOpen,
            Phase::Open { .. } | Phase::HalfOpen(_) => SavedCircuit::Open {
                cooldown_left: self.cooldown_left(now),
                reopened: self.reopened,
            },
        })
    }

    /// Takes over what was saved so long ago; nothing if none of it counts any longer.
    pub(crate) fn restore(
        saved: SavedCircuit,
        since: u64,
        elapsed: Duration,
        now: Instant,
        rules: &Rules,
    ) -> Option<Self> {
        let mut circuit = Self::new(since);
        circuit.phase = match saved {
            SavedCircuit::Closed(calls) => {
                circuit.calls = calls.restore(rules.time(now), elapsed, &rules.config.trip)?;
                return Some(circuit);
            }
            SavedCircuit::Open {
                cooldown_left,
                reopened,
            } => {
                circuit.reopened = reopened;
                Phase::Open {
                    since: now,
                    cooldown: cooldown_left.saturating_sub(elapsed),
                }
            }
            SavedCircuit::ForcedOpen => Phase::Forced(State::Open),
            SavedCircuit::ForcedClosed => Phase::Forced(State::Closed),
        };
        Some(circuit)
    }
}
