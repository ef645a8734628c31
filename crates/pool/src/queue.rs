//! The callers that wait, in order.

use std::{collections::VecDeque, panic::Location, task::Waker};

use crate::slot::Tick;

/// When a caller came, in the order of all callers, and so its place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// Callers that wait for a `T`, the first to be served in front, and what was laid aside for those who have not come for it
/// yet: a `T` or an `E`, and few of them at any moment, because a caller is woken to collect.
pub(crate) struct Queue<K, T, E> {
    waiters: VecDeque<Waiter<K>>,
    handed: Vec<Handed<K, T>>,
    failed: Vec<(Ticket, E)>,
    last: u64,
}

/// When a caller has waited long enough, in nanoseconds since the pool was made.
pub(crate) type Due = u64;

/// A caller that waits.
pub(crate) struct Waiter<K> {
    ticket: Ticket,
    key: K,
    taken_at: &'static Location<'static>,
    /// Nothing until it is polled for the first time.
    waker: Option<Waker>,
    due: Due,
}

/// What was laid aside for a caller.
pub(crate) struct Handed<K, T> {
    ticket: Ticket,
    pub(crate) what: T,
    pub(crate) key: K,
    pub(crate) taken_at: &'static Location<'static>,
    pub(crate) since: Tick,
}

/// What a caller who gives up leaves behind.
pub(crate) enum Left<T, E> {
    /// A place in the queue, with whom to wake.
    Place(Option<Waker>),
    /// What was handed to it.
    Handed(T),
    /// An error.
    Failed(E),
    /// Nothing, after the queue was closed.
    Nothing,
}

impl<K, T, E> Queue<K, T, E> {
    pub(crate) fn new() -> Self {
        Self {
            waiters: VecDeque::new(),
            handed: Vec::new(),
            failed: Vec::new(),
            last: 0,
        }
    }

    /// The callers that wait.
    pub(crate) fn len(&self) -> usize {
        self.waiters.len()
    }

    /// How much is laid aside, without the errors.
    pub(crate) fn handed(&self) -> usize {
        self.handed.len()
    }

    /// A ticket behind all others.
    pub(crate) fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    /// Takes the place of a ticket: the last one, unless its caller was served before and comes again.
    pub(crate) fn join(&mut self, ticket: Ticket, key: K, taken_at: &'static Location<'static>) {
        let place = self.position(ticket).unwrap_or_else(|place| place);
        let waiter = Waiter {
            ticket,
            key,
            taken_at,
            waker: None,
            due: Due::MAX,
        };
        self.waiters.insert(place, waiter);
    }

    /// Lays something aside for the one to be served next, and returns whom to wake; returns it if nobody waits.
    #[inline]
    pub(crate) fn hand(&mut self, what: T, now: Tick) -> Result<Option<Waker>, T> {
        let Some(waiter) = self.waiters.pop_front() else {
            return Err(what);
        };
        self.handed.push(Handed {
            ticket: waiter.ticket,
            what,
            key: waiter.key,
            taken_at: waiter.taken_at,
            since: now,
        });
        Ok(waiter.waker)
    }

    /// As `hand`, for an error.
    pub(crate) fn fail(&mut self, error: E) -> Result<Option<Waker>, E> {
        let Some(waiter) = self.waiters.pop_front() else {
            return Err(error);
        };
        self.failed.push((waiter.ticket, error));
        Ok(waiter.waker)
    }

    /// What was laid aside for this ticket.
    pub(crate) fn collect(&mut self, ticket: Ticket) -> Option<Result<Handed<K, T>, E>> {
        let mut handed = self.handed.iter();
        if let Some(position) = handed.position(|handed| handed.ticket == ticket) {
            return Some(Ok(self.handed.swap_remove(position)));
        }
        let mut failed = self.failed.iter();
        let position = failed.position(|(own, _)| *own == ticket)?;
        Some(Err(self.failed.swap_remove(position).1))
    }

    /// Sets whom to wake, and until when it waits, and returns the last one set; returns the new one if the ticket has no place.
    pub(crate) fn wait(
        &mut self,
        ticket: Ticket,
        waker: Waker,
        due: Due,
    ) -> Result<Option<Waker>, Waker> {
        let Ok(position) = self.position(ticket) else {
            return Err(waker);
        };
        let waiter = &mut self.waiters[position];
        waiter.due = due;
        Ok(waiter.waker.replace(waker))
    }

    /// Lays an error aside for all who have waited until now, and returns whom to wake, and when the next is due.
    pub(crate) fn expire(&mut self, now: Due, error: impl Fn() -> E) -> (Vec<Waker>, Due) {
        let mut wakers = Vec::new();
        let mut next = Due::MAX;
        let failed = &mut self.failed;
        self.waiters.retain_mut(|waiter| {
            if waiter.due > now {
                next = next.min(waiter.due);
                return true;
            }
            failed.push((waiter.ticket, error()));
            wakers.extend(waiter.waker.take());
            false
        });
        (wakers, next)
    }

    /// Gives up a place, or what was laid aside for it.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> Left<T, E> {
        let place = self.position(ticket).ok();
        if let Some(waiter) = place.and_then(|position| self.waiters.remove(position)) {
            return Left::Place(waiter.waker);
        }
        match self.collect(ticket) {
            Some(Ok(handed)) => Left::Handed(handed.what),
            Some(Err(error)) => Left::Failed(error),
            None => Left::Nothing,
        }
    }

    /// Empties the queue, and returns whom to wake and what nobody has come for.
    pub(crate) fn close(&mut self) -> (Vec<Waker>, Vec<T>) {
        let waiters = self.waiters.drain(..);
        let wakers = waiters.filter_map(|waiter| waiter.waker).collect();
        let handed = self.handed.drain(..);
        (wakers, handed.map(|handed| handed.what).collect())
    }

    /// Where a ticket waits, or where it would.
    fn position(&self, ticket: Ticket) -> Result<usize, usize> {
        let waiters = &self.waiters;
        waiters.binary_search_by_key(&ticket, |waiter| waiter.ticket)
    }
}
