//! Every order in which threads can meet at the ledger and its waiters, tried by a model checker: `cargo xtask model`.
//!
//! The checker reports a deadlock where a wake-up is lost. The runtime runs only to make the resources in the beginning; its
//! end drops the tasks that were to destroy them, which kills them.

use std::{
    io,
    panic::Location,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use loom::{future::block_on, thread};
use tokio::runtime::{Builder, Runtime};

use crate::{
    AcquireError, Config, Created, Manager,
    ledger::Admission,
    queue::{Due, Ticket},
    shared::{Place, Shared},
    slot::Lent,
};

#[derive(Default)]
struct Made {
    killed: Arc<AtomicUsize>,
}

impl Manager for Made {
    type Resource = u32;
    type Key = ();
    type Error = io::Error;

    async fn create(&self) -> io::Result<Created<u32>> {
        let killed = Arc::clone(&self.killed);
        Ok(Created::with_kill(0, move || {
            killed.fetch_add(1, SeqCst);
        }))
    }
}

/// A pool of so many resources, all of which are on loan.
struct Model {
    shared: Arc<Shared<Made>>,
    leases: Vec<Lent<u32>>,
    runtime: Runtime,
}

impl Model {
    fn new(size: usize) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let entered = runtime.enter();
        let config = Config {
            max_size: size,
            ..Config::default()
        };
        let shared = Arc::new(Shared::new(Made::default(), config));
        drop(entered);
        let mut model = Self {
            shared,
            leases: Vec::new(),
            runtime,
        };
        let tickets: Vec<_> = (0..size).map(|_| model.queue()).collect();
        // The one time that it runs: the resources are made.
        model.runtime.block_on(tokio::task::yield_now());
        for ticket in tickets {
            let lent = wait(&model.shared, ticket).expect("it was made");
            model.leases.push(lent);
        }
        model
    }

    /// A place in the queue.
    fn queue(&self) -> Ticket {
        match self.shared.admit(&(), None, Location::caller()) {
            Admission::Queued(ticket) => ticket,
            other => panic!("not queued: {other:?}"),
        }
    }

    fn pop(&mut self) -> Lent<u32> {
        self.leases.pop().expect("a lease")
    }

    /// Ends everything, and returns how often a kill was called.
    fn end(self) -> usize {
        let shared = Arc::clone(&self.shared);
        shared.begin_close();
        for lent in self.leases {
            shared.give_back(lent.id, lent.resource);
        }
        drop(self.runtime);
        assert!(shared.ledger().drained().is_some());
        shared.manager.killed.load(SeqCst)
    }
}

fn wait(shared: &Arc<Shared<Made>>, ticket: Ticket) -> Result<Lent<u32>, AcquireError<io::Error>> {
    block_on(Place::new(shared, ticket, Due::MAX))
}

#[test]
fn no_wake_up_is_lost() {
    loom::model(|| {
        let mut model = Model::new(1);
        let ticket = model.queue();
        let shared = Arc::clone(&model.shared);
        let waiter = thread::spawn(move || wait(&shared, ticket).unwrap());
        let lent = model.pop();
        model.shared.give_back(lent.id, lent.resource);
        let lent = waiter.join().unwrap();
        model.leases.push(lent);
        assert_eq!(model.end(), 1);
    });
}

#[test]
fn waiters_are_served_in_order() {
    loom::model(|| {
        let mut model = Model::new(1);
        let (first, second) = (model.queue(), model.queue());
        let served = Arc::new(AtomicUsize::new(0));
        let own = (Arc::clone(&model.shared), Arc::clone(&served));
        let waiter = thread::spawn(move || {
            let (shared, served) = own;
            let lent = wait(&shared, second).unwrap();
            assert_eq!(served.fetch_add(1, SeqCst), 1);
            lent
        });
        let lent = model.pop();
        model.shared.give_back(lent.id, lent.resource);
        let lent = wait(&model.shared, first).unwrap();
        assert_eq!(served.fetch_add(1, SeqCst), 0);
        model.shared.give_back(lent.id, lent.resource);
        let lent = waiter.join().unwrap();
        model.leases.push(lent);
        assert_eq!(model.end(), 1);
    });
}

#[test]
fn what_is_handed_to_a_waiter_who_leaves_goes_to_the_next() {
    loom::model(|| {
        let mut model = Model::new(1);
        let (first, second) = (model.queue(), model.queue());
        let shared = Arc::clone(&model.shared);
        let leaver = thread::spawn(move || drop(Place::new(&shared, first, Due::MAX)));
        let lent = model.pop();
        model.shared.give_back(lent.id, lent.resource);
        let lent = wait(&model.shared, second).unwrap();
        leaver.join().unwrap();
        model.leases.push(lent);
        assert_eq!(model.end(), 1);
    });
}

#[test]
fn a_resource_that_all_waiters_left_is_idle() {
    loom::model(|| {
        let mut model = Model::new(1);
        let ticket = model.queue();
        let shared = Arc::clone(&model.shared);
        let leaver = thread::spawn(move || drop(Place::new(&shared, ticket, Due::MAX)));
        let lent = model.pop();
        model.shared.give_back(lent.id, lent.resource);
        leaver.join().unwrap();
        let status = model.shared.ledger().status();
        assert_eq!((status.idle, status.leased, status.waiting), (1, 0, 0));
        assert_eq!(model.end(), 1);
    });
}

#[test]
fn a_resource_that_is_revoked_while_it_comes_back_ends_once() {
    loom::model(|| {
        let mut model = Model::new(1);
        let lent = model.pop();
        let id = lent.id;
        let shared = Arc::clone(&model.shared);
        let returner = thread::spawn(move || shared.give_back(lent.id, lent.resource));
        model.shared.revoke(id);
        returner.join().unwrap();
        assert_eq!(model.end(), 1);
    });
}

#[test]
fn closing_leaves_nobody_waiting() {
    loom::model(|| {
        let mut model = Model::new(1);
        let ticket = model.queue();
        let shared = Arc::clone(&model.shared);
        let waiter = thread::spawn(move || wait(&shared, ticket));
        let lent = model.pop();
        let shared = Arc::clone(&model.shared);
        let returner = thread::spawn(move || shared.give_back(lent.id, lent.resource));
        model.shared.begin_close();
        returner.join().unwrap();
        match waiter.join().unwrap() {
            Ok(lent) => model.leases.push(lent),
            Err(error) => assert!(error.is_closed()),
        }
        assert_eq!(model.end(), 1);
    });
}

#[test]
fn no_more_live_than_the_size_while_it_changes() {
    loom::model(|| {
        let mut model = Model::new(2);
        let (one, two) = (model.pop(), model.pop());
        let shared = Arc::clone(&model.shared);
        let returner = thread::spawn(move || {
            shared.give_back(one.id, one.resource);
            shared.give_back(two.id, two.resource);
        });
        let (end, create) = model.shared.ledger().resize(1);
        end.into_iter()
            .for_each(|ending| model.shared.start_ending(ending));
        assert_eq!(create, 0);
        returner.join().unwrap();
        let status = model.shared.ledger().status();
        assert_eq!((status.idle, status.destroying), (1, 1));
        assert_eq!(model.end(), 2);
    });
}
