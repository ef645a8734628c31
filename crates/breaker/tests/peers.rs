//! The defects seen in other breakers, each as a test that this one passes.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use breaker::{Breaker, Breakers, Config, ManualClock, Over, Rate, Slow, State, Trip};

fn breaker(config: Config) -> (Breaker, ManualClock) {
    let clock = ManualClock::new();
    let breaker = Breaker::with_clock(config, Arc::new(clock.clone())).expect("valid");
    (breaker, clock)
}

/// Opens the circuit and lets its cooldown pass.
fn ready_to_probe(breaker: &Breaker, clock: &ManualClock) {
    breaker.trip();
    clock.advance(Config::default().cooldown);
}

#[test]
fn ten_thousand_successes_do_not_delay_the_opening() {
    let (breaker, _) = breaker(Config::default());
    for _ in 0..10_000 {
        breaker.admit().unwrap().success();
    }
    for _ in 0..5 {
        assert_eq!(breaker.state(), State::Closed);
        breaker.admit().unwrap().failure();
    }
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn good_probes_farther_apart_than_the_window_close_the_circuit() {
    let config = Config {
        probes: 2,
        ..Config::default()
    };
    let (breaker, clock) = breaker(config);
    ready_to_probe(&breaker, &clock);
    breaker.admit().unwrap().success();
    assert_eq!(breaker.state(), State::HalfOpen);
    clock.advance(2 * Duration::from_secs(300));
    breaker.admit().unwrap().success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_half_open_circuit_admits_exactly_its_probes_of_100_concurrent_callers() {
    for probes in [1, 3] {
        let (breaker, clock) = breaker(Config {
            probes,
            ..Config::default()
        });
        ready_to_probe(&breaker, &clock);
        let start = Barrier::new(100);
        let permits: Vec<_> = thread::scope(|scope| {
            let callers: Vec<_> = (0..100)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        breaker.admit().ok()
                    })
                })
                .collect();
            let permits = callers
                .into_iter()
                .map(|caller| caller.join().expect("no panic"));
            permits.flatten().collect()
        });
        assert_eq!(permits.len(), probes as usize);
        for permit in permits {
            assert_eq!(breaker.state(), State::HalfOpen);
            permit.success();
        }
        assert_eq!(breaker.state(), State::Closed);
    }
}

#[test]
fn a_success_that_began_before_the_trip_does_not_close_the_circuit() {
    let (breaker, clock) = breaker(Config::default());
    let [open, half_open] = [(); 2].map(|()| breaker.admit().unwrap());
    ready_to_probe(&breaker, &clock);
    open.success();
    let probe = breaker.admit().unwrap();
    half_open.success();
    assert_eq!(breaker.state(), State::HalfOpen);
    assert!(breaker.admit().is_err());
    probe.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_success_that_began_before_the_recovery_clears_nothing_after_it() {
    let (breaker, clock) = breaker(Config {
        trip: Trip::Consecutive { count: 2 },
        ..Config::default()
    });
    let stale = breaker.admit().unwrap();
    ready_to_probe(&breaker, &clock);
    breaker.admit().unwrap().success();
    breaker.admit().unwrap().failure();
    stale.success();
    breaker.admit().unwrap().failure();
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_failure_that_began_before_the_recovery_does_not_count_after_it() {
    let (breaker, clock) = breaker(Config {
        trip: Trip::Consecutive { count: 1 },
        ..Config::default()
    });
    let stale = breaker.admit().unwrap();
    ready_to_probe(&breaker, &clock);
    breaker.admit().unwrap().success();
    stale.failure();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_probe_that_never_returns_does_not_wedge_the_circuit() {
    let config = Config::default();
    let (breaker, clock) = breaker(config);
    ready_to_probe(&breaker, &clock);
    let wedged = breaker.admit().unwrap();
    clock.advance(config.probe_deadline - Duration::from_nanos(1));
    assert_eq!(
        breaker.admit().unwrap_err().retry_after,
        Duration::from_nanos(1)
    );
    clock.advance(Duration::from_nanos(1));
    let next = breaker.admit().unwrap();
    wedged.failure();
    assert_eq!(breaker.state(), State::HalfOpen);
    next.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_cancelled_probe_neither_closes_nor_opens_and_frees_its_place() {
    let (breaker, clock) = breaker(Config::default());
    ready_to_probe(&breaker, &clock);
    for _ in 0..10 {
        drop(breaker.admit().unwrap());
        breaker.admit().unwrap().ignore();
        assert_eq!(breaker.state(), State::HalfOpen);
    }
    breaker.admit().unwrap().failure();
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_million_keys_seen_once_take_no_memory() {
    let breakers = Breakers::new(Config::default()).unwrap();
    for key in 0..1_000_000_u32 {
        breakers.admit(&key).unwrap().success();
    }
    assert_eq!(breakers.len(), 0);
}

#[test]
fn a_million_keys_that_failed_once_take_no_more_memory_than_the_capacity() {
    let clock = ManualClock::new();
    let config = Config {
        capacity: 1000,
        ..Config::default()
    };
    let breakers = Breakers::with_clock(config, Arc::new(clock.clone())).unwrap();
    for key in 0..1_000_000_u32 {
        breakers.admit(&key).unwrap().failure();
    }
    assert_eq!(breakers.len(), 1000);
    clock.advance(Duration::from_secs(300));
    assert_eq!(breakers.len(), 0);
}

#[test]
fn a_million_keys_seen_once_take_no_more_memory_than_the_capacity_where_successes_are_remembered() {
    let window = Duration::from_secs(60);
    let config = Config {
        trip: Trip::Rate(Rate {
            over: Over::Time(window),
            minimum: 10,
            failed: Some(50),
            slow: None,
        }),
        capacity: 1000,
        ..Config::default()
    };
    let clock = ManualClock::new();
    let breakers = Breakers::with_clock(config, Arc::new(clock.clone())).unwrap();
    for key in 0..1_000_000_u32 {
        breakers.admit(&key).unwrap().success();
    }
    assert_eq!(breakers.len(), 1000);
    assert!(breakers.snapshot().is_empty());
    clock.advance(window);
    assert_eq!(breakers.len(), 0);
}

#[test]
fn ten_thousand_successes_do_not_delay_the_opening_by_rate() {
    let (breaker, _) = breaker(Config {
        trip: Trip::Rate(Rate {
            over: Over::Calls(10),
            minimum: 10,
            failed: Some(50),
            slow: None,
        }),
        ..Config::default()
    });
    for _ in 0..10_000 {
        breaker.admit().unwrap().success();
    }
    for _ in 0..5 {
        assert_eq!(breaker.state(), State::Closed);
        breaker.admit().unwrap().failure();
    }
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_slow_probe_opens_the_circuit_again() {
    let threshold = Duration::from_secs(2);
    let (breaker, clock) = breaker(Config {
        trip: Trip::Rate(Rate {
            over: Over::Calls(10),
            minimum: 10,
            failed: None,
            slow: Some(Slow {
                percent: 50,
                threshold,
            }),
        }),
        ..Config::default()
    });
    ready_to_probe(&breaker, &clock);
    let probe = breaker.admit().unwrap();
    clock.advance(threshold);
    probe.success();
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_cooldown_doubles_with_every_failed_probe_and_starts_afresh_after_a_recovery() {
    let second = Duration::from_secs(1);
    let (breaker, clock) = breaker(Config {
        cooldown: second,
        cooldown_cap: Some(5 * second),
        ..Config::default()
    });
    breaker.trip();
    for seconds in [1, 2, 4, 5, 5] {
        let rejected = breaker.admit().unwrap_err();
        assert_eq!(rejected.retry_after, seconds * second);
        clock.advance(rejected.retry_after);
        breaker.admit().unwrap().failure();
    }
    breaker.trip();
    assert_eq!(breaker.admit().unwrap_err().retry_after, 5 * second);
    clock.advance(5 * second);
    breaker.admit().unwrap().success();
    breaker.trip();
    assert_eq!(breaker.admit().unwrap_err().retry_after, second);
}
