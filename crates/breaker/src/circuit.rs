//! One circuit: its state, and since when.

use std::time::{Duration, Instant};

use crate::event::Event;
use crate::probes::Probes;
use crate::window::Window;
use crate::{Cause, State};

/// A circuit that is remembered.
#[derive(Debug)]
pub(crate) struct Circuit {
    /// The epoch of the table in which the state began.
    pub(crate) since: u64,
    /// The place in the table's lists of failing and of good keys, if it is listed there.
    pub(crate) place: u64,
    /// How many probes have opened it again since it was last closed.
    pub(crate) reopened: u32,
    pub(crate) calls: Window,
    pub(crate) phase: Phase,
}

/// The state of a circuit with what belongs to it.
#[derive(Debug)]
pub(crate) enum Phase {
    Closed,
    Open { since: Instant, cooldown: Duration },
    HalfOpen(Probes),
}

impl Circuit {
    pub(crate) fn new(since: u64) -> Self {
        Self {
            since,
            place: 0,
            reopened: 0,
            calls: Window::default(),
            phase: Phase::Closed,
        }
    }

    /// Counts a probe that opens it again; an order to open says nothing about the key.
    pub(crate) fn count_reopening(&mut self, cause: Cause) -> u32 {
        if matches!(cause, Cause::ProbeFailed | Cause::ProbeSlow) {
            self.reopened = self.reopened.saturating_add(1);
        }
        self.reopened
    }

    pub(crate) fn shift(&mut self, phase: Phase, cause: Cause, epoch: u64) -> Option<Event> {
        let from = self.phase.state();
        let to = phase.state();
        self.since = epoch;
        self.calls = Window::default();
        self.phase = phase;
        if to == State::Closed {
            self.reopened = 0;
        }
        (from != to).then_some(Event::Changed {
            from,
            to,
            cause,
            order: epoch,
        })
    }

    /// The state as a caller meets it: a circuit whose cooldown has passed is half-open, though nobody has come yet.
    pub(crate) fn state(&self, now: Instant) -> State {
        match self.phase.state() {
            State::Open if self.cooldown_left(now).is_zero() => State::HalfOpen,
            state => state,
        }
    }

    /// The time until the cooldown has passed; zero unless it is open.
    pub(crate) fn cooldown_left(&self, now: Instant) -> Duration {
        match self.phase {
            Phase::Open { since, cooldown } => {
                let age = now.saturating_duration_since(since);
                cooldown.saturating_sub(age)
            }
            Phase::Closed | Phase::HalfOpen(_) => Duration::ZERO,
        }
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
}
