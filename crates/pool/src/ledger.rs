//! The pool's bookkeeping: who waits, what is idle, how many are alive. No clock, no I/O, and of user code nothing but the
//! keys' own comparing and cloning.

use std::{collections::VecDeque, panic::Location, task::Waker, time::Duration};

use crate::{
    Cause, Drained, LeaseInfo, Status,
    loans::Loans,
    manager::Kill,
    queue::{Due, Left, Queue, Ticket},
    slot::{Ending, Lent, Loan, Rest, Slot, SlotId, Tick},
};

mod answer;

pub(crate) use answer::{Admission, Chores, Effect, Overdue, Waiting};

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
/// A resource is in one of four places, each of which holds what it needs there: idle, on loan, laid aside for a waiter, or
/// out of the books because it is ending. One that is being made is only counted.
///
/// Invariants:
/// - `creating + idle + leased + destroying <= max_size`, but for resources that live on after the maximum was lowered.
/// - A resource is idle only while nobody waits.
/// - At most one retired resource is being replaced.
pub(crate) struct Ledger<R, K, E> {
    limits: Limits,
    /// The least recently used in front.
    idle: VecDeque<Rest<R, K>>,
    loans: Loans<K>,
    queue: Queue<K, Rest<R, K>, E>,
    /// When to look whether a waiter has waited long enough.
    alarm: Due,
    creating: usize,
    destroying: usize,
    replacing: Replacing,
    /// Resources made so far.
    serial: u64,
    /// Times that a resource was made or came back.
    turns: u64,
    drained: Drained,
    closed: bool,
}

/// How far the replacement of a retired resource has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replacing {
    Nothing,
    /// The old one is ending.
    Ending,
    /// The new one is being made.
    Making,
}

impl<R, K: Eq + Clone, E> Ledger<R, K, E> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            idle: VecDeque::new(),
            loans: Loans::new(),
            queue: Queue::new(),
            alarm: Due::MAX,
            creating: 0,
            destroying: 0,
            replacing: Replacing::Nothing,
            serial: 0,
            turns: 0,
            drained: Drained::default(),
            closed: false,
        }
    }

    /// Lends the idle resource that was last lent for `key`, else the least recently used, else queues the caller: behind all
    /// others, or where it was before if what it was lent turned out to be no use.
    pub(crate) fn admit(
        &mut self,
        key: &K,
        ticket: Option<Ticket>,
        now: Tick,
        taken_at: &'static Location<'static>,
    ) -> (Admission<R>, usize) {
        if self.closed {
            return (Admission::Closed, 0);
        }
        if let Some(rest) = self.take_for(key) {
            let ticket = ticket.unwrap_or_else(|| self.queue.ticket());
            return (Admission::Lent(self.lend(rest, now, taken_at), ticket), 0);
        }
        // Those for whom one is being made, or could be, do not crowd the queue.
        let served = self.creating + self.limits.max_size.saturating_sub(self.live());
        if ticket.is_none() && self.queue.len() >= self.limits.max_waiters.saturating_add(served) {
            return (Admission::QueueFull, 0);
        }
        let ticket = ticket.unwrap_or_else(|| self.queue.ticket());
        self.queue.join(ticket, key.clone(), taken_at);
        (Admission::Queued(ticket), self.want(0))
    }

    /// Takes out the idle resource that is best for `key`. A panic of the key leaves everything as it was.
    fn take_for(&mut self, key: &K) -> Option<Rest<R, K>> {
        let is_warm = |rest: &mut Rest<R, K>| rest.slot.key.as_ref() == Some(key);
        if let Some(rest) = self.idle.pop_back_if(is_warm) {
            return Some(rest);
        }
        let mut idle = self.idle.iter();
        // The warmest of those that are warm for the key: the last one returned.
        let warm = idle.rposition(|rest| rest.slot.key.as_ref() == Some(key));
        // Whoever finds nothing has no need of a copy of the key.
        self.idle.front()?;
        let new_key = warm.is_none().then(|| key.clone());
        let mut rest = self.idle.remove(warm.unwrap_or(0))?;
        if new_key.is_some() {
            rest.slot.key = new_key;
        }
        Some(rest)
    }

    fn lend(
        &mut self,
        rest: Rest<R, K>,
        since: Tick,
        taken_at: &'static Location<'static>,
    ) -> Lent<R> {
        self.hand_out(rest, since, taken_at, false)
    }

    fn hand_out(
        &mut self,
        rest: Rest<R, K>,
        since: Tick,
        taken_at: &'static Location<'static>,
        look: bool,
    ) -> Lent<R> {
        let Rest { slot, resource } = rest;
        let unused = slot.uses == 0;
        let rested = since.saturating_sub(slot.since);
        let id = self.loans.insert(Loan {
            slot,
            since,
            taken_at,
            overdue: false,
            look,
        });
        Lent {
            id,
            resource,
            unused,
            fresh: false,
            rested,
        }
    }

    /// What has been handed to a waiter, if anything; nothing and no place any more means that the pool was closed.
    ///
    /// The waker replaces the last one, which is returned to be dropped without the lock.
    pub(crate) fn poll(&mut self, ticket: Ticket, waker: Waker, due: Due) -> Waiting<R, E> {
        match self.queue.collect(ticket) {
            Some(Ok(handed)) => {
                let mut rest = handed.what;
                rest.slot.key = Some(handed.key);
                let mut lent = self.lend(rest, handed.since, handed.taken_at);
                // Nobody else could have had it: it comes from the manager.
                lent.fresh = lent.unused;
                return Waiting::Handed(Ok(lent), waker);
            }
            Some(Err(error)) => return Waiting::Handed(Err(error), waker),
            None => {}
        }
        match self.queue.wait(ticket, waker, due) {
            Ok(old) if due < self.alarm => {
                self.alarm = due;
                Waiting::Alarm(old)
            }
            Ok(old) => Waiting::Still(old),
            Err(waker) => Waiting::Closed(waker),
        }
    }

    /// When somebody has to look whether a waiter has waited long enough.
    pub(crate) fn alarm(&self) -> Due {
        self.alarm
    }

    /// Tells those who have waited long enough, and returns whom to wake.
    pub(crate) fn expire(&mut self, now: Due, error: impl Fn() -> E) -> Vec<Waker> {
        let (wakers, next) = self.queue.expire(now, error);
        self.alarm = next;
        wakers
    }

    /// Gives up a place in the queue; what was handed to it goes to the next.
    pub(crate) fn withdraw(&mut self, ticket: Ticket, now: Tick) -> Effect<R, E> {
        match self.queue.leave(ticket) {
            Left::Handed(rest) => self.place(rest, now),
            Left::Failed(error) => Effect::Unheard(error),
            Left::Place(waker) => waker.map_or(Effect::Nothing, Effect::Forget),
            Left::Nothing => Effect::Nothing,
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
    ) -> (u64, Effect<R, E>) {
        self.creation_ended(replacement);
        self.serial += 1;
        self.turns += 1;
        self.drained.created += 1;
        let slot = Box::new(Slot {
            serial: self.serial,
            kill,
            key: None,
            uses: 0,
            expires,
            since: now,
            turn: self.turns,
        });
        (self.serial, self.place(Rest { slot, resource }, now))
    }

    /// A creation failed: the oldest waiter hears of it, and others get another try.
    pub(crate) fn create_failed(&mut self, error: E, replacement: bool) -> (Effect<R, E>, usize) {
        self.creation_ended(replacement);
        let effect = match self.queue.fail(error) {
            Ok(waker) => waker.map_or(Effect::Nothing, Effect::Wake),
            Err(error) => Effect::Unheard(error),
        };
        (effect, self.want(0))
    }

    fn creation_ended(&mut self, replacement: bool) {
        self.creating -= 1;
        if replacement {
            self.replacing = Replacing::Nothing;
        }
    }

    /// A lease gives its resource back, after use or, if it was only for a look, to where it was.
    pub(crate) fn give_back(&mut self, id: SlotId, resource: R, now: Tick) -> Effect<R, E> {
        let Some(loan) = self.loans.remove(id) else {
            return Effect::Spare(resource);
        };
        let mut slot = loan.slot;
        if loan.look {
            return self.place(Rest { slot, resource }, now);
        }
        self.turns += 1;
        slot.turn = self.turns;
        slot.since = now;
        slot.uses = slot.uses.saturating_add(1);
        self.drained.returned += u64::from(self.closed);
        match self.limits.retirement(&slot, now) {
            Some(cause) if self.may_retire() => {
                let ending = self.retire(Rest { slot, resource }, cause);
                Effect::End(ending)
            }
            _ => self.place(Rest { slot, resource }, now),
        }
    }

    /// A lease ends its resource.
    pub(crate) fn discard(&mut self, id: SlotId, resource: R, cause: Cause) -> Effect<R, E> {
        let Some(Loan { slot, look, .. }) = self.loans.remove(id) else {
            return Effect::Spare(resource);
        };
        self.drained.returned += u64::from(self.closed && !look);
        Effect::End(self.doom(Rest { slot, resource }, cause))
    }

    /// Ends a resource on loan behind the back of its lease.
    pub(crate) fn revoke(&mut self, id: SlotId) -> Option<Ending<R>> {
        let slot = self.loans.remove(id)?.slot;
        self.destroying += 1;
        Some(Ending {
            serial: slot.serial,
            resource: None,
            kill: slot.kill,
            cause: Cause::Revoked,
        })
    }

    /// Takes a resource on loan out of the books: it is somebody else's now.
    pub(crate) fn detach(&mut self, id: SlotId) -> Option<(Kill, usize)> {
        let slot = self.loans.remove(id)?.slot;
        self.drained.detached += 1;
        Some((slot.kill, self.want(self.limits.min_idle)))
    }

    pub(crate) fn is_leased(&self, id: SlotId) -> bool {
        self.loans.contains(id)
    }

    /// A resource has ended: its capacity is free again. Returns how many creations to start, and whether the first of them
    /// replaces what has ended.
    pub(crate) fn freed(&mut self, cause: Cause, killed: bool) -> (usize, bool) {
        self.destroying -= 1;
        match killed {
            true => self.drained.killed += 1,
            false => self.drained.destroyed += 1,
        }
        let retired = cause.is_retirement();
        if retired {
            self.replacing = Replacing::Nothing;
        }
        let create = self.want(self.limits.min_idle);
        let replacement = retired && create > 0;
        if replacement {
            self.replacing = Replacing::Making;
        }
        (create, replacement)
    }

    /// What has become due: idle resources to end, leases to tell of, resources to make ahead of demand.
    pub(crate) fn pulse(&mut self, now: Tick) -> Chores<R> {
        let limits = self.limits;
        let mut end = Vec::new();
        let is_stale =
            |rest: &mut Rest<R, K>| now.saturating_sub(rest.slot.since) >= limits.idle_timeout;
        while self.idle.len() > limits.min_idle
            && let Some(rest) = self.idle.pop_front_if(is_stale)
        {
            end.push(self.doom(rest, Cause::Idle));
        }
        let mut idle = self.idle.iter().enumerate();
        let due = idle.find_map(|(position, rest)| {
            let cause = limits.retirement(&rest.slot, now)?;
            Some((position, cause))
        });
        if self.may_retire()
            && let Some((position, cause)) = due
            && let Some(rest) = self.idle.remove(position)
        {
            end.push(self.retire(rest, cause));
        }
        let overdue = self.overdue(now);
        Chores {
            end,
            create: self.want(limits.min_idle),
            overdue,
        }
    }

    /// The leases that have lasted too long and nobody was told of yet.
    fn overdue(&mut self, now: Tick) -> Vec<Overdue> {
        let max_lease = self.limits.max_lease;
        let overdue = self.loans.iter_mut().filter_map(|(id, loan)| {
            let age = now.saturating_sub(loan.since);
            if loan.look || loan.overdue || age < max_lease {
                return None;
            }
            loan.overdue = true;
            let taken_at = loan.taken_at;
            Some(Overdue { id, taken_at, age })
        });
        overdue.collect()
    }

    /// The leases of this moment.
    pub(crate) fn leases(&self, now: Tick) -> Vec<LeaseInfo> {
        let leases = self.loans.iter().filter(|(_, loan)| !loan.look);
        let leases = leases.map(|(id, loan)| LeaseInfo {
            id: id.serial,
            taken_at: loan.taken_at,
            age: Duration::from_millis(now.saturating_sub(loan.since)),
        });
        leases.collect()
    }

    /// The lease of the resource of this number, if it has one.
    pub(crate) fn find_lease(&self, serial: u64) -> Option<SlotId> {
        let mut leases = self.loans.iter().filter(|(_, loan)| !loan.look);
        let (id, _) = leases.find(|(id, _)| id.serial == serial)?;
        Some(id)
    }

    /// The numbers of the resources that are idle now, the least recently used first.
    pub(crate) fn idle(&self) -> Vec<u64> {
        self.idle.iter().map(|rest| rest.slot.serial).collect()
    }

    /// Takes out a resource if it is still idle, for a look at it.
    pub(crate) fn take_idle(&mut self, serial: u64, now: Tick) -> Option<Lent<R>> {
        let mut idle = self.idle.iter();
        let position = idle.position(|rest| rest.slot.serial == serial)?;
        let rest = self.idle.remove(position)?;
        Some(self.hand_out(rest, now, Location::caller(), true))
    }

    /// Makes the pool larger or smaller; what is idle beyond the maximum ends now, what is on loan when it comes back.
    pub(crate) fn resize(&mut self, max_size: usize) -> (Vec<Ending<R>>, usize) {
        self.limits.max_size = max_size;
        let mut end = Vec::new();
        while self.made() > max_size
            && let Some(rest) = self.idle.pop_front()
        {
            end.push(self.doom(rest, Cause::Excess));
        }
        (end, self.want(self.limits.min_idle))
    }

    /// Admits nobody any more. Waiters are to be woken; what is in nobody's hands is to be ended.
    pub(crate) fn close(&mut self) -> (Vec<Ending<R>>, Vec<Waker>) {
        self.closed = true;
        let (wakers, handed) = self.queue.close();
        let rests: Vec<_> = self.idle.drain(..).chain(handed).collect();
        let end = rests.into_iter().map(|rest| self.doom(rest, Cause::Closed));
        (end.collect(), wakers)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// What became of all resources, once the pool is closed and holds nothing any more.
    pub(crate) fn drained(&self) -> Option<Drained> {
        (self.closed && self.live() == 0).then_some(self.drained)
    }

    /// Whether as many as are to be kept ready are made.
    pub(crate) fn is_warm(&self) -> bool {
        self.made() >= self.limits.min_idle.min(self.limits.max_size)
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            max_size: self.limits.max_size,
            creating: self.creating,
            idle: self.idle.len(),
            leased: self.leased(),
            destroying: self.destroying,
            waiting: self.queue.len(),
        }
    }

    fn leased(&self) -> usize {
        self.loans.len() + self.queue.handed()
    }

    fn made(&self) -> usize {
        self.idle.len() + self.leased()
    }

    fn live(&self) -> usize {
        self.creating + self.made() + self.destroying
    }

    /// Takes slots for the creations that waiters, and so many beyond them, need.
    fn want(&mut self, ahead: usize) -> usize {
        if self.closed {
            return 0;
        }
        // The slot that a retired resource will leave is promised to the one that takes its place.
        let promised = usize::from(self.replacing == Replacing::Ending);
        let needed = self
            .queue
            .len()
            .saturating_add(ahead.saturating_sub(promised));
        let room = self.limits.max_size.saturating_sub(self.live());
        let create = needed
            .saturating_sub(self.idle.len() + self.creating)
            .min(room);
        self.creating += create;
        create
    }

    /// Where a resource goes that is in nobody's hands, and not counted at this moment: to the oldest waiter, else among the
    /// idle ones, else out.
    fn place(&mut self, rest: Rest<R, K>, now: Tick) -> Effect<R, E> {
        if self.closed {
            return Effect::End(self.doom(rest, Cause::Closed));
        }
        // What is there goes before what is still being made.
        if self.made() >= self.limits.max_size {
            return Effect::End(self.doom(rest, Cause::Excess));
        }
        let rest = match self.queue.hand(rest, now) {
            Ok(waker) => return waker.map_or(Effect::Nothing, Effect::Wake),
            Err(rest) => rest,
        };
        // In the order of use: what was only looked at meanwhile is not the last.
        let idle = &mut self.idle;
        let found = idle.binary_search_by_key(&rest.slot.turn, |other| other.slot.turn);
        idle.insert(found.unwrap_or_else(|place| place), rest);
        Effect::Nothing
    }

    /// One at a time: the others go on serving until it is replaced. One beyond the maximum is not replaced.
    fn may_retire(&self) -> bool {
        self.replacing == Replacing::Nothing && !self.closed && self.live() <= self.limits.max_size
    }

    fn retire(&mut self, rest: Rest<R, K>, cause: Cause) -> Ending<R> {
        self.replacing = Replacing::Ending;
        self.doom(rest, cause)
    }

    /// Takes a resource that is in nobody's hands out of the books, to be ended.
    fn doom(&mut self, rest: Rest<R, K>, cause: Cause) -> Ending<R> {
        self.destroying += 1;
        Ending {
            serial: rest.slot.serial,
            resource: Some(rest.resource),
            kill: rest.slot.kill,
            cause,
        }
    }
}

impl Limits {
    /// Why a resource is to be replaced, if it is.
    fn retirement<K>(&self, slot: &Slot<K>, now: Tick) -> Option<Cause> {
        if self.max_uses > 0 && slot.uses >= self.max_uses {
            return Some(Cause::Worn);
        }
        (now >= slot.expires).then_some(Cause::Expired)
    }
}
