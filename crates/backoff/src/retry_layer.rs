//! The retry loop as a layer of `tower`, and the rules that it hands to its services.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tower_layer::Layer;

use crate::{Backoff, ClassifyError, ClassifyResponse, Notify, RetryBudget, RetryService};

/// Wraps a service so that every request is called until it succeeds or the [`Backoff`] allows no further attempt.
///
/// The rules are those of [`retry`](crate::retry()), on tokio's clock, which is read as sparingly: without a time limit
/// [`RetryError::elapsed`](crate::RetryError::elapsed) counts from the moment that the first call began to wait. Requests and
/// the service are cloned; the jitter of each request is drawn anew.
///
/// | setting | default |
/// | --- | --- |
/// | [`classify`](Self::classify) | every error is [`Verdict::Retry`](crate::Verdict::Retry) |
/// | [`classify_response`](Self::classify_response) | every response is accepted |
/// | [`notify`](Self::notify) | nobody |
/// | [`time_limit`](Self::time_limit) | none |
/// | [`budget`](Self::budget) | none |
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use std::sync::Arc;
/// use std::time::Duration;
/// use backoff::{Backoff, BudgetConfig, RetryBudget, RetryLayer, Verdict};
/// use tokio::time::Instant;
/// use tower::{ServiceBuilder, ServiceExt};
///
/// // Shared by every service that calls the same server.
/// let budget = Arc::new(RetryBudget::new(BudgetConfig::default(), Instant::now()));
/// let retries = RetryLayer::new(Backoff::default())
///     .classify(|error: &String| match error.as_str() {
///         "bad request" => Verdict::Fail,
///         _ => Verdict::Retry,
///     })
///     .classify_response(|status: &u16| (*status == 503).then_some(Verdict::Retry))
///     .time_limit(Duration::from_secs(20))
///     .budget(budget);
///
/// let service = ServiceBuilder::new()
///     .layer(retries)
///     .concurrency_limit(10)
///     .service_fn(|path: &'static str| async move {
///         Ok::<u16, String>(if path == "/busy" { 503 } else { 200 })
///     });
/// assert_eq!(service.clone().oneshot("/").await.ok(), Some(200));
/// // The answer after three attempts is still the server's answer.
/// assert_eq!(service.oneshot("/busy").await.ok(), Some(503));
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a layer does nothing before it is given a service"]
pub struct RetryLayer<C = (), R = (), N = ()> {
    rules: Rules<C, R, N>,
}

/// What every request of a service is retried by.
#[derive(Clone)]
pub(crate) struct Rules<C, R, N> {
    pub(crate) limits: Limits,
    pub(crate) classify: C,
    pub(crate) classify_response: R,
    pub(crate) notify: N,
}

/// The part of the [`Rules`] that no method gives another type.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) backoff: Backoff,
    pub(crate) time_limit: Option<Duration>,
    pub(crate) budget: Option<Arc<RetryBudget<Instant>>>,
}

impl RetryLayer {
    /// Retries every error by `backoff`, and accepts every response.
    pub const fn new(backoff: Backoff) -> Self {
        Self {
            rules: Rules {
                limits: Limits {
                    backoff,
                    time_limit: None,
                    budget: None,
                },
                classify: (),
                classify_response: (),
                notify: (),
            },
        }
    }
}

impl<C, R, N> RetryLayer<C, R, N> {
    /// Asks `classify` of every error whether trying again can help, and when.
    pub fn classify<E, D: ClassifyError<E>>(self, classify: D) -> RetryLayer<D, R, N> {
        RetryLayer {
            rules: Rules {
                limits: self.rules.limits,
                classify,
                classify_response: self.rules.classify_response,
                notify: self.rules.notify,
            },
        }
    }

    /// Asks `classify` of every response whether it is accepted, or whether trying again can help, and when.
    ///
    /// A response that is not accepted is kept while there may be another attempt. If there is none, for whatever reason, it
    /// is returned as `Ok`, for it is the server's answer; a budget does not count it as a success.
    pub fn classify_response<T, Q: ClassifyResponse<T>>(self, classify: Q) -> RetryLayer<C, Q, N> {
        RetryLayer {
            rules: Rules {
                limits: self.rules.limits,
                classify: self.rules.classify,
                classify_response: classify,
                notify: self.rules.notify,
            },
        }
    }

    /// Tells `notify` of every attempt that will be followed by another: the error or the response that was not accepted,
    /// the number of the attempt, and the delay that begins now.
    pub fn notify<T, E, M: Notify<T, E>>(self, notify: M) -> RetryLayer<C, R, M> {
        RetryLayer {
            rules: Rules {
                limits: self.rules.limits,
                classify: self.rules.classify,
                classify_response: self.rules.classify_response,
                notify,
            },
        }
    }

    /// Starts no further attempt once `limit` has passed since the first call of a request, and does not wait for one that
    /// could not start before: neither for the delay nor for the service to be ready.
    ///
    /// A running attempt is not interrupted: put a timeout below this layer.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.rules.limits.time_limit = Some(limit);
        self
    }

    /// Takes a token from `budget` for every attempt but the first, and gives back what a success is worth.
    pub fn budget(mut self, budget: Arc<RetryBudget<Instant>>) -> Self {
        self.rules.limits.budget = Some(budget);
        self
    }
}

impl<S, C: Clone, R: Clone, N: Clone> Layer<S> for RetryLayer<C, R, N> {
    type Service = RetryService<S, C, R, N>;

    fn layer(&self, service: S) -> Self::Service {
        RetryService::new(service, Arc::new(self.rules.clone()))
    }
}

impl<C, R, N> fmt::Debug for RetryLayer<C, R, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryLayer")
            .field("limits", &self.rules.limits)
            .finish_non_exhaustive()
    }
}
