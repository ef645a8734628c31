//! The pool.

use std::{fmt, future::Future, panic::Location, sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use crate::{
    AcquireError, Cause, Config, Drained, InvalidConfig, Lease, LeaseInfo, Manager, OwnedLease,
    Status, acquire::acquire, alarm::Alarm, lease::Handle, pulse, shared::Shared,
};

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
            .field("name", &self.shared().config.name)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl<M: Manager> Pool<M> {
    /// A pool that is empty but for the [`min_idle`](Config::min_idle) resources, which it begins to make; the others are made
    /// as callers ask for them.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the first setting out of bounds.
    ///
    /// # Panics
    /// Outside a tokio runtime with its time driver enabled: the pool makes and ends resources in that runtime, and is closed
    /// when that ends.
    pub fn new(manager: M, config: Config) -> Result<Self, InvalidConfig> {
        config.validate()?;
        // Panics where there is no timer, instead of in a task where nobody would see it.
        drop(sleep(Duration::ZERO));
        let pulse = config.pulse();
        let shared = Arc::new(Shared::new(manager, config));
        shared.tasks.spawn(Alarm::new(Arc::clone(&shared)).run());
        if let Some(period) = pulse {
            shared.tasks.spawn(pulse::beat(Arc::clone(&shared), period));
        }
        if let Some(interval) = shared.config.check_interval {
            shared
                .tasks
                .spawn(pulse::check(Arc::clone(&shared), interval));
        }
        Ok(Self {
            handle: Arc::new(OpenHandle(shared)),
        })
    }

    /// Borrows a resource for `key`: the one last used for it, else the least recently used idle one, else a new
    /// one when the pool is below its maximum, else the next one that comes free.
    ///
    /// Waiters are served first come, first served, whatever their keys.
    ///
    /// # Errors
    /// [`AcquireError::Closed`] once [`close`](Self::close) has begun, [`AcquireError::QueueFull`] and
    /// [`AcquireError::Timeout`] when all resources are busy, the rest when making one failed, or preparing it for its first lease.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the place in the queue. A resource already being made for it is finished
    /// and goes to the next waiter; one already being prepared for it is ended.
    #[track_caller]
    pub fn acquire_for<'a>(
        &'a self,
        key: &'a M::Key,
    ) -> impl Future<Output = Result<Lease<'a, M>, AcquireError<M::Error>>> + Send + use<'a, M>
    {
        acquire(Handle::Borrowed(self.shared()), key, Location::caller())
    }

    /// As [`acquire_for`](Self::acquire_for), for a lease that outlives this borrow of the pool.
    ///
    /// # Errors
    /// As for [`acquire_for`](Self::acquire_for).
    ///
    /// # Cancel safety
    /// As for [`acquire_for`](Self::acquire_for).
    #[track_caller]
    pub fn acquire_owned_for<'a>(
        &'a self,
        key: &'a M::Key,
    ) -> impl Future<Output = Result<OwnedLease<M>, AcquireError<M::Error>>> + Send + use<'a, M>
    {
        let handle = Handle::Owned(Arc::clone(self.shared()));
        acquire(handle, key, Location::caller())
    }

    /// Waits until [`min_idle`](Config::min_idle) resources are made, or as many as the pool may hold, or the pool is closed. Failures are tried again every
    /// second or sooner, so bound the wait by a timeout.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn warm_up(&self) {
        let shared = self.shared();
        let is_warm = || {
            let ledger = shared.ledger();
            (ledger.is_closed() || ledger.is_warm()).then_some(())
        };
        shared.wait_for(is_warm).await;
    }

    /// What the pool holds at this moment.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared().ledger().status()
    }

    /// The leases of this moment, in no order: what is on loan, where each was asked for, and, if a setting of the pool such as
    /// [`max_lease`](Config::max_lease) needs the time, for how long.
    #[must_use]
    pub fn leases(&self) -> Vec<LeaseInfo> {
        let shared = self.shared();
        shared.ledger().leases(shared.now())
    }

    /// Takes the resource of this number from its lease, if it is on loan, and has it killed; whether it was.
    ///
    /// The kill runs in a task of the pool, soon after; the slot is free when it has returned. The lease keeps the dead value until
    /// it is dropped, and knows by [`Lease::is_revoked`]. Meant for a lease that has been forgotten; a resource whose kill does
    /// not end it lives on.
    pub fn revoke(&self, id: u64) -> bool {
        let shared = self.shared();
        let leased = shared.ledger().find_lease(id);
        leased.is_some_and(|id| shared.revoke(id))
    }

    /// Makes the pool larger or smaller. What is idle beyond the new maximum ends now, what is on loan when it comes back. A
    /// [`min_idle`](Config::min_idle) above the maximum counts as the maximum.
    ///
    /// # Panics
    /// If `max_size` is 0: close the pool instead.
    #[track_caller]
    pub fn resize(&self, max_size: usize) {
        assert!(
            max_size > 0,
            "a pool of at most 0 resources lends nothing; close it instead"
        );
        let shared = self.shared();
        let (end, create) = shared.ledger().resize(max_size);
        end.into_iter()
            .for_each(|ending| shared.start_ending(ending));
        shared.start_creations(create, false);
        shared.notify();
    }

    /// Looks at every idle resource, one at a time, and ends those of which `keep` says no.
    ///
    /// A resource that `keep` panics at is ended, and the panic goes on to the caller; the pool is none the worse.
    pub fn retain(&self, mut keep: impl FnMut(&mut M::Resource) -> bool) {
        let shared = self.shared();
        for mut lease in Lease::looks(shared) {
            if !keep(&mut lease) {
                lease.end(Cause::NotRetained);
            }
        }
    }

    /// What the pool lends is made by this.
    #[must_use]
    pub fn manager(&self) -> &M {
        &self.shared().manager
    }

    /// Ends the pool: no more leases, waiters get [`AcquireError::Closed`], creations under way are given up, idle
    /// resources are ended now and leased ones when they come back. Returns when the last resource has ended and no task is left:
    /// not before a lease is dropped that the caller itself still holds. [`close_within`](Self::close_within) waits only so long.
    ///
    /// # Cancel safety
    /// The pool stays closed when the future is dropped, and goes on ending its resources. Calling it again
    /// waits for the rest.
    pub async fn close(&self) -> Drained {
        let shared = self.shared();
        shared.begin_close();
        let drained = shared.wait_for(|| shared.ledger().drained()).await;
        shared.tasks.close();
        shared.tasks.wait().await;
        drained
    }

    /// As [`close`](Self::close), but leases that have not come back after `patience` are revoked.
    ///
    /// # Cancel safety
    /// As for [`close`](Self::close).
    pub async fn close_within(&self, patience: Duration) -> Drained {
        if let Ok(drained) = timeout(patience, self.close()).await {
            return drained;
        }
        for lease in self.leases() {
            tracing::warn!(pool = %self.shared().config.name, id = lease.id, taken_at = %lease.taken_at, "a lease is revoked: the pool is closed");
            self.revoke(lease.id);
        }
        self.close().await
    }

    fn shared(&self) -> &Arc<Shared<M>> {
        &self.handle.0
    }
}

impl<M: Manager<Key = ()>> Pool<M> {
    /// Borrows a resource, as [`acquire_for`](Self::acquire_for) does, where all leases are alike.
    ///
    /// # Errors
    /// As for [`acquire_for`](Self::acquire_for).
    ///
    /// # Cancel safety
    /// As for [`acquire_for`](Self::acquire_for).
    #[track_caller]
    pub fn acquire(
        &self,
    ) -> impl Future<Output = Result<Lease<'_, M>, AcquireError<M::Error>>> + Send + use<'_, M>
    {
        self.acquire_for(&())
    }

    /// As [`acquire`](Self::acquire), for a lease that outlives this borrow of the pool.
    ///
    /// # Errors
    /// As for [`acquire_for`](Self::acquire_for).
    ///
    /// # Cancel safety
    /// As for [`acquire_for`](Self::acquire_for).
    #[track_caller]
    pub fn acquire_owned(
        &self,
    ) -> impl Future<Output = Result<OwnedLease<M>, AcquireError<M::Error>>> + Send + use<'_, M>
    {
        self.acquire_owned_for(&())
    }
}

/// Closes the pool when the last handle to it is dropped.
struct OpenHandle<M: Manager>(Arc<Shared<M>>);

impl<M: Manager> Drop for OpenHandle<M> {
    fn drop(&mut self) {
        self.0.begin_close();
    }
}
