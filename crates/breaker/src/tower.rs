//! A circuit breaker as a layer of tower.

use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{Breaker, Breakers, Outcome, OwnedPermit, Rejected};

/// Finds the circuit that a request has to pass.
///
/// A [`Breaker`] is the one circuit of all requests; [`BreakerLayer::keyed`] has one for each key.
pub trait Gate<Request> {
    /// The keys of the circuits.
    type Key;

    /// Gives the right to make the call, unless its circuit is open or is being probed.
    ///
    /// # Errors
    /// [`Rejected`] tells what stood in the way and when to come back.
    fn admit(&self, request: &Request) -> Result<OwnedPermit<Self::Key>, Rejected>;
}

impl<Request> Gate<Request> for Breaker {
    type Key = ();

    fn admit(&self, _: &Request) -> Result<OwnedPermit, Rejected> {
        self.admit_owned()
    }
}

/// The circuits of a [`Breakers`], with a function that tells a request's key; made by [`BreakerLayer::keyed`].
#[derive(Clone)]
pub struct KeyedGate<K, F> {
    breakers: Breakers<K>,
    key_of: F,
}

impl<K, F, Request> Gate<Request> for KeyedGate<K, F>
where
    K: Hash + Eq + Clone + Send + 'static,
    F: Fn(&Request) -> K,
{
    type Key = K;

    fn admit(&self, request: &Request) -> Result<OwnedPermit<K>, Rejected> {
        self.breakers.admit_owned((self.key_of)(request))
    }
}

impl<K, F> fmt::Debug for KeyedGate<K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedGate")
            .field("breakers", &self.breakers)
            .finish_non_exhaustive()
    }
}

/// Puts a circuit breaker in front of a service.
///
/// The `judge` says of every result what it means for the circuit. A request that is rejected does not reach the service; a
/// response future that is dropped counts for nothing, and frees a probe's place. The service is asked whether it is ready
/// before the circuit is, so that one which is busy keeps no probe waiting.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::io::{Error, ErrorKind};
/// use breaker::{BreakerLayer, Breakers, CallError, Config, Outcome, Trip};
/// use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
///
/// let trip = Trip::Consecutive { count: 1 };
/// let breakers = Breakers::new(Config { trip, ..Config::default() })?;
/// let judge = |result: &Result<u16, Error>| match result {
///     Ok(500..) | Err(_) => Outcome::Failure,
///     Ok(_) => Outcome::Success,
/// };
/// let mut service = ServiceBuilder::new()
///     .layer(BreakerLayer::keyed(breakers, |host: &&str| host.to_string(), judge))
///     .service(service_fn(async |host: &str| match host {
///         "down.example" => Err(Error::from(ErrorKind::ConnectionRefused)),
///         _ => Ok(200),
///     }));
///
/// let first = service.ready().await?.call("down.example").await;
/// assert!(matches!(first, Err(CallError::Inner(_))));
/// let second = service.ready().await?.call("down.example").await;
/// assert!(matches!(second, Err(CallError::Rejected(_))));
/// assert_eq!(service.ready().await?.call("up.example").await?, 200);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BreakerLayer<G, J> {
    gate: G,
    judge: J,
}

impl<G: fmt::Debug, J> fmt::Debug for BreakerLayer<G, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerLayer")
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

impl<J> BreakerLayer<Breaker, J> {
    /// One circuit for all requests.
    pub fn new(breaker: Breaker, judge: J) -> Self {
        let gate = breaker;
        Self { gate, judge }
    }
}

impl<K, F, J> BreakerLayer<KeyedGate<K, F>, J> {
    /// A circuit for each key that `key_of` tells of a request: its host, its tenant.
    pub fn keyed(breakers: Breakers<K>, key_of: F, judge: J) -> Self {
        let gate = KeyedGate { breakers, key_of };
        Self { gate, judge }
    }
}

impl<S, G: Clone, J: Clone> Layer<S> for BreakerLayer<G, J> {
    type Service = BreakerService<S, G, J>;

    fn layer(&self, inner: S) -> BreakerService<S, G, J> {
        BreakerService {
            inner,
            gate: self.gate.clone(),
            judge: self.judge.clone(),
        }
    }
}

/// A service behind a circuit breaker, made by [`BreakerLayer`].
#[derive(Clone)]
pub struct BreakerService<S, G, J> {
    inner: S,
    gate: G,
    judge: J,
}

impl<S: fmt::Debug, G: fmt::Debug, J> fmt::Debug for BreakerService<S, G, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerService")
            .field("inner", &self.inner)
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

/// Why a [`BreakerService`] has no response.
///
/// It is an error where `E` is one. A boxed error is not: above a service that fails with `tower::BoxError`, map it, as in
/// `.map_err(|error| match error { CallError::Inner(error) => error, CallError::Rejected(rejected) => rejected.into() })`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError<E> {
    /// The circuit let nobody through: the service was not called.
    #[error(transparent)]
    Rejected(Rejected),
    /// The service failed.
    #[error(transparent)]
    Inner(E),
}

impl<S, G, J, Request> Service<Request> for BreakerService<S, G, J>
where
    S: Service<Request>,
    G: Gate<Request>,
    J: Fn(&Result<S::Response, S::Error>) -> Outcome + Clone,
{
    type Response = S::Response;
    type Error = CallError<S::Error>;
    type Future = BreakerFuture<S::Future, G::Key, J>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(CallError::Inner)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let state = match self.gate.admit(&request) {
            Ok(permit) => State::Calling {
                response: self.inner.call(request),
                call: Some((permit, self.judge.clone())),
            },
            Err(rejected) => State::Rejected { rejected },
        };
        BreakerFuture { state }
    }
}

pin_project! {
    /// The response of a [`BreakerService`].
    ///
    /// # Cancel safety
    /// Dropping it drops the response of the service and abandons the permit, which counts for nothing and frees a probe's
    /// place.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct BreakerFuture<F, K, J> {
        #[pin]
        state: State<F, K, J>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, K, J> {
        Rejected {
            rejected: Rejected,
        },
        Calling {
            #[pin]
            response: F,
            // Until it is reported.
            call: Option<(OwnedPermit<K>, J)>,
        },
    }
}

impl<F, K, J, T, E> Future for BreakerFuture<F, K, J>
where
    F: Future<Output = Result<T, E>>,
    J: Fn(&Result<T, E>) -> Outcome,
{
    type Output = Result<T, CallError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Rejected { rejected } => {
                Poll::Ready(Err(CallError::Rejected(*rejected)))
            }
            StateProjection::Calling { response, call } => {
                let result = ready!(response.poll(cx));
                if let Some((permit, judge)) = call.take() {
                    permit.report(judge(&result));
                }
                Poll::Ready(result.map_err(CallError::Inner))
            }
        }
    }
}

impl<F, K, J> fmt::Debug for BreakerFuture<F, K, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerFuture").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;

    use tokio_test::{assert_pending, assert_ready, assert_ready_eq, task};
    use tower::{ServiceBuilder, service_fn};

    use super::*;
    use crate::{Config, ManualClock, State as Circuit, Trip};

    fn strict() -> Config {
        Config {
            trip: Trip::Consecutive { count: 1 },
            ..Config::default()
        }
    }

    fn by_result(result: &Result<u8, u8>) -> Outcome {
        match result {
            Ok(_) => Outcome::Success,
            Err(_) => Outcome::Failure,
        }
    }

    #[test]
    fn a_failure_opens_the_circuit_of_its_key_alone() {
        let clock = Arc::new(ManualClock::new());
        let breakers = Breakers::with_clock(strict(), clock).unwrap();
        let mut service = ServiceBuilder::new()
            .layer(BreakerLayer::keyed(
                breakers.clone(),
                |request: &u8| request % 2,
                by_result,
            ))
            .service(service_fn(
                async |request: u8| if request == 3 { Err(3) } else { Ok(request) },
            ));
        let polled = task::spawn(()).enter(|cx, _| service.poll_ready(cx));
        assert_ready!(polled).unwrap();
        let failed = CallError::Inner(3);
        assert_ready_eq!(task::spawn(service.call(3)).poll(), Err(failed));
        let rejected = assert_ready!(task::spawn(service.call(5)).poll()).unwrap_err();
        assert!(matches!(rejected, CallError::Rejected(_)));
        assert_eq!(rejected.to_string(), "circuit is open; retry in 300s");
        assert_ready_eq!(task::spawn(service.call(2)).poll(), Ok(2));
        assert_eq!(breakers.state(&1), Circuit::Open);
    }

    #[test]
    fn a_dropped_response_counts_for_nothing_and_frees_its_probe() {
        let clock = ManualClock::new();
        let breaker = Breaker::with_clock(strict(), Arc::new(clock.clone())).unwrap();
        breaker.trip();
        clock.advance(Config::default().cooldown);
        let layer = BreakerLayer::new(breaker.clone(), by_result);
        let mut service = layer.layer(service_fn(|_: u8| pending::<Result<u8, u8>>()));
        let mut probe = task::spawn(service.call(1));
        assert_pending!(probe.poll());
        assert!(breaker.admit().is_err());
        drop(probe);
        assert!(breaker.admit().is_ok());
        assert_eq!(breaker.state(), Circuit::HalfOpen);
    }

    #[test]
    fn a_service_that_is_not_ready_is_waited_for() {
        #[derive(Debug)]
        struct Busy;
        impl Service<u8> for Busy {
            type Response = u8;
            type Error = u8;
            type Future = std::future::Ready<Result<u8, u8>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), u8>> {
                Poll::Ready(Err(7))
            }

            fn call(&mut self, request: u8) -> Self::Future {
                std::future::ready(Ok(request))
            }
        }
        let breaker = Breaker::new(strict()).unwrap();
        let mut service = BreakerLayer::new(breaker, by_result).layer(Busy);
        assert!(format!("{service:?}").contains("inner: Busy"));
        let polled = task::spawn(()).enter(|cx, _| service.poll_ready(cx));
        assert_ready_eq!(polled, Err(CallError::Inner(7)));
        assert_ready_eq!(task::spawn(service.call(1)).poll(), Ok(1));
    }

    #[test]
    fn debug_forms_keep_the_keys_to_themselves() {
        let breakers = Breakers::new(strict()).unwrap();
        let layer = BreakerLayer::keyed(breakers, |_: &u8| "secret", by_result);
        let mut service = layer.layer(service_fn(async |request: u8| Ok(request)));
        let response = service.call(1);
        let shown = format!("{layer:?} {response:?}");
        for name in ["BreakerLayer", "KeyedGate", "BreakerFuture"] {
            assert!(shown.contains(name), "{shown}");
        }
        assert!(!shown.contains("secret"), "{shown}");
    }
}
