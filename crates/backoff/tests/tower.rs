//! Retries as a layer of `tower`, on a paused clock.

#![cfg(feature = "tower")]

use std::collections::VecDeque;
use std::future::{Ready, pending, ready};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use backoff::{
    Backoff, BudgetConfig, ClassifyError, GaveUp, RetryBudget, RetryLayer, RetryService, Verdict,
};
use tokio::time::{Instant, sleep};
use tokio_test::{assert_pending, assert_ready, assert_ready_err, task};
use tower::{Layer, Service, ServiceExt, service_fn};

const SECOND: Duration = Duration::from_secs(1);

/// A server's answer: its status and whatever it holds.
type Answer = Result<(u16, Arc<()>), &'static str>;

/// What a server's [`Client`] is told when it asks whether it is ready.
#[derive(Clone, Copy, Debug)]
enum Gate {
    Open,
    Closed,
    Broken,
}

/// A server that answers by its script, and with an error after that.
#[derive(Debug)]
struct Server {
    script: VecDeque<Answer>,
    gate: Gate,
    waiting: Option<Waker>,
    started: Instant,
    calls: Vec<Duration>,
    /// What was held by others whenever a call began.
    held: Vec<usize>,
    holding: Arc<()>,
}

/// One client of a [`Server`], strict about the contract: a call without readiness is a panic, and a clone is not ready.
#[derive(Debug)]
struct Client {
    server: Arc<Mutex<Server>>,
    ready: bool,
}

impl Client {
    fn new(statuses: impl IntoIterator<Item = Result<u16, &'static str>>) -> Self {
        let holding = Arc::new(());
        let script = statuses
            .into_iter()
            .map(|status| status.map(|status| (status, Arc::clone(&holding))))
            .collect();
        let server = Server {
            script,
            gate: Gate::Open,
            waiting: None,
            started: Instant::now(),
            calls: Vec::new(),
            held: Vec::new(),
            holding,
        };
        Self {
            server: Arc::new(Mutex::new(server)),
            ready: false,
        }
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().expect("no panic")
    }

    fn set(&self, gate: Gate) {
        let mut server = self.server();
        server.gate = gate;
        server.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// When the calls were, since the start.
    fn calls(&self) -> Vec<Duration> {
        self.server().calls.clone()
    }
}

impl Clone for Client {
    fn clone(&self) -> Self {
        Self {
            server: Arc::clone(&self.server),
            ready: false,
        }
    }
}

impl Service<&'static str> for Client {
    type Response = (u16, Arc<()>);
    type Error = &'static str;
    type Future = Ready<Answer>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        let mut server = self.server.lock().expect("no panic");
        match server.gate {
            Gate::Open => {
                self.ready = true;
                Poll::Ready(Ok(()))
            }
            Gate::Closed => {
                server.waiting = Some(context.waker().clone());
                Poll::Pending
            }
            Gate::Broken => Poll::Ready(Err("closed for good")),
        }
    }

    fn call(&mut self, _request: &'static str) -> Ready<Answer> {
        assert!(std::mem::take(&mut self.ready), "called without readiness");
        let mut server = self.server.lock().expect("no panic");
        let since = server.started.elapsed();
        server.calls.push(since);
        // The script's own share and the server's are not counted.
        let held = Arc::strong_count(&server.holding)
            - 1
            - server.script.iter().filter(|answer| answer.is_ok()).count();
        server.held.push(held);
        ready(server.script.pop_front().unwrap_or(Err("refused")))
    }
}

fn retries() -> RetryLayer {
    RetryLayer::new(Backoff::default())
}

/// A 503 is worth another attempt; a 429 says when.
fn by_status(&(status, _): &(u16, Arc<()>)) -> Option<Verdict> {
    match status {
        503 => Some(Verdict::Retry),
        429 => Some(Verdict::RetryAfter(7 * SECOND)),
        _ => None,
    }
}

fn tokens(capacity: u32, per_success: u32) -> Arc<RetryBudget<Instant>> {
    let config = BudgetConfig {
        capacity,
        millitokens_per_success: per_success,
        millitokens_per_second: 0,
    };
    Arc::new(RetryBudget::new(config, Instant::now()))
}

#[tokio::test(start_paused = true)]
async fn a_success_is_returned_at_once() {
    let client = Client::new([Ok(200)]);
    let answer = retries().layer(client.clone()).oneshot("/").await;
    assert_eq!(answer.unwrap().0, 200);
    assert_eq!(client.calls(), [Duration::ZERO]);
}

#[tokio::test(start_paused = true)]
async fn attempts_3_makes_3_calls_and_returns_the_last_error() {
    let client = Client::new([Err("one"), Err("two"), Err("three")]);
    let error = retries()
        .layer(client.clone())
        .oneshot("/")
        .await
        .unwrap_err();
    assert_eq!(client.calls(), [Duration::ZERO, SECOND, 3 * SECOND]);
    assert_eq!(error.last, "three");
    assert_eq!(error.attempts, 3);
    assert_eq!(error.elapsed, 3 * SECOND);
    assert_eq!(error.why, GaveUp::AttemptsExhausted);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_not_retryable_ends_it_at_once() {
    let client = Client::new([Err("refused"), Err("not found")]);
    let service = retries()
        .classify(|error: &&str| match *error {
            "not found" => Verdict::Fail,
            _ => Verdict::Retry,
        })
        .layer(client.clone());
    let error = service.oneshot("/").await.unwrap_err();
    assert_eq!(client.calls(), [Duration::ZERO, SECOND]);
    assert_eq!(error.why, GaveUp::NotRetryable);
}

#[tokio::test(start_paused = true)]
async fn a_type_of_the_callers_can_classify() {
    #[derive(Clone)]
    struct Never;
    impl<E> ClassifyError<E> for Never {
        fn verdict(&self, _error: &E) -> Verdict {
            Verdict::Fail
        }
    }
    let service: RetryService<Client, Never> = retries()
        .classify::<&str, _>(Never)
        .layer(Client::new([Err("refused")]));
    assert_eq!(service.oneshot("/").await.unwrap_err().attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_not_accepted_is_retried_when_it_says() {
    let client = Client::new([Ok(503), Ok(429), Ok(200)]);
    let service = retries().classify_response(by_status).layer(client.clone());
    assert_eq!(service.oneshot("/").await.unwrap().0, 200);
    assert_eq!(client.calls(), [Duration::ZERO, SECOND, 8 * SECOND]);
}

#[tokio::test(start_paused = true)]
async fn the_last_response_is_the_answer_though_it_is_not_accepted() {
    let client = Client::new([Err("refused"), Ok(503), Ok(429)]);
    let service = retries().classify_response(by_status).layer(client.clone());
    assert_eq!(service.oneshot("/").await.unwrap().0, 429);
    assert_eq!(client.calls(), [Duration::ZERO, SECOND, 3 * SECOND]);
}

#[tokio::test(start_paused = true)]
async fn a_response_is_the_answer_whatever_forbids_another_attempt() {
    let answer = async |layer: RetryLayer, client: &Client| {
        let service = layer.classify_response(by_status).layer(client.clone());
        service.oneshot("/").await.unwrap().0
    };
    let client = Client::new([Ok(503), Ok(503)]);
    assert_eq!(answer(retries().budget(tokens(0, 0)), &client).await, 503);
    assert_eq!(answer(retries().time_limit(SECOND), &client).await, 503);
    assert_eq!(client.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_response_is_let_go_before_the_next_call_but_not_sooner() {
    let client = Client::new([Ok(503), Ok(200)]);
    let service = retries()
        .classify_response(by_status)
        .notify(|_: Result<&(u16, Arc<()>), &&str>, _, _| {})
        .layer(client.clone());
    let mut running = task::spawn(service.oneshot("/"));
    assert_pending!(running.poll());
    // One is held by the server, one by the rest of its script, one by the request.
    assert_eq!(Arc::strong_count(&client.server().holding), 3);
    tokio::time::advance(SECOND).await;
    assert!(assert_ready!(running.poll()).is_ok());
    assert_eq!(client.server().held, [0, 0]);
}

#[tokio::test(start_paused = true)]
async fn the_listener_hears_of_every_attempt_that_is_followed_by_another() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let client = Client::new([Err("refused"), Ok(503), Ok(503)]);
    let service = retries()
        .classify_response(by_status)
        .notify(
            move |outcome: Result<&(u16, Arc<()>), &&'static str>, attempt, delay| {
                let outcome = outcome.map(|&(status, _)| status).map_err(|error| *error);
                listener.lock().unwrap().push((outcome, attempt, delay));
            },
        )
        .layer(client);
    assert_eq!(service.oneshot("/").await.unwrap().0, 503);
    assert_eq!(
        *heard.lock().unwrap(),
        [(Err("refused"), 1, SECOND), (Ok(503), 2, 2 * SECOND)]
    );
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_counts_from_the_first_call_and_is_not_slept_past() {
    let client = Client::new([]);
    let service = RetryLayer::new(Backoff::default().attempts(9))
        .time_limit(5 * SECOND)
        .layer(client.clone());
    for round in 0..2 {
        // Time before a request is none of its own.
        tokio::time::advance(60 * SECOND).await;
        let error = service.clone().oneshot("/").await.unwrap_err();
        // The third delay, 4 s, would end at 7 s: it ends at 3 s instead of waiting in vain.
        assert_eq!(error.attempts, 3, "round {round}");
        assert_eq!(error.elapsed, 3 * SECOND);
        assert_eq!(error.why, GaveUp::Deadline);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_fires_late_starts_no_attempt_after_the_time_limit() {
    let client = Client::new([]);
    // Tokio's timers have millisecond resolution and round up, so this one fires at 11 ms.
    let service = RetryLayer::new(Backoff::constant(Duration::from_micros(10_200)))
        .time_limit(Duration::from_micros(10_500))
        .layer(client.clone());
    let error = service.oneshot("/").await.unwrap_err();
    assert_eq!(client.calls(), [Duration::ZERO]);
    assert_eq!(error.attempts, 1);
    assert_eq!(error.elapsed, Duration::from_millis(11));
    assert_eq!(error.why, GaveUp::Deadline);
}

#[tokio::test(start_paused = true)]
async fn no_attempt_starts_at_the_very_end_of_the_time_limit() {
    let client = Client::new([]);
    let service = retries().time_limit(2 * SECOND).layer(client.clone());
    let mut running = task::spawn(service.oneshot("/"));
    assert_pending!(running.poll());
    tokio::time::advance(2 * SECOND).await;
    let error = assert_ready_err!(running.poll());
    assert_eq!(error.why, GaveUp::Deadline);
    assert_eq!(client.calls(), [Duration::ZERO]);
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_beyond_the_end_of_time_is_none() {
    let service = retries().time_limit(Duration::MAX).layer(Client::new([]));
    let error = service.oneshot("/").await.unwrap_err();
    assert_eq!(error.why, GaveUp::AttemptsExhausted);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_first_call_that_waits_is_counted() {
    let failing = service_fn(|()| async {
        sleep(SECOND).await;
        Err::<(), _>("refused")
    });
    let once = RetryLayer::new(Backoff::default().attempts(1));
    let error = once.layer(failing).oneshot(()).await.unwrap_err();
    assert_eq!(error.elapsed, SECOND);
    let limited = retries().time_limit(2 * SECOND);
    let error = limited.layer(failing).oneshot(()).await.unwrap_err();
    assert_eq!(error.attempts, 1);
    assert_eq!(error.why, GaveUp::Deadline);
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_has_the_time_between_the_call_and_its_first_poll_in_it() {
    let client = Client::new([]);
    let mut service = retries().time_limit(2 * SECOND).layer(client.clone());
    let request = service.ready().await.unwrap().call("/");
    tokio::time::advance(SECOND).await;
    let error = request.await.unwrap_err();
    assert_eq!(error.elapsed, SECOND);
    assert_eq!(error.why, GaveUp::Deadline);
}

#[tokio::test(start_paused = true)]
async fn it_is_ready_when_the_service_inside_is() {
    let client = Client::new([Ok(200)]);
    client.set(Gate::Closed);
    let mut service = retries().layer(client.clone());
    let mut readying = task::spawn(service.ready());
    assert_pending!(readying.poll());
    client.set(Gate::Open);
    assert!(readying.is_woken());
    let request = assert_ready!(readying.poll()).unwrap().call("/");
    assert!(request.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_until_the_service_is_ready() {
    let client = Client::new([Err("refused"), Ok(200)]);
    let mut running = task::spawn(retries().layer(client.clone()).oneshot("/"));
    assert_pending!(running.poll());
    client.set(Gate::Closed);
    tokio::time::advance(SECOND).await;
    assert_pending!(running.poll());
    tokio::time::advance(3600 * SECOND).await;
    assert_pending!(running.poll());
    client.set(Gate::Open);
    assert!(running.is_woken());
    assert_eq!(assert_ready!(running.poll()).unwrap().0, 200);
    assert_eq!(client.calls(), [Duration::ZERO, 3601 * SECOND]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_readiness_ends_with_the_time_limit() {
    let client = Client::new([Err("refused"), Ok(200)]);
    let limited = retries().time_limit(5 * SECOND);
    let mut running = task::spawn(limited.layer(client.clone()).oneshot("/"));
    assert_pending!(running.poll());
    client.set(Gate::Closed);
    tokio::time::advance(SECOND).await;
    assert_pending!(running.poll());
    tokio::time::advance(4 * SECOND).await;
    assert!(running.is_woken());
    let error = assert_ready_err!(running.poll());
    assert_eq!(error.last, "refused");
    assert_eq!(error.why, GaveUp::Deadline);
    assert_eq!(error.elapsed, 5 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_failed_gets_no_call() {
    let client = Client::new([]);
    client.set(Gate::Broken);
    let error = retries()
        .layer(client.clone())
        .oneshot("/")
        .await
        .unwrap_err();
    assert_eq!(error.last, "closed for good");
    assert_eq!(error.attempts, 0);
    assert_eq!(error.elapsed, Duration::ZERO);
    assert_eq!(error.why, GaveUp::ServiceFailed);
    assert!(client.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_during_the_delay_ends_it() {
    let ended = async |client: Client| {
        let service = retries().classify_response(by_status).layer(client.clone());
        let mut running = task::spawn(service.oneshot("/"));
        assert_pending!(running.poll());
        client.set(Gate::Broken);
        tokio::time::advance(SECOND).await;
        assert_ready!(running.poll())
    };
    let error = ended(Client::new([Err("refused")])).await.unwrap_err();
    assert_eq!(error.last, "closed for good");
    assert_eq!(error.attempts, 1);
    assert_eq!(error.why, GaveUp::ServiceFailed);
    assert_eq!(ended(Client::new([Ok(503)])).await.unwrap().0, 503);
}

#[tokio::test(start_paused = true)]
async fn a_budget_bounds_the_retries_of_all_requests_together() {
    let client = Client::new([]);
    let budget = tokens(3, 0);
    let service = retries().budget(Arc::clone(&budget)).layer(client.clone());
    let ended = async || service.clone().oneshot("/").await.unwrap_err().why;
    assert_eq!(ended().await, GaveUp::AttemptsExhausted);
    assert_eq!(ended().await, GaveUp::BudgetExhausted);
    assert_eq!(ended().await, GaveUp::BudgetExhausted);
    assert_eq!(client.calls().len(), 3 + 3);
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_refilled_by_responses_that_are_accepted() {
    let budget = tokens(2, 1000);
    let service = retries()
        .classify_response(by_status)
        .budget(Arc::clone(&budget));
    let left = || budget.available(Instant::now());
    let rejected = service.layer(Client::new([Ok(503), Ok(503), Ok(503)]));
    assert_eq!(rejected.oneshot("/").await.unwrap().0, 503);
    assert_eq!(left(), 0);
    let accepted = service.layer(Client::new([Ok(200)]));
    assert_eq!(accepted.oneshot("/").await.unwrap().0, 200);
    assert_eq!(left(), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_stops_it() {
    let client = Client::new([]);
    let mut running = task::spawn(retries().layer(client.clone()).oneshot("/"));
    assert_pending!(running.poll());
    tokio::time::advance(SECOND).await;
    assert_pending!(running.poll());
    drop(running);
    tokio::time::advance(60 * SECOND).await;
    assert_eq!(client.calls(), [Duration::ZERO, SECOND]);
    // Nothing of the request is left: only this client has the server.
    assert_eq!(Arc::strong_count(&client.server), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_drops_the_running_attempt() {
    let held = Arc::new(());
    let service = service_fn(|held: Arc<()>| async move {
        let _held = held;
        pending::<Result<(), &str>>().await
    });
    let mut running = task::spawn(retries().layer(service).oneshot(Arc::clone(&held)));
    assert_pending!(running.poll());
    assert_eq!(Arc::strong_count(&held), 3);
    drop(running);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_is_dropped_before_the_delay_that_follows_it() {
    let held = Arc::new(());
    let service = service_fn(|held: Arc<()>| async move {
        let _held = held;
        Err::<(), _>("refused")
    });
    let mut running = task::spawn(retries().layer(service).oneshot(Arc::clone(&held)));
    assert_pending!(running.poll());
    // One here, and one in the request that the next attempt will be made of.
    assert_eq!(Arc::strong_count(&held), 2);
}

#[tokio::test(start_paused = true)]
async fn requests_at_the_same_time_do_not_disturb_each_other() {
    let client = Client::new([Err("refused"), Err("refused"), Ok(200), Ok(200)]);
    let mut service = retries().layer(client.clone());
    let first = service.ready().await.unwrap().call("/");
    let second = service.ready().await.unwrap().call("/");
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.unwrap().0, second.unwrap().0), (200, 200));
    let zero = Duration::ZERO;
    assert_eq!(client.calls(), [zero, zero, SECOND, SECOND]);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "polled after it has ended")]
async fn polling_it_after_its_end_is_a_panic() {
    let client = Client::new([]);
    let mut service = retries().time_limit(SECOND * 2).layer(client.clone());
    let mut running = task::spawn(service.ready().await.unwrap().call("/"));
    assert_pending!(running.poll());
    client.set(Gate::Broken);
    tokio::time::advance(SECOND).await;
    assert_ready_err!(running.poll());
    let _again = running.poll();
}

#[tokio::test(start_paused = true)]
async fn its_future_can_move_between_threads() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let mut service = retries().layer(Client::new([Ok(200)]));
    let request = send(service.ready().await.unwrap().call("/"));
    assert!(request.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_debug_forms_show_the_settings() {
    let layer = retries().time_limit(SECOND);
    let mut service = layer.layer(service_fn(|()| ready(Ok::<_, ()>(()))));
    let request = service.ready().await.unwrap().call(());
    for (shown, name) in [
        (format!("{layer:?}"), "RetryLayer"),
        (format!("{service:?}"), "RetryService"),
        (format!("{request:?}"), "RetryFuture"),
    ] {
        assert!(shown.starts_with(name), "{shown}");
        assert!(shown.contains("time_limit: Some(1s)"), "{shown}");
    }
    assert!(format!("{service:?}").contains("service: ServiceFn"));
    assert!(format!("{request:?}").contains("attempts: 1"));
}
