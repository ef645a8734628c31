//! What the ledger answers.

use std::{panic::Location, task::Waker};

use crate::{
    queue::Ticket,
    slot::{Ending, Lent, SlotId, Tick},
};

/// What a caller who wants a lease gets.
#[derive(Debug, PartialEq)]
pub(crate) enum Admission<R> {
    /// This resource, now. Should it turn out to be no use, the ticket is the caller's place in the queue.
    Lent(Lent<R>, Ticket),
    /// A place in the queue.
    Queued(Ticket),
    /// No place in the queue.
    QueueFull,
    /// The pool is closed.
    Closed,
}

/// What the caller of the ledger has to do once the lock is free: one thing at most.
#[must_use]
pub(crate) enum Effect<R, E> {
    /// As a rule.
    Nothing,
    /// Wake this waiter.
    Wake(Waker),
    /// End this resource.
    End(Ending<R>),
    /// Drop this resource, which nobody needs any more; it has ended otherwise.
    Spare(R),
    /// Drop the error that nobody waits for.
    Unheard(E),
    /// Wake nobody: whom this would have woken has left, and it is to be dropped.
    Forget(Waker),
}

/// What the pulse of the pool brings to light.
#[must_use]
pub(crate) struct Chores<R> {
    pub(crate) end: Vec<Ending<R>>,
    pub(crate) create: usize,
    pub(crate) overdue: Vec<Overdue>,
}

/// A lease that has lasted too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overdue {
    pub(crate) id: SlotId,
    pub(crate) taken_at: &'static Location<'static>,
    pub(crate) age: Tick,
}

/// How a waiter fares.
#[derive(Debug)]
pub(crate) enum Waiting<R, E> {
    /// It got something; its waker is to be dropped without the lock.
    Handed(Result<Lent<R>, E>, Waker),
    /// It has to go on waiting; its last waker is to be dropped without the lock.
    Still(Option<Waker>),
    /// The same, and the alarm has to be set to an earlier time.
    Alarm(Option<Waker>),
    /// Nobody will hand it anything any more.
    Closed(Waker),
}
