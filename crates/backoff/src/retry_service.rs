//! A service whose requests are retried.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tower_service::Service;

use crate::retry_layer::Rules;
use crate::{ClassifyError, ClassifyResponse, GaveUp, Notify, RetryError, RetryFuture};

/// A service that calls the one inside again where that can help; made by [`RetryLayer`](crate::RetryLayer).
///
/// It is ready when the service inside is, and waits for that before every further attempt too. The service that was found
/// ready makes the calls of the request, and a clone of it takes its place.
pub struct RetryService<S, C = (), R = (), N = ()> {
    service: S,
    rules: Arc<Rules<C, R, N>>,
}

impl<S, C, R, N> RetryService<S, C, R, N> {
    pub(crate) const fn new(service: S, rules: Arc<Rules<C, R, N>>) -> Self {
        Self { service, rules }
    }
}

impl<S, Req, C, R, N> Service<Req> for RetryService<S, C, R, N>
where
    S: Service<Req> + Clone,
    Req: Clone,
    C: ClassifyError<S::Error>,
    R: ClassifyResponse<S::Response>,
    N: Notify<S::Response, S::Error>,
{
    type Response = S::Response;
    type Error = RetryError<S::Error>;
    type Future = RetryFuture<S, Req, C, R, N>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let ready = self.service.poll_ready(context);
        ready.map_err(|last| RetryError {
            last,
            attempts: 0,
            elapsed: Duration::ZERO,
            why: GaveUp::ServiceFailed,
        })
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let unready = self.service.clone();
        let ready = mem::replace(&mut self.service, unready);
        RetryFuture::new(ready, request, Arc::clone(&self.rules))
    }
}

impl<S: Clone, C, R, N> Clone for RetryService<S, C, R, N> {
    fn clone(&self) -> Self {
        Self::new(self.service.clone(), Arc::clone(&self.rules))
    }
}

impl<S: fmt::Debug, C, R, N> fmt::Debug for RetryService<S, C, R, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryService")
            .field("service", &self.service)
            .field("limits", &self.rules.limits)
            .finish_non_exhaustive()
    }
}
