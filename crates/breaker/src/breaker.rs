//! A single circuit.

use std::sync::Arc;

use crate::{Breakers, Change, Clock, Config, InvalidConfig, Outcome, Permit, Rejected, State};

/// A single circuit, for what has no keys: [`Breakers`] with one key.
///
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
#[derive(Clone, Debug)]
pub struct Breaker {
    breakers: Breakers<()>,
}

impl Breaker {
    /// A closed circuit on the system's clock.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the field that is out of bounds.
    pub fn new(config: Config) -> Result<Self, InvalidConfig> {
        let breakers = Breakers::new(config)?;
        Ok(Self { breakers })
    }

    /// A closed circuit on the given clock.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the field that is out of bounds.
    pub fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Result<Self, InvalidConfig> {
        let breakers = Breakers::with_clock(config, clock)?;
        Ok(Self { breakers })
    }

    /// A closed circuit on the given clock that tells `observer` of every change of state, as [`Breakers::observed`] does.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the field that is out of bounds.
    pub fn observed(
        config: Config,
        clock: Arc<dyn Clock>,
        observer: impl Fn(Change<'_, ()>) + Send + Sync + 'static,
    ) -> Result<Self, InvalidConfig> {
        let breakers = Breakers::observed(config, clock, observer)?;
        Ok(Self { breakers })
    }

    /// Gives the right to make one call, unless the circuit is open or is being probed.
    ///
    /// # Errors
    /// [`Rejected`] tells what stood in the way and when to come back.
    pub fn admit(&self) -> Result<Permit, Rejected> {
        self.breakers.admit(&())
    }

    /// Awaits `operation` if it is admitted, and reports what `judge` makes of its result.
    ///
    /// # Errors
    /// [`Rejected`] if it is not admitted; then `operation` is dropped without being polled.
    ///
    /// # Cancel safety
    /// As for [`Breakers::call`]: dropping the future counts for nothing and frees a probe's place.
    pub async fn call<F: Future>(
        &self,
        operation: F,
        judge: impl FnOnce(&F::Output) -> Outcome,
    ) -> Result<F::Output, Rejected> {
        self.breakers.call(&(), operation, judge).await
    }

    /// The state in which a caller would find the circuit now.
    #[must_use]
    pub fn state(&self) -> State {
        self.breakers.state(&())
    }

    /// Opens the circuit for one cooldown from now, as if its failures had.
    pub fn force_open(&self) {
        self.breakers.force_open(&());
    }

    /// Closes the circuit and clears its failures; if it was not closed, results of calls admitted before do not count.
    pub fn reset(&self) {
        self.breakers.reset(&());
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tokio_test::{assert_ready, task};

    use super::*;
    use crate::ManualClock;

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
        breaker.force_open();
        let call = breaker.call(ready(1), |_| Outcome::Success);
        assert!(assert_ready!(task::spawn(call).poll()).is_err());
        breaker.reset();
        let call = breaker.call(ready(1), |_| Outcome::Success);
        assert_eq!(assert_ready!(task::spawn(call).poll()), Ok(1));
    }

    #[test]
    fn it_tells_its_observer() {
        let (sender, told) = std::sync::mpsc::channel();
        let clock = Arc::new(ManualClock::new());
        let breaker = Breaker::observed(Config::default(), clock, move |change| {
            sender.send(change.to).unwrap();
        });
        breaker.unwrap().force_open();
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
