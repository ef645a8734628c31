//! What a pool must know of the resources it lends.

use std::{error::Error, fmt, future::Future};

/// Ends a resource at once, without the resource itself in hand.
///
/// It runs where a task of the pool does, or in the thread that drops a lease when the runtime is gone, so it must not wait for long.
/// What it acts on may be gone already, by the resource's own drop for instance: let it hold what cannot be taken for another, such as
/// a shared handle, a path, a pidfd or a process group, rather than a bare process id.
pub type Kill = Box<dyn FnOnce() + Send + 'static>;

/// A new resource, and how to end it when it cannot be ended well.
pub struct Created<R> {
    /// The resource.
    pub resource: R,
    /// Called when destroying the resource hangs, panics or has no runtime to run in, or when its lease is revoked.
    pub kill: Kill,
}

impl<R> Created<R> {
    /// A resource that its own drop ends well enough.
    pub fn new(resource: R) -> Self {
        Self::with_kill(resource, || ())
    }

    /// A resource that `kill` ends.
    ///
    /// The kill runs after the resource itself was dropped; if its lease is revoked, perhaps while the lease still holds it.
    pub fn with_kill(resource: R, kill: impl FnOnce() + Send + 'static) -> Self {
        Self {
            resource,
            kill: Box::new(kill),
        }
    }
}

impl<R: fmt::Debug> fmt::Debug for Created<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Created")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

/// Makes, checks, prepares and ends the resources of a [`Pool`](crate::Pool).
///
/// A panic in any of them is caught: it is a failure of that one step.
pub trait Manager: Send + Sync + 'static {
    /// What is lent.
    type Resource: Send + 'static;
    /// What a resource can be warm for. A lease for a key prefers a resource last used for it. `()` where
    /// all leases are alike.
    ///
    /// Keys are compared, cloned and dropped under the pool's lock, and must not come back to the pool there.
    type Key: Clone + Eq + Send + Sync + 'static;
    /// Why making, checking or preparing a resource failed.
    type Error: Error + Send + Sync + 'static;

    /// Makes a resource.
    ///
    /// # Cancel safety
    /// Runs in a task of the pool, bounded by the create timeout. When that passes, or the pool closes, or the
    /// runtime ends, the future is dropped and must leave nothing behind.
    fn create(&self) -> impl Future<Output = Result<Created<Self::Resource>, Self::Error>> + Send;

    /// Tells whether a resource that was idle for long still works. An error ends the resource.
    ///
    /// Asked before a lease where [`Config::check_after`](crate::Config::check_after) says so, and in the background where
    /// [`Config::check_interval`](crate::Config::check_interval) does.
    ///
    /// # Cancel safety
    /// Bounded by the check timeout. Before a lease it runs in the caller's future; when that is dropped half-way, the
    /// resource is ended.
    fn check(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = resource;
        async { Ok(()) }
    }

    /// Prepares a resource for a lease under `key`, before every lease, the first included. An error ends the resource; where
    /// it was made for the caller who waits for it, that is told as [`AcquireError::Create`](crate::AcquireError::Create), and where it was
    /// not, the caller gets another.
    ///
    /// # Cancel safety
    /// Runs in the caller's future, bounded by the recycle timeout. When it is dropped half-way, the resource is ended.
    fn recycle(
        &self,
        resource: &mut Self::Resource,
        key: &Self::Key,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = (resource, key);
        async { Ok(()) }
    }

    /// Ends a resource well.
    ///
    /// # Cancel safety
    /// Runs in a task of the pool, bounded by the destroy timeout. When that passes, or the runtime ends, or
    /// it panics, the future is dropped with the resource in it and the resource's kill is called.
    fn destroy(&self, resource: Self::Resource) -> impl Future<Output = ()> + Send {
        async move { drop(resource) }
    }
}
