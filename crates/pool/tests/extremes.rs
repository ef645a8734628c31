//! Settings at the edge of what their types can hold.

mod fixture;

use std::time::Duration;

use fixture::{Act, Step, pool_of, pool_with};
use pool::{Config, Pool};
use tokio_test::{assert_pending, assert_ready, task::spawn};

#[tokio::test(start_paused = true)]
async fn every_time_may_be_as_long_as_a_duration_can_be() {
    let f = pool_with(Config {
        max_size: 1,
        acquire_timeout: Duration::MAX,
        create_timeout: Duration::MAX,
        check_timeout: Duration::MAX,
        recycle_timeout: Duration::MAX,
        destroy_timeout: Duration::MAX,
        check_after: Some(Duration::MAX),
        check_interval: Some(Duration::MAX),
        idle_timeout: Some(Duration::MAX),
        max_lifetime: Some(Duration::MAX),
        max_lease: Some(Duration::MAX),
        ..Config::default()
    });
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    drop(held);
    drop(assert_ready!(waiter.poll()).unwrap());
    // Another try has a deadline as well.
    f.script(Step::Recycle, &[Act::Fail]);
    drop(f.pool.acquire_for(&"a").await.unwrap());
    drop(waiter);
    assert_eq!(f.closes_without_a_trace().await.created, 2);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "close it instead")]
async fn a_pool_cannot_be_resized_to_nothing() {
    pool_of(1).pool.resize(0);
}

/// Else it would be found out by the first creation, in a task whose panic nobody sees.
#[test]
#[should_panic(expected = "timers are disabled")]
fn a_runtime_without_timers_is_refused_at_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let _: Pool<_> = runtime.unwrap().block_on(async { pool_of(1).pool });
}

#[test]
#[should_panic(expected = "no reactor running")]
fn no_runtime_at_all_is_refused_at_once() {
    pool_of(1);
}
