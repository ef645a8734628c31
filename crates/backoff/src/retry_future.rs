//! One request of a [`RetryService`](crate::RetryService), through all its attempts.
//!
//! ```text
//! Calling ── accepted, or no further attempt ──▶ done
//!  ▲   └──── otherwise ──▶ Delaying ──▶ Readying ── the time limit has passed, or the service failed ──▶ done
//!  └─────────────────────────────────────────┘ the service is ready
//! ```

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tower_service::Service;

use crate::retry_layer::Rules;
use crate::settings::Settings;
use crate::{
    ClassifyError, ClassifyResponse, Delays, GaveUp, Notify, RetryError, Timestamp, TokioSleeper,
    Verdict,
};

pin_project! {
    /// The future of a [`RetryService`](crate::RetryService): the first response that is accepted, or the last outcome
    /// once there is no further attempt.
    ///
    /// # Panics
    /// When the first delay begins outside a tokio runtime whose time is enabled, and when it is polled after it has ended.
    ///
    /// # Cancel safety
    /// Dropping it drops the running attempt or ends the wait for the next; nothing is called afterwards. The tokens that the
    /// attempts so far took from a budget stay taken.
    #[must_use = "futures do nothing unless polled"]
    pub struct RetryFuture<S, Req, C = (), R = (), N = ()>
    where
        S: Service<Req>,
    {
        service: S,
        request: Req,
        course: Course<C, R, N>,
        // How the last attempt ended, until the next begins.
        last: Option<Result<S::Response, S::Error>>,
        #[pin]
        step: Step<S::Future>,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<F> {
        Calling { #[pin] call: F },
        Delaying { #[pin] delay: Sleep },
        Readying { #[pin] time_limit: Option<Sleep> },
    }
}

/// The rules of a request and how far it has got with them.
struct Course<C, R, N> {
    rules: Arc<Rules<C, R, N>>,
    attempts: u32,
    /// When the first call began: read with it where there is a time limit, else when it is pending or has failed.
    started: Option<Instant>,
    deadline: Option<Instant>,
    delays: Option<Delays>,
}

impl<S: Service<Req>, Req: Clone, C, R, N> RetryFuture<S, Req, C, R, N> {
    /// Makes the first call to `service`, which is ready.
    pub(crate) fn new(mut service: S, request: Req, rules: Arc<Rules<C, R, N>>) -> Self {
        let course = Course::new(rules);
        let call = service.call(request.clone());
        Self {
            service,
            request,
            course,
            last: None,
            step: Step::Calling { call },
        }
    }
}

impl<S, Req, C, R, N> Future for RetryFuture<S, Req, C, R, N>
where
    S: Service<Req>,
    Req: Clone,
    C: ClassifyError<S::Error>,
    R: ClassifyResponse<S::Response>,
    N: Notify<S::Response, S::Error>,
{
    type Output = Result<S::Response, RetryError<S::Error>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let course = this.course;
        loop {
            let next = match this.step.as_mut().project() {
                StepProjection::Calling { call } => {
                    let Poll::Ready(outcome) = call.poll(context) else {
                        course.started.get_or_insert_with(Instant::now);
                        return Poll::Pending;
                    };
                    let (outcome, verdict) = match course.judge(outcome) {
                        Ok(response) => return Poll::Ready(Ok(response)),
                        Err(rejected) => rejected,
                    };
                    let now = Instant::now();
                    match course.next_delay(verdict, now) {
                        Ok(delay) => {
                            let notify = &course.rules.notify;
                            notify.notify(outcome.as_ref(), course.attempts, delay);
                            *this.last = Some(outcome);
                            let delay = sleep(delay);
                            Step::Delaying { delay }
                        }
                        Err(why) => return Poll::Ready(course.give_up(outcome, why, now)),
                    }
                }
                StepProjection::Delaying { delay } => {
                    ready!(delay.poll(context));
                    let time_limit = course.deadline.map(sleep_until);
                    Step::Readying { time_limit }
                }
                StepProjection::Readying { time_limit } => {
                    let ready = match (this.service.poll_ready(context), time_limit.as_pin_mut()) {
                        (Poll::Ready(ready), _) => Some(ready),
                        (Poll::Pending, None) => return Poll::Pending,
                        (Poll::Pending, Some(time_limit)) => {
                            ready!(time_limit.poll(context));
                            None
                        }
                    };
                    let now = Instant::now();
                    let last = this.last.take().expect("polled after it has ended");
                    let (outcome, why) = match ready {
                        // Timers round up and a busy runtime wakes late.
                        Some(Ok(())) if course.deadline.is_none_or(|deadline| now < deadline) => {
                            // What the old response holds, a connection perhaps, is free for the new call.
                            drop(last);
                            course.attempts += 1;
                            let call = this.service.call(this.request.clone());
                            this.step.set(Step::Calling { call });
                            continue;
                        }
                        Some(Err(error)) => (last.or(Err(error)), GaveUp::ServiceFailed),
                        Some(Ok(())) | None => (last, GaveUp::Deadline),
                    };
                    return Poll::Ready(course.give_up(outcome, why, now));
                }
            };
            this.step.set(next);
        }
    }
}

impl<C, R, N> Course<C, R, N> {
    fn new(rules: Arc<Rules<C, R, N>>) -> Self {
        let started = rules.limits.time_limit.map(|_| Instant::now());
        // A limit beyond the end of time is none.
        let deadline = started
            .zip(rules.limits.time_limit)
            .and_then(|(started, limit)| started.checked_add(limit));
        Self {
            rules,
            attempts: 1,
            started,
            deadline,
            delays: None,
        }
    }

    /// The response, where it is accepted, or the outcome with the verdict on it.
    fn judge<T, E>(&self, outcome: Result<T, E>) -> Result<T, (Result<T, E>, Verdict)>
    where
        C: ClassifyError<E>,
        R: ClassifyResponse<T>,
    {
        match outcome {
            Ok(response) => match self.rules.classify_response.verdict(&response) {
                Some(verdict) => Err((Ok(response), verdict)),
                None => {
                    self.rules
                        .limits
                        .budget
                        .iter()
                        .for_each(|budget| budget.deposit());
                    Ok(response)
                }
            },
            Err(error) => {
                let verdict = self.rules.classify.verdict(&error);
                Err((Err(error), verdict))
            }
        }
    }

    /// The delay before the next attempt, or why there will be none.
    fn next_delay(&mut self, verdict: Verdict, now: Instant) -> Result<Duration, GaveUp> {
        self.started.get_or_insert(now);
        let settings = Settings {
            sleeper: TokioSleeper,
            backoff: self.rules.limits.backoff,
            deadline: self.deadline,
            budget: self.rules.limits.budget.as_deref(),
            seed: None,
        };
        let delays = self.delays.get_or_insert_with(|| settings.delays());
        settings.next_delay(verdict, delays, now)
    }

    /// Ends with the last outcome: a response is the server's answer, though it was not accepted.
    fn give_up<T, E>(
        &self,
        outcome: Result<T, E>,
        why: GaveUp,
        now: Instant,
    ) -> Result<T, RetryError<E>> {
        outcome.map_err(|last| RetryError {
            last,
            attempts: self.attempts,
            elapsed: now.saturating_since(self.started.unwrap_or(now)),
            why,
        })
    }
}

impl<S: Service<Req>, Req, C, R, N> fmt::Debug for RetryFuture<S, Req, C, R, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFuture")
            .field("attempts", &self.course.attempts)
            .field("limits", &self.course.rules.limits)
            .finish_non_exhaustive()
    }
}
