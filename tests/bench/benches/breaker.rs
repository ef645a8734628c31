//! `breaker` beside failsafe, recloser and tower-resilience.
//!
//! Nobody's time is open for long enough to end while it is measured. What cannot be made equal:
//!
//! - Ours counts failures within a time, by default; failsafe and tower-resilience count them in a row. recloser knows only a
//!   rate over the last calls, so it has a window as long as the row, all of which must fail. failsafe's rate is over a
//!   time, here that of our default policy, and never over a number of calls.
//! - failsafe and recloser wrap a function; ours gives a permit, used here around the same function.
//! - tower-resilience is a service, which allocates its future, whatever it wraps; it is called as its documentation does,
//!   on a service that is ready at once and without a runtime.
//! - None of the peers has breakers by key.

use std::{future::ready, hint::black_box, io, sync::Arc, time::Duration};

use bench::micro::{Meter, meter, poll_to_end};
use breaker::{Breaker, Breakers, Config, Outcome, Over, Permit, Rate, Rejected, Trip};
use failsafe::{StateMachine, backoff::Constant, failure_policy, futures::CircuitBreaker as _};
use recloser::{AsyncRecloser, Recloser};
use tower::{Service, ServiceExt as _};
use tower_resilience_circuitbreaker::{CircuitBreakerError, CircuitBreakerLayer};

/// Failures in a row, or within the time of our default policy, that open a circuit.
const FAILURES: u32 = 5;
/// Calls in a window by count.
const WINDOW: u32 = 100;
const COOLDOWN: Duration = Duration::from_secs(300);

const OURS: &str = "ours";
const CONSECUTIVE: &str = "failsafe, in a row";
const RATE: &str = "failsafe, rate";
const RECLOSER: &str = "recloser";
const TOWER: &str = "tower-resilience";

/// What is called, which fails or does not, or the reason why nothing was.
type Answer = Result<u32, &'static str>;

fn main() -> io::Result<()> {
    let mut meter = meter();
    closed(&mut meter);
    failing(&mut meter);
    window(&mut meter);
    asynchronous(&mut meter);
    open(&mut meter);
    keyed(&mut meter);
    contended(&mut meter);
    many_keys(&mut meter);
    meter.finish()
}

fn work() -> Answer {
    Ok(black_box(7))
}

fn failure() -> Answer {
    Err(black_box("failed"))
}

/// Measures what is `expected` to happen, and makes sure that it did so before and still does so after.
fn measure<T: PartialEq + std::fmt::Debug>(
    meter: &mut impl Meter,
    operation: &str,
    contestant: &str,
    expected: &T,
    mut run: impl FnMut() -> T,
) {
    assert_eq!(run(), *expected, "{operation}: {contestant}, before");
    meter.measure(operation, contestant, &mut run);
    assert_eq!(run(), *expected, "{operation}: {contestant}, after");
}

const REJECTED: Answer = Err("rejected");

fn ours() -> Breaker {
    Breaker::new(Config::default()).expect("the default is valid")
}

/// Calls with a permit of ours.
fn call(permit: Result<Permit<'_>, Rejected>, call: impl FnOnce() -> Answer) -> Answer {
    let Ok(permit) = permit else { return REJECTED };
    let answer = call();
    match answer {
        Ok(_) => permit.success(),
        Err(_) => permit.failure(),
    }
    answer
}

fn in_a_row() -> StateMachine<failure_policy::ConsecutiveFailures<Constant>, ()> {
    let cooldown = failsafe::backoff::constant(COOLDOWN);
    failsafe::Config::new()
        .failure_policy(failure_policy::consecutive_failures(FAILURES, cooldown))
        .build()
}

/// A rate of successes below `required` opens it.
fn by_rate(required: f64) -> StateMachine<failure_policy::SuccessRateOverTimeWindow<Constant>, ()> {
    let cooldown = failsafe::backoff::constant(COOLDOWN);
    let policy =
        failure_policy::success_rate_over_time_window(required, WINDOW, COOLDOWN, cooldown);
    failsafe::Config::new().failure_policy(policy).build()
}

fn call_failsafe(breaker: &impl failsafe::CircuitBreaker, call: impl FnOnce() -> Answer) -> Answer {
    breaker.call(call).or_else(|error| match error {
        failsafe::Error::Inner(error) => Err(error),
        failsafe::Error::Rejected => REJECTED,
    })
}

fn recloser(calls: u32, rate: f32) -> Recloser {
    Recloser::custom()
        .closed_len(calls as usize)
        .error_rate(rate)
        .open_wait(COOLDOWN)
        .build()
}

fn call_recloser(breaker: &Recloser, call: impl FnOnce() -> Answer) -> Answer {
    breaker.call(call).or_else(|error| match error {
        recloser::Error::Inner(error) => Err(error),
        recloser::Error::Rejected => REJECTED,
    })
}

/// A service that answers with its request.
fn echo() -> impl Service<Answer, Response = u32, Error = &'static str, Future: Send> + Clone + Send
{
    tower::service_fn(ready::<Answer>)
}

macro_rules! tower {
    ($builder:expr) => {
        $builder
            .wait_duration_in_open(COOLDOWN)
            .build()
            .expect("the settings are valid")
            .layer_fn(echo())
    };
}

fn call_tower<S>(service: &mut S, call: impl FnOnce() -> Answer) -> Answer
where
    S: Service<Answer, Response = u32, Error = CircuitBreakerError<&'static str>>,
{
    let answer = poll_to_end(async { service.ready().await?.call(call()).await });
    answer.or_else(|error| match error {
        CircuitBreakerError::Inner(error) => Err(error),
        CircuitBreakerError::OpenCircuit => REJECTED,
    })
}

/// A call that succeeds, nothing having failed.
fn closed(meter: &mut impl Meter) {
    let operation = "closed, default policy, a success";
    let expected = work();
    let breaker = ours();
    measure(meter, operation, OURS, &expected, || {
        call(breaker.admit(), work)
    });
    let breaker = in_a_row();
    measure(meter, operation, CONSECUTIVE, &expected, || {
        call_failsafe(&breaker, work)
    });
    let breaker = by_rate(0.5);
    measure(meter, operation, RATE, &expected, || {
        call_failsafe(&breaker, work)
    });
    let breaker = recloser(FAILURES, 1.0);
    measure(meter, operation, RECLOSER, &expected, || {
        call_recloser(&breaker, work)
    });
    let mut service =
        tower!(CircuitBreakerLayer::builder().consecutive_failures(FAILURES as usize));
    measure(meter, operation, TOWER, &expected, || {
        call_tower(&mut service, work)
    });
}

/// A call that fails and one that succeeds, which happens while the failure is remembered. Two calls, not one.
fn failing(meter: &mut impl Meter) {
    let operation = "closed, default policy, a failure and a success";
    let expected = (failure(), work());
    let breaker = ours();
    measure(meter, operation, OURS, &expected, || {
        (call(breaker.admit(), failure), call(breaker.admit(), work))
    });
    let breaker = in_a_row();
    measure(meter, operation, CONSECUTIVE, &expected, || {
        (
            call_failsafe(&breaker, failure),
            call_failsafe(&breaker, work),
        )
    });
    // Half of the calls fail, so that the rate of successes must be lower to open it.
    let breaker = by_rate(0.1);
    measure(meter, operation, RATE, &expected, || {
        (
            call_failsafe(&breaker, failure),
            call_failsafe(&breaker, work),
        )
    });
    let breaker = recloser(FAILURES, 1.0);
    measure(meter, operation, RECLOSER, &expected, || {
        (
            call_recloser(&breaker, failure),
            call_recloser(&breaker, work),
        )
    });
    let mut service =
        tower!(CircuitBreakerLayer::builder().consecutive_failures(FAILURES as usize));
    measure(meter, operation, TOWER, &expected, || {
        (
            call_tower(&mut service, failure),
            call_tower(&mut service, work),
        )
    });
}

/// A call that succeeds, where the last hundred calls open the circuit if half of them fail.
fn window(meter: &mut impl Meter) {
    let operation = "closed, rate over 100 calls, a success";
    let expected = work();
    let config = Config {
        trip: Trip::Rate(Rate {
            over: Over::Calls(WINDOW),
            minimum: WINDOW,
            failed: Some(50),
            slow: None,
        }),
        ..Config::default()
    };
    let breaker = Breaker::new(config).expect("the settings are valid");
    measure(meter, operation, OURS, &expected, || {
        call(breaker.admit(), work)
    });
    let breaker = by_rate(0.5);
    measure(meter, operation, RATE, &expected, || {
        call_failsafe(&breaker, work)
    });
    let breaker = recloser(WINDOW, 0.5);
    measure(meter, operation, RECLOSER, &expected, || {
        call_recloser(&breaker, work)
    });
    let mut service = tower!(
        CircuitBreakerLayer::builder()
            .sliding_window_size(WINDOW as usize)
            .failure_rate_threshold(0.5)
    );
    measure(meter, operation, TOWER, &expected, || {
        call_tower(&mut service, work)
    });
}

/// A future that succeeds when it is first polled.
fn asynchronous(meter: &mut impl Meter) {
    let operation = "closed, default policy, an async success";
    let size = "future of an async call";
    let judge = |answer: &Answer| match answer {
        Ok(_) => Outcome::Success,
        Err(_) => Outcome::Failure,
    };

    let breaker = ours();
    let call = || breaker.call(ready(work()), judge);
    measure(meter, operation, OURS, &Ok(work()), || poll_to_end(call()));
    meter.size(size, OURS, &call());

    let breaker = in_a_row();
    let call = || breaker.call(ready(work()));
    measure(meter, operation, CONSECUTIVE, &true, || {
        poll_to_end(call()).is_ok()
    });
    meter.size(size, CONSECUTIVE, &call());

    let breaker = by_rate(0.5);
    let call = || breaker.call(ready(work()));
    measure(meter, operation, RATE, &true, || {
        poll_to_end(call()).is_ok()
    });
    meter.size(size, RATE, &call());

    let breaker = AsyncRecloser::from(recloser(FAILURES, 1.0));
    let call = || breaker.call(ready(work()));
    measure(meter, operation, RECLOSER, &true, || {
        poll_to_end(call()).is_ok()
    });
    meter.size(size, RECLOSER, &call());

    let mut service =
        tower!(CircuitBreakerLayer::builder().consecutive_failures(FAILURES as usize));
    measure(meter, operation, TOWER, &work(), || {
        call_tower(&mut service, work)
    });
    // A pointer to the heap, where the rest is.
    meter.size(size, TOWER, &service.call(work()));
}

/// A call that is rejected.
fn open(meter: &mut impl Meter) {
    let operation = "open, a rejection";
    let breaker = ours();
    trip(|| call(breaker.admit(), failure));
    measure(meter, operation, OURS, &REJECTED, || {
        call(breaker.admit(), work)
    });
    let breaker = in_a_row();
    trip(|| call_failsafe(&breaker, failure));
    measure(meter, operation, CONSECUTIVE, &REJECTED, || {
        call_failsafe(&breaker, work)
    });
    let breaker = recloser(FAILURES, 1.0);
    trip(|| call_recloser(&breaker, failure));
    measure(meter, operation, RECLOSER, &REJECTED, || {
        call_recloser(&breaker, work)
    });
    let mut service =
        tower!(CircuitBreakerLayer::builder().consecutive_failures(FAILURES as usize));
    trip(|| call_tower(&mut service, failure));
    measure(meter, operation, TOWER, &REJECTED, || {
        call_tower(&mut service, work)
    });
}

/// Fails until the circuit is open; recloser first has to fill its window.
fn trip(mut fail: impl FnMut() -> Answer) {
    for _ in 0..=FAILURES {
        let _failed = fail();
    }
}

fn by_key<K: Clone + Eq + std::hash::Hash + Send>() -> Breakers<K> {
    Breakers::new(Config::default()).expect("the default is valid")
}

/// Calls of one key among many.
fn keyed(meter: &mut impl Meter) {
    each_key(meter, "u64", &7_u64, &8);
    let host = |name: &str| format!("{name}.example-employer.com");
    each_key(meter, "String", &host("jobs"), &host("careers"));
    meter.size("permit", OURS, &ours().admit());
    meter.size("permit, u64 key", OURS, &by_key::<u64>().admit(&7));
    meter.size(
        "permit, String key",
        OURS,
        &by_key::<String>().admit(&host("jobs")),
    );
}

fn each_key<K: Clone + Eq + std::hash::Hash + Send>(
    meter: &mut impl Meter,
    kind: &str,
    key: &K,
    other: &K,
) {
    let succeed = |breakers: &Breakers<K>| {
        let Ok(permit) = breakers.admit(black_box(key)) else {
            return REJECTED;
        };
        let answer = work();
        permit.success();
        answer
    };
    let breakers = by_key();
    let operation = format!("{kind} key, closed, a success");
    measure(meter, &operation, OURS, &work(), || succeed(&breakers));

    breakers.admit(other).expect("it is closed").failure();
    let operation = format!("{kind} key, closed, another key has failed");
    measure(meter, &operation, OURS, &work(), || succeed(&breakers));
    assert_eq!(
        breakers.len(),
        1,
        "the failure of the other key was forgotten"
    );

    breakers.trip(key);
    let operation = format!("{kind} key, open, a rejection");
    measure(meter, &operation, OURS, &REJECTED, || succeed(&breakers));
}

/// A call that succeeds on each of two threads, which share one breaker.
///
/// The lock of tower-resilience goes to whoever waits for it longest: while that thread has no processor, nobody gets on.
fn contended(meter: &mut impl Meter) {
    let operation = "closed, default policy, a success, 2 threads";
    let breaker = ours();
    meter.contend(operation, OURS, || {
        let breaker = breaker.clone();
        move || call(breaker.admit(), work)
    });
    let breaker = in_a_row();
    meter.contend(operation, CONSECUTIVE, || {
        let breaker = breaker.clone();
        move || call_failsafe(&breaker, work)
    });
    let breaker = by_rate(0.5);
    meter.contend(operation, RATE, || {
        let breaker = breaker.clone();
        move || call_failsafe(&breaker, work)
    });
    let breaker = Arc::new(recloser(FAILURES, 1.0));
    meter.contend(operation, RECLOSER, || {
        let breaker = Arc::clone(&breaker);
        move || call_recloser(&breaker, work)
    });
    let service = tower!(CircuitBreakerLayer::builder().consecutive_failures(FAILURES as usize));
    meter.contend(operation, TOWER, || {
        let mut service = service.clone();
        move || call_tower(&mut service, work)
    });
}

/// Keys that are seen once, each of them in a call that succeeds.
///
/// The first key of all is seen before: what a breaker allocates when it is first used is not growth.
fn many_keys(meter: &mut impl Meter) {
    const KEYS: u64 = 1_000_000;
    let breakers = by_key::<u64>();
    breakers.admit(&0).expect("it is closed").success();
    meter.growth("1,000,000 u64 keys seen once", OURS, || {
        for key in 1..=KEYS {
            breakers.admit(&key).expect("it is closed").success();
        }
    });
    let breakers = by_key::<String>();
    let first = "0.example-employer.com".to_owned();
    breakers.admit(&first).expect("it is closed").success();
    meter.growth("1,000,000 String keys seen once", OURS, || {
        for key in 1..=KEYS {
            let host = format!("{key}.example-employer.com");
            breakers.admit(&host).expect("it is closed").success();
        }
    });
}
