//! What handles, leases and tasks of one pool share: the ledger behind its lock, and the tasks that make and end resources.

use std::{
    future::Future,
    panic::Location,
    pin::{Pin, pin},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{runtime::Handle, sync::Notify, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    AcquireError, Cause, Config, Event, Manager,
    creation::Creation,
    doomed::{Doomed, Panicked, survive},
    ledger::{Admission, Effect, Ledger, Limits, Waiting},
    meter::Meter,
    queue::{Due, Ticket},
    slot::{Ending, Lent, SlotId, Tick},
    sync::{Mutex, MutexGuard},
};

pub(crate) type PoolLedger<M> =
    Ledger<<M as Manager>::Resource, <M as Manager>::Key, AcquireError<<M as Manager>::Error>>;
type PoolEffect<M> = Effect<<M as Manager>::Resource, AcquireError<<M as Manager>::Error>>;
type PoolHandoff<M> = Result<Lent<<M as Manager>::Resource>, AcquireError<<M as Manager>::Error>>;

pub(crate) struct Shared<M: Manager> {
    pub(crate) manager: M,
    pub(crate) config: Config,
    pub(crate) meter: Meter,
    ledger: Mutex<PoolLedger<M>>,
    /// Creations that failed since the last success.
    failures: AtomicU32,
    started: Instant,
    /// The time since the start as the last pulse saw it, so that a lease costs no look at the clock.
    now: AtomicU64,
    runtime: Handle,
    pub(crate) tasks: TaskTracker,
    /// Ends creations and the pulse once the pool closes.
    pub(crate) closing: CancellationToken,
    /// Tells that something was made or has ended.
    changed: Notify,
    /// Tells that the alarm was set to an earlier time.
    pub(crate) alarmed: Notify,
}

impl<M: Manager> Shared<M> {
    pub(crate) fn new(manager: M, config: Config) -> Self {
        let millis = |time: Option<Duration>| time.map_or(Tick::MAX, |time| ticks(time).max(1));
        let limits = Limits {
            max_size: config.max_size,
            min_idle: config.min_idle,
            max_waiters: config.max_waiters,
            max_uses: config.max_uses.unwrap_or(0),
            idle_timeout: millis(config.idle_timeout),
            max_lease: millis(config.max_lease),
        };
        Self {
            manager,
            meter: Meter::new(&config.name),
            config,
            ledger: Mutex::new(Ledger::new(limits)),
            failures: AtomicU32::new(0),
            started: Instant::now(),
            now: AtomicU64::new(0),
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            changed: Notify::new(),
            alarmed: Notify::new(),
        }
    }

    // Of user code only the comparing and cloning of keys runs under the lock, before anything is changed: a panic of it
    // leaves the ledger as it was, so that poison means nothing.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, PoolLedger<M>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time as the last pulse saw it.
    pub(crate) fn now(&self) -> Tick {
        self.now.load(Ordering::Relaxed)
    }

    /// When a time is, as waiters count it.
    pub(crate) fn due(&self, time: Instant) -> Due {
        let nanos = time.saturating_duration_since(self.started).as_nanos();
        Due::try_from(nanos).unwrap_or(Due::MAX)
    }

    /// The time of a waiter's due; nothing if that is never.
    pub(crate) fn time_of(&self, due: Due) -> Option<Instant> {
        (due != Due::MAX).then(|| self.started + Duration::from_nanos(due))
    }

    /// Looks at the clock.
    pub(crate) fn advance(&self) -> Tick {
        let now = ticks(self.started.elapsed());
        self.now.store(now, Ordering::Relaxed);
        now
    }

    /// When a resource that is made now has lived long enough.
    fn expiry(&self) -> Tick {
        let Some(lifetime) = self.config.max_lifetime else {
            return Tick::MAX;
        };
        let lifetime = ticks(lifetime);
        // Divided first, so that no lifetime is too long for it; what that cuts off is less than a tenth of a second.
        let most = lifetime / 100 * Tick::from(self.config.lifetime_jitter);
        let lifetime = lifetime - fastrand::u64(0..=most);
        self.advance().saturating_add(lifetime)
    }

    pub(crate) fn admit(
        self: &Arc<Self>,
        key: &M::Key,
        ticket: Option<Ticket>,
        taken_at: &'static Location<'static>,
    ) -> Admission<M::Resource> {
        let (admission, create) = self.ledger().admit(key, ticket, self.now(), taken_at);
        self.start_creations(create, false);
        admission
    }

    /// A resource was made.
    pub(crate) fn created(
        self: &Arc<Self>,
        created: crate::Created<M::Resource>,
        replacement: bool,
        took: Duration,
    ) {
        self.failures.store(0, Ordering::Relaxed);
        let (expires, now) = (self.expiry(), self.now());
        let (id, effects) =
            self.ledger()
                .created(created.resource, created.kill, expires, replacement, now);
        self.meter.created(took);
        self.tell(|| Event::Created { id, took });
        self.apply(effects);
        self.notify();
    }

    /// A try to make a resource failed: the delay before the next, or nothing if there is none.
    pub(crate) fn creation_failed(&self) -> Option<Duration> {
        let failures = self
            .failures
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        let retry = self.config.retry_creation.as_ref();
        let retry = retry.and_then(|retry| {
            let delay = survive(|| retry.delay(failures));
            delay.unwrap_or_else(|Panicked| {
                tracing::warn!("the delay of a retry panicked; the creation is given up");
                None
            })
        });
        self.meter.create_failed();
        self.tell(|| Event::CreateFailed { failures, retry });
        retry
    }

    /// A creation has been given up.
    pub(crate) fn give_up_creation(
        self: &Arc<Self>,
        error: AcquireError<M::Error>,
        replacement: bool,
    ) {
        let (effect, create) = self.ledger().create_failed(error, replacement);
        self.apply(effect);
        self.start_creations(create, false);
        self.notify();
    }

    /// A lease gives its resource back.
    pub(crate) fn give_back(self: &Arc<Self>, id: SlotId, resource: M::Resource) {
        let effects = self.ledger().give_back(id, resource, self.now());
        self.apply(effects);
    }

    /// A lease ends its resource.
    pub(crate) fn discard(self: &Arc<Self>, id: SlotId, resource: M::Resource, cause: Cause) {
        let effects = self.ledger().discard(id, resource, cause);
        self.apply(effects);
    }

    /// Takes a resource on loan out of the pool.
    pub(crate) fn detach(self: &Arc<Self>, id: SlotId) -> Option<crate::Kill> {
        let (kill, create) = self.ledger().detach(id)?;
        self.start_creations(create, false);
        self.notify();
        Some(kill)
    }

    /// Kills a resource on loan; whether there was one.
    pub(crate) fn revoke(self: &Arc<Self>, id: SlotId) -> bool {
        let ending = self.ledger().revoke(id);
        let revoked = ending.is_some();
        ending
            .into_iter()
            .for_each(|ending| self.start_ending(ending));
        revoked
    }

    /// Does what the ledger asked for; the lock is free.
    #[inline]
    pub(crate) fn apply(self: &Arc<Self>, effect: PoolEffect<M>) {
        match effect {
            Effect::Nothing => {}
            effect => self.do_apply(effect),
        }
    }

    // Apart, because most leases end without.
    #[inline(never)]
    fn do_apply(self: &Arc<Self>, effect: PoolEffect<M>) {
        match effect {
            Effect::Wake(waker) => wake_up(waker),
            Effect::End(ending) => self.start_ending(ending),
            // It was killed while its lease held it: all that is left to do is to drop it.
            Effect::Spare(dead) => crate::doomed::drop_quietly(dead),
            Effect::Forget(waker) => drop(waker),
            Effect::Nothing | Effect::Unheard(_) => {}
        }
    }

    /// Makes resources in tasks of the pool; the ledger has taken the slots for them.
    pub(crate) fn start_creations(self: &Arc<Self>, count: usize, first_replaces: bool) {
        for number in 0..count {
            // Built outside the task, so that a runtime which drops the task unpolled still ends the creation.
            let creation = Creation::new(Arc::clone(self), first_replaces && number == 0);
            self.tasks.spawn_on(creation.run(), &self.runtime);
        }
    }

    pub(crate) fn start_ending(self: &Arc<Self>, ending: Ending<M::Resource>) {
        let doomed = Doomed::new(Arc::clone(self), ending);
        self.tasks.spawn_on(doomed.destroy(), &self.runtime);
    }

    /// A resource has ended: frees its slot.
    pub(crate) fn ended(self: &Arc<Self>, id: u64, cause: Cause, killed: bool) {
        let (create, replacement) = self.ledger().freed(cause, killed);
        self.meter.ended(killed);
        self.tell(|| Event::Ended { id, cause, killed });
        self.start_creations(create, replacement);
        self.notify();
    }

    pub(crate) fn begin_close(self: &Arc<Self>) {
        let (end, wakers) = self.ledger().close();
        self.closing.cancel();
        end.into_iter().for_each(|ending| self.start_ending(ending));
        wakers.into_iter().for_each(wake_up);
        self.notify();
    }

    /// Tells those who wait for the pool to be as they want it that they should look.
    pub(crate) fn notify(&self) {
        self.changed.notify_waiters();
    }

    /// Waits until the pool is as somebody wants it, which is looked at after every `notify`.
    pub(crate) async fn wait_for<T>(&self, condition: impl Fn() -> Option<T>) -> T {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(met) = condition() {
                return met;
            }
            changed.await;
        }
    }

    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        let Some(observer) = &self.config.observer else {
            return;
        };
        // It is told half-way through a change, and perhaps while a panic unwinds.
        if survive(|| observer.tell(&event())).is_err() {
            tracing::warn!("an observer panicked");
        }
    }
}

fn ticks(time: Duration) -> Tick {
    Tick::try_from(time.as_millis()).unwrap_or(Tick::MAX)
}

/// Wakes a caller, whose executor may panic.
pub(crate) fn wake_up(waker: Waker) {
    if survive(|| waker.wake()).is_err() {
        tracing::warn!("waking a caller panicked");
    }
}

/// A place in the queue as a future, given up when it is dropped.
pub(crate) struct Place<'a, M: Manager> {
    shared: &'a Arc<Shared<M>>,
    ticket: Ticket,
    due: Due,
    /// Whether it was given up for what came of it.
    left: bool,
}

impl<'a, M: Manager> Place<'a, M> {
    pub(crate) fn new(shared: &'a Arc<Shared<M>>, ticket: Ticket, due: Due) -> Self {
        Self {
            shared,
            ticket,
            due,
            left: false,
        }
    }
}

impl<M: Manager> Future for Place<'_, M> {
    type Output = PoolHandoff<M>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = context.waker().clone();
        let waiting = self.shared.ledger().poll(self.ticket, waker, self.due);
        // Wakers are dropped here, where nothing is locked.
        let handed = match waiting {
            Waiting::Still(_old) => return Poll::Pending,
            Waiting::Alarm(_old) => {
                self.shared.alarmed.notify_one();
                return Poll::Pending;
            }
            Waiting::Handed(handed, _own) => handed,
            Waiting::Closed(_own) => Err(AcquireError::Closed),
        };
        self.left = true;
        Poll::Ready(handed)
    }
}

impl<M: Manager> Drop for Place<'_, M> {
    fn drop(&mut self) {
        if !self.left {
            let effects = self
                .shared
                .ledger()
                .withdraw(self.ticket, self.shared.now());
            self.shared.apply(effects);
        }
    }
}
