//! A page on loan.

use std::{fmt, ops::Deref};

use pool::OwnedLease;

use super::pages::PageManager;
use crate::Page;

/// A page on loan; it dereferences to the [`Page`]. Dropping it gives the page back, still warm for its site.
///
/// What passes through it is watched. A page that crashed, did not answer, or was closed is not lent again, nor is one whose
/// browser is being replaced; one of which a call was given up half-way has to answer before it is.
#[must_use = "dropping a lease gives the page back at once"]
pub struct PageLease {
    // Empty only while it is dropped.
    lease: Option<OwnedLease<PageManager>>,
}

impl PageLease {
    pub(crate) fn begin(lease: OwnedLease<PageManager>) -> Self {
        lease.share().record().lent();
        Self { lease: Some(lease) }
    }

    /// Decides what dropping the lease does: end the page, or, as at first, give it back.
    ///
    /// For work that may be cut short at any moment: set it before, and take it back once all went well. A page that is not
    /// fit to be lent again ends in either case.
    pub fn set_discard(&mut self, discard: bool) {
        if let Some(lease) = &mut self.lease {
            lease.set_discard(discard);
        }
    }

    /// Ends the page instead of giving it back.
    pub fn discard(mut self) {
        self.set_discard(true);
    }
}

impl Deref for PageLease {
    type Target = dyn Page;

    fn deref(&self) -> &Self::Target {
        let lease = self.lease.as_deref();
        lease.expect("a lease holds its page until it ends")
    }
}

impl Drop for PageLease {
    fn drop(&mut self) {
        let Some(mut lease) = self.lease.take() else {
            return;
        };
        let share = lease.place().share();
        if let Some(failed) = lease.condition().failed()
            && share.is_alive()
        {
            share.record().returned(failed);
        }
        share.fleet().let_one_retire();
        if lease.condition().is_faulty() || !share.serves() {
            lease.set_discard(true);
        }
    }
}

impl fmt::Debug for PageLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageLease").finish_non_exhaustive()
    }
}
