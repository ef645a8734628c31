//! What a pool is told to do: resize, retain, detach, discard, revoke, close.

mod fixture;

use std::{
    panic::Location,
    sync::Arc,
    task::{Context, Wake, Waker},
};

use fixture::{Act, SECOND, Seen, Step, logged, millis, pool_of, pool_with, recorder, settle};
use pool::{Cause, Config, Drained, Event, Lease, Manager};
use tokio::time::{Instant, sleep};
use tokio_test::{assert_pending, assert_ready, task::spawn};

fn numbers<M: Manager<Resource = fixture::Resource>>(leases: &[Lease<'_, M>]) -> Vec<u32> {
    leases.iter().map(|lease| lease.number).collect()
}

#[tokio::test(start_paused = true)]
async fn a_larger_maximum_serves_those_who_wait() {
    let f = pool_of(1);
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiters: Vec<_> = (0..3).map(|_| spawn(f.pool.acquire_for(&"a"))).collect();
    for waiter in &mut waiters {
        assert_pending!(waiter.poll());
    }
    f.pool.resize(3);
    settle().await;
    drop(assert_ready!(waiters[0].poll()).unwrap());
    assert!(waiters[2].is_woken());
    drop((held, waiters));
    assert_eq!(f.world.most_live(), 3);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_smaller_maximum_ends_what_is_idle_now_and_what_is_lent_when_it_comes_back() {
    let (observer, events) = recorder();
    let f = pool_with(Config {
        max_size: 4,
        observer,
        ..Config::default()
    });
    let mut leases = Vec::new();
    for _ in 0..4 {
        leases.push(f.pool.acquire_for(&"a").await.unwrap());
    }
    leases.truncate(3);
    f.pool.resize(2);
    settle().await;
    assert_eq!((f.pool.status().idle, f.pool.status().leased), (0, 3));
    assert_eq!(f.world.times(Seen::Destroyed(4)), 1);
    drop(leases.remove(0));
    settle().await;
    assert_eq!((f.pool.status().idle, f.pool.status().leased), (0, 2));
    drop(leases);
    settle().await;
    assert_eq!((f.pool.status().idle, f.world.live()), (2, 2));
    let excess =
        |event: &&Event| matches!(event, Event::Ended { cause, .. } if *cause == Cause::Excess);
    assert_eq!(events.lock().unwrap().iter().filter(excess).count(), 2);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_smaller_maximum_spares_what_is_there_and_not_what_is_still_being_made() {
    let f = pool_of(3);
    f.script(Step::Create, &[Act::Work]);
    f.world.always(Step::Create, Act::Take(SECOND));
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiters: Vec<_> = (0..2).map(|_| spawn(f.pool.acquire_for(&"a"))).collect();
    for waiter in &mut waiters {
        assert_pending!(waiter.poll());
    }
    f.pool.resize(1);
    drop(held);
    drop(assert_ready!(waiters[0].poll()).unwrap());
    drop(waiters);
    sleep(2 * SECOND).await;
    assert_eq!((f.pool.status().idle, f.world.destroyed()), (1, 2));
    assert_eq!(f.pool.acquire_for(&"a").await.unwrap().number, 1);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn retain_ends_the_idle_resources_that_it_is_told_to() {
    let (observer, events) = recorder();
    let f = pool_with(Config {
        max_size: 4,
        observer,
        ..Config::default()
    });
    let mut leases = Vec::new();
    for _ in 0..4 {
        leases.push(f.pool.acquire_for(&"a").await.unwrap());
    }
    leases.truncate(1);
    let mut looked_at = Vec::new();
    f.pool.retain(|resource| {
        looked_at.push(resource.number);
        // It is looked at, and not on loan.
        assert_eq!((f.pool.status().leased, f.pool.leases().len()), (2, 1));
        assert!(!f.pool.revoke(u64::from(resource.number)));
        resource.number != 3
    });
    looked_at.sort_unstable();
    assert_eq!(looked_at, [2, 3, 4]);
    settle().await;
    assert_eq!((f.pool.status().idle, f.pool.status().leased), (2, 1));
    let ended = Event::Ended {
        id: 3,
        cause: Cause::NotRetained,
        killed: false,
    };
    assert_eq!(events.lock().unwrap().last(), Some(&ended));
    drop(leases);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_predicate_takes_or_ends_itself_is_not_looked_at() {
    let f = pool_of(3);
    let mut leases = Vec::new();
    for _ in 0..3 {
        leases.push(f.pool.acquire_for(&"a").await.unwrap());
    }
    leases.clear();
    let mut looked_at = 0;
    f.pool.retain(|_| {
        looked_at += 1;
        // Those who take what is left while the first is looked at.
        for _ in 0..2 {
            leases.push(assert_ready!(spawn(f.pool.acquire_for(&"a")).poll()).unwrap());
        }
        true
    });
    assert_eq!(looked_at, 1);
    drop(leases);
    assert_eq!(f.pool.status().idle, 3);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_is_looked_at_goes_to_whoever_has_come_to_wait_for_it() {
    let f = pool_of(1);
    drop(f.pool.acquire_for(&"a").await.unwrap());
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    f.pool.retain(|_| waiter.poll().is_pending());
    assert_eq!(assert_ready!(waiter.poll()).unwrap().number, 1);
    drop(waiter);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_detached_resource_leaves_the_pool_with_its_kill_and_its_slot_serves_again() {
    let f = pool_of(1);
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    let detached = lease.detach().unwrap();
    settle().await;
    assert_eq!(assert_ready!(waiter.poll()).unwrap().number, 2);
    drop(waiter);
    let (world, pool) = (Arc::clone(&f.world), f.pool);
    let drained = pool.close().await;
    assert_eq!((drained.created, drained.destroyed), (2, 1));
    assert_eq!((drained.killed, drained.detached), (0, 1));
    assert_eq!((detached.resource.number, world.live()), (1, 1));
    (detached.kill)();
    assert!(world.ended_all_once());
}

#[tokio::test(start_paused = true)]
async fn detaching_from_a_closed_pool_completes_its_close() {
    let f = pool_of(1);
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    let mut close = spawn(f.pool.close());
    assert_pending!(close.poll());
    let detached = lease.detach().unwrap();
    assert!(close.is_woken());
    let drained = close.await;
    assert_eq!((drained.created, drained.detached), (1, 1));
    assert_eq!(f.world.killed() + f.world.destroyed(), 0);
    drop(detached);
}

#[tokio::test(start_paused = true)]
async fn a_detached_resource_is_made_up_for_where_some_are_kept_ready() {
    let f = pool_with(Config {
        max_size: 1,
        min_idle: 1,
        ..Config::default()
    });
    f.pool.warm_up().await;
    let detached = f.pool.acquire_for(&"a").await.unwrap().detach().unwrap();
    settle().await;
    assert_eq!((f.pool.status().idle, f.world.created()), (1, 2));
    f.pool.close().await;
    drop(detached);
}

#[tokio::test(start_paused = true)]
async fn a_discarded_resource_frees_its_slot_once_it_has_ended() {
    let (observer, events) = recorder();
    let f = pool_with(Config {
        max_size: 1,
        observer,
        ..Config::default()
    });
    f.world.always(Step::Destroy, Act::Take(SECOND));
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    let before = Instant::now();
    lease.discard();
    assert_eq!(f.pool.status().destroying, 1);
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    assert_eq!((lease.number, before.elapsed()), (2, SECOND));
    let ended = Event::Ended {
        id: 1,
        cause: Cause::Discarded,
        killed: false,
    };
    assert!(events.lock().unwrap().contains(&ended));
    drop(lease);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_revoked_resource_is_killed_once_and_its_slot_serves_again_while_the_lease_is_held() {
    let (observer, events) = recorder();
    let f = pool_with(Config {
        max_size: 1,
        observer,
        ..Config::default()
    });
    let mut dead = f.pool.acquire_owned_for(&"a").await.unwrap();
    assert!(!dead.is_revoked());
    assert!(f.pool.revoke(dead.id()));
    assert!(!f.pool.revoke(dead.id()), "it is not on loan any more");
    assert!(dead.is_revoked());
    // In the slot that the dead one had.
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    assert_eq!((dead.number, lease.number), (1, 2));
    assert_eq!(f.world.times(Seen::Killed(1)), 1);
    let ended = Event::Ended {
        id: 1,
        cause: Cause::Revoked,
        killed: true,
    };
    assert!(events.lock().unwrap().contains(&ended));
    let before = f.pool.status();
    dead.set_discard(true);
    drop(dead);
    settle().await;
    assert_eq!(f.pool.status(), before);
    assert!(!lease.is_revoked());
    drop(lease);
    let drained = f.closes_without_a_trace().await;
    assert_eq!((drained.killed, drained.destroyed), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_dead_lease_frees_nothing_in_whatever_way_it_is_dropped() {
    let f = pool_of(1);
    for way in 0..3 {
        let dead = f.pool.acquire_owned_for(&"a").await.unwrap();
        f.pool.revoke(dead.id());
        let lease = f.pool.acquire_for(&"a").await.unwrap();
        match way {
            0 => drop(dead),
            1 => dead.discard(),
            _ => assert!(dead.detach().is_none()),
        }
        settle().await;
        assert_eq!((f.pool.status().leased, f.world.live()), (1, 1));
        drop(lease);
    }
    f.closes_without_a_trace().await;
}

/// It is not on loan before somebody has come for it: revoking it then would leave the caller, or the next, with a dead one.
#[tokio::test(start_paused = true)]
async fn what_was_handed_to_a_waiter_who_has_not_come_for_it_cannot_be_revoked() {
    let f = pool_of(1);
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut first = spawn(f.pool.acquire_for(&"a"));
    let mut second = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    drop(held);
    assert_eq!((f.pool.status().leased, f.pool.leases().len()), (1, 0));
    assert!(!f.pool.revoke(1));
    drop(first);
    let lease = assert_ready!(second.poll()).unwrap();
    assert_eq!((lease.number, f.world.killed()), (1, 0));
    drop((lease, second));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_to_a_waiter_who_never_comes_does_not_keep_the_pool_from_closing() {
    let f = pool_of(1);
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    drop(held);
    assert!(waiter.is_woken());
    assert_eq!(f.pool.close().await.destroyed, 1);
    assert!(assert_ready!(waiter.poll()).unwrap_err().is_closed());
    drop(waiter);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn an_error_for_a_waiter_is_there_for_it_when_it_comes_even_after_the_close() {
    let f = pool_of(1);
    f.script(Step::Create, &[Act::Fail, Act::Fail]);
    let mut first = spawn(f.pool.acquire_for(&"a"));
    let mut second = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    settle().await;
    assert!(first.is_woken() && second.is_woken());
    // Nobody hears of the first.
    drop(first);
    f.pool.close().await;
    assert!(!assert_ready!(second.poll()).unwrap_err().is_closed());
    drop(second);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn leases_tell_where_they_were_taken_and_since_when() {
    let f = pool_with(Config {
        max_size: 2,
        max_lease: Some(100 * SECOND),
        ..Config::default()
    });
    let line = line!() + 1;
    let first = f.pool.acquire_for(&"a").await.unwrap();
    // A little more, so that the pulse of that moment has been.
    sleep(3 * SECOND + millis(1)).await;
    let second = f.pool.acquire_owned_for(&"a").await.unwrap();
    sleep(2 * SECOND).await;
    let mut leases = f.pool.leases();
    leases.sort_by_key(|lease| lease.id);
    assert_eq!((leases[0].id, leases[1].id), (first.id(), second.id()));
    assert_eq!(leases[0].taken_at.file(), file!());
    assert_eq!(
        (leases[0].taken_at.line(), leases[1].taken_at.line()),
        (line, line + 3)
    );
    assert_eq!((leases[0].age, leases[1].age), (5 * SECOND, 2 * SECOND));
    drop((first, second));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_waited_for_names_the_call_and_begins_when_it_was_served() {
    let f = pool_with(Config {
        max_size: 1,
        max_lease: Some(100 * SECOND),
        ..Config::default()
    });
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let line = line!() + 1;
    let mut waiter = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(waiter.poll());
    sleep(10 * SECOND).await;
    drop(held);
    let lease = assert_ready!(waiter.poll()).unwrap();
    sleep(4 * SECOND).await;
    let leases = f.pool.leases();
    assert_eq!(
        (leases[0].taken_at.line(), leases[0].age),
        (line, 4 * SECOND)
    );
    drop((lease, waiter));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn an_overdue_lease_is_told_of_once_by_the_place_where_it_was_taken() {
    let (observer, events) = recorder();
    let f = pool_with(Config {
        name: "browsers".into(),
        max_size: 2,
        max_lease: Some(20 * SECOND),
        observer,
        ..Config::default()
    });
    let here = Location::caller();
    let line = line!() + 1;
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    sleep(100 * SECOND).await;
    let events = events.lock().unwrap().clone();
    assert_eq!(events.len(), 2, "{events:?}");
    let Event::Overdue {
        id,
        taken_at,
        age,
        revoked,
    } = events[1]
    else {
        panic!("{events:?}");
    };
    assert_eq!((id, age, revoked), (1, 20 * SECOND, false));
    assert_eq!((taken_at.file(), taken_at.line()), (here.file(), line));
    assert!(!lease.is_revoked());
    let warnings = logged("a lease has lasted too long");
    assert_eq!(warnings.len(), 1);
    let place = format!("taken_at={}:{line}:", here.file());
    assert!(warnings[0].contains(&place), "{}", warnings[0]);
    assert!(warnings[0].contains("pool=browsers"), "{}", warnings[0]);
    // The next lease of the same resource counts anew.
    drop(lease);
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    sleep(21 * SECOND).await;
    assert_eq!(logged("a lease has lasted too long").len(), 2);
    drop(lease);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn an_overdue_lease_is_revoked_where_that_is_asked_for() {
    let (observer, events) = recorder();
    let f = pool_with(Config {
        max_size: 1,
        max_lease: Some(20 * SECOND),
        revoke_overdue: true,
        observer,
        ..Config::default()
    });
    let forgotten = f.pool.acquire_for(&"a").await.unwrap();
    let before = Instant::now();
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    assert_eq!((lease.number, before.elapsed()), (2, 20 * SECOND));
    assert!(forgotten.is_revoked());
    assert_eq!(f.world.times(Seen::Killed(1)), 1);
    let told = |event: &Event| {
        matches!(
            event,
            Event::Overdue {
                id: 1,
                revoked: true,
                ..
            }
        )
    };
    assert!(events.lock().unwrap().iter().any(told));
    drop((forgotten, lease));
    f.closes_without_a_trace().await;
}

/// Neither a look at what was idle for long nor what is idle itself is a lease.
#[tokio::test(start_paused = true)]
async fn an_idle_resource_is_never_overdue() {
    let f = pool_with(Config {
        max_size: 1,
        max_lease: Some(20 * SECOND),
        check_interval: Some(60 * SECOND),
        check_timeout: 30 * SECOND,
        revoke_overdue: true,
        ..Config::default()
    });
    drop(f.pool.acquire_for(&"a").await.unwrap());
    f.script(Step::Check, &[Act::Take(25 * SECOND)]);
    sleep(100 * SECOND).await;
    assert_eq!(f.world.times(Seen::Checking(1)), 1);
    assert_eq!((f.pool.status().idle, f.world.killed()), (1, 0));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn closing_counts_what_came_back_after_it_began() {
    let f = pool_of(4);
    let mut leases = Vec::new();
    for _ in 0..4 {
        leases.push(f.pool.acquire_for(&"a").await.unwrap());
    }
    assert_eq!(numbers(&leases), [1, 2, 3, 4]);
    leases.pop();
    let mut close = spawn(f.pool.close());
    assert_pending!(close.poll());
    settle().await;
    assert_eq!((f.world.destroyed(), f.pool.status().leased), (1, 3));
    leases.pop().unwrap().discard();
    f.script(Step::Destroy, &[Act::Work, Act::Hang]);
    drop(leases);
    let drained = close.await;
    assert_eq!((drained.created, drained.destroyed), (4, 3));
    assert_eq!((drained.killed, drained.returned), (1, 3));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_count_as_returned_what_ended_before_or_was_only_looked_at() {
    let f = pool_with(Config {
        check_interval: Some(10 * SECOND),
        ..Config::default()
    });
    f.pool.acquire_for(&"a").await.unwrap().discard();
    drop(f.pool.acquire_for(&"a").await.unwrap());
    f.script(Step::Check, &[Act::Hang]);
    sleep(11 * SECOND).await;
    assert_eq!((f.world.busy(Step::Check), f.pool.status().leased), (1, 1));
    let drained = f.closes_without_a_trace().await;
    assert_eq!((drained.created, drained.returned), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_pool_may_be_closed_by_many_at_once_and_again() {
    let f = pool_of(2);
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut first = spawn(f.pool.close());
    let mut second = spawn(f.pool.close());
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    // One that is not waited for closes it as well.
    drop(first);
    drop(held);
    let drained = second.await;
    assert_eq!(f.pool.close().await, drained);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn closing_gives_up_creations_and_their_retries_and_starts_none() {
    let f = pool_of(2);
    f.world.always(Step::Create, Act::Hang);
    let mut waiters: Vec<_> = (0..4).map(|_| spawn(f.pool.acquire_for(&"a"))).collect();
    for waiter in &mut waiters {
        assert_pending!(waiter.poll());
    }
    settle().await;
    assert_eq!(f.pool.close().await, Drained::default());
    for waiter in &mut waiters {
        assert!(assert_ready!(waiter.poll()).unwrap_err().is_closed());
    }
    f.pool.resize(10);
    settle().await;
    assert_eq!(f.world.times(Seen::Creating), 2);
    drop(waiters);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_close_with_patience_revokes_what_has_not_come_back_by_then() {
    let f = pool_of(3);
    let in_time = f.pool.acquire_owned_for(&"a").await.unwrap();
    let late = f.pool.acquire_for(&"a").await.unwrap();
    let before = Instant::now();
    let mut close = spawn(f.pool.close_within(10 * SECOND));
    assert_pending!(close.poll());
    sleep(5 * SECOND).await;
    drop(in_time);
    let drained = close.await;
    assert_eq!(before.elapsed(), 10 * SECOND);
    assert_eq!(
        (drained.destroyed, drained.killed, drained.returned),
        (1, 1, 1)
    );
    assert!(late.is_revoked());
    let warnings = logged("a lease is revoked: the pool is closed");
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains(file!()), "{}", warnings[0]);
    drop(late);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_close_with_patience_that_is_not_needed_is_a_close() {
    let f = pool_of(1);
    drop(f.pool.acquire_for(&"a").await.unwrap());
    let before = Instant::now();
    let drained = f.pool.close_within(10 * SECOND).await;
    assert_eq!((drained.destroyed, before.elapsed()), (1, millis(0)));
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_close_with_patience_ends_leases_that_are_still_being_prepared() {
    let f = pool_with(Config {
        max_size: 1,
        recycle_timeout: 100 * SECOND,
        ..Config::default()
    });
    f.script(Step::Recycle, &[Act::Hang]);
    let mut caller = spawn(f.pool.acquire_for(&"a"));
    assert_pending!(caller.poll());
    settle().await;
    assert_pending!(caller.poll());
    assert_eq!(f.pool.close_within(SECOND).await.killed, 1);
    drop(caller);
    f.closes_without_a_trace().await;
}

#[tokio::test(start_paused = true)]
async fn a_pool_and_its_leases_can_be_shown() {
    let f = pool_of(2);
    let lease = f.pool.acquire_for(&"a").await.unwrap();
    assert_eq!(format!("{lease:?}"), "Lease(resource 1)");
    let shown = format!("{:?}", f.pool);
    assert!(
        shown.contains("\"pool\"") && shown.contains("leased: 1"),
        "{shown}"
    );
    let detached = format!("{:?}", lease.detach().unwrap());
    assert!(detached.contains("resource 1"), "{detached}");
}

/// A caller whose executor looks at the pool when it forgets the caller.
struct Curious(pool::Pool<fixture::Scripted>);

impl Wake for Curious {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Curious {
    fn drop(&mut self) {
        let _ = self.0.status();
    }
}

/// Else this would wait for itself.
#[tokio::test(start_paused = true)]
async fn nothing_is_locked_while_a_waker_is_dropped() {
    let f = pool_of(1);
    let held = f.pool.acquire_for(&"a").await.unwrap();
    let mut waiter = Box::pin(f.pool.acquire_for(&"a"));
    for _ in 0..2 {
        let waker = Waker::from(Arc::new(Curious(f.pool.clone())));
        let mut context = Context::from_waker(&waker);
        assert!(waiter.as_mut().poll(&mut context).is_pending());
    }
    drop(waiter);
    assert_eq!(f.pool.status().waiting, 0);
    drop(held);
    f.closes_without_a_trace().await;
}
