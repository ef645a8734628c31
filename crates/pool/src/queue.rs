//! The callers that wait, in order.

use std::{collections::VecDeque, panic::Location, task::Waker};

/// A place in the queue. Places are in the order of their tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(i64);

/// Callers that wait, the first to be served in front, and what was handed to those who have not come for it yet.
pub(crate) struct Queue<K, H> {
    waiters: VecDeque<Waiter<K>>,
    /// At most one thing for a ticket; few at any moment, because a waiter is woken to collect.
    handed: Vec<(Ticket, H)>,
    last: i64,
    first: i64,
}

/// A caller that waits.
pub(crate) struct Waiter<K> {
    pub(crate) ticket: Ticket,
    pub(crate) key: K,
    pub(crate) taken_at: &'static Location<'static>,
    /// Nothing until it is polled for the first time.
    pub(crate) waker: Option<Waker>,
}

impl<K, H> Default for Queue<K, H> {
    fn default() -> Self {
        Self {
            waiters: VecDeque::new(),
            handed: Vec::new(),
            last: 0,
            first: 0,
        }
    }
}

impl<K, H> Queue<K, H> {
    pub(crate) fn len(&self) -> usize {
        self.waiters.len()
    }

    /// Takes the last place.
    pub(crate) fn join(&mut self, key: K, taken_at: &'static Location<'static>) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        self.waiters.push_back(Waiter {
            ticket,
            key,
            taken_at,
            waker: None,
        });
        ticket
    }

    /// Takes the first place.
    pub(crate) fn join_first(&mut self, key: K, taken_at: &'static Location<'static>) -> Ticket {
        self.first -= 1;
        let ticket = Ticket(self.first);
        self.waiters.push_front(Waiter {
            ticket,
            key,
            taken_at,
            waker: None,
        });
        ticket
    }

    /// Takes the one to be served next out of the queue.
    pub(crate) fn next(&mut self) -> Option<Waiter<K>> {
        self.waiters.pop_front()
    }

    /// Lays something aside for one who was taken out of the queue.
    pub(crate) fn hand(&mut self, ticket: Ticket, handed: H) {
        self.handed.push((ticket, handed));
    }

    /// What was laid aside for this ticket.
    pub(crate) fn collect(&mut self, ticket: Ticket) -> Option<H> {
        let position = self.handed.iter().position(|(own, _)| *own == ticket)?;
        Some(self.handed.swap_remove(position).1)
    }

    /// Sets whom to wake and returns the last one set; returns the new one if the ticket has no place.
    pub(crate) fn wait(&mut self, ticket: Ticket, waker: Waker) -> Result<Option<Waker>, Waker> {
        match self.position(ticket) {
            Some(position) => Ok(self.waiters[position].waker.replace(waker)),
            None => Err(waker),
        }
    }

    /// Gives up a place, or returns what was laid aside for it.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> Option<H> {
        if let Some(position) = self.position(ticket) {
            self.waiters.remove(position);
            return None;
        }
        self.collect(ticket)
    }

    /// Empties the queue and returns whom to wake.
    pub(crate) fn close(&mut self) -> Vec<Waker> {
        let waiters = self.waiters.drain(..);
        waiters.filter_map(|waiter| waiter.waker).collect()
    }

    fn position(&self, ticket: Ticket) -> Option<usize> {
        let waiters = &self.waiters;
        waiters
            .binary_search_by_key(&ticket, |waiter| waiter.ticket)
            .ok()
    }
}

impl<K, T, E> Queue<K, Result<T, E>> {
    /// Lays an error aside for the one to be served next, and returns whom to wake; returns the error if nobody waits.
    pub(crate) fn hand_error(&mut self, error: E) -> Result<Option<Waker>, E> {
        let Some(waiter) = self.next() else {
            return Err(error);
        };
        self.hand(waiter.ticket, Err(error));
        Ok(waiter.waker)
    }
}
