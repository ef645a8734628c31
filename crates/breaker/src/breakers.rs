//! A circuit for each key.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use crate::shared::Shared;
use crate::table::Table;
use crate::{
    Clock, Config, InvalidConfig, Outcome, Permit, Rejected, Snapshot, State, SystemClock,
};

/// A circuit for each key, made when the key first fails and forgotten when it is healthy again.
///
/// Clones share the circuits. One lock guards them all and is never held over an await, a log line or the clock; the key's
/// own `Hash`, `Eq`, `Clone` and `Drop` run under it and must not come back here.
pub struct Breakers<K> {
    shared: Arc<Shared<K>>,
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
        config.validate()?;
        Ok(Self {
            shared: Arc::new(Shared::new(Table::new(config), clock)),
        })
    }

    /// Gives the right to make one call, unless the circuit of `key` is open or is being probed.
    ///
    /// # Errors
    /// [`Rejected`] tells what stood in the way and when to come back.
    pub fn admit(&self, key: &K) -> Result<Permit<K>, Rejected> {
        // The usual case first: it needs no clock, and reading one costs more than all the rest.
        let closed = self.shared.table().admit_closed(key);
        if let Some(ticket) = closed {
            return Ok(Permit::new(&self.shared, key, ticket));
        }
        let now = self.shared.clock.now();
        let (admitted, event) = self.shared.table().admit(key, now);
        if let Some(event) = event {
            event.log();
        }
        Ok(Permit::new(&self.shared, key, admitted?))
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

    /// Opens the circuit of `key` for one cooldown from now, as if its failures had.
    ///
    /// This is an order and not a statistic, so it is obeyed even at capacity, which it may exceed.
    pub fn force_open(&self, key: &K) {
        let now = self.shared.clock.now();
        let event = self.shared.table().force_open(key, now);
        if let Some(event) = event {
            event.log();
        }
    }

    /// Makes `key` healthy: closes its circuit and clears its failures.
    ///
    /// If the circuit was not closed, results of calls admitted before do not count.
    pub fn reset(&self, key: &K) {
        let event = self.shared.table().reset(key);
        if let Some(event) = event {
            event.log();
        }
    }

    /// Lists the keys that are not healthy, in no order.
    ///
    /// Copies them all under the lock: meant for a status page, not for the hot path.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Snapshot<K>> {
        let now = self.shared.clock.now();
        self.shared.table().snapshot(now)
    }

    /// How many keys take up memory: those that are not healthy, and those that recovered while calls from before their
    /// recovery are under way.
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
        f.debug_tuple("Breakers").field(&self.shared).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use tokio_test::{assert_pending, assert_ready, task};

    use super::*;
    use crate::{ManualClock, Reason};

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
            failures: 1,
            retry_after: Duration::ZERO,
        };
        assert_eq!(snapshot, [expected]);
        assert_eq!(breakers.len(), 1);
    }

    #[test]
    fn a_snapshot_tells_when_an_open_key_may_be_tried() {
        let (breakers, clock) = breakers(Config::default());
        breakers.force_open(&"a");
        clock.advance(Duration::from_secs(100));
        let expected = Snapshot {
            key: "a",
            state: State::Open,
            failures: 0,
            retry_after: Duration::from_secs(200),
        };
        assert_eq!(breakers.snapshot(), [expected]);
    }

    #[test]
    fn a_reset_makes_a_key_healthy() {
        let (breakers, _) = breakers(Config::default());
        breakers.admit(&"a").unwrap().failure();
        breakers.force_open(&"b");
        for key in ["a", "b", "c"] {
            breakers.reset(&key);
            assert_eq!(breakers.state(&key), State::Closed);
        }
        assert!(breakers.is_empty());
    }

    #[test]
    fn a_call_reports_what_the_judge_says() {
        let (breakers, _) = breakers(Config {
            failures: 1,
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
        breakers.force_open(&"a");
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
        breakers.force_open(&"a");
        clock.advance(Duration::from_secs(300));
        let call = breakers.call(&"a", ready(()), |()| panic!("the judge is out"));
        let mut call = task::spawn(call);
        assert!(catch_unwind(AssertUnwindSafe(|| call.poll())).is_err());
        drop(call);
        assert!(breakers.admit(&"a").is_ok());
    }

    #[test]
    fn clones_share_the_circuits() {
        let (breakers, _) = breakers(Config::default());
        breakers.clone().force_open(&"a");
        assert_eq!(breakers.state(&"a"), State::Open);
    }

    #[test]
    fn the_system_clock_serves_too() {
        let breakers = Breakers::new(Config::default()).unwrap();
        breakers.force_open(&"a");
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
        send::<Permit<String>>();
    }
}
