//! One process takes over from another.
#![cfg(feature = "serde")]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use breaker::{Breaker, Breakers, Config, ManualClock, Over, Rate, Saved, Slow, State, Trip};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn registry(config: Config) -> (Breakers<u8>, ManualClock) {
    let clock = ManualClock::new();
    let breakers = Breakers::with_clock(config, Arc::new(clock.clone())).expect("valid");
    (breakers, clock)
}

fn with_trip(trip: Trip) -> Config {
    Config {
        trip,
        cooldown: 20 * SECOND,
        cooldown_cap: Some(70 * SECOND),
        ..Config::default()
    }
}

fn rate(over: Over) -> Trip {
    Trip::Rate(Rate {
        over,
        minimum: 4,
        failed: Some(60),
        slow: Some(Slow {
            percent: 80,
            threshold: 2 * SECOND,
        }),
    })
}

fn trips() -> impl Strategy<Value = Trip> {
    let within = 40 * SECOND;
    prop_oneof![
        Just(Trip::Failures { count: 3, within }),
        Just(Trip::Consecutive { count: 3 }),
        Just(rate(Over::Calls(6))),
        Just(rate(Over::Time(within))),
    ]
}

/// One call or none of a key, and a wait in slices of the time window, where the two processes' slices begin together.
fn steps() -> impl Strategy<Value = Vec<(u8, u8, u32)>> {
    prop::collection::vec((0..2_u8, 0..5_u8, 0..6_u32), 0..60)
}

fn step(breakers: &Breakers<u8>, clock: &ManualClock, (key, step, wait): (u8, u8, u32)) {
    let wait = wait * 2 * SECOND;
    match (breakers.admit(&key), step) {
        (Ok(permit), 0..2) => permit.failure(),
        (Ok(permit), 2) => permit.success(),
        (Ok(permit), 3) => {
            clock.advance(wait);
            permit.success();
            return;
        }
        _ => {}
    }
    clock.advance(wait);
}

/// Everything a caller can see, in the order of the keys.
fn seen(breakers: &Breakers<u8>) -> Vec<(u8, State, u32, u32, u32, Duration)> {
    let listed = breakers.snapshot().into_iter().map(|listed| {
        let (key, calls) = (listed.key, listed.calls);
        let (failures, slow) = (listed.failures, listed.slow);
        (key, listed.state, calls, failures, slow, listed.retry_after)
    });
    let mut listed: Vec<_> = listed.collect();
    listed.sort_unstable_by_key(|listed| listed.0);
    listed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_new_process_goes_on_as_the_old_one_would_have(
        trip in trips(),
        before in steps(),
        between in 0_u32..30,
        after in steps(),
    ) {
        let config = with_trip(trip);
        let (old, old_clock) = registry(config);
        for each in before {
            step(&old, &old_clock, each);
        }
        let wall = SystemTime::UNIX_EPOCH;
        let json = serde_json::to_string(&old.export(wall)).expect("JSON");
        let between = between * 2 * SECOND;
        old_clock.advance(between);

        let (new, new_clock) = registry(config);
        let saved: Vec<Saved<u8>> = serde_json::from_str(&json).expect("what was saved");
        prop_assert_eq!(new.import(saved, wall + between), old.len());
        prop_assert_eq!(seen(&new), seen(&old));
        for each in after {
            step(&old, &old_clock, each);
            step(&new, &new_clock, each);
            prop_assert_eq!(seen(&new), seen(&old));
        }
    }
}

#[test]
fn a_half_open_circuit_is_probed_anew() {
    let (old, clock) = registry(Config::default());
    old.trip(&1);
    clock.advance(Config::default().cooldown);
    let probe = old.admit(&1).unwrap();
    let wall = SystemTime::now();
    let (new, _) = registry(Config::default());
    assert_eq!(new.import(old.export(wall), wall), 1);
    assert_eq!(new.state(&1), State::HalfOpen);
    new.admit(&1).unwrap().success();
    assert_eq!(new.state(&1), State::Closed);
    drop(probe);
}

#[test]
fn what_the_new_process_knows_already_stays() {
    let wall = SystemTime::now();
    let (old, _) = registry(Config::default());
    old.trip(&1);
    let (new, _) = registry(Config::default());
    new.admit(&1).unwrap().failure();
    assert_eq!(new.import(old.export(wall), wall), 0);
    assert_eq!(new.state(&1), State::Closed);
}

#[test]
fn beyond_the_capacity_closed_keys_are_left_out_first() {
    let wall = SystemTime::now();
    let (old, _) = registry(Config::default());
    for key in 0..100 {
        old.admit(&key).unwrap().failure();
    }
    old.trip(&100);
    let (new, _) = registry(Config {
        capacity: 2,
        ..Config::default()
    });
    assert_eq!(new.import(old.export(wall), wall), 2);
    assert_eq!(new.len(), 2);
    assert_eq!(new.state(&100), State::Open);
}

#[test]
fn a_wall_clock_that_was_set_back_shortens_nothing() {
    let wall = SystemTime::now();
    let (old, _) = registry(Config::default());
    old.trip(&1);
    let (new, _) = registry(Config::default());
    new.import(old.export(wall), wall - 1000 * SECOND);
    let rejected = new.admit(&1).unwrap_err();
    assert_eq!(rejected.retry_after, Config::default().cooldown);
}

#[test]
fn calls_saved_under_another_kind_of_policy_are_left_out() {
    let within = 40 * SECOND;
    let trips = [
        Trip::Failures { count: 3, within },
        Trip::Consecutive { count: 3 },
        rate(Over::Calls(6)),
        rate(Over::Time(within)),
    ];
    let wall = SystemTime::now();
    for from in trips {
        let (old, _) = registry(with_trip(from));
        old.admit(&1).unwrap().failure();
        for to in trips {
            let (new, _) = registry(with_trip(to));
            assert_eq!(new.import(old.export(wall), wall), usize::from(from == to));
        }
    }
}

#[test]
fn no_more_failures_are_taken_over_than_count() {
    let within = 300 * SECOND;
    let wall = SystemTime::now();
    let (old, clock) = registry(with_trip(Trip::Failures { count: 9, within }));
    for _ in 0..8 {
        old.admit(&1).unwrap().failure();
        clock.advance(SECOND);
    }
    let (new, clock) = registry(with_trip(Trip::Failures { count: 3, within }));
    assert_eq!(new.import(old.export(wall), wall), 1);
    assert_eq!(new.snapshot()[0].failures, 3);
    // Those are the newest, the oldest of which is 3 seconds old.
    clock.advance(297 * SECOND);
    assert_eq!(new.snapshot()[0].failures, 2);
    new.admit(&1).unwrap().failure();
    assert_eq!(new.state(&1), State::Open);
}

#[test]
fn results_of_calls_from_before_the_import_do_not_count_against_what_was_open() {
    let wall = SystemTime::now();
    let (old, _) = registry(Config::default());
    old.trip(&1);
    let (new, clock) = registry(with_trip(Trip::Consecutive { count: 1 }));
    let [open, recovered] = [(); 2].map(|()| new.admit(&1).unwrap());
    new.import(old.export(wall), wall);
    clock.advance(SECOND);
    open.failure();
    assert_eq!(new.admit(&1).unwrap_err().retry_after, 299 * SECOND);
    clock.advance(299 * SECOND);
    new.admit(&1).unwrap().success();
    recovered.failure();
    assert_eq!(new.state(&1), State::Closed);
}

#[test]
fn what_no_longer_counts_is_not_saved() {
    let wall = SystemTime::now();
    for trip in [
        Trip::Failures {
            count: 3,
            within: 40 * SECOND,
        },
        rate(Over::Time(40 * SECOND)),
    ] {
        let (old, clock) = registry(with_trip(trip));
        old.admit(&1).unwrap().failure();
        assert_eq!(old.export(wall).len(), 1);
        clock.advance(40 * SECOND);
        assert_eq!(old.export(wall), []);
    }
}

#[test]
fn what_was_forced_stays_forced() {
    let wall = SystemTime::now();
    let (old, _) = registry(Config::default());
    old.force_open(&1);
    old.force_close(&2);
    let (new, _) = registry(Config::default());
    assert_eq!(new.import(old.export(wall), wall), 2);
    assert!(new.snapshot().iter().all(|each| each.forced));
    assert_eq!(new.state(&1), State::Open);
    assert_eq!(new.state(&2), State::Closed);
}

#[test]
fn a_single_circuit_is_taken_over_unless_the_new_process_knows_better() {
    let wall = SystemTime::now();
    let single = || Breaker::new(Config::default()).expect("valid");
    let old = single();
    assert_eq!(old.export(wall), None);
    old.admit().unwrap().failure();
    let saved = old.export(wall).expect("a failure counts");
    let new = single();
    assert!(new.import(saved.clone(), wall + SECOND));
    assert_eq!(new.snapshot().failures, 1);
    assert!(!new.import(saved.clone(), wall));
    let open = single();
    open.trip();
    assert!(!open.import(saved.clone(), wall));
    // Nothing of it counts any longer.
    assert!(!single().import(saved, wall + 300 * SECOND));
}

#[test]
fn results_of_calls_from_before_the_import_do_not_count_against_a_single_circuit() {
    let wall = SystemTime::now();
    let single = || Breaker::new(with_trip(Trip::Consecutive { count: 1 })).expect("valid");
    let old = single();
    old.trip();
    let new = single();
    let before = new.admit().unwrap();
    assert!(new.import(old.export(wall).expect("it is open"), wall + 20 * SECOND));
    let probe = new.admit().unwrap();
    before.failure();
    assert_eq!(new.state(), State::HalfOpen);
    probe.success();
    assert_eq!(new.state(), State::Closed);
}
