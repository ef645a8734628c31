//! Every order in which threads can meet at a breaker, tried by a model checker: `cargo xtask model`.
#![cfg(loom_model)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use breaker::{
    Breaker, Breakers, Config, ManualClock, Over, OwnedPermit, Rate, Rejected, State, SystemClock,
    Trip,
};
use loom::thread;

/// A model of one circuit and of a registry, which must do the same.
trait Subject: Clone + Send + 'static {
    type Key: Send + 'static;

    fn with(config: Config, clock: &ManualClock) -> Self;
    fn admit(&self) -> Result<OwnedPermit<Self::Key>, Rejected>;
    fn trip(&self);
    fn state(&self) -> State;
}

impl Subject for Breaker {
    type Key = ();

    fn with(config: Config, clock: &ManualClock) -> Self {
        Self::with_clock(config, Arc::new(clock.clone())).unwrap()
    }

    fn admit(&self) -> Result<OwnedPermit<Self::Key>, Rejected> {
        self.admit_owned()
    }

    fn trip(&self) {
        Self::trip(self);
    }

    fn state(&self) -> State {
        Self::state(self)
    }
}

impl Subject for Breakers<u8> {
    type Key = u8;

    fn with(config: Config, clock: &ManualClock) -> Self {
        Self::with_clock(config, Arc::new(clock.clone())).unwrap()
    }

    fn admit(&self) -> Result<OwnedPermit<Self::Key>, Rejected> {
        self.admit_owned(1)
    }

    fn trip(&self) {
        Self::trip(self, &1);
    }

    fn state(&self) -> State {
        Self::state(self, &1)
    }
}

fn consecutive(count: u32, probes: u32) -> Config {
    Config {
        trip: Trip::Consecutive { count },
        probes,
        ..Config::default()
    }
}

/// A circuit whose cooldown has just passed.
fn ready_to_probe<S: Subject>(config: Config) -> S {
    let clock = ManualClock::new();
    let subject = S::with(config, &clock);
    subject.trip();
    clock.advance(config.cooldown);
    subject
}

fn exactly_the_probes_are_admitted<S: Subject>() {
    for probes in [1, 2] {
        loom::model(move || {
            let subject: S = ready_to_probe(consecutive(1, probes));
            let callers: Vec<_> = (0..2)
                .map(|_| {
                    let subject = subject.clone();
                    thread::spawn(move || subject.admit().ok())
                })
                .collect();
            let own = subject.admit().ok();
            let others = callers.into_iter().map(|caller| caller.join().unwrap());
            let permits: Vec<_> = others.chain([own]).flatten().collect();
            assert_eq!(permits.len(), probes as usize);
        });
    }
}

#[test]
fn exactly_the_probes_are_admitted_by_one() {
    exactly_the_probes_are_admitted::<Breaker>();
}

#[test]
fn exactly_the_probes_are_admitted_by_a_registry() {
    exactly_the_probes_are_admitted::<Breakers<u8>>();
}

/// A call from before the trip fails while a probe closes the circuit again.
fn a_late_failure_never_counts<S: Subject>() {
    loom::model(|| {
        let clock = ManualClock::new();
        let config = consecutive(1, 1);
        let subject = S::with(config, &clock);
        let late = subject.admit().unwrap();
        subject.trip();
        clock.advance(config.cooldown);
        let other = subject.clone();
        let prober = thread::spawn(move || other.admit().unwrap().success());
        late.failure();
        prober.join().unwrap();
        assert_eq!(subject.state(), State::Closed);
        subject.admit().unwrap().failure();
        assert_eq!(subject.state(), State::Open);
    });
}

#[test]
fn a_late_failure_never_counts_with_one() {
    a_late_failure_never_counts::<Breaker>();
}

#[test]
fn a_late_failure_never_counts_with_a_registry() {
    a_late_failure_never_counts::<Breakers<u8>>();
}

/// A call from before the trip succeeds while the circuit, closed again, counts a failure.
fn a_late_success_never_clears<S: Subject>() {
    loom::model(|| {
        let clock = ManualClock::new();
        let config = consecutive(2, 1);
        let subject = S::with(config, &clock);
        let late = subject.admit().unwrap();
        subject.trip();
        clock.advance(config.cooldown);
        subject.admit().unwrap().success();
        let other = subject.clone();
        let failing = thread::spawn(move || other.admit().unwrap().failure());
        late.success();
        failing.join().unwrap();
        subject.admit().unwrap().failure();
        assert_eq!(subject.state(), State::Open);
    });
}

#[test]
fn a_late_success_never_clears_with_one() {
    a_late_success_never_clears::<Breaker>();
}

#[test]
fn a_late_success_never_clears_with_a_registry() {
    a_late_success_never_clears::<Breakers<u8>>();
}

/// No failure is lost between the fast path and the lock.
fn failures_at_once_all_count<S: Subject>() {
    loom::model(|| {
        let subject = S::with(consecutive(2, 1), &ManualClock::new());
        let other = subject.clone();
        let failing = thread::spawn(move || other.admit().unwrap().failure());
        subject.admit().unwrap().failure();
        failing.join().unwrap();
        assert_eq!(subject.state(), State::Open);
        assert!(subject.admit().is_err());
    });
}

#[test]
fn failures_at_once_all_count_with_one() {
    failures_at_once_all_count::<Breaker>();
}

#[test]
fn failures_at_once_all_count_with_a_registry() {
    failures_at_once_all_count::<Breakers<u8>>();
}

/// A success that its caller reported after a failure was reported has cleared it.
fn a_success_after_a_failure_clears_it<S: Subject>() {
    loom::model(|| {
        let subject = S::with(consecutive(2, 1), &ManualClock::new());
        let other = subject.clone();
        let bystander = thread::spawn(move || other.admit().unwrap().success());
        subject.admit().unwrap().failure();
        subject.admit().unwrap().success();
        bystander.join().unwrap();
        subject.admit().unwrap().failure();
        assert_eq!(subject.state(), State::Closed);
    });
}

#[test]
fn a_success_after_a_failure_clears_it_with_one() {
    a_success_after_a_failure_clears_it::<Breaker>();
}

#[test]
fn a_success_after_a_failure_clears_it_with_a_registry() {
    a_success_after_a_failure_clears_it::<Breakers<u8>>();
}

/// The place of a probe that was given up is free for one other caller, not for two.
fn an_abandoned_probe_makes_room_for_one<S: Subject>() {
    loom::model(|| {
        let subject: S = ready_to_probe(consecutive(1, 1));
        let abandoned = subject.admit().unwrap();
        let other = subject.clone();
        let caller = thread::spawn(move || other.admit().ok());
        drop(abandoned);
        let own = subject.admit().ok();
        let theirs = caller.join().unwrap();
        assert_eq!(own.iter().chain(&theirs).count(), 1);
    });
}

#[test]
fn an_abandoned_probe_makes_room_for_one_with_one() {
    an_abandoned_probe_makes_room_for_one::<Breaker>();
}

#[test]
fn an_abandoned_probe_makes_room_for_one_with_a_registry() {
    an_abandoned_probe_makes_room_for_one::<Breakers<u8>>();
}

#[test]
fn calls_that_reach_a_rate_at_once_open_the_circuit_once() {
    loom::model(|| {
        let config = Config {
            trip: Trip::Rate(Rate {
                over: Over::Calls(4),
                minimum: 1,
                failed: Some(50),
                slow: None,
            }),
            ..Config::default()
        };
        let changes = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&changes);
        let breaker = Breaker::observed(config, Arc::new(SystemClock), move |change| {
            assert_eq!((change.from, change.to), (State::Closed, State::Open));
            count.fetch_add(1, Ordering::Relaxed);
        });
        let breaker = breaker.unwrap();
        let permits = [(); 2].map(|()| breaker.admit_owned().unwrap());
        let [theirs, own] = permits;
        let failing = thread::spawn(move || theirs.failure());
        own.failure();
        failing.join().unwrap();
        assert_eq!(breaker.state(), State::Open);
        assert_eq!(changes.load(Ordering::Relaxed), 1);
    });
}
