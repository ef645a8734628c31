//! Random callers, compared step by step with a model that never forgets anything.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use breaker::{Breakers, Config, ManualClock, Outcome, Permit, State};
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
    phase: Phase,
}

enum Phase {
    /// The times of all failures since the last success.
    Closed(Vec<Duration>),
    Open(Duration),
    /// The probes under way with their times, and how many succeeded.
    HalfOpen(Vec<(u32, Duration)>, u32),
}

#[derive(Clone, Copy)]
enum Admitted {
    Closed { generation: u32 },
    Probe { id: u32 },
}

impl Model {
    fn new(config: Config) -> Self {
        Self {
            config,
            generation: 0,
            phase: Phase::Closed(Vec::new()),
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.generation += 1;
        self.phase = phase;
    }

    fn state(&self, now: Duration) -> State {
        match self.phase {
            Phase::Closed(_) => State::Closed,
            Phase::Open(since) if now - since < self.config.cooldown => State::Open,
            Phase::Open(_) | Phase::HalfOpen(..) => State::HalfOpen,
        }
    }

    /// What a snapshot tells of it: the failures that count and the rest of the cooldown; nothing when it is healthy.
    fn listed(&self, now: Duration) -> Option<(usize, Duration)> {
        match &self.phase {
            Phase::Closed(failures) => {
                let young = failures.iter().filter(|&&at| now - at < self.config.window);
                Some((young.count(), Duration::ZERO)).filter(|(young, _)| *young > 0)
            }
            Phase::Open(since) => Some((0, self.config.cooldown.saturating_sub(now - *since))),
            Phase::HalfOpen(..) => Some((0, Duration::ZERO)),
        }
    }

    fn admit(&mut self, id: u32, now: Duration) -> Result<Admitted, (State, Duration)> {
        if let Phase::Open(since) = self.phase {
            let age = now - since;
            if age < self.config.cooldown {
                return Err((State::Open, self.config.cooldown - age));
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
                Ok(Admitted::Probe { id })
            }
            _ => Ok(Admitted::Closed {
                generation: self.generation,
            }),
        }
    }

    fn report(&mut self, admitted: Admitted, outcome: Outcome, now: Duration) {
        let config = self.config;
        match (&mut self.phase, admitted) {
            (Phase::Closed(failures), Admitted::Closed { generation })
                if generation == self.generation =>
            {
                match outcome {
                    Outcome::Success => failures.clear(),
                    Outcome::Ignore => {}
                    Outcome::Failure => {
                        failures.push(now);
                        let young = failures.iter().filter(|&&at| now - at < config.window);
                        if young.count() == config.failures as usize {
                            self.enter(Phase::Open(now));
                        }
                    }
                }
            }
            (Phase::HalfOpen(probes, successes), Admitted::Probe { id }) => {
                let Some(place) = probes.iter().position(|(probe, _)| *probe == id) else {
                    return;
                };
                let (_, at) = probes.remove(place);
                if now - at >= config.probe_deadline {
                    return;
                }
                match outcome {
                    Outcome::Success if *successes + 1 == config.probes => {
                        self.enter(Phase::Closed(Vec::new()));
                    }
                    Outcome::Success => *successes += 1,
                    Outcome::Failure => self.enter(Phase::Open(now)),
                    Outcome::Ignore => {}
                }
            }
            _ => {}
        }
    }

    fn reset(&mut self) {
        match &mut self.phase {
            Phase::Closed(failures) => failures.clear(),
            _ => self.enter(Phase::Closed(Vec::new())),
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_answer_is_that_of_a_model_that_forgets_nothing(
        failures in 1_u32..4,
        probes in 1_u32..4,
        steps in steps(),
    ) {
        let config = Config {
            failures,
            probes,
            window: Duration::from_secs(10),
            cooldown: Duration::from_secs(20),
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
                let seen = listed.map(|listed| (listed.failures, listed.retry_after));
                prop_assert_eq!(seen, model.listed(now));
            }
        }
        // With nobody under way, only keys that are not healthy are remembered.
        permits.clear();
        let unhealthy = models.values().filter(|model| model.listed(now).is_some());
        prop_assert_eq!(breakers.len(), unhealthy.count());
    }
}
