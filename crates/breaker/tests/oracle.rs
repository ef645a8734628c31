//! Random callers, compared step by step with a model that never forgets anything.

use std::sync::Arc;
use std::time::Duration;

use breaker::{
    Breaker, Breakers, Config, ManualClock, Outcome, Over, Rate, Rejected, Slow, Snapshot, State,
    Trip,
};
use proptest::prelude::*;

const KEYS: u8 = 3;

#[derive(Clone, Debug)]
enum Step {
    Admit(u8),
    Report(prop::sample::Index, Outcome),
    Abandon(prop::sample::Index),
    Wait(Duration),
    Trip(u8),
    ForceOpen(u8),
    ForceClose(u8),
    Reset(u8),
}

/// The calls that count, the failed and the slow ones, and the rest of the cooldown.
type Listed = (u32, u32, u32, Duration);

/// One circuit as the README describes it, with the age of everything that ever happened.
struct Model {
    config: Config,
    generation: u32,
    /// How often it has closed again.
    recoveries: u32,
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
    Forced(State),
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
            recoveries: 0,
            reopened: 0,
            phase: Phase::Closed(Vec::new()),
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.generation += 1;
        self.recoveries += u32::from(matches!(phase, Phase::Closed(_)));
        if matches!(phase, Phase::Forced(State::Closed)) {
            self.reopened = 0;
        }
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
            Phase::Forced(state) => state,
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
    fn listed(&self, now: Duration) -> Option<Listed> {
        match &self.phase {
            Phase::Closed(calls) => {
                let counting = self.counting(calls, now);
                let failed = counting.iter().filter(|call| call.failed).count() as u32;
                let slow = counting.iter().filter(|call| call.slow).count() as u32;
                let listed = (counting.len() as u32, failed, slow, Duration::ZERO);
                (failed + slow > 0).then_some(listed)
            }
            Phase::Open(since) => Some((0, 0, 0, self.cooldown().saturating_sub(now - *since))),
            Phase::HalfOpen(..) | Phase::Forced(_) => Some((0, 0, 0, Duration::ZERO)),
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
            Phase::Forced(State::Open) => Err((State::Open, self.config.cooldown)),
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

/// What is compared with the model.
trait Subject {
    fn admit(&self, key: u8) -> Result<Report, Rejected>;
    fn order(&self, step: &Step);
    fn state(&self, key: u8) -> State;
    /// Nothing when it is healthy.
    fn listed(&self, key: u8) -> Option<Listed>;
    /// Whether callers are admitted without a trace, because no key is remembered.
    fn is_quiet(&self, trip: Trip) -> bool;
    /// How many keys are remembered when nobody is under way, if that can be told.
    fn len(&self) -> Option<usize>;
}

/// Reports the result of a call; dropped, it abandons the permit.
type Report = Box<dyn FnOnce(Outcome)>;

fn listed<K>(snapshot: &Snapshot<K>) -> Listed {
    let Snapshot {
        calls, failures, ..
    } = *snapshot;
    (calls, failures, snapshot.slow, snapshot.retry_after)
}

impl Subject for Breakers<u8> {
    fn admit(&self, key: u8) -> Result<Report, Rejected> {
        let permit = self.admit_owned(key)?;
        Ok(Box::new(move |outcome| permit.report(outcome)))
    }

    fn order(&self, step: &Step) {
        match step {
            Step::Trip(key) => self.trip(key),
            Step::ForceOpen(key) => self.force_open(key),
            Step::ForceClose(key) => self.force_close(key),
            Step::Reset(key) => self.reset(key),
            _ => {}
        }
    }

    fn state(&self, key: u8) -> State {
        self.state(&key)
    }

    fn listed(&self, key: u8) -> Option<Listed> {
        let snapshot = self.snapshot();
        snapshot.iter().find(|each| each.key == key).map(listed)
    }

    fn is_quiet(&self, trip: Trip) -> bool {
        self.is_empty() && !matches!(trip, Trip::Rate(_))
    }

    fn len(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl Subject for [Breaker; KEYS as usize] {
    fn admit(&self, key: u8) -> Result<Report, Rejected> {
        let permit = self[usize::from(key)].admit_owned()?;
        Ok(Box::new(move |outcome| permit.report(outcome)))
    }

    fn order(&self, step: &Step) {
        match *step {
            Step::Trip(key) => self[usize::from(key)].trip(),
            Step::ForceOpen(key) => self[usize::from(key)].force_open(),
            Step::ForceClose(key) => self[usize::from(key)].force_close(),
            Step::Reset(key) => self[usize::from(key)].reset(),
            _ => {}
        }
    }

    fn state(&self, key: u8) -> State {
        self[usize::from(key)].state()
    }

    fn listed(&self, key: u8) -> Option<Listed> {
        let snapshot = self[usize::from(key)].snapshot();
        let healthy = snapshot.state == State::Closed
            && !snapshot.forced
            && snapshot.failures + snapshot.slow == 0;
        (!healthy).then(|| listed(&snapshot))
    }

    fn is_quiet(&self, _: Trip) -> bool {
        // Each is alone, and so knows the results of its own calls from others at any time.
        false
    }

    fn len(&self) -> Option<usize> {
        None
    }
}

/// Runs the same steps against the subject and against the model of every key.
fn compare(
    subject: &impl Subject,
    clock: &ManualClock,
    config: Config,
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let mut models: Vec<Model> = (0..KEYS).map(|_| Model::new(config)).collect();
    let mut now = Duration::ZERO;
    let mut permits: Vec<(Report, u8, Admitted, Option<u32>)> = Vec::new();
    for (id, step) in (0..).zip(steps) {
        // How often a circuit has closed again so far. A call that was admitted in quiet counts until the next time.
        let recoveries = models.iter().map(|model| model.recoveries).sum();
        match step {
            Step::Admit(key) => {
                let quiet = subject.is_quiet(config.trip).then_some(recoveries);
                let expected = models[usize::from(*key)].admit(id, now);
                match (subject.admit(*key), expected) {
                    (Ok(report), Ok(admitted)) => permits.push((report, *key, admitted, quiet)),
                    (Err(rejected), Err(expected)) => {
                        prop_assert_eq!((rejected.state, rejected.retry_after), expected);
                    }
                    (answer, expected) => {
                        let answer = answer.err();
                        prop_assert!(false, "{answer:?}, expected {:?}", expected.err());
                    }
                }
            }
            Step::Report(at, outcome) if !permits.is_empty() => {
                let (report, key, admitted, quiet) = permits.swap_remove(at.index(permits.len()));
                report(*outcome);
                if quiet.is_none_or(|then| then == recoveries) {
                    models[usize::from(key)].report(admitted, *outcome, now);
                }
            }
            Step::Abandon(at) if !permits.is_empty() => {
                let (report, key, admitted, _) = permits.swap_remove(at.index(permits.len()));
                drop(report);
                models[usize::from(key)].report(admitted, Outcome::Ignore, now);
            }
            Step::Report(..) | Step::Abandon(_) => {}
            Step::Wait(wait) => {
                clock.advance(*wait);
                now += *wait;
            }
            Step::Trip(key) => models[usize::from(*key)].enter(Phase::Open(now)),
            Step::ForceOpen(key) => models[usize::from(*key)].enter(Phase::Forced(State::Open)),
            Step::ForceClose(key) => models[usize::from(*key)].enter(Phase::Forced(State::Closed)),
            Step::Reset(key) => models[usize::from(*key)].reset(),
        }
        subject.order(step);
        for (key, model) in (0..).zip(&models) {
            prop_assert_eq!(subject.state(key), model.state(now));
            prop_assert_eq!(subject.listed(key), model.listed(now));
        }
    }
    // With nobody under way, only keys are remembered that are not healthy or whose successes count.
    permits.clear();
    let remembered = models.iter().filter(|model| model.is_remembered(now));
    if let Some(len) = subject.len() {
        prop_assert_eq!(len, remembered.count());
    }
    Ok(())
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
        1 => key.clone().prop_map(Step::Trip),
        1 => (key.clone(), any::<bool>()).prop_map(|(key, open)| match open {
            true => Step::ForceOpen(key),
            false => Step::ForceClose(key),
        }),
        2 => key.prop_map(Step::Reset),
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
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

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
        let single = || Breaker::with_clock(config, Arc::new(clock.clone())).expect("valid");
        compare(&[single(), single(), single()], &clock, config, &steps)?;
        let breakers = Breakers::with_clock(config, Arc::new(clock.clone())).expect("valid");
        compare(&breakers, &clock, config, &steps)?;
    }
}
