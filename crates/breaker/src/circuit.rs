//! One circuit: its state, and since when.

use std::time::{Duration, Instant};

use crate::event::Event;
use crate::probes::Probes;
use crate::window::Window;
use crate::{Config, State};

/// A circuit that is remembered.
#[derive(Debug)]
pub(crate) struct Circuit {
    /// The epoch of the table in which the state began.
    pub(crate) since: u64,
    /// The place in the table's list of failing keys, if it is listed there.
    pub(crate) place: u64,
    pub(crate) failures: Window,
    pub(crate) phase: Phase,
}

/// The state of a circuit with what belongs to it.
#[derive(Debug)]
pub(crate) enum Phase {
    Closed,
    Open { since: Instant },
    HalfOpen(Probes),
}

impl Circuit {
    pub(crate) fn new(since: u64) -> Self {
        Self {
            since,
            place: 0,
            failures: Window::default(),
            phase: Phase::Closed,
        }
    }

    pub(crate) fn shift(&mut self, phase: Phase, epoch: u64) -> Option<Event> {
        let from = self.phase.state();
        let to = phase.state();
        self.since = epoch;
        self.failures = Window::default();
        self.phase = phase;
        (from != to).then_some(Event::Changed { from, to })
    }

    /// The state as a caller meets it: a circuit whose cooldown has passed is half-open, though nobody has come yet.
    pub(crate) fn state(&self, now: Instant, config: &Config) -> State {
        match self.phase.state() {
            State::Open if self.phase.cooldown_left(now, config).is_zero() => State::HalfOpen,
            state => state,
        }
    }

    pub(crate) fn is_tombstone(&self) -> bool {
        matches!(self.phase, Phase::Closed) && self.failures.is_empty()
    }
}

impl Phase {
    pub(crate) fn state(&self) -> State {
        match self {
            Self::Closed => State::Closed,
            Self::Open { .. } => State::Open,
            Self::HalfOpen(_) => State::HalfOpen,
        }
    }

    pub(crate) fn cooldown_left(&self, now: Instant, config: &Config) -> Duration {
        match self {
            Self::Open { since } => {
                let age = now.saturating_duration_since(*since);
                config.cooldown.saturating_sub(age)
            }
            Self::Closed | Self::HalfOpen(_) => Duration::ZERO,
        }
    }
}
