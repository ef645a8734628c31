//! A resource on loan.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex},
};

use crate::{Manager, manager::Kill, pool::Shared};

/// A resource with what must stay at its side.
pub(crate) struct Parts<M: Manager> {
    pub(crate) resource: M::Resource,
    /// Only ever taken out whole; the lock lets a lease be shared between threads when its resource may be.
    pub(crate) kill: Mutex<Kill>,
    /// What it was last lent for; nothing while it is new.
    pub(crate) key: Option<M::Key>,
}

/// A resource on loan. Dropping it gives it back to the pool, on any thread, inside or outside a runtime.
///
/// A lease that is dropped by a panic ends its resource instead: nobody knows what state it is in.
#[must_use = "dropping a lease gives the resource back at once"]
pub struct Lease<M: Manager> {
    shared: Arc<Shared<M>>,
    // Empty only in the moment between taking the parts out and the end of the lease.
    parts: Option<Parts<M>>,
    discard: bool,
}

impl<M: Manager> Lease<M> {
    pub(crate) fn new(shared: Arc<Shared<M>>, parts: Parts<M>) -> Self {
        Self {
            shared,
            parts: Some(parts),
            discard: false,
        }
    }

    pub(crate) fn into_parts(mut self) -> Option<Parts<M>> {
        self.parts.take()
    }

    pub(crate) fn parts_mut(&mut self) -> &mut Parts<M> {
        self.parts
            .as_mut()
            .expect("a lease holds its parts until it ends")
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
}

impl<M: Manager> Deref for Lease<M> {
    type Target = M::Resource;

    fn deref(&self) -> &M::Resource {
        &self
            .parts
            .as_ref()
            .expect("a lease holds its parts until it ends")
            .resource
    }
}

impl<M: Manager> DerefMut for Lease<M> {
    fn deref_mut(&mut self) -> &mut M::Resource {
        &mut self.parts_mut().resource
    }
}

impl<M: Manager> Drop for Lease<M> {
    fn drop(&mut self) {
        let Some(parts) = self.parts.take() else {
            return;
        };
        if self.discard || std::thread::panicking() {
            self.shared.doom(parts);
        } else {
            self.shared.release(parts);
        }
    }
}

impl<M: Manager<Resource: fmt::Debug>> fmt::Debug for Lease<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&**self).finish()
    }
}
