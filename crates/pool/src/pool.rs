//! The pool: the ledger behind a lock, and the tasks that make and end resources.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    runtime::Handle,
    sync::{Notify, oneshot},
    time::{Instant, timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    AcquireError, Config, Created, Drained, InvalidConfig, Lease, Manager, Status,
    doomed::{Doomed, Panicked, catch},
    lease::Parts,
    ledger::{Admission, Destination, Ledger},
};

type Handoff<M> = Result<Lease<M>, AcquireError<<M as Manager>::Error>>;
type PoolLedger<M> = Ledger<Parts<M>, <M as Manager>::Key, oneshot::Sender<Handoff<M>>>;

/// Lends resources. Cloning gives another handle to the same pool; when the last handle is gone the pool
/// closes by itself.
pub struct Pool<M: Manager> {
    handle: Arc<OpenHandle<M>>,
}

impl<M: Manager> Clone for Pool<M> {
    fn clone(&self) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
        }
    }
}

impl<M: Manager> fmt::Debug for Pool<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl<M: Manager> Pool<M> {
    /// An empty pool; resources are made as callers ask for them.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the first setting out of bounds.
    ///
    /// # Panics
    /// Outside a tokio runtime with its time driver enabled: the pool makes and ends resources in that runtime.
    pub fn new(manager: M, config: Config) -> Result<Self, InvalidConfig> {
        config.validate()?;
        let shared = Shared {
            ledger: Mutex::new(Ledger::new(config.max_size, config.max_waiters)),
            ends: Mutex::new(Drained::default()),
            manager,
            config,
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            drained: Notify::new(),
        };
        Ok(Self {
            handle: Arc::new(OpenHandle(Arc::new(shared))),
        })
    }

    /// Borrows a resource for `key`: one last used for it, else the least recently used idle one, else a new
    /// one when the pool is below its maximum, else the next one that comes free.
    ///
    /// Waiters are served first come, first served, whatever their keys.
    ///
    /// # Errors
    /// [`AcquireError::Closed`] once [`close`](Self::close) has begun, [`AcquireError::QueueFull`] and
    /// [`AcquireError::Timeout`] when all resources are busy, the rest when making one failed.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the place in the queue. A resource already being made for it is finished
    /// and goes to the next waiter; one already being prepared for it is ended.
    pub async fn acquire(&self, key: &M::Key) -> Result<Lease<M>, AcquireError<M::Error>> {
        let shared = &self.handle.0;
        let mut deadline = None;
        let mut front = false;
        loop {
            let mut lease = self.next(key, front, &mut deadline).await?;
            let fresh = lease.parts_mut().key.is_none();
            // Half-prepared resources are not lent to anybody: until it is ready, dropping it ends it.
            lease.set_discard(true);
            let limit = shared.config.recycle_timeout;
            let recycle = catch(async {
                shared
                    .manager
                    .recycle(&mut lease.parts_mut().resource, key)
                    .await
            });
            let failure = match timeout(limit, recycle).await {
                Ok(Ok(Ok(()))) => {
                    lease.parts_mut().key = Some(key.clone());
                    lease.set_discard(false);
                    return Ok(lease);
                }
                Ok(Ok(Err(error))) => AcquireError::Create(error),
                Ok(Err(Panicked)) => AcquireError::CreatePanicked,
                Err(_elapsed) => AcquireError::CreateTimeout { limit },
            };
            if fresh {
                // A new resource that cannot be used is a failed creation; trying again would loop for ever.
                return Err(failure);
            }
            tracing::debug!("a reused resource could not be prepared; replacing it");
            // The clock is read only from here on: a caller who is served at once does not pay for it.
            let (now, waited) = (Instant::now(), shared.config.acquire_timeout);
            if now >= *deadline.get_or_insert(now + waited) {
                return Err(AcquireError::Timeout { waited });
            }
            front = true;
        }
    }

    /// The next resource for this caller, unprepared.
    async fn next(&self, key: &M::Key, front: bool, deadline: &mut Option<Instant>) -> Handoff<M> {
        let shared = &self.handle.0;
        let mut receiver = None;
        let admission = shared.ledger().admit(key, front, || {
            let (sender, receive) = oneshot::channel();
            receiver = Some(receive);
            sender
        });
        let (ticket, create) = match admission {
            Admission::Reuse(parts) => return Ok(Lease::new(Arc::clone(shared), parts)),
            Admission::Queued { ticket, create } => (ticket, create),
            Admission::QueueFull => {
                return Err(AcquireError::QueueFull {
                    limit: shared.config.max_waiters,
                });
            }
            Admission::Closed => return Err(AcquireError::Closed),
        };
        let Some(receiver) = receiver else {
            return Err(AcquireError::Closed);
        };
        let _place = Place { shared, ticket };
        if create {
            shared.start_creation();
        }
        let waited = shared.config.acquire_timeout;
        let deadline = *deadline.get_or_insert_with(|| Instant::now() + waited);
        match timeout_at(deadline, receiver).await {
            Ok(Ok(handoff)) => handoff,
            Ok(Err(_closed)) => Err(AcquireError::Closed),
            Err(_elapsed) => Err(AcquireError::Timeout { waited }),
        }
    }

    /// What the pool holds at this moment.
    #[must_use]
    pub fn status(&self) -> Status {
        self.handle.0.ledger().status()
    }

    /// What the pool lends is made by this.
    #[must_use]
    pub fn manager(&self) -> &M {
        &self.handle.0.manager
    }

    /// Ends the pool: no more leases, waiters get [`AcquireError::Closed`], creations under way are given up, idle
    /// resources are ended now and leased ones when they come back. Returns when the last resource has ended and no task is left.
    ///
    /// # Cancel safety
    /// The pool stays closed when the future is dropped, and goes on ending its resources. Calling it again
    /// waits for the rest.
    pub async fn close(&self) -> Drained {
        let shared = &self.handle.0;
        shared.begin_close();
        loop {
            let mut drained = std::pin::pin!(shared.drained.notified());
            drained.as_mut().enable();
            if shared.ledger().is_drained() {
                break;
            }
            drained.await;
        }
        shared.tasks.close();
        shared.tasks.wait().await;
        *shared.ends()
    }
}

/// Closes the pool when the last handle to it is dropped.
struct OpenHandle<M: Manager>(Arc<Shared<M>>);

impl<M: Manager> Drop for OpenHandle<M> {
    fn drop(&mut self) {
        self.0.begin_close();
    }
}

/// A place in the queue, given up when its owner leaves.
struct Place<'a, M: Manager> {
    shared: &'a Shared<M>,
    ticket: u64,
}

impl<M: Manager> Drop for Place<'_, M> {
    fn drop(&mut self) {
        self.shared.ledger().withdraw(self.ticket);
    }
}

/// What handles, leases and tasks of one pool share.
pub(crate) struct Shared<M: Manager> {
    pub(crate) manager: M,
    pub(crate) config: Config,
    ledger: Mutex<PoolLedger<M>>,
    ends: Mutex<Drained>,
    runtime: Handle,
    tasks: TaskTracker,
    /// Ends the creations under way once the pool closes.
    closing: CancellationToken,
    drained: Notify,
}

impl<M: Manager> Shared<M> {
    // Of user code only the comparison of keys runs under a lock, before anything is changed: a panic of it leaves
    // the ledger as it was, so that poison means nothing.
    fn ledger(&self) -> MutexGuard<'_, PoolLedger<M>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends(&self) -> MutexGuard<'_, Drained> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a resource in a task of the pool; the ledger has taken the slot for it.
    fn start_creation(self: &Arc<Self>) {
        // Built outside the task, so that a runtime which drops the task unpolled still ends the creation.
        let creation = Creation {
            shared: Arc::clone(self),
            settled: false,
        };
        self.tasks.spawn_on(creation.run(), &self.runtime);
    }

    /// Gives a resource to the oldest waiter who still waits, else keeps it idle, else, closed, ends it.
    pub(crate) fn release(self: &Arc<Self>, parts: Parts<M>) {
        let key = parts.key.clone();
        let destination = self.ledger().place(key, parts);
        self.deliver(destination);
    }

    fn deliver(
        self: &Arc<Self>,
        mut destination: Destination<Parts<M>, oneshot::Sender<Handoff<M>>>,
    ) {
        loop {
            match destination {
                Destination::Idle => return,
                Destination::Doom(doomed) => return self.start_destroy(doomed),
                Destination::Waiter(waiter, offered) => {
                    let Err(refused) = waiter.send(Ok(Lease::new(Arc::clone(self), offered)))
                    else {
                        return;
                    };
                    // The waiter left at this moment: the next one gets it.
                    let Some(parts) = refused.ok().and_then(Lease::into_parts) else {
                        return;
                    };
                    let key = parts.key.clone();
                    destination = self.ledger().place(key, parts);
                }
            }
        }
    }

    /// Ends a leased resource.
    pub(crate) fn doom(self: &Arc<Self>, parts: Parts<M>) {
        self.ledger().doomed();
        self.start_destroy(parts);
    }

    fn start_destroy(self: &Arc<Self>, parts: Parts<M>) {
        let kill = parts
            .kill
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let doomed = Doomed::new(Arc::clone(self), parts.resource, kill);
        self.tasks.spawn_on(doomed.destroy(), &self.runtime);
    }

    /// A resource has ended: frees its slot.
    pub(crate) fn ended(self: &Arc<Self>, killed: bool) {
        {
            let mut ends = self.ends();
            if killed {
                ends.killed += 1;
            } else {
                ends.destroyed += 1;
            }
        }
        self.free_slot();
    }

    fn free_slot(self: &Arc<Self>) {
        let (create, drained) = {
            let mut ledger = self.ledger();
            (ledger.freed(), ledger.is_drained())
        };
        if create {
            self.start_creation();
        }
        if drained {
            self.drained.notify_waiters();
        }
    }

    fn begin_close(self: &Arc<Self>) {
        // The waiters' senders are dropped after the lock: their owners then see a closed channel.
        let (idle, _waiters) = self.ledger().close();
        self.closing.cancel();
        for parts in idle {
            self.start_destroy(parts);
        }
    }
}

/// One creation under way. However it ends, its slot is used or freed and one waiter hears of a failure.
struct Creation<M: Manager> {
    shared: Arc<Shared<M>>,
    settled: bool,
}

impl<M: Manager> Creation<M> {
    async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let limit = shared.config.create_timeout;
        let create = timeout(limit, catch(async { shared.manager.create().await }));
        let Some(created) = shared.closing.run_until_cancelled(create).await else {
            return self.fail(AcquireError::Closed);
        };
        match created {
            Ok(Ok(Ok(Created { resource, kill }))) => {
                self.settled = true;
                shared.ends().created += 1;
                let destination = shared.ledger().created(Parts {
                    resource,
                    kill: Mutex::new(kill),
                    key: None,
                });
                shared.deliver(destination);
            }
            Ok(Ok(Err(error))) => self.fail(AcquireError::Create(error)),
            Ok(Err(Panicked)) => self.fail(AcquireError::CreatePanicked),
            Err(_elapsed) => self.fail(AcquireError::CreateTimeout { limit }),
        }
    }

    fn fail(&mut self, error: AcquireError<M::Error>) {
        self.settled = true;
        let waiter = self.shared.ledger().create_failed();
        if let Some(waiter) = waiter {
            // A waiter who left at this moment does not miss the error.
            let _ = waiter.send(Err(error));
        }
        self.shared.free_slot();
    }
}

impl<M: Manager> Drop for Creation<M> {
    fn drop(&mut self) {
        if !self.settled {
            // The runtime ended under the task: nothing will be made any more.
            self.fail(AcquireError::Closed);
        }
    }
}

#[cfg(test)]
mod tests;
