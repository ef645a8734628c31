//! What a single breaker, its clones and its permits share.

use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::audience::Audience;
use crate::circuit::{Admitted, Circuit, Glance, Rules};
use crate::event::Event;
use crate::permit::Circuits;
use crate::signal::{Sign, Signal};
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering};
use crate::tally::Call;
use crate::ticket::{Kind, Ticket};
use crate::{Clock, Config, Outcome, Permit, Rejected, Snapshot, Trip};

/// The time after 584 years.
const NEVER: u64 = u64::MAX;

/// One circuit, with the clock it goes by and those who are told of it.
///
/// Here a ticket is never counted: the epoch is the circuit's own, so a result is late if its epoch is not the present one.
pub(crate) struct Single {
    signal: Signal,
    /// When the cooldown will have passed, in nanoseconds since the start; [`NEVER`] if the circuit is forced open, 0 unless
    /// it is open and this is known.
    reject_until: AtomicU64,
    core: Mutex<Core>,
    start: Instant,
    pub(crate) trip: Trip,
    cooldown: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) audience: Audience<()>,
}

/// The circuit and its rules.
pub(crate) struct Core {
    circuit: Circuit,
    rules: Rules,
}

/// The locked circuit. What can be told without the lock is brought up to date before the lock is given back.
pub(crate) struct Locked<'a> {
    core: MutexGuard<'a, Core>,
    single: &'a Single,
}

impl Single {
    pub(crate) fn new(config: Config, clock: Arc<dyn Clock>, audience: Audience<()>) -> Self {
        let start = clock.now();
        let core = Core {
            circuit: Circuit::new(0),
            rules: Rules::new(config, start),
        };
        Self {
            signal: Signal::new(core.sign()),
            reject_until: AtomicU64::new(0),
            core: Mutex::new(core),
            start,
            trip: config.trip,
            cooldown: config.cooldown,
            clock,
            audience,
        }
    }

    pub(crate) fn core(&self) -> Locked<'_> {
        Locked {
            core: self.core.lock().unwrap_or_else(PoisonError::into_inner),
            single: self,
        }
    }

    /// Admits a caller without the lock, the clock or a trace: the usual case.
    #[inline]
    pub(crate) fn admit_quick(&self) -> Option<Ticket> {
        let sign = self.signal.read();
        (!sign.ask && self.trip.slow_threshold().is_none()).then(|| Ticket::uncounted(sign.epoch))
    }

    /// Admits a caller, or not, by what the circuit says. Apart, so that the usual case is small where it is inlined.
    #[inline(never)]
    pub(crate) fn ask(&self) -> Result<Permit<'_>, Rejected> {
        let (ticket, event) = self.admit()?;
        Ok(Permit::begin(self, &(), ticket, event))
    }

    /// As [`ask`](Self::ask), for a permit of any kind.
    #[inline]
    pub(crate) fn admit(&self) -> Result<(Ticket, Option<Event>), Rejected> {
        // Read after the signal, and written before it: it is of that moment or of a later one.
        let until = self.reject_until.load(Ordering::Relaxed);
        if until == NEVER {
            return Err(Rejected::forced(self.cooldown));
        }
        let now = self.clock.now();
        let left = until.saturating_sub(self.nanos(now));
        if left != 0 {
            return Err(Rejected::cooling_down(Duration::from_nanos(left)));
        }
        self.core().admit(now)
    }

    /// Counts a call for which the time does not matter. The clock is read only where the circuit has to open.
    fn count(&self, epoch: u64, outcome: Outcome) -> Option<Event> {
        let call = Call::of(outcome);
        let mut core = self.core();
        if core.circuit.since != epoch {
            return None;
        }
        let Core { circuit, rules } = &mut *core;
        let cause = circuit.count(call, Duration::ZERO, rules)?;
        drop(core);
        let now = self.clock.now();
        let mut core = self.core();
        if core.circuit.since != epoch {
            // Another call has opened it meanwhile.
            return None;
        }
        core.order(|circuit, rules| circuit.open(cause, now, rules))
    }

    /// The time since the start in nanoseconds; the last of its kind after 584 years.
    fn nanos(&self, now: Instant) -> u64 {
        let nanos = now.saturating_duration_since(self.start).as_nanos();
        u64::try_from(nanos).unwrap_or(NEVER)
    }
}

impl Core {
    fn admit(&mut self, now: Instant) -> Result<(Ticket, Option<Event>), Rejected> {
        let (admitted, event) = self.circuit.admit(now, &mut self.rules)?;
        let ticket = match admitted {
            Admitted::Closed => Ticket::uncounted(self.circuit.since),
            Admitted::Probe(serial) => Ticket::probe(serial),
        };
        Ok((ticket, event))
    }

    /// Obeys an order.
    pub(crate) fn order(
        &mut self,
        order: impl FnOnce(&mut Circuit, &mut Rules) -> Option<Event>,
    ) -> Option<Event> {
        order(&mut self.circuit, &mut self.rules)
    }

    pub(crate) fn snapshot(&self, now: Instant) -> Snapshot<()> {
        Snapshot::new((), &self.circuit, now, &self.rules)
    }

    /// Nothing if there is nothing to go on from.
    #[cfg(feature = "serde")]
    pub(crate) fn save(&self, now: Instant) -> Option<crate::saved::SavedCircuit> {
        self.circuit.save(now, &self.rules)
    }

    /// Takes over what was saved so long ago, unless something is known here already or nothing of it counts any longer.
    #[cfg(feature = "serde")]
    pub(crate) fn restore(
        &mut self,
        saved: crate::saved::SavedCircuit,
        elapsed: Duration,
        now: Instant,
    ) -> bool {
        if !self.circuit.is_closed() || self.circuit.tally(now, &self.rules).calls > 0 {
            return false;
        }
        let since = self.circuit.since;
        let restored = Circuit::restore(saved, since, elapsed, now, &self.rules);
        let taken = restored.is_some();
        if let Some(circuit) = restored {
            self.circuit = circuit;
        }
        taken
    }

    fn sign(&self) -> Sign {
        let trip = &self.rules.config.trip;
        Sign {
            epoch: self.circuit.since,
            ask: !matches!(self.circuit.glance(), Glance::Closed),
            // Where it matters whether a success was slow, it has to be told.
            tell: trip.slow_threshold().is_some() || !self.circuit.absorbs_success(trip),
        }
    }
}

impl Circuits<()> for Single {
    fn settle(
        &self,
        (): &(),
        ticket: &mut Ticket,
        started: Option<Instant>,
        outcome: Outcome,
    ) -> Option<Event> {
        if outcome == Outcome::Ignore {
            let ticket = mem::replace(ticket, Ticket::SPENT);
            if let Kind::Probe(serial) = ticket.kind() {
                self.core().circuit.abandon(serial);
            }
            return None;
        }
        let clears = outcome == Outcome::Success && !self.trip.remembers_successes();
        if let Kind::Uncounted(epoch) = ticket.kind()
            && (clears || self.trip.is_timeless())
        {
            *ticket = Ticket::SPENT;
            return self.count(epoch, outcome);
        }
        // The clock is read first: if it panics, the drop gives the ticket back.
        let now = self.clock.now();
        let call = self.trip.call(outcome, started, now);
        let ticket = mem::replace(ticket, Ticket::SPENT);
        let mut core = self.core();
        let Core { circuit, rules } = &mut *core;
        match ticket.kind() {
            Kind::Uncounted(epoch) if epoch == circuit.since => circuit.record(call, now, rules),
            Kind::Probe(serial) => circuit.probed(serial, call, now, rules),
            // It is late.
            _ => None,
        }
    }

    fn signal(&self) -> &Signal {
        &self.signal
    }

    fn start(&self) -> Option<Instant> {
        self.trip.slow_threshold().map(|_| self.clock.now())
    }

    fn tell(&self, (): &(), event: Option<Event>) {
        self.audience.tell(&(), event);
    }
}

impl Deref for Locked<'_> {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Core {
        &mut self.core
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let until = match self.core.circuit.glance() {
            // An end too far away to be told in nanoseconds is told under the lock.
            Glance::Open { since, cooldown } => since
                .checked_add(cooldown)
                .map(|end| self.single.nanos(end))
                .filter(|until| *until != NEVER)
                .unwrap_or(0),
            Glance::ForcedOpen => NEVER,
            Glance::Closed | Glance::Unknown => 0,
        };
        self.single.reject_until.store(until, Ordering::Relaxed);
        self.single.signal.set(self.core.sign());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, Over, Rate, State};

    /// A circuit of which the tests hold the lock: what needs it would wait for ever.
    fn single(trip: Trip) -> (Single, ManualClock) {
        let config = Config {
            trip,
            ..Config::default()
        };
        let clock = ManualClock::new();
        let audience = Audience::new(None);
        (
            Single::new(config, Arc::new(clock.clone()), audience),
            clock,
        )
    }

    fn rate_of_2() -> Trip {
        Trip::Rate(Rate {
            over: Over::Calls(2),
            minimum: 2,
            failed: Some(100),
            slow: None,
        })
    }

    fn succeed(single: &Single) {
        let ticket = single.admit_quick().expect("closed");
        Permit::quick(single, single.signal(), &(), ticket).success();
    }

    fn fail(single: &Single) {
        let ticket = single.admit_quick().expect("closed");
        Permit::quick(single, single.signal(), &(), ticket).failure();
    }

    #[test]
    fn a_healthy_circuit_admits_and_takes_a_success_without_the_lock() {
        let (single, _) = single(Config::default().trip);
        let lock = single.core();
        succeed(&single);
        drop(lock);
        fail(&single);
        succeed(&single);
        let _lock = single.core();
        succeed(&single);
    }

    #[test]
    fn a_window_full_of_good_calls_takes_another_without_the_lock() {
        let (single, _) = single(rate_of_2());
        fail(&single);
        succeed(&single);
        assert_eq!(single.core().snapshot(single.start).calls, 2);
        succeed(&single);
        assert_eq!(single.core().snapshot(single.start).failures, 0);
        let _lock = single.core();
        succeed(&single);
    }

    #[test]
    fn an_open_circuit_rejects_without_the_lock() {
        let (single, clock) = single(Config::default().trip);
        clock.advance(Duration::from_secs(7));
        let now = single.clock.now();
        single
            .core()
            .order(|circuit, rules| circuit.open(crate::Cause::Tripped, now, rules));
        clock.advance(Duration::from_secs(1));
        let _lock = single.core();
        let rejected = single.admit().unwrap_err();
        assert_eq!(rejected.state, State::Open);
        assert_eq!(rejected.retry_after, Duration::from_secs(299));
    }
}
