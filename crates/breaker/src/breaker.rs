//! A single circuit.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "serde")]
use std::time::SystemTime;

#[cfg(feature = "stream")]
use crate::Changes;
#[cfg(feature = "serde")]
use crate::Saved;
use crate::audience::{Audience, Observer};
use crate::circuit::Circuit;
use crate::permit::Circuits as _;
use crate::single::Single;
use crate::{
    Cause, Change, Clock, Config, InvalidConfig, Outcome, OwnedPermit, Permit, Rejected, Snapshot,
    State, SystemClock,
};

/// A single circuit, for what has no keys.
///
/// It answers as [`Breakers`](crate::Breakers) would with one key, and is faster: while nothing speaks against the circuit,
/// a caller is admitted and its success reported with one atomic load each, and an open circuit rejects without a lock.
/// Clones share the circuit. [`Config::capacity`] does not matter to it.
///
/// ```
/// use breaker::{Breaker, Config, State, Trip};
///
/// let trip = Trip::Consecutive { count: 1 };
/// let breaker = Breaker::new(Config { trip, ..Config::default() })?;
/// breaker.admit()?.failure();
/// assert_eq!(breaker.state(), State::Open);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Breaker {
    shared: Arc<Single>,
}

impl Breaker {
    /// A closed circuit on the system's clock.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the field that is out of bounds.
    pub fn new(config: Config) -> Result<Self, InvalidConfig> {
        Self::with_clock(config, Arc::new(SystemClock))
    }

    /// A closed circuit on the given clock.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the field that is out of bounds.
    pub fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Result<Self, InvalidConfig> {
        Self::build(config, clock, None)
    }

    /// A closed circuit on the given clock that tells `observer` of every change of state, as
    /// [`Breakers::observed`](crate::Breakers::observed) does.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the field that is out of bounds.
    pub fn observed(
        config: Config,
        clock: Arc<dyn Clock>,
        observer: impl Fn(Change<&()>) + Send + Sync + 'static,
    ) -> Result<Self, InvalidConfig> {
        Self::build(config, clock, Some(Box::new(observer)))
    }

    fn build(
        config: Config,
        clock: Arc<dyn Clock>,
        observer: Option<Observer<()>>,
    ) -> Result<Self, InvalidConfig> {
        config.validate()?;
        let shared = Single::new(config, clock, Audience::new(observer));
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Gives the right to make one call, unless the circuit is open or is being probed.
    ///
    /// # Errors
    /// [`Rejected`] tells what stood in the way and when to come back.
    #[inline]
    pub fn admit(&self) -> Result<Permit<'_>, Rejected> {
        let circuit: &Single = &self.shared;
        if let Some(ticket) = circuit.admit_quick() {
            return Ok(Permit::quick(circuit, circuit.signal(), &(), ticket));
        }
        circuit.ask()
    }

    /// As [`admit`](Self::admit), for a call that outlives this borrow, in a task of its own for instance.
    ///
    /// # Errors
    /// [`Rejected`] tells what stood in the way and when to come back.
    pub fn admit_owned(&self) -> Result<OwnedPermit, Rejected> {
        let (ticket, event) = self.shared.admit()?;
        let circuit = Arc::<Single>::clone(&self.shared);
        Ok(OwnedPermit::begin(circuit, (), ticket, event))
    }

    /// Awaits `operation` if it is admitted, and reports what `judge` makes of its result.
    ///
    /// # Errors
    /// [`Rejected`] if it is not admitted; then `operation` is dropped without being polled.
    ///
    /// # Cancel safety
    /// As for [`Breakers::call`](crate::Breakers::call): dropping the future counts for nothing and frees a probe's place.
    pub async fn call<F: Future>(
        &self,
        operation: F,
        judge: impl FnOnce(&F::Output) -> Outcome,
    ) -> Result<F::Output, Rejected> {
        let permit = self.admit()?;
        let output = operation.await;
        permit.report(judge(&output));
        Ok(output)
    }

    /// The state in which a caller would find the circuit now.
    #[must_use]
    pub fn state(&self) -> State {
        self.snapshot().state
    }

    /// What is remembered of the circuit now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<()> {
        let now = self.shared.clock.now();
        self.shared.core().snapshot(now)
    }

    /// Opens the circuit for one cooldown from now, as if its failures had; a growing cooldown stays as it is.
    pub fn trip(&self) {
        let now = self.shared.clock.now();
        let event = self
            .shared
            .core()
            .order(|circuit, rules| circuit.open(Cause::Tripped, now, rules));
        self.shared.tell(&(), event);
    }

    /// Opens the circuit until the next order.
    pub fn force_open(&self) {
        let event = self.shared.core().order(Circuit::force_open);
        self.shared.tell(&(), event);
    }

    /// Closes the circuit until the next order: everybody is admitted, and no failure counts.
    pub fn force_close(&self) {
        let event = self.shared.core().order(Circuit::force_close);
        self.shared.tell(&(), event);
    }

    /// Closes the circuit, clears its failures and ends what was forced; if it was not closed, results of calls admitted
    /// before do not count.
    pub fn reset(&self) {
        let event = self.shared.core().order(Circuit::reset);
        self.shared.tell(&(), event);
    }

    /// The changes of state from now on, as [`Breakers::changes`](crate::Breakers::changes) has them.
    #[cfg(feature = "stream")]
    #[must_use]
    pub fn changes(&self) -> Changes<()> {
        self.shared.audience.subscribe()
    }

    /// What another process needs to go on from here, as [`Breakers::export`](crate::Breakers::export) has it; nothing if
    /// the circuit is healthy.
    #[cfg(feature = "serde")]
    #[must_use]
    pub fn export(&self, now: SystemTime) -> Option<Saved<()>> {
        let instant = self.shared.clock.now();
        let circuit = self.shared.core().save(instant)?;
        let (key, at) = ((), now);
        Some(Saved { key, at, circuit })
    }

    /// Takes over what another process has saved, and tells whether it did: not if something is known here already, as
    /// [`Breakers::import`](crate::Breakers::import) says.
    #[cfg(feature = "serde")]
    pub fn import(&self, saved: Saved<()>, now: SystemTime) -> bool {
        let instant = self.shared.clock.now();
        // A wall clock may be set back.
        let elapsed = now.duration_since(saved.at).unwrap_or_default();
        self.shared.core().restore(saved.circuit, elapsed, instant)
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker")
            .field("trip", &self.shared.trip)
            .field("clock", &self.shared.clock)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use tokio_test::{assert_ready, task};

    use super::*;
    use crate::{ManualClock, Over, Rate, Reason, Trip};

    #[test]
    fn it_opens_probes_and_closes() {
        let clock = ManualClock::new();
        let config = Config::default();
        let breaker = Breaker::with_clock(config, Arc::new(clock.clone())).unwrap();
        for _ in 0..5 {
            breaker.admit().unwrap().failure();
        }
        assert_eq!(breaker.state(), State::Open);
        assert_eq!(breaker.admit().unwrap_err().retry_after, config.cooldown);
        clock.advance(config.cooldown);
        breaker.admit().unwrap().success();
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn it_obeys_orders() {
        let breaker = Breaker::new(Config::default()).unwrap();
        breaker.trip();
        let call = breaker.call(ready(1), |_| Outcome::Success);
        assert!(assert_ready!(task::spawn(call).poll()).is_err());
        breaker.reset();
        let call = breaker.call(ready(1), |_| Outcome::Success);
        assert_eq!(assert_ready!(task::spawn(call).poll()), Ok(1));
    }

    #[test]
    fn it_stays_as_it_is_forced() {
        let clock = ManualClock::new();
        let config = Config::default();
        let breaker = Breaker::with_clock(config, Arc::new(clock.clone())).unwrap();
        breaker.force_open();
        clock.advance(10 * config.cooldown);
        assert_eq!(breaker.admit().unwrap_err().reason, Reason::ForcedOpen);
        breaker.force_close();
        for _ in 0..10 {
            breaker.admit().unwrap().failure();
        }
        assert!(breaker.snapshot().forced);
        assert_eq!(breaker.state(), State::Closed);
        breaker.reset();
        assert!(!breaker.snapshot().forced);
    }

    #[test]
    fn a_cooldown_beyond_what_nanoseconds_can_tell_is_kept() {
        for cooldown in [Duration::MAX, Duration::from_secs(1 << 35)] {
            let config = Config {
                cooldown,
                ..Config::default()
            };
            let clock = ManualClock::new();
            let breaker = Breaker::with_clock(config, Arc::new(clock.clone())).unwrap();
            breaker.trip();
            clock.advance(Duration::from_secs(1));
            let left = cooldown - Duration::from_secs(1);
            assert_eq!(breaker.admit().unwrap_err().retry_after, left);
        }
    }

    #[test]
    fn an_open_circuit_rejects_to_the_nanosecond() {
        let clock = ManualClock::new();
        let config = Config::default();
        let breaker = Breaker::with_clock(config, Arc::new(clock.clone())).unwrap();
        clock.advance(Duration::from_secs(7));
        breaker.trip();
        let nanosecond = Duration::from_nanos(1);
        clock.advance(config.cooldown - nanosecond);
        assert_eq!(breaker.admit().unwrap_err().retry_after, nanosecond);
        clock.advance(nanosecond);
        assert!(breaker.admit().is_ok());
    }

    #[test]
    fn a_window_full_of_good_calls_still_counts_the_next_failures() {
        let rate = Rate {
            over: Over::Calls(4),
            minimum: 4,
            failed: Some(50),
            slow: None,
        };
        let config = Config {
            trip: Trip::Rate(rate),
            ..Config::default()
        };
        let breaker = Breaker::new(config).unwrap();
        for _ in 0..9 {
            breaker.admit().unwrap().success();
        }
        assert_eq!(breaker.snapshot().calls, 4);
        breaker.admit().unwrap().failure();
        for _ in 0..3 {
            breaker.admit().unwrap().success();
        }
        assert_eq!(breaker.snapshot().failures, 1);
        breaker.admit().unwrap().success();
        assert_eq!(breaker.snapshot().failures, 0);
        for _ in 0..2 {
            assert_eq!(breaker.state(), State::Closed);
            breaker.admit().unwrap().failure();
        }
        assert_eq!(breaker.state(), State::Open);
    }

    #[test]
    fn an_owned_permit_goes_where_the_call_goes() {
        let config = Config {
            trip: Trip::Consecutive { count: 1 },
            ..Config::default()
        };
        let breaker = Breaker::new(config).unwrap();
        let permit = breaker.admit_owned().unwrap();
        std::thread::spawn(|| permit.failure()).join().unwrap();
        assert!(breaker.admit_owned().is_err());
        assert!(format!("{breaker:?}").contains("Breaker"));
    }

    #[test]
    fn a_clock_that_panics_costs_no_probe() {
        #[derive(Debug)]
        struct Broken(ManualClock, AtomicBool);
        impl Clock for Broken {
            fn now(&self) -> Instant {
                assert!(!self.1.load(Ordering::Relaxed), "the clock is broken");
                self.0.now()
            }
        }
        let clock = Arc::new(Broken(ManualClock::new(), AtomicBool::new(false)));
        let breaker = Breaker::with_clock(Config::default(), Arc::<Broken>::clone(&clock)).unwrap();
        breaker.trip();
        clock.0.advance(Config::default().cooldown);
        let probe = breaker.admit().unwrap();
        clock.1.store(true, Ordering::Relaxed);
        assert!(catch_unwind(AssertUnwindSafe(|| probe.success())).is_err());
        clock.1.store(false, Ordering::Relaxed);
        assert!(breaker.admit().is_ok());
    }

    #[test]
    fn a_circuit_that_changed_while_the_clock_was_read_is_not_opened_for_calls_from_before() {
        /// Trips and resets the circuit when it is read.
        #[derive(Debug, Default)]
        struct Meddling(OnceLock<Breaker>);
        impl Clock for Meddling {
            fn now(&self) -> Instant {
                if let Some(breaker) = self.0.get() {
                    breaker.force_open();
                    breaker.reset();
                }
                Instant::now()
            }
        }
        let clock = Arc::new(Meddling::default());
        let config = Config {
            trip: Trip::Consecutive { count: 1 },
            ..Config::default()
        };
        let breaker = Breaker::with_clock(config, Arc::<Meddling>::clone(&clock)).unwrap();
        let permit = breaker.admit().unwrap();
        clock.0.set(breaker.clone()).unwrap();
        permit.failure();
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn calls_are_counted_without_a_look_at_the_clock_where_the_time_does_not_matter() {
        /// Tells the time once.
        #[derive(Debug, Default)]
        struct Once(AtomicBool);
        impl Clock for Once {
            fn now(&self) -> Instant {
                assert!(
                    !self.0.swap(true, Ordering::Relaxed),
                    "the clock was read again"
                );
                Instant::now()
            }
        }
        let rate = Rate {
            over: Over::Calls(4),
            minimum: 4,
            failed: Some(100),
            slow: None,
        };
        for trip in [Trip::Consecutive { count: 2 }, Trip::Rate(rate)] {
            let config = Config {
                trip,
                ..Config::default()
            };
            let breaker = Breaker::with_clock(config, Arc::new(Once::default())).unwrap();
            for _ in 0..9 {
                breaker.admit().unwrap().failure();
                breaker.admit().unwrap().success();
            }
        }
    }

    #[test]
    fn it_tells_its_observer() {
        let (sender, told) = std::sync::mpsc::channel();
        let clock = Arc::new(ManualClock::new());
        let breaker = Breaker::observed(Config::default(), clock, move |change| {
            sender.send(change.to).unwrap();
        });
        breaker.unwrap().trip();
        assert_eq!(told.iter().collect::<Vec<_>>(), [State::Open]);
    }

    #[test]
    fn an_invalid_configuration_is_refused() {
        let config = Config {
            probes: 0,
            ..Config::default()
        };
        assert_eq!(Breaker::new(config).unwrap_err().field, "probes");
        let clock = Arc::new(ManualClock::new());
        assert!(Breaker::with_clock(config, Arc::<ManualClock>::clone(&clock)).is_err());
        assert!(Breaker::observed(config, clock, |_| {}).is_err());
    }
}
