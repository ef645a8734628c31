//! The pool's bookkeeping: who waits, what is idle, how many are alive. No clock, no I/O, and of user code nothing but the
//! keys' own comparing and cloning.

use std::{collections::VecDeque, panic::Location, task::Waker, time::Duration};

use crate::{
    Cause, LeaseInfo, Status,
    manager::Kill,
    queue::{Queue, Ticket},
    slot::{Ending, Lent, Slot, SlotId, Tick},
};

/// The numbers that the ledger goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_size: usize,
    pub(crate) min_idle: usize,
    pub(crate) max_waiters: usize,
    /// Lent so often, a resource is retired; 0 for never.
    pub(crate) max_uses: u32,
    /// Idle so long, a resource is ended.
    pub(crate) idle_timeout: Tick,
    /// On loan so long, a resource is overdue.
    pub(crate) max_lease: Tick,
}

/// Counts slots and keeps the two queues. `E` is what a waiter gets instead of a resource.
///
/// Invariants:
/// - `creating + idle + leased + destroying <= max_size`, but for resources that live on after the maximum was lowered.
/// - A resource is idle only while nobody waits.
/// - Every slot is idle or leased; a resource that is being made has none yet, one that is being destroyed has none any more.
/// - At most one retired resource is being replaced.
pub(crate) struct Ledger<R, K, E> {
    limits: Limits,
    slots: Vec<Option<Slot<R, K>>>,
    vacant: Vec<usize>,
    /// Indices of slots, the least recently used in front.
    idle: VecDeque<usize>,
    leased: usize,
    creating: usize,
    destroying: usize,
    replacing: bool,
    queue: Queue<K, Result<Lent<R>, E>>,
    serial: u64,
    closed: bool,
}

/// What a caller who wants a lease gets.
#[derive(Debug, PartialEq)]
pub(crate) enum Admission<R> {
    /// This resource, now.
    Lent(Lent<R>),
    /// A place in the queue.
    Queued(Ticket),
    /// No place in the queue.
    QueueFull,
    /// The pool is closed.
    Closed,
}

/// Where in the queue a caller has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Behind everybody else.
    Last,
    /// Before everybody else: what the caller was given turned out to be no use.
    First,
}

/// What the caller of the ledger has to do once the lock is free.
#[must_use]
pub(crate) struct Effects<R, E> {
    /// Wake this waiter.
    pub(crate) wake: Option<Waker>,
    /// Start so many creations; their slots are taken.
    pub(crate) create: usize,
    /// End these resources.
    pub(crate) end: Option<Ending<R>>,
    /// Drop what nobody needs any more; it has ended otherwise.
    pub(crate) spare: Option<R>,
    /// Drop the error that nobody waits for.
    pub(crate) unheard: Option<E>,
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

impl<R, E> Default for Effects<R, E> {
    fn default() -> Self {
        Self {
            wake: None,
            create: 0,
            end: None,
            spare: None,
            unheard: None,
        }
    }
}

impl<R, K: Eq + Clone, E> Ledger<R, K, E> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            slots: Vec::new(),
            vacant: Vec::new(),
            idle: VecDeque::new(),
            leased: 0,
            creating: 0,
            destroying: 0,
            replacing: false,
            queue: Queue::default(),
            serial: 0,
            closed: false,
        }
    }

    /// Lends the idle resource that was last lent for `key`, else the least recently used, else queues the caller.
    pub(crate) fn admit(
        &mut self,
        key: &K,
        turn: Turn,
        now: Tick,
        taken_at: &'static Location<'static>,
    ) -> (Admission<R>, usize) {
        if self.closed {
            return (Admission::Closed, 0);
        }
        if let Some(lent) = self.lend_idle(key, now, taken_at) {
            return (Admission::Lent(lent), 0);
        }
        // Those for whom one is being made, or could be, do not crowd the queue.
        let served = self.creating + self.limits.max_size.saturating_sub(self.live());
        if turn == Turn::Last && self.queue.len() >= self.limits.max_waiters.saturating_add(served)
        {
            return (Admission::QueueFull, 0);
        }
        let ticket = match turn {
            Turn::Last => self.queue.join(key.clone(), taken_at),
            Turn::First => self.queue.join_first(key.clone(), taken_at),
        };
        (Admission::Queued(ticket), self.want(0))
    }

    fn lend_idle(
        &mut self,
        key: &K,
        now: Tick,
        taken_at: &'static Location<'static>,
    ) -> Option<Lent<R>> {
        let slots = &self.slots;
        let is_warm = |index: &usize| {
            let slot = slots[*index].as_ref();
            slot.is_some_and(|slot| slot.key.as_ref() == Some(key))
        };
        // The warmest of those that are warm for the key: the last one returned.
        let warm = self.idle.iter().rposition(is_warm);
        let index = match warm {
            Some(position) => self.idle.remove(position)?,
            None => {
                let index = *self.idle.front()?;
                let slot = self.slots[index].as_mut()?;
                slot.key = Some(key.clone());
                self.idle.pop_front()?
            }
        };
        let slot = self.slots[index].as_mut()?;
        self.leased += 1;
        slot.lend(index, now, taken_at)
    }

    /// What has been handed to a waiter, if anything; nothing and no place any more means that the pool was closed.
    ///
    /// The waker replaces the last one, which is returned to be dropped without the lock.
    pub(crate) fn poll(&mut self, ticket: Ticket, waker: Waker) -> Waiting<R, E> {
        if let Some(handed) = self.queue.collect(ticket) {
            return Waiting::Handed(handed, waker);
        }
        match self.queue.wait(ticket, waker) {
            Ok(old) => Waiting::Still(old),
            Err(waker) => Waiting::Closed(waker),
        }
    }

    /// Gives up a place in the queue; what was handed to it goes to the next.
    pub(crate) fn withdraw(&mut self, ticket: Ticket, now: Tick) -> Effects<R, E> {
        match self.queue.leave(ticket) {
            Some(Ok(lent)) => {
                self.leased -= 1;
                self.place(lent.id.index, lent.resource, now)
            }
            Some(Err(error)) => Effects {
                unheard: Some(error),
                ..Effects::default()
            },
            None => Effects::default(),
        }
    }

    /// A resource was made: lends it to the oldest waiter, else keeps it idle, else ends it.
    pub(crate) fn created(
        &mut self,
        resource: R,
        kill: Kill,
        expires: Tick,
        replacement: bool,
        now: Tick,
    ) -> (u64, Effects<R, E>) {
        self.creating -= 1;
        self.replacing &= !replacement;
        self.serial += 1;
        let slot = Slot {
            serial: self.serial,
            resource: None,
            kill,
            key: None,
            uses: 0,
            expires,
            since: now,
            taken_at: Location::caller(),
            overdue: false,
        };
        let index = match self.vacant.pop() {
            Some(index) => {
                self.slots[index] = Some(slot);
                index
            }
            None => {
                self.slots.push(Some(slot));
                self.slots.len() - 1
            }
        };
        (self.serial, self.place(index, resource, now))
    }

    /// A creation failed: the oldest waiter hears of it, and others get another try.
    pub(crate) fn create_failed(&mut self, error: E, replacement: bool) -> Effects<R, E> {
        self.creating -= 1;
        self.replacing &= !replacement;
        let (wake, unheard) = match self.queue.hand_error(error) {
            Ok(waker) => (waker, None),
            Err(error) => (None, Some(error)),
        };
        Effects {
            wake,
            unheard,
            create: self.want(0),
            ..Effects::default()
        }
    }

    /// A lease gives its resource back, after use.
    pub(crate) fn give_back(&mut self, id: SlotId, resource: R, now: Tick) -> Effects<R, E> {
        let retired = match self.leased_slot(id) {
            Some(slot) => {
                slot.uses = slot.uses.saturating_add(1);
                (slot.uses, now >= slot.expires)
            }
            // It was revoked, and has ended.
            None => {
                return Effects {
                    spare: Some(resource),
                    ..Effects::default()
                };
            }
        };
        self.leased -= 1;
        let cause = match retired {
            (uses, _) if self.limits.max_uses > 0 && uses >= self.limits.max_uses => Cause::Worn,
            (_, true) => Cause::Expired,
            _ => return self.place(id.index, resource, now),
        };
        // One at a time: the others go on serving until it is replaced.
        if self.replacing || self.closed || self.live() > self.limits.max_size {
            return self.place(id.index, resource, now);
        }
        self.replacing = true;
        self.end(id.index, Some(resource), cause)
    }

    /// A resource that was taken out without being used goes back to where it was.
    pub(crate) fn put_back(&mut self, id: SlotId, resource: R, now: Tick) -> Effects<R, E> {
        if self.leased_slot(id).is_none() {
            return Effects {
                spare: Some(resource),
                ..Effects::default()
            };
        }
        self.leased -= 1;
        self.place(id.index, resource, now)
    }

    /// A lease ends its resource.
    pub(crate) fn discard(&mut self, id: SlotId, resource: R, cause: Cause) -> Effects<R, E> {
        if self.leased_slot(id).is_none() {
            return Effects {
                spare: Some(resource),
                ..Effects::default()
            };
        }
        self.leased -= 1;
        self.end(id.index, Some(resource), cause)
    }

    /// Ends a resource on loan behind the back of its lease.
    pub(crate) fn revoke(&mut self, id: SlotId) -> Option<Ending<R>> {
        self.leased_slot(id)?;
        self.leased -= 1;
        self.end(id.index, None, Cause::Revoked).end
    }

    /// Takes a resource on loan out of the books: it is somebody else's now.
    pub(crate) fn detach(&mut self, id: SlotId) -> Option<(Kill, usize)> {
        self.leased_slot(id)?;
        self.leased -= 1;
        let slot = self.vacate(id.index)?;
        Some((slot.kill, self.want(0)))
    }

    pub(crate) fn is_leased(&self, id: SlotId) -> bool {
        let slot = self.slots.get(id.index).and_then(Option::as_ref);
        slot.is_some_and(|slot| slot.serial == id.serial)
    }

    /// A resource has ended: its capacity is free again. Returns how many creations to start, and whether the first of them
    /// replaces what has ended.
    pub(crate) fn freed(&mut self, cause: Cause) -> (usize, bool) {
        self.destroying -= 1;
        let create = self.want(0);
        let replacement = cause.is_retirement() && create > 0;
        if cause.is_retirement() && !replacement {
            self.replacing = false;
        }
        (create, replacement)
    }

    /// What has become due: idle resources to end, leases to tell of, resources to make ahead of demand.
    pub(crate) fn pulse(&mut self, now: Tick) -> Chores<R> {
        let mut end = Vec::new();
        while self.idle.len() > self.limits.min_idle
            && let Some(slot) = self
                .idle
                .front()
                .and_then(|index| self.slots[*index].as_ref())
            && now.saturating_sub(slot.since) >= self.limits.idle_timeout
        {
            end.extend(self.end_idle(0, Cause::Idle));
        }
        let slots = &self.slots;
        let is_expired = |index: &usize| {
            let slot = slots[*index].as_ref();
            slot.is_some_and(|slot| now >= slot.expires)
        };
        if !self.replacing
            && let Some(position) = self.idle.iter().position(is_expired)
        {
            self.replacing = true;
            end.extend(self.end_idle(position, Cause::Expired));
        }
        let overdue = self.overdue(now);
        Chores {
            end,
            create: self.want(self.limits.min_idle),
            overdue,
        }
    }

    /// The leases that have lasted too long and nobody was told of yet.
    fn overdue(&mut self, now: Tick) -> Vec<Overdue> {
        let max_lease = self.limits.max_lease;
        let leased = self.slots.iter_mut().enumerate();
        let overdue = leased.filter_map(|(index, slot)| {
            let slot = slot.as_mut().filter(|slot| slot.resource.is_none())?;
            let age = now.saturating_sub(slot.since);
            if slot.overdue || age < max_lease {
                return None;
            }
            slot.overdue = true;
            let serial = slot.serial;
            Some(Overdue {
                id: SlotId { index, serial },
                taken_at: slot.taken_at,
                age,
            })
        });
        overdue.collect()
    }

    /// The leases of this moment.
    pub(crate) fn leases(&self, now: Tick) -> Vec<LeaseInfo> {
        let leased = self.slots.iter().flatten();
        let leased = leased.filter(|slot| slot.resource.is_none());
        let leases = leased.map(|slot| LeaseInfo {
            id: slot.serial,
            taken_at: slot.taken_at,
            age: Duration::from_millis(now.saturating_sub(slot.since)),
        });
        leases.collect()
    }

    /// The slot of the resource of this number, if it is on loan.
    pub(crate) fn find_lease(&self, serial: u64) -> Option<SlotId> {
        let mut slots = self.slots.iter();
        let index = slots.position(|slot| {
            slot.as_ref()
                .is_some_and(|slot| slot.serial == serial && slot.resource.is_none())
        })?;
        Some(SlotId { index, serial })
    }

    /// The resources that are idle now, the least recently used first.
    pub(crate) fn idle(&self) -> Vec<SlotId> {
        let idle = self.idle.iter().filter_map(|&index| {
            let serial = self.slots[index].as_ref()?.serial;
            Some(SlotId { index, serial })
        });
        idle.collect()
    }

    /// Takes out a resource if it is still idle, for a look at it.
    pub(crate) fn take_idle(&mut self, id: SlotId, now: Tick) -> Option<Lent<R>> {
        let position = self.idle.iter().position(|index| *index == id.index)?;
        if !self.is_leased(id) {
            return None;
        }
        self.idle.remove(position)?;
        let slot = self.slots[id.index].as_mut()?;
        let since = slot.since;
        let lent = slot.lend(id.index, now, Location::caller());
        // It has not been used, and so is no younger.
        slot.since = since;
        self.leased += 1;
        lent
    }

    /// Makes the pool larger or smaller; what is idle beyond the maximum ends now, what is on loan when it comes back.
    pub(crate) fn resize(&mut self, max_size: usize) -> (Vec<Ending<R>>, usize) {
        self.limits.max_size = max_size;
        let mut end = Vec::new();
        while self.live() - self.destroying > max_size
            && let Some(ending) = self.end_idle(0, Cause::Excess)
        {
            end.push(ending);
        }
        (end, self.want(self.limits.min_idle))
    }

    /// Admits nobody any more. Waiters are to be woken; idle resources are to be ended.
    pub(crate) fn close(&mut self) -> (Vec<Ending<R>>, Vec<Waker>) {
        self.closed = true;
        let mut end = Vec::new();
        while let Some(ending) = self.end_idle(0, Cause::Closed) {
            end.push(ending);
        }
        (end, self.queue.close())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether the pool is closed and holds nothing any more.
    pub(crate) fn is_drained(&self) -> bool {
        self.closed && self.live() == 0
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            max_size: self.limits.max_size,
            creating: self.creating,
            idle: self.idle.len(),
            leased: self.leased,
            destroying: self.destroying,
            waiting: self.queue.len(),
        }
    }

    fn live(&self) -> usize {
        self.creating + self.idle.len() + self.leased + self.destroying
    }

    /// Takes slots for the creations that waiters, and `min_idle` beyond them, need.
    fn want(&mut self, min_idle: usize) -> usize {
        if self.closed {
            return 0;
        }
        let room = self.limits.max_size.saturating_sub(self.live());
        let needed = self.queue.len().saturating_add(min_idle);
        let create = needed
            .saturating_sub(self.idle.len() + self.creating)
            .min(room);
        self.creating += create;
        create
    }

    /// Where a resource goes that is in nobody's hands: to the oldest waiter, else among the idle ones, else out.
    fn place(&mut self, index: usize, resource: R, now: Tick) -> Effects<R, E> {
        if self.closed {
            return self.end(index, Some(resource), Cause::Closed);
        }
        // It is not counted at this moment.
        if self.live() - self.destroying >= self.limits.max_size {
            return self.end(index, Some(resource), Cause::Excess);
        }
        let Some(slot) = self.slots[index].as_mut() else {
            return Effects::default();
        };
        slot.resource = Some(resource);
        let Some(waiter) = self.queue.next() else {
            slot.since = now;
            self.idle.push_back(index);
            return Effects::default();
        };
        slot.key = Some(waiter.key);
        let lent = slot.lend(index, now, waiter.taken_at);
        self.leased += 1;
        if let Some(lent) = lent {
            self.queue.hand(waiter.ticket, Ok(lent));
        }
        Effects {
            wake: waiter.waker,
            ..Effects::default()
        }
    }

    /// Ends the idle resource at this position, if there is one.
    fn end_idle(&mut self, position: usize, cause: Cause) -> Option<Ending<R>> {
        let index = self.idle.remove(position)?;
        self.end(index, None, cause).end
    }

    /// Takes a resource that is in nobody's hands out of the books, to be ended.
    fn end(&mut self, index: usize, resource: Option<R>, cause: Cause) -> Effects<R, E> {
        let end = self.vacate(index).map(|slot| {
            self.destroying += 1;
            Ending {
                serial: slot.serial,
                resource: resource.or(slot.resource),
                kill: slot.kill,
                cause,
            }
        });
        Effects {
            end,
            ..Effects::default()
        }
    }

    fn vacate(&mut self, index: usize) -> Option<Slot<R, K>> {
        let slot = self.slots[index].take()?;
        self.vacant.push(index);
        Some(slot)
    }

    /// The slot of a lease; nothing if it was revoked or has come back.
    fn leased_slot(&mut self, id: SlotId) -> Option<&mut Slot<R, K>> {
        let slot = self.slots[id.index].as_mut()?;
        (slot.serial == id.serial && slot.resource.is_none()).then_some(slot)
    }
}

impl<R, K> Slot<R, K> {
    /// Takes the resource out for a lease.
    fn lend(
        &mut self,
        index: usize,
        now: Tick,
        taken_at: &'static Location<'static>,
    ) -> Option<Lent<R>> {
        let resource = self.resource.take()?;
        let rested = now.saturating_sub(self.since);
        self.since = now;
        self.taken_at = taken_at;
        self.overdue = false;
        let serial = self.serial;
        Some(Lent {
            id: SlotId { index, serial },
            resource,
            fresh: self.uses == 0,
            rested,
        })
    }
}

/// How a waiter fares.
#[derive(Debug)]
pub(crate) enum Waiting<R, E> {
    /// It got something; its waker is to be dropped without the lock.
    Handed(Result<Lent<R>, E>, Waker),
    /// It has to go on waiting; its last waker is to be dropped without the lock.
    Still(Option<Waker>),
    /// Nobody will hand it anything any more.
    Closed(Waker),
}
