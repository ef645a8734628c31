//! What the `metrics` facade is told.

#![cfg(feature = "metrics")]

mod fixture;

use std::collections::BTreeMap;

use fixture::{Act, Fixture, SECOND, Step, millis, pool_with};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use pool::Config;
use tokio::time::sleep;
use tokio_test::{assert_pending, assert_ready, task::spawn};

/// A pool whose figures only this test sees: they are registered when the pool is made.
fn metered() -> (Fixture, Snapshotter) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let config = Config {
        name: "sessions".into(),
        max_size: 1,
        acquire_timeout: 5 * SECOND,
        ..Config::default()
    };
    let fixture = metrics::with_local_recorder(&recorder, || pool_with(config));
    (fixture, snapshotter)
}

#[derive(Debug, Default, PartialEq)]
struct Figures {
    counters: BTreeMap<String, u64>,
    /// In seconds.
    histograms: BTreeMap<String, Vec<f64>>,
}

/// All that was counted since the last time, but for what is zero; every figure bears the name of the pool.
fn figures(snapshotter: &Snapshotter) -> Figures {
    let mut figures = Figures::default();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let (_, key) = key.into_parts();
        let labels: Vec<_> = key
            .labels()
            .map(|label| (label.key(), label.value()))
            .collect();
        assert_eq!(labels, [("pool", "sessions")]);
        let name = key.name().to_owned();
        match value {
            DebugValue::Counter(0) => {}
            DebugValue::Counter(count) => {
                figures.counters.insert(name, count);
            }
            DebugValue::Histogram(values) if values.is_empty() => {}
            DebugValue::Histogram(values) => {
                let values = values.iter().map(|value| value.into_inner()).collect();
                figures.histograms.insert(name, values);
            }
            DebugValue::Gauge(_) => panic!("there are no gauges"),
        }
    }
    figures
}

fn expected(counters: &[(&str, u64)], histograms: &[(&str, &[f64])]) -> Figures {
    let counters = counters
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count));
    let histograms = histograms
        .iter()
        .map(|(name, values)| ((*name).to_owned(), values.to_vec()));
    Figures {
        counters: counters.collect(),
        histograms: histograms.collect(),
    }
}

#[tokio::test(start_paused = true)]
async fn making_lending_and_ending_are_counted_and_timed() {
    let (f, snapshotter) = metered();
    assert_eq!(figures(&snapshotter), Figures::default());

    f.script(Step::Create, &[Act::Take(millis(1500))]);
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    let made = expected(
        &[("pool_acquired_total", 1), ("pool_created_total", 1)],
        &[
            ("pool_create_seconds", &[1.5]),
            ("pool_wait_seconds", &[1.5]),
        ],
    );
    assert_eq!(figures(&snapshotter), made);

    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    sleep(2 * SECOND).await;
    drop(lease);
    drop(assert_ready!(waiter.poll()).unwrap());
    drop(waiter);
    // One that is served at once does not wait.
    drop(f.pool.acquire_for(&"a").await.unwrap());
    let lent = expected(
        &[("pool_acquired_total", 2)],
        &[("pool_wait_seconds", &[2.0])],
    );
    assert_eq!(figures(&snapshotter), lent);

    f.closes_without_a_trace().await;
    let ended = expected(&[("pool_destroyed_total", 1)], &[]);
    assert_eq!(figures(&snapshotter), ended);
}

#[tokio::test(start_paused = true)]
async fn failures_timeouts_and_kills_are_counted() {
    let (f, snapshotter) = metered();
    f.script(Step::Create, &[Act::Fail]);
    assert!(f.pool.acquire_for(&"a").await.is_err());
    let failed = expected(
        &[
            ("pool_acquire_failures_total", 1),
            ("pool_create_failures_total", 1),
        ],
        &[("pool_wait_seconds", &[0.0])],
    );
    assert_eq!(figures(&snapshotter), failed);

    let lease = f.pool.acquire_for(&"a").await.unwrap();
    let _ = figures(&snapshotter);
    assert!(f.pool.acquire_for(&"a").await.unwrap_err().is_busy());
    let timed_out = expected(&[("pool_acquire_failures_total", 1)], &[]);
    assert_eq!(figures(&snapshotter), timed_out);

    f.pool.revoke(lease.id());
    drop(lease);
    f.closes_without_a_trace().await;
    let killed = expected(&[("pool_killed_total", 1)], &[]);
    assert_eq!(figures(&snapshotter), killed);
}
