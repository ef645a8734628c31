//! A resource on loan.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use crate::{Cause, Created, Manager, shared::Shared, slot::SlotId};

/// A resource on loan. Dropping it gives it back to the pool, on any thread, inside or outside a runtime.
///
/// A lease that is dropped by a panic ends its resource instead: nobody knows what state it is in.
///
/// It borrows the pool. [`Pool::acquire_owned_for`](crate::Pool::acquire_owned_for) lends an [`OwnedLease`], which does not.
#[must_use = "dropping a lease gives the resource back at once"]
pub struct Lease<'a, M: Manager> {
    shared: Handle<'a, M>,
    id: SlotId,
    // Empty only in the moment between taking the resource out and the end of the lease.
    resource: Option<M::Resource>,
    discard: bool,
}

/// A lease that may outlive the borrow of its pool.
pub type OwnedLease<M> = Lease<'static, M>;

/// The way back to the pool.
pub(crate) enum Handle<'a, M: Manager> {
    Borrowed(&'a Arc<Shared<M>>),
    Owned(Arc<Shared<M>>),
}

impl<M: Manager> Clone for Handle<'_, M> {
    fn clone(&self) -> Self {
        match self {
            Self::Borrowed(shared) => Self::Borrowed(shared),
            Self::Owned(shared) => Self::Owned(Arc::clone(shared)),
        }
    }
}

impl<M: Manager> Deref for Handle<'_, M> {
    type Target = Arc<Shared<M>>;

    fn deref(&self) -> &Arc<Shared<M>> {
        match self {
            Self::Borrowed(shared) => shared,
            Self::Owned(shared) => shared,
        }
    }
}

impl<'a, M: Manager> Lease<'a, M> {
    pub(crate) fn new(shared: Handle<'a, M>, id: SlotId, resource: M::Resource) -> Self {
        Self {
            shared,
            id,
            resource: Some(resource),
            discard: false,
        }
    }

    /// Takes out what is idle now, one after the other, each for a look that is no use of it.
    pub(crate) fn looks(shared: &'a Arc<Shared<M>>) -> impl Iterator<Item = Self> {
        let idle = shared.ledger().idle();
        idle.into_iter().filter_map(|id| {
            // Somebody may have come for it meanwhile.
            let lent = shared.ledger().take_idle(id, shared.now())?;
            Some(Self::new(Handle::Borrowed(shared), lent.id, lent.resource))
        })
    }

    /// The number of the resource in its pool, which no other has.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id.serial
    }

    /// Decides what dropping the lease does: end the resource, or, as at first, give it back.
    ///
    /// For work that may be cut short at any moment: set it before, and take it back once all went well.
    pub fn set_discard(&mut self, discard: bool) {
        self.discard = discard;
    }

    /// Ends the resource instead of giving it back; its slot is free once it has ended.
    pub fn discard(mut self) {
        self.discard = true;
    }

    /// Whether the resource was revoked while this lease held it: what is here is dead, or will be in a moment.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        !self.shared.ledger().is_leased(self.id)
    }

    /// Takes the resource out of the pool, which may make another in its place. The caller ends it, by its own means or by its
    /// kill.
    ///
    /// Nothing if the lease was revoked: the resource is dead then, and is dropped.
    #[must_use = "what was detached is ended by nobody else"]
    pub fn detach(mut self) -> Option<Created<M::Resource>> {
        let kill = self.shared.detach(self.id)?;
        let resource = self.resource.take()?;
        Some(Created { resource, kill })
    }

    /// Ends the resource for this reason.
    pub(crate) fn end(mut self, cause: Cause) {
        if let Some(resource) = self.resource.take() {
            self.shared.discard(self.id, resource, cause);
        }
    }
}

impl<M: Manager> Deref for Lease<'_, M> {
    type Target = M::Resource;

    fn deref(&self) -> &M::Resource {
        self.resource
            .as_ref()
            .expect("a lease holds its resource until it ends")
    }
}

impl<M: Manager> DerefMut for Lease<'_, M> {
    fn deref_mut(&mut self) -> &mut M::Resource {
        self.resource
            .as_mut()
            .expect("a lease holds its resource until it ends")
    }
}

impl<M: Manager> Drop for Lease<'_, M> {
    fn drop(&mut self) {
        let Some(resource) = self.resource.take() else {
            return;
        };
        if self.discard || std::thread::panicking() {
            self.shared.discard(self.id, resource, Cause::Discarded);
        } else {
            self.shared.give_back(self.id, resource);
        }
    }
}

impl<M: Manager<Resource: fmt::Debug>> fmt::Debug for Lease<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&**self).finish()
    }
}
