//! The core: one circuit, and the rules by which it changes.

use std::time::{Duration, Instant};

use crate::event::Event;
use crate::probes::Probes;
use crate::tally::{Call, Tally};
use crate::window::Window;
use crate::{Cause, Config, Rejected, State, Trip};

#[cfg(feature = "serde")]
mod transfer;

/// Room for calls that another process saw before this one began: 136 years, which no time window needs.
const BEFORE_START: Duration = Duration::from_secs(1 << 32);

/// What all circuits of a registry go by.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) config: Config,
    /// Windows count their time from [`BEFORE_START`] before this.
    pub(crate) start: Instant,
    /// Grows with every change of state of any circuit.
    pub(crate) epoch: u64,
    /// The last number given to a probe, or to anything else that must not be taken for another.
    pub(crate) serial: u64,
}

/// A circuit that is remembered.
#[derive(Debug)]
pub(crate) struct Circuit {
    /// The epoch in which the state began: a result counts only if it was admitted since.
    pub(crate) since: u64,
    /// How many probes have opened it again since it was last closed.
    reopened: u32,
    calls: Window,
    phase: Phase,
}

/// The state of a circuit with what belongs to it.
#[derive(Debug)]
enum Phase {
    Closed,
    Open {
        since: Instant,
        cooldown: Duration,
    },
    HalfOpen(Probes),
    /// Open or closed by order, until another order.
    Forced(State),
}

/// What a caller finds who brings no time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Glance {
    /// It is admitted.
    Closed,
    /// It is rejected, unless the cooldown has passed.
    Open { since: Instant, cooldown: Duration },
    /// It is rejected, whatever the time.
    ForcedOpen,
    /// That cannot be told without the time.
    Unknown,
}

/// How a caller was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admitted {
    Closed,
    /// As the probe of this number.
    Probe(u64),
}

impl Rules {
    pub(crate) fn new(config: Config, start: Instant) -> Self {
        Self {
            config,
            start,
            epoch: 0,
            serial: 0,
        }
    }

    /// The time as windows count it.
    pub(crate) fn time(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
            .saturating_add(BEFORE_START)
    }

    pub(crate) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

impl Circuit {
    /// A closed circuit of which nothing is known but the epoch that its state began in.
    pub(crate) fn new(since: u64) -> Self {
        Self {
            since,
            reopened: 0,
            calls: Window::default(),
            phase: Phase::Closed,
        }
    }

    pub(crate) fn glance(&self) -> Glance {
        match self.phase {
            Phase::Closed | Phase::Forced(State::Closed) => Glance::Closed,
            Phase::Open { since, cooldown } => Glance::Open { since, cooldown },
            Phase::Forced(_) => Glance::ForcedOpen,
            Phase::HalfOpen(_) => Glance::Unknown,
        }
    }

    /// Admits a caller, as a probe once the cooldown has passed.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        rules: &mut Rules,
    ) -> Result<(Admitted, Option<Event>), Rejected> {
        let mut event = None;
        if let Phase::Open { since, cooldown } = self.phase {
            let left = cooldown_left(since, cooldown, now);
            if !left.is_zero() {
                return Err(Rejected::cooling_down(left));
            }
            let phase = Phase::HalfOpen(Probes::default());
            event = self.shift(phase, Cause::CooldownPassed, rules);
        }
        let admitted = match &mut self.phase {
            Phase::HalfOpen(probes) => {
                let serial = rules.next_serial();
                let admitted = probes.admit(serial, now, &rules.config);
                // The first to come after the cooldown finds every place free, so no event is lost here.
                admitted.map_err(Rejected::probing)?;
                Admitted::Probe(serial)
            }
            Phase::Forced(State::Open) => return Err(Rejected::forced(rules.config.cooldown)),
            _ => Admitted::Closed,
        };
        Ok((admitted, event))
    }

    /// Counts a call that a closed circuit admitted, which may open it.
    pub(crate) fn record(&mut self, call: Call, now: Instant, rules: &mut Rules) -> Option<Event> {
        let cause = self.count(call, rules.time(now), rules)?;
        self.open(cause, now, rules)
    }

    /// Counts a call that a closed circuit admitted, and tells why it has to be opened now, if it has. The time does not
    /// matter if the policy [is timeless](Trip::is_timeless).
    pub(crate) fn count(&mut self, call: Call, at: Duration, rules: &Rules) -> Option<Cause> {
        if !matches!(self.phase, Phase::Closed) {
            return None;
        }
        self.calls.record(call, at, &rules.config.trip)
    }

    /// Takes the result of a probe, unless the probe has lost its place.
    pub(crate) fn probed(
        &mut self,
        serial: u64,
        call: Call,
        now: Instant,
        rules: &mut Rules,
    ) -> Option<Event> {
        let Phase::HalfOpen(probes) = &mut self.phase else {
            return None;
        };
        if !probes.finish(serial, now, &rules.config) {
            return None;
        }
        let cause = match call {
            Call { failed: true, .. } => Cause::ProbeFailed,
            Call { slow: true, .. } => Cause::ProbeSlow,
            _ if probes.succeed(&rules.config) => {
                return self.shift(Phase::Closed, Cause::ProbesSucceeded, rules);
            }
            _ => return None,
        };
        // An order to open says nothing about the key, and so does not lengthen the cooldown.
        self.reopened = self.reopened.saturating_add(1);
        self.open(cause, now, rules)
    }

    /// Frees the place of a probe that will have no result.
    pub(crate) fn abandon(&mut self, serial: u64) {
        if let Phase::HalfOpen(probes) = &mut self.phase {
            probes.abandon(serial);
        }
    }

    /// Forgets the calls that count.
    pub(crate) fn heal(&mut self) {
        self.calls = Window::default();
    }

    /// Opens it until the next order.
    pub(crate) fn force_open(&mut self, rules: &mut Rules) -> Option<Event> {
        self.shift(Phase::Forced(State::Open), Cause::ForcedOpen, rules)
    }

    /// Closes it until the next order.
    pub(crate) fn force_close(&mut self, rules: &mut Rules) -> Option<Event> {
        self.shift(Phase::Forced(State::Closed), Cause::ForcedClosed, rules)
    }

    /// Closes it and forgets what counts.
    pub(crate) fn reset(&mut self, rules: &mut Rules) -> Option<Event> {
        if matches!(self.phase, Phase::Closed) {
            self.heal();
            return None;
        }
        self.shift(Phase::Closed, Cause::Reset, rules)
    }

    /// Whether it is closed by its calls, not by order.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    pub(crate) fn is_forced(&self) -> bool {
        matches!(self.phase, Phase::Forced(_))
    }

    /// Whether a success that is not slow would change nothing.
    pub(crate) fn absorbs_success(&self, trip: &Trip) -> bool {
        !self.is_closed() || self.calls.absorbs_success(trip)
    }

    /// Whether no call counts, so that a success has nothing to clear.
    pub(crate) fn is_blank(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether no bad call counted when the last was added.
    pub(crate) fn is_good(&self) -> bool {
        self.calls.is_good()
    }

    /// The calls that count now.
    pub(crate) fn tally(&self, now: Instant, rules: &Rules) -> Tally {
        self.calls.tally(rules.time(now))
    }

    /// The state as a caller meets it: a circuit whose cooldown has passed is half-open, though nobody has come yet.
    pub(crate) fn state(&self, now: Instant) -> State {
        match self.phase {
            Phase::Open { .. } if self.cooldown_left(now).is_zero() => State::HalfOpen,
            _ => self.phase.state(),
        }
    }

    /// The time until the cooldown has passed; zero unless it is open.
    pub(crate) fn cooldown_left(&self, now: Instant) -> Duration {
        match self.phase {
            Phase::Open { since, cooldown } => cooldown_left(since, cooldown, now),
            _ => Duration::ZERO,
        }
    }

    /// Opens it for one cooldown.
    pub(crate) fn open(&mut self, cause: Cause, now: Instant, rules: &mut Rules) -> Option<Event> {
        let phase = Phase::Open {
            since: now,
            cooldown: rules.config.cooldown_after(self.reopened),
        };
        self.shift(phase, cause, rules)
    }

    /// Changes the state, which begins a new epoch.
    fn shift(&mut self, phase: Phase, cause: Cause, rules: &mut Rules) -> Option<Event> {
        let from = self.phase.state();
        let to = phase.state();
        rules.epoch += 1;
        self.since = rules.epoch;
        self.heal();
        self.phase = phase;
        if to == State::Closed {
            self.reopened = 0;
        }
        (from != to).then_some(Event::Changed {
            from,
            to,
            cause,
            order: rules.epoch,
        })
    }
}

impl Phase {
    fn state(&self) -> State {
        match self {
            Self::Closed => State::Closed,
            Self::Open { .. } => State::Open,
            Self::HalfOpen(_) => State::HalfOpen,
            Self::Forced(state) => *state,
        }
    }
}

/// The time until a cooldown has passed.
pub(crate) fn cooldown_left(since: Instant, cooldown: Duration, now: Instant) -> Duration {
    cooldown.saturating_sub(now.saturating_duration_since(since))
}
