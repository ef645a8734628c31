//! The pool's bookkeeping: who waits, what is idle, how many are alive. No clock, no I/O, no user code.

use std::collections::VecDeque;

use crate::Status;

/// Counts slots and keeps the two queues. `T` is an idle resource, `W` the way to reach a waiter.
///
/// Invariants: `creating + idle + leased + dying <= max_size`; a resource is idle only while nobody waits.
pub(crate) struct Ledger<T, K, W> {
    max_size: usize,
    max_waiters: usize,
    live: usize,
    creating: usize,
    dying: usize,
    /// The least recently used in front.
    idle: VecDeque<(Option<K>, T)>,
    waiters: VecDeque<(u64, W)>,
    next_ticket: u64,
    closed: bool,
}

/// What a caller who wants a lease gets.
#[derive(Debug, PartialEq)]
pub(crate) enum Admission<T> {
    /// This resource, now.
    Reuse(T),
    /// A place in the queue; when `create`, a slot was taken and a creation must be started.
    Queued { ticket: u64, create: bool },
    /// No place in the queue.
    QueueFull,
    /// The pool is closed.
    Closed,
}

/// Where a resource that comes free goes.
#[derive(Debug, PartialEq)]
pub(crate) enum Destination<T, W> {
    /// To this waiter.
    Waiter(W, T),
    /// It is idle now.
    Idle,
    /// The pool is closed: end it.
    Doom(T),
}

impl<T, K: Eq, W> Ledger<T, K, W> {
    pub(crate) fn new(max_size: usize, max_waiters: usize) -> Self {
        Self {
            max_size,
            max_waiters,
            live: 0,
            creating: 0,
            dying: 0,
            idle: VecDeque::new(),
            waiters: VecDeque::new(),
            next_ticket: 0,
            closed: false,
        }
    }

    /// Admits a caller. `front` gives back the place of one whose resource could not be prepared.
    pub(crate) fn admit(
        &mut self,
        key: &K,
        front: bool,
        waiter: impl FnOnce() -> W,
    ) -> Admission<T> {
        if self.closed {
            return Admission::Closed;
        }
        // Idle resources exist only while nobody waits, so taking one overtakes nobody.
        if let Some(resource) = self.take_idle(key) {
            return Admission::Reuse(resource);
        }
        // Those for whom a resource is being made, or can be, do not wait for anybody.
        let has_room = self.live < self.max_size;
        if self.waiters.len() >= self.max_waiters + self.creating && !has_room && !front {
            return Admission::QueueFull;
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let entry = (ticket, waiter());
        if front {
            self.waiters.push_front(entry);
        } else {
            self.waiters.push_back(entry);
        }
        Admission::Queued {
            ticket,
            create: self.take_slot_for_waiters(),
        }
    }

    /// The idle resource last used for `key`, else the least recently used one.
    fn take_idle(&mut self, key: &K) -> Option<T> {
        let warm = self
            .idle
            .iter()
            .rposition(|(last, _)| last.as_ref() == Some(key));
        self.idle
            .remove(warm.unwrap_or(0))
            .map(|(_, resource)| resource)
    }

    /// Takes a slot when somebody waits for whom nothing is being made yet.
    fn take_slot_for_waiters(&mut self) -> bool {
        let needed =
            !self.closed && self.creating < self.waiters.len() && self.live < self.max_size;
        if needed {
            self.live += 1;
            self.creating += 1;
        }
        needed
    }

    /// Gives up a place in the queue; true when it was still in it.
    pub(crate) fn withdraw(&mut self, ticket: u64) -> bool {
        let before = self.waiters.len();
        self.waiters.retain(|(other, _)| *other != ticket);
        self.waiters.len() < before
    }

    /// A creation ended well: its resource goes where one that comes free goes.
    pub(crate) fn created(&mut self, resource: T) -> Destination<T, W> {
        self.creating -= 1;
        self.place(None, resource)
    }

    /// A creation failed. Its slot stays taken until `freed`; the oldest waiter is told.
    pub(crate) fn create_failed(&mut self) -> Option<W> {
        self.creating -= 1;
        self.dying += 1;
        self.waiters.pop_front().map(|(_, waiter)| waiter)
    }

    /// A leased resource comes free, last used for `key`; for none when nobody came to use it.
    pub(crate) fn place(&mut self, key: Option<K>, resource: T) -> Destination<T, W> {
        if self.closed {
            self.dying += 1;
            return Destination::Doom(resource);
        }
        match self.waiters.pop_front() {
            Some((_, waiter)) => Destination::Waiter(waiter, resource),
            None => {
                self.idle.push_back((key, resource));
                Destination::Idle
            }
        }
    }

    /// A leased resource begins to end.
    pub(crate) fn doomed(&mut self) {
        self.dying += 1;
    }

    /// A resource has ended: its slot is free. True when the slot was taken again for a creation.
    pub(crate) fn freed(&mut self) -> bool {
        self.dying -= 1;
        self.live -= 1;
        self.take_slot_for_waiters()
    }

    /// Closes; the idle resources and the waiters are the caller's to end.
    pub(crate) fn close(&mut self) -> (Vec<T>, Vec<W>) {
        self.closed = true;
        let idle: Vec<T> = self.idle.drain(..).map(|(_, resource)| resource).collect();
        self.dying += idle.len();
        let waiters = self.waiters.drain(..).map(|(_, waiter)| waiter).collect();
        (idle, waiters)
    }

    pub(crate) fn is_drained(&self) -> bool {
        self.closed && self.live == 0
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            max_size: self.max_size,
            creating: self.creating,
            idle: self.idle.len(),
            leased: self.live - self.creating - self.dying - self.idle.len(),
            dying: self.dying,
            waiting: self.waiters.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Numbers = Ledger<u32, u8, u64>;

    #[test]
    fn a_warm_resource_is_preferred_and_the_least_recently_used_is_rekeyed() {
        let mut ledger = Numbers::new(3, 9);
        for _ in 0..3 {
            assert!(matches!(
                ledger.admit(&0, false, || 0),
                Admission::Queued { create: true, .. }
            ));
        }
        for resource in [10, 11, 12] {
            assert_eq!(ledger.created(resource), Destination::Waiter(0, resource));
        }
        for (resource, key) in [(10, 1), (11, 2), (12, 3)] {
            assert_eq!(ledger.place(Some(key), resource), Destination::Idle);
        }
        assert_eq!(ledger.admit(&2, false, || 0), Admission::Reuse(11));
        assert_eq!(ledger.admit(&9, false, || 0), Admission::Reuse(10));
    }

    #[test]
    fn nothing_is_created_for_a_waiter_who_is_served_already() {
        let mut ledger = Numbers::new(3, 9);
        assert_eq!(
            ledger.admit(&0, false, || 1),
            Admission::Queued {
                ticket: 0,
                create: true
            }
        );
        assert!(ledger.withdraw(0));
        // The creation under way is for whoever comes next.
        assert_eq!(
            ledger.admit(&0, false, || 2),
            Admission::Queued {
                ticket: 1,
                create: false
            }
        );
        assert_eq!(ledger.created(7), Destination::Waiter(2, 7));
        assert!(!ledger.withdraw(1));
    }

    /// What the oracle knows of every resource: a plain list of states.
    #[derive(Debug, Default)]
    struct Oracle {
        creating: usize,
        leased: Vec<u32>,
        dying: usize,
        next: u32,
    }

    proptest! {
        #[test]
        fn any_sequence_keeps_the_maximum_the_order_and_every_slot(
            max in 1_usize..5,
            steps in prop::collection::vec((0_u8..8, any::<prop::sample::Index>(), 0_u8..3), 1..200),
        ) {
            let mut ledger = Numbers::new(max, 8);
            let mut oracle = Oracle::default();
            let mut queue: VecDeque<u64> = VecDeque::new();
            let mut closed = false;
            let mut next_waiter = 100;
            for (step, index, key) in steps {
                match step {
                    0 | 1 => {
                        next_waiter += 1;
                        let waiting = queue.len();
                        match ledger.admit(&key, false, || next_waiter) {
                            Admission::Reuse(resource) => {
                                prop_assert!(!oracle.leased.contains(&resource));
                                prop_assert_eq!(waiting, 0, "overtook a waiter");
                                oracle.leased.push(resource);
                            }
                            Admission::Queued { create, .. } => {
                                queue.push_back(next_waiter);
                                oracle.creating += usize::from(create);
                            }
                            Admission::QueueFull => prop_assert_eq!(waiting, 8 + oracle.creating),
                            Admission::Closed => prop_assert!(closed),
                        }
                    }
                    2 if oracle.creating > 0 => {
                        oracle.creating -= 1;
                        oracle.next += 1;
                        match ledger.created(oracle.next) {
                            Destination::Waiter(waiter, resource) => {
                                prop_assert_eq!(queue.pop_front(), Some(waiter));
                                oracle.leased.push(resource);
                            }
                            Destination::Idle => prop_assert!(queue.is_empty()),
                            Destination::Doom(_) => oracle.dying += 1,
                        }
                    }
                    3 if oracle.creating > 0 => {
                        oracle.creating -= 1;
                        oracle.dying += 1;
                        prop_assert_eq!(ledger.create_failed(), queue.pop_front());
                    }
                    4 if !oracle.leased.is_empty() => {
                        let resource = oracle.leased.swap_remove(index.index(oracle.leased.len()));
                        match ledger.place(Some(key), resource) {
                            Destination::Waiter(waiter, resource) => {
                                prop_assert_eq!(queue.pop_front(), Some(waiter));
                                oracle.leased.push(resource);
                            }
                            Destination::Idle => prop_assert!(queue.is_empty()),
                            Destination::Doom(_) => {
                                prop_assert!(closed);
                                oracle.dying += 1;
                            }
                        }
                    }
                    5 if !oracle.leased.is_empty() => {
                        oracle.leased.swap_remove(index.index(oracle.leased.len()));
                        oracle.dying += 1;
                        ledger.doomed();
                    }
                    6 if oracle.dying > 0 => {
                        oracle.dying -= 1;
                        oracle.creating += usize::from(ledger.freed());
                    }
                    7 if index.index(40) == 0 => {
                        closed = true;
                        let (idle, waiters) = ledger.close();
                        oracle.dying += idle.len();
                        prop_assert_eq!(Vec::from(std::mem::take(&mut queue)), waiters);
                    }
                    _ => {}
                }
                let status = ledger.status();
                prop_assert!(status.creating + status.idle + status.leased + status.dying <= max);
                prop_assert_eq!(status.creating, oracle.creating);
                prop_assert_eq!(status.leased, oracle.leased.len());
                prop_assert_eq!(status.dying, oracle.dying);
                prop_assert_eq!(status.waiting, queue.len());
                prop_assert!(status.idle == 0 || queue.is_empty(), "an idle resource beside a waiter");
                // Nobody waits for nothing: a free slot is being filled as long as waiters outnumber creations.
                let live = status.creating + status.idle + status.leased + status.dying;
                prop_assert!(live == max || status.creating >= status.waiting, "lost wake-up");
            }
        }
    }
}
