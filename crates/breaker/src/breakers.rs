//! A circuit for each key.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
#[cfg(feature = "serde")]
use std::time::SystemTime;

#[cfg(feature = "stream")]
use crate::Changes;
#[cfg(feature = "serde")]
use crate::Saved;
use crate::audience::{Audience, Observer};
use crate::keyed::Keyed;
use crate::permit::Circuits as _;
use crate::{
    Cause, Change, Clock, Config, InvalidConfig, Outcome, OwnedPermit, Permit, Rejected, Snapshot,
    State, SystemClock,
};

/// A circuit for each key, made when the key first fails and forgotten when it is healthy again; under
/// [`Trip::Rate`](crate::Trip::Rate) made by its first call.
///
/// Clones share the circuits. While no key is remembered, a caller is admitted and its success reported with one atomic load
/// each; otherwise one lock guards them all. It is never held over an await, a log line or the clock; the key's own `Hash`,
/// `Eq`, `Clone` and `Drop` run under it and must not come back here.
pub struct Breakers<K> {
    shared: Arc<Keyed<K>>,
}

impl<K: Hash + Eq + Clone + Send> Breakers<K> {
    /// A registry in which every key is healthy, on the system's clock.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the field that is out of bounds.
    pub fn new(config: Config) -> Result<Self, InvalidConfig> {
        Self::with_clock(config, Arc::new(SystemClock))
    }

    /// A registry in which every key is healthy, on the given clock.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the field that is out of bounds.
    pub fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Result<Self, InvalidConfig> {
        Self::build(config, clock, None)
    }

    /// A registry in which every key is healthy, on the given clock, that tells `observer` of every change of state.
    ///
    /// The observer runs in the thread that brought the change about, before `admit`, `report` or the order returns, and
    /// with nothing locked: it may use the registry, and one that is slow delays nobody else. Changes that threads bring
    /// about at once may reach it out of order, which [`Change::order`] restores. The registry owns it; an observer that
    /// owns a clone of the registry in turn is never dropped. `Breakers::changes` (feature `stream`) is the same for tasks.
    ///
    /// ```
    /// use std::sync::{Arc, mpsc};
    /// use breaker::{Breakers, Cause, Config, State, SystemClock};
    ///
    /// let (sender, changes) = mpsc::sync_channel(1000);
    /// let breakers = Breakers::observed(Config::default(), Arc::new(SystemClock), move |change| {
    ///     // A full channel loses a change rather than block a caller.
    ///     let _ = sender.try_send((*change.key, change.to, change.cause));
    /// })?;
    /// breakers.trip(&"example.org");
    /// assert_eq!(changes.recv()?, ("example.org", State::Open, Cause::Tripped));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidConfig`] names the field that is out of bounds.
    pub fn observed(
        config: Config,
        clock: Arc<dyn Clock>,
        observer: impl Fn(Change<&K>) + Send + Sync + 'static,
    ) -> Result<Self, InvalidConfig> {
        Self::build(config, clock, Some(Box::new(observer)))
    }

    fn build(
        config: Config,
        clock: Arc<dyn Clock>,
        observer: Option<Observer<K>>,
    ) -> Result<Self, InvalidConfig> {
        config.validate()?;
        let shared = Keyed::new(config, clock, Audience::new(observer));
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Gives the right to make one call, unless the circuit of `key` is open or is being probed.
    ///
    /// # Errors
    /// [`Rejected`] tells what stood in the way and when to come back.
    #[inline]
    pub fn admit<'a>(&'a self, key: &'a K) -> Result<Permit<'a, K>, Rejected> {
        let circuits: &Keyed<K> = &self.shared;
        if let Some(ticket) = circuits.admit_quick() {
            return Ok(Permit::quick(circuits, circuits.signal(), key, ticket));
        }
        circuits.ask(key)
    }

    /// Awaits `operation` if `key` is admitted, and reports what `judge` makes of its result.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use breaker::{Breakers, Config, Outcome};
    ///
    /// let breakers = Breakers::new(Config::default())?;
    /// let status = breakers
    ///     .call(&"example.org", async { 503 }, |status| match status {
    ///         500.. => Outcome::Failure,
    ///         429 => Outcome::Ignore,
    ///         _ => Outcome::Success,
    ///     })
    ///     .await?;
    /// assert_eq!(status, 503);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Rejected`] if `key` is not admitted; then `operation` is dropped without being polled.
    ///
    /// # Cancel safety
    /// Dropping the future drops `operation` and abandons the permit, which counts for nothing and frees a probe's place;
    /// so does a panic in `operation` or `judge`.
    pub async fn call<F: Future>(
        &self,
        key: &K,
        operation: F,
        judge: impl FnOnce(&F::Output) -> Outcome,
    ) -> Result<F::Output, Rejected> {
        let permit = self.admit(key)?;
        let output = operation.await;
        permit.report(judge(&output));
        Ok(output)
    }

    /// The state in which a caller would find the circuit of `key` now.
    #[must_use]
    pub fn state(&self, key: &K) -> State {
        let now = self.shared.clock.now();
        self.shared.table().state(key, now)
    }

    /// Opens the circuit of `key` for one cooldown from now, as if its failures had; a growing cooldown stays as it is.
    ///
    /// This and the next two are orders and not statistics, so they are obeyed even at capacity, which they may exceed.
    pub fn trip(&self, key: &K) {
        let now = self.shared.clock.now();
        let event = self.shared.table().order(key, |circuit, rules| {
            circuit.open(Cause::Tripped, now, rules)
        });
        self.shared.tell(key, event);
    }

    /// Opens the circuit of `key` until the next order: for a key that is to be left alone.
    pub fn force_open(&self, key: &K) {
        let event = self
            .shared
            .table()
            .order(key, |circuit, rules| circuit.force_open(rules));
        self.shared.tell(key, event);
    }

    /// Closes the circuit of `key` until the next order: everybody is admitted, and no failure counts.
    pub fn force_close(&self, key: &K) {
        let event = self
            .shared
            .table()
            .order(key, |circuit, rules| circuit.force_close(rules));
        self.shared.tell(key, event);
    }

    /// Makes `key` healthy: closes its circuit, clears its failures and ends what was forced.
    ///
    /// If the circuit was not closed, results of calls admitted before do not count.
    pub fn reset(&self, key: &K) {
        let event = self.shared.table().reset(key);
        self.shared.tell(key, event);
    }

    /// Lists the keys that are not healthy, in no order: open, half-open, forced, or closed with calls that count against
    /// them.
    ///
    /// Copies them all under the lock: meant for a status page, not for the hot path.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Snapshot<K>> {
        let now = self.shared.clock.now();
        self.shared.table().snapshot(now)
    }

    /// How many keys take up memory: those that are not healthy, those that recovered while calls from before their
    /// recovery are under way, and, under [`Trip::Rate`](crate::Trip::Rate), those whose calls are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        let now = self.shared.clock.now();
        self.shared.table().len(now)
    }

    /// Whether no key takes up memory.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lists everything that another process needs to go on from here; `now` is the time of the wall clock.
    ///
    /// Probes under way are not part of it: a half-open circuit is saved as one whose cooldown has just passed.
    /// Copies everything under the lock, as [`snapshot`](Self::snapshot) does.
    #[cfg(feature = "serde")]
    #[must_use]
    pub fn export(&self, now: SystemTime) -> Vec<Saved<K>> {
        let instant = self.shared.clock.now();
        self.shared.table().export(instant, now)
    }

    /// Takes over what another process has saved, and returns of how many keys; `now` is the time of the wall clock.
    ///
    /// The time between counts: cooldowns run on and calls grow old, though not if the wall clock was set back. Each slice
    /// of a time window may count up to one slice longer or shorter than it would have. Left out are keys that this
    /// registry already remembers, those beyond its capacity (closed ones first), and the calls of a closed key that none
    /// counts of, or that were saved under a [`Trip`](crate::Trip) of another kind. Nobody is told of it as a change.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use breaker::{Breakers, Config, Saved, State};
    ///
    /// let old = Breakers::new(Config::default())?;
    /// old.trip(&"example.org".to_owned());
    /// let saved = serde_json::to_string(&old.export(SystemTime::now()))?;
    ///
    /// let new = Breakers::new(Config::default())?;
    /// let saved: Vec<Saved<String>> = serde_json::from_str(&saved)?;
    /// assert_eq!(new.import(saved, SystemTime::now()), 1);
    /// assert_eq!(new.state(&"example.org".to_owned()), State::Open);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "serde")]
    pub fn import(&self, saved: Vec<Saved<K>>, now: SystemTime) -> usize {
        let instant = self.shared.clock.now();
        self.shared.table().import(saved, instant, now)
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> Breakers<K> {
    /// As [`admit`](Self::admit), for a call that outlives this borrow, in a task of its own for instance.
    ///
    /// # Errors
    /// [`Rejected`] tells what stood in the way and when to come back.
    pub fn admit_owned(&self, key: K) -> Result<OwnedPermit<K>, Rejected> {
        let (ticket, event) = self.shared.admit(&key)?;
        let circuits = Arc::<Keyed<K>>::clone(&self.shared);
        Ok(OwnedPermit::begin(circuits, key, ticket, event))
    }

    /// The changes of state from now on, of all keys, as a stream for any number of subscribers.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use breaker::{Breakers, Config, State};
    /// use tokio_stream::StreamExt as _;
    ///
    /// let breakers = Breakers::new(Config::default())?;
    /// let mut changes = breakers.changes();
    /// breakers.trip(&"example.org");
    /// let change = changes.next().await.expect("the registry is alive")?;
    /// assert_eq!((change.key, change.to), ("example.org", State::Open));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "stream")]
    pub fn changes(&self) -> Changes<K> {
        self.shared.audience.subscribe()
    }
}

impl<K> Clone for Breakers<K> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<K> fmt::Debug for Breakers<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the lock nor the keys: one may be held, the others may be secret.
        f.debug_struct("Breakers")
            .field("trip", &self.shared.trip)
            .field("clock", &self.shared.clock)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::{Mutex, OnceLock};
    use std::time::Duration;

    use tokio_test::{assert_pending, assert_ready, task};

    use super::*;
    use crate::{ManualClock, Over, Rate, Reason, Slow, Trip};

    fn breakers(config: Config) -> (Breakers<&'static str>, ManualClock) {
        let clock = ManualClock::new();
        let breakers = Breakers::with_clock(config, Arc::new(clock.clone())).unwrap();
        (breakers, clock)
    }

    #[test]
    fn five_failures_within_300_seconds_reject_for_300_seconds() {
        let (breakers, clock) = breakers(Config::default());
        for _ in 0..5 {
            assert_eq!(breakers.state(&"a"), State::Closed);
            breakers.admit(&"a").unwrap().failure();
        }
        let rejected = breakers.admit(&"a").unwrap_err();
        assert_eq!(rejected.state, State::Open);
        assert_eq!(rejected.reason, Reason::CoolingDown);
        assert_eq!(rejected.retry_after, Duration::from_secs(300));
        assert!(breakers.admit(&"b").is_ok());
        clock.advance(Duration::from_secs(300));
        let probe = breakers.admit(&"a").unwrap();
        let rejected = breakers.admit(&"a").unwrap_err();
        assert_eq!(rejected.state, State::HalfOpen);
        assert_eq!(rejected.reason, Reason::Probing);
        assert_eq!(rejected.retry_after, Duration::from_secs(60));
        probe.failure();
        assert_eq!(breakers.state(&"a"), State::Open);
    }

    #[test]
    fn a_success_clears_the_failures_of_its_key_alone() {
        let (breakers, _) = breakers(Config::default());
        for key in ["a", "b"] {
            breakers.admit(&key).unwrap().failure();
        }
        breakers.admit(&"a").unwrap().success();
        let snapshot = breakers.snapshot();
        let expected = Snapshot {
            key: "b",
            state: State::Closed,
            forced: false,
            calls: 1,
            failures: 1,
            slow: 0,
            retry_after: Duration::ZERO,
        };
        assert_eq!(snapshot, [expected]);
        assert_eq!(breakers.len(), 1);
    }

    #[test]
    fn a_snapshot_tells_when_an_open_key_may_be_tried() {
        let (breakers, clock) = breakers(Config::default());
        breakers.trip(&"a");
        clock.advance(Duration::from_secs(100));
        let expected = Snapshot {
            key: "a",
            state: State::Open,
            forced: false,
            calls: 0,
            failures: 0,
            slow: 0,
            retry_after: Duration::from_secs(200),
        };
        assert_eq!(breakers.snapshot(), [expected]);
    }

    #[test]
    fn a_reset_makes_a_key_healthy() {
        let (breakers, _) = breakers(Config::default());
        breakers.admit(&"a").unwrap().failure();
        breakers.trip(&"b");
        for key in ["a", "b", "c"] {
            breakers.reset(&key);
            assert_eq!(breakers.state(&key), State::Closed);
        }
        assert!(breakers.is_empty());
    }

    #[test]
    fn a_call_reports_what_the_judge_says() {
        let (breakers, _) = breakers(Config {
            trip: Trip::Consecutive { count: 1 },
            ..Config::default()
        });
        for outcome in [Outcome::Success, Outcome::Ignore, Outcome::Failure] {
            assert_eq!(breakers.state(&"a"), State::Closed);
            let call = breakers.call(&"a", ready(7), |_| outcome);
            assert_eq!(assert_ready!(task::spawn(call).poll()), Ok(7));
        }
        assert_eq!(breakers.state(&"a"), State::Open);
        let call = breakers.call(&"a", async { panic!("polled") }, |(): &()| Outcome::Success);
        assert!(assert_ready!(task::spawn(call).poll()).is_err());
    }

    #[test]
    fn a_cancelled_call_counts_for_nothing_and_frees_its_probe() {
        let (breakers, clock) = breakers(Config::default());
        breakers.trip(&"a");
        clock.advance(Duration::from_secs(300));
        let mut call = task::spawn(breakers.call(&"a", pending::<()>(), |()| Outcome::Success));
        assert_pending!(call.poll());
        assert!(breakers.admit(&"a").is_err());
        drop(call);
        assert_eq!(breakers.state(&"a"), State::HalfOpen);
        assert!(breakers.admit(&"a").is_ok());
    }

    #[test]
    fn a_panicking_call_counts_for_nothing_and_frees_its_probe() {
        let (breakers, clock) = breakers(Config::default());
        breakers.trip(&"a");
        clock.advance(Duration::from_secs(300));
        let call = breakers.call(&"a", ready(()), |()| panic!("the judge is out"));
        let mut call = task::spawn(call);
        assert!(catch_unwind(AssertUnwindSafe(|| call.poll())).is_err());
        drop(call);
        assert!(breakers.admit(&"a").is_ok());
    }

    type Told = (&'static str, State, State, Cause, u64);

    /// A registry with the changes that its observer, which asks it something each time, was told.
    fn observed(trip: Trip) -> (Breakers<&'static str>, ManualClock, Arc<Mutex<Vec<Told>>>) {
        let clock = ManualClock::new();
        let told = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&told);
        let registry = Arc::new(OnceLock::<Breakers<&str>>::new());
        let own = Arc::clone(&registry);
        let config = Config {
            trip,
            ..Config::default()
        };
        let breakers = Breakers::observed(config, Arc::new(clock.clone()), move |change| {
            if let Some(breakers) = own.get() {
                assert_eq!(breakers.state(change.key), change.to);
            }
            let (from, to) = (change.from, change.to);
            let told = (*change.key, from, to, change.cause, change.order);
            log.lock().unwrap().push(told);
        });
        let breakers = breakers.unwrap();
        registry.set(breakers.clone()).unwrap();
        (breakers, clock, told)
    }

    #[test]
    fn an_observer_is_told_of_every_change_with_nothing_locked() {
        use State::{Closed, HalfOpen, Open};
        let (breakers, clock, told) = observed(Trip::Rate(Rate {
            over: Over::Calls(1),
            minimum: 1,
            failed: Some(100),
            slow: Some(Slow {
                percent: 100,
                threshold: Duration::from_secs(1),
            }),
        }));
        breakers.admit(&"a").unwrap().success();
        breakers.admit(&"a").unwrap().failure();
        for (wait, outcome) in [
            (0, Outcome::Failure),
            (1, Outcome::Success),
            (0, Outcome::Success),
        ] {
            clock.advance(Duration::from_secs(300));
            let probe = breakers.admit(&"a").unwrap();
            clock.advance(Duration::from_secs(wait));
            probe.report(outcome);
        }
        let call = breakers.admit(&"a").unwrap();
        clock.advance(Duration::from_secs(1));
        call.success();
        breakers.reset(&"a");
        breakers.trip(&"b");
        breakers.trip(&"b");
        assert_eq!(
            *told.lock().unwrap(),
            [
                ("a", Closed, Open, Cause::FailureRate, 1),
                ("a", Open, HalfOpen, Cause::CooldownPassed, 2),
                ("a", HalfOpen, Open, Cause::ProbeFailed, 3),
                ("a", Open, HalfOpen, Cause::CooldownPassed, 4),
                ("a", HalfOpen, Open, Cause::ProbeSlow, 5),
                ("a", Open, HalfOpen, Cause::CooldownPassed, 6),
                ("a", HalfOpen, Closed, Cause::ProbesSucceeded, 7),
                ("a", Closed, Open, Cause::SlowRate, 8),
                ("a", Open, Closed, Cause::Reset, 9),
                ("b", Closed, Open, Cause::Tripped, 10),
            ]
        );
    }

    #[test]
    fn an_observer_that_panics_costs_no_probe() {
        let clock = ManualClock::new();
        let config = Config::default();
        let breakers = Breakers::observed(config, Arc::new(clock.clone()), |change| {
            assert_ne!(change.to, State::HalfOpen, "the observer is out");
        });
        let breakers = breakers.unwrap();
        breakers.trip(&"a");
        clock.advance(config.cooldown);
        assert!(catch_unwind(AssertUnwindSafe(|| breakers.admit(&"a"))).is_err());
        assert!(breakers.admit(&"a").is_ok());
    }

    #[test]
    fn a_circuit_that_is_forced_stays_so_until_the_next_order() {
        let (breakers, clock) = breakers(Config {
            trip: Trip::Consecutive { count: 1 },
            ..Config::default()
        });
        breakers.force_open(&"a");
        clock.advance(Duration::from_secs(1_000_000));
        let rejected = breakers.admit(&"a").unwrap_err();
        assert_eq!(rejected.state, State::Open);
        assert_eq!(rejected.reason, Reason::ForcedOpen);
        assert_eq!(rejected.retry_after, Config::default().cooldown);
        let snapshot = &breakers.snapshot()[0];
        assert!(snapshot.forced && snapshot.state == State::Open);
        assert_eq!(snapshot.retry_after, Duration::ZERO);

        breakers.force_close(&"a");
        for _ in 0..10 {
            breakers.admit(&"a").unwrap().failure();
        }
        let snapshot = &breakers.snapshot()[0];
        assert!(snapshot.forced && snapshot.state == State::Closed);
        assert_eq!(snapshot.failures, 0);

        let late = breakers.admit(&"a").unwrap();
        breakers.reset(&"a");
        late.failure();
        assert_eq!(breakers.state(&"a"), State::Closed);
        assert!(breakers.is_empty());
        breakers.admit(&"a").unwrap().failure();
        assert_eq!(breakers.state(&"a"), State::Open);
    }

    #[test]
    fn a_forced_circuit_makes_room_for_none() {
        let (breakers, _) = breakers(Config {
            trip: Trip::Consecutive { count: 2 },
            capacity: 1,
            ..Config::default()
        });
        breakers.force_close(&"a");
        breakers.admit(&"b").unwrap().failure();
        breakers.force_open(&"c");
        let mut snapshot = breakers.snapshot();
        snapshot.sort_unstable_by_key(|snapshot| snapshot.key);
        let keys: Vec<_> = snapshot.iter().map(|snapshot| snapshot.key).collect();
        assert_eq!(keys, ["a", "c"]);
    }

    #[test]
    fn a_call_admitted_in_quiet_counts_until_a_circuit_has_closed_again() {
        let (breakers, clock) = breakers(Config {
            trip: Trip::Consecutive { count: 1 },
            ..Config::default()
        });
        let [before, after] = [(); 2].map(|()| breakers.admit(&"a").unwrap());
        breakers.trip(&"b");
        before.failure();
        assert_eq!(breakers.state(&"a"), State::Open);
        breakers.reset(&"a");
        after.failure();
        assert_eq!(breakers.state(&"a"), State::Closed);
        // The price of leaving no trace: nobody knows any more whether this one is late for its own key.
        breakers.reset(&"b");
        let traceless = breakers.admit(&"c").unwrap();
        breakers.trip(&"b");
        breakers.reset(&"b");
        traceless.failure();
        assert_eq!(breakers.state(&"c"), State::Closed);
        // One that was admitted while a key was remembered has no such doubt.
        breakers.trip(&"b");
        let counted = breakers.admit(&"a").unwrap();
        clock.advance(Duration::from_secs(300));
        breakers.admit(&"b").unwrap().success();
        counted.failure();
        assert_eq!(breakers.state(&"a"), State::Open);
    }

    #[test]
    fn an_owned_permit_goes_where_the_call_goes() {
        let (breakers, clock) = breakers(Config::default());
        breakers.admit_owned("a").unwrap().failure();
        assert_eq!(breakers.snapshot()[0].failures, 1);
        breakers.admit_owned("a").unwrap().ignore();
        assert_eq!(breakers.snapshot()[0].failures, 1);
        breakers.admit_owned("a").unwrap().success();
        assert!(breakers.is_empty());
        breakers.admit_owned("a").unwrap().ignore();
        breakers.trip(&"a");
        assert!(breakers.admit_owned("a").is_err());
        clock.advance(Duration::from_secs(300));
        let probe = breakers.admit_owned("a").unwrap();
        assert!(format!("{probe:?}").contains("Probe"));
        drop(probe);
        assert_eq!(breakers.state(&"a"), State::HalfOpen);
        let probe = breakers.admit_owned("a").unwrap();
        std::thread::spawn(|| probe.success()).join().unwrap();
        assert_eq!(breakers.state(&"a"), State::Closed);
    }

    #[test]
    fn clones_share_the_circuits() {
        let (breakers, _) = breakers(Config::default());
        breakers.clone().trip(&"a");
        assert_eq!(breakers.state(&"a"), State::Open);
    }

    #[test]
    fn the_system_clock_serves_too() {
        let breakers = Breakers::new(Config::default()).unwrap();
        breakers.trip(&"a");
        let rejected = breakers.admit(&"a").unwrap_err();
        assert!(rejected.retry_after <= Config::default().cooldown);
    }

    #[test]
    fn an_invalid_configuration_is_refused() {
        let config = Config {
            capacity: 0,
            ..Config::default()
        };
        assert_eq!(Breakers::<u8>::new(config).unwrap_err().field, "capacity");
    }

    #[test]
    fn debug_forms_keep_the_keys_to_themselves() {
        let (breakers, _) = breakers(Config::default());
        let permit = breakers.admit(&"secret").unwrap();
        let shown = format!("{breakers:?} {permit:?}");
        assert!(
            shown.contains("Breakers") && shown.contains("Permit"),
            "{shown}"
        );
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn everything_can_move_between_threads() {
        fn send<T: Send>() {}
        fn sync<T: Sync>() {}
        send::<Breakers<String>>();
        sync::<Breakers<String>>();
        send::<Permit<'_, String>>();
        send::<OwnedPermit<String>>();
    }
}
