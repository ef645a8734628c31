//! Random callers, compared step by step with a model that never forgets anything.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use breaker::{Breakers, Config, ManualClock, Outcome, Over, Permit, Rate, Slow, State, Trip};
use proptest::prelude::*;

const KEYS: u8 = 3;

#[derive(Clone, Debug)]
enum Step {
    Admit(u8),
    Report(prop::sample::Index, Outcome),
    Abandon(prop::sample::Index),
    Wait(Duration),
    ForceOpen(u8),
    Reset(u8),
}

/// One circuit as the README describes it, with the age of everything that ever happened.
struct Model {
    config: Config,
    generation: u32,
    /// How many probes opened it again since it was last closed.
    reopened: u32,
    phase: Phase,
}

enum Phase {
    /// All calls since the state began or was reset.
    Closed(Vec<Call>),
    Open(Duration),
    /// The probes under way with their times, and how many succeeded.
    HalfOpen(Vec<(u32, Duration)>, u32),
}

#[derive(Clone, Copy)]
struct Call {
    at: Duration,
    failed: bool,
    slow: bool,
}

#[derive(Clone, Copy)]
enum Admitted {
    Closed { generation: u32, at: Duration },
    Probe { id: u32, at: Duration },
}

impl Model {
    fn new(config: Config) -> Self {
        Self {
            config,
            generation: 0,
            reopened: 0,
            phase: Phase::Closed(Vec::new()),
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.generation += 1;
        self.phase = phase;
    }

    fn cooldown(&self) -> Duration {
        let Some(cap) = self.config.cooldown_cap else {
            return self.config.cooldown;
        };
        (0..self.reopened).fold(self.config.cooldown, |cooldown, _| cap.min(2 * cooldown))
    }

    fn state(&self, now: Duration) -> State {
        match self.phase {
            Phase::Closed(_) => State::Closed,
            Phase::Open(since) if now - since < self.cooldown() => State::Open,
            Phase::Open(_) | Phase::HalfOpen(..) => State::HalfOpen,
        }
    }

    /// The calls that count, of all there were.
    fn counting(&self, calls: &[Call], now: Duration) -> Vec<Call> {
        let last_success = calls.iter().rposition(|call| !call.failed);
        let failures = &calls[last_success.map_or(0, |at| at + 1)..];
        match self.config.trip {
            Trip::Failures { within, .. } => {
                let young = failures.iter().filter(|call| now - call.at < within);
                young.copied().collect()
            }
            Trip::Consecutive { .. } => failures.to_vec(),
            Trip::Rate(Rate { over, .. }) => match over {
                Over::Calls(limit) => calls[calls.len().saturating_sub(limit as usize)..].to_vec(),
                Over::Time(time) => {
                    let slice = |at: Duration| at.as_nanos() / (time / 20).as_nanos();
                    let young = calls.iter().filter(|call| slice(now) - slice(call.at) < 20);
                    young.copied().collect()
                }
            },
        }
    }

    fn opens(&self, counting: &[Call]) -> bool {
        let failed = counting.iter().filter(|call| call.failed).count();
        let slow = counting.iter().filter(|call| call.slow).count();
        let share = |part: usize| 100.0 * part as f64 / counting.len() as f64;
        match self.config.trip {
            Trip::Failures { count, .. } | Trip::Consecutive { count } => failed == count as usize,
            Trip::Rate(rate) => {
                counting.len() >= rate.minimum as usize
                    && (rate
                        .failed
                        .is_some_and(|percent| share(failed) >= f64::from(percent))
                        || rate
                            .slow
                            .is_some_and(|bound| share(slow) >= f64::from(bound.percent)))
            }
        }
    }

    /// What a snapshot tells of it: the calls that count, the failed and the slow ones, and the rest of the cooldown;
    /// nothing when it is healthy.
    fn listed(&self, now: Duration) -> Option<(u32, u32, u32, Duration)> {
        match &self.phase {
            Phase::Closed(calls) => {
                let counting = self.counting(calls, now);
                let failed = counting.iter().filter(|call| call.failed).count() as u32;
                let slow = counting.iter().filter(|call| call.slow).count() as u32;
                let listed = (counting.len() as u32, failed, slow, Duration::ZERO);
                (failed + slow > 0).then_some(listed)
            }
            Phase::Open(since) => Some((0, 0, 0, self.cooldown().saturating_sub(now - *since))),
            Phase::HalfOpen(..) => Some((0, 0, 0, Duration::ZERO)),
        }
    }

    /// Whether it takes up memory when nobody is under way.
    fn is_remembered(&self, now: Duration) -> bool {
        match &self.phase {
            Phase::Closed(calls) => !self.counting(calls, now).is_empty(),
            _ => true,
        }
    }

    fn admit(&mut self, id: u32, now: Duration) -> Result<Admitted, (State, Duration)> {
        if let Phase::Open(since) = self.phase {
            let age = now - since;
            if age < self.cooldown() {
                return Err((State::Open, self.cooldown() - age));
            }
            self.enter(Phase::HalfOpen(Vec::new(), 0));
        }
        let deadline = self.config.probe_deadline;
        match &mut self.phase {
            Phase::HalfOpen(probes, successes) => {
                probes.retain(|(_, at)| now - *at < deadline);
                if probes.len() + *successes as usize == self.config.probes as usize {
                    let oldest = probes
                        .iter()
                        .map(|(_, at)| *at)
                        .min()
                        .expect("a probe is under way");
                    return Err((State::HalfOpen, deadline - (now - oldest)));
                }
                probes.push((id, now));
                Ok(Admitted::Probe { id, at: now })
            }
            _ => Ok(Admitted::Closed {
                generation: self.generation,
                at: now,
            }),
        }
    }

    fn report(&mut self, admitted: Admitted, outcome: Outcome, now: Duration) {
        let config = self.config;
        let (Admitted::Closed { at: start, .. } | Admitted::Probe { at: start, .. }) = admitted;
        let failed = match outcome {
            Outcome::Ignore => None,
            outcome => Some(outcome == Outcome::Failure),
        };
        let slow = match config.trip {
            Trip::Rate(Rate {
                slow: Some(slow), ..
            }) => now - start >= slow.threshold,
            _ => false,
        };
        match (&mut self.phase, admitted) {
            (Phase::Closed(calls), Admitted::Closed { generation, .. })
                if generation == self.generation =>
            {
                let Some(failed) = failed else { return };
                calls.push(Call {
                    at: now,
                    failed,
                    slow,
                });
                let calls = calls.clone();
                if self.opens(&self.counting(&calls, now)) {
                    self.enter(Phase::Open(now));
                }
            }
            (Phase::HalfOpen(probes, successes), Admitted::Probe { id, .. }) => {
                let Some(place) = probes.iter().position(|(probe, _)| *probe == id) else {
                    return;
                };
                let (_, at) = probes.remove(place);
                if now - at >= config.probe_deadline {
                    return;
                }
                match failed.map(|failed| failed || slow) {
                    Some(false) if *successes + 1 == config.probes => {
                        self.reopened = 0;
                        self.enter(Phase::Closed(Vec::new()));
                    }
                    Some(false) => *successes += 1,
                    Some(true) => {
                        self.reopened += 1;
                        self.enter(Phase::Open(now));
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn reset(&mut self) {
        match &mut self.phase {
            Phase::Closed(calls) => calls.clear(),
            _ => {
                self.reopened = 0;
                self.enter(Phase::Closed(Vec::new()));
            }
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = 0..KEYS;
    let outcome = prop_oneof![
        3 => Just(Outcome::Failure),
        2 => Just(Outcome::Success),
        1 => Just(Outcome::Ignore),
    ];
    // Long enough to pass every duration of the configuration now and then, and often exactly that long.
    let wait = prop_oneof![0_u64..4, Just(10), Just(20), Just(5)].prop_map(Duration::from_secs);
    let step = prop_oneof![
        8 => key.clone().prop_map(Step::Admit),
        6 => (any::<prop::sample::Index>(), outcome).prop_map(|(at, outcome)| Step::Report(at, outcome)),
        1 => any::<prop::sample::Index>().prop_map(Step::Abandon),
        3 => wait.prop_map(Step::Wait),
        1 => key.clone().prop_map(Step::ForceOpen),
        1 => key.prop_map(Step::Reset),
    ];
    prop::collection::vec(step, 0..200)
}

fn trips() -> impl Strategy<Value = Trip> {
    let over = prop_oneof![
        (1_u32..8).prop_map(Over::Calls),
        Just(Over::Time(Duration::from_secs(40))),
    ];
    let slow = (1_u8..=100, 1_u64..5).prop_map(|(percent, threshold)| Slow {
        percent,
        threshold: Duration::from_secs(threshold),
    });
    let rate = (
        over,
        1_u32..5,
        prop::option::of(1_u8..=100),
        prop::option::of(slow),
    );
    let rate = rate.prop_map(|(over, minimum, failed, slow)| {
        let minimum = match over {
            Over::Calls(calls) => minimum.min(calls),
            Over::Time(_) => minimum,
        };
        let failed = failed.or(slow.is_none().then_some(50));
        Trip::Rate(Rate {
            over,
            minimum,
            failed,
            slow,
        })
    });
    let within = Duration::from_secs(10);
    prop_oneof![
        2 => (1_u32..4).prop_map(move |count| Trip::Failures { count, within }),
        1 => (1_u32..4).prop_map(|count| Trip::Consecutive { count }),
        4 => rate,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_answer_is_that_of_a_model_that_forgets_nothing(
        trip in trips(),
        cap in prop::option::of(20_u64..100),
        probes in 1_u32..4,
        steps in steps(),
    ) {
        let config = Config {
            trip,
            probes,
            cooldown: Duration::from_secs(20),
            cooldown_cap: cap.map(Duration::from_secs),
            probe_deadline: Duration::from_secs(5),
            ..Config::default()
        };
        let clock = ManualClock::new();
        let breakers = Breakers::with_clock(config, Arc::new(clock.clone())).expect("valid");
        let mut models: HashMap<u8, Model> = (0..KEYS).map(|key| (key, Model::new(config))).collect();
        let mut now = Duration::ZERO;
        let mut permits: Vec<(Permit<u8>, u8, Admitted)> = Vec::new();
        for (id, step) in (0..).zip(steps) {
            match step {
                Step::Admit(key) => {
                    let expected = models.get_mut(&key).expect("a key").admit(id, now);
                    match (breakers.admit(&key), expected) {
                        (Ok(permit), Ok(admitted)) => permits.push((permit, key, admitted)),
                        (Err(rejected), Err(expected)) => {
                            prop_assert_eq!((rejected.state, rejected.retry_after), expected);
                        }
                        (answer, expected) => {
                            prop_assert!(false, "{answer:?}, expected {:?}", expected.err());
                        }
                    }
                }
                Step::Report(at, outcome) if !permits.is_empty() => {
                    let (permit, key, admitted) = permits.swap_remove(at.index(permits.len()));
                    permit.report(outcome);
                    models.get_mut(&key).expect("a key").report(admitted, outcome, now);
                }
                Step::Abandon(at) if !permits.is_empty() => {
                    let (permit, key, admitted) = permits.swap_remove(at.index(permits.len()));
                    drop(permit);
                    models.get_mut(&key).expect("a key").report(admitted, Outcome::Ignore, now);
                }
                Step::Report(..) | Step::Abandon(_) => {}
                Step::Wait(wait) => {
                    clock.advance(wait);
                    now += wait;
                }
                Step::ForceOpen(key) => {
                    breakers.force_open(&key);
                    models.get_mut(&key).expect("a key").enter(Phase::Open(now));
                }
                Step::Reset(key) => {
                    breakers.reset(&key);
                    models.get_mut(&key).expect("a key").reset();
                }
            }
            let snapshot = breakers.snapshot();
            for (key, model) in &models {
                prop_assert_eq!(breakers.state(key), model.state(now));
                let listed = snapshot.iter().find(|listed| listed.key == *key);
                let seen = listed.map(|listed| {
                    (listed.calls, listed.failures, listed.slow, listed.retry_after)
                });
                prop_assert_eq!(seen, model.listed(now));
            }
        }
        // With nobody under way, only keys are remembered that are not healthy or whose successes count.
        permits.clear();
        let remembered = models.values().filter(|model| model.is_remembered(now));
        prop_assert_eq!(breakers.len(), remembered.count());
    }
}
