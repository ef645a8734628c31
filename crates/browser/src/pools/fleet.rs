//! The browsers that have pages, and which of them is being replaced.

use std::{
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use pool::{AcquireError, OwnedLease, Pool};
use tokio::sync::Notify;

use super::{
    browsers::BrowserManager,
    share::{Place, Share},
};
use crate::LaunchError;

/// Why no page came into being.
pub(crate) type PageError = AcquireError<LaunchError>;

/// Finds places for pages, and lets browsers retire one at a time.
pub(crate) struct Fleet {
    browsers: Pool<BrowserManager>,
    pages_per_browser: usize,
    state: Mutex<State>,
    /// Tells those who look for a place that they should look again.
    room: Notify,
    /// Tells the steward that there are pages that nobody will want.
    untidy: Notify,
}

/// Invariants:
/// - No browser has more pages than it may have: places are taken under the lock of this.
/// - At most one browser is retiring, or was and has no successor yet.
#[derive(Default)]
struct State {
    shares: Vec<Weak<Share>>,
    turn: Turn,
    /// Pages that have no place yet.
    seekers: usize,
    /// Browsers that some of them wait for.
    coming: usize,
}

/// Whose turn it is to be replaced.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Turn {
    #[default]
    Nobodys,
    /// That of the browser of this number, which still has pages.
    Of(u64),
    /// It is ending, or its successor is starting.
    Succession,
}

/// What somebody who looks for a place is to do.
enum Look {
    Take(Place),
    /// Wait for a browser of the pool, as well as for a place.
    Fetch,
    Wait,
}

impl Fleet {
    pub(crate) fn new(browsers: Pool<BrowserManager>, pages_per_browser: usize) -> Self {
        Self {
            browsers,
            pages_per_browser,
            state: Mutex::default(),
            room: Notify::new(),
            untidy: Notify::new(),
        }
    }

    // Nothing that can panic runs under the lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place on the least loaded browser that has room; where there is none, on the next browser to come, or where room
    /// comes sooner.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the search. A browser that is being launched for it goes to the next.
    pub(crate) async fn find_place(self: &Arc<Self>) -> Result<Place, PageError> {
        let mut seeker = Seeker::enter(self);
        let mut fetch = pin!(self.browsers.acquire_owned());
        loop {
            let mut room = pin!(self.room.notified());
            room.as_mut().enable();
            match seeker.look() {
                Look::Take(place) => return Ok(place),
                Look::Fetch => seeker.fetches = true,
                Look::Wait => {}
            }
            tokio::select! {
                lease = &mut fetch, if seeker.fetches => return Ok(seeker.settle(lease?)),
                () = room => {}
            }
        }
    }

    /// Browsers that have pages, whatever state they are in.
    pub(crate) fn shares(&self) -> Vec<Arc<Share>> {
        let mut state = self.state();
        state.shares.retain(|share| share.strong_count() > 0);
        state.shares.iter().filter_map(Weak::upgrade).collect()
    }

    /// Tells those who look for a place that there may be one.
    pub(super) fn room(&self) {
        self.room.notify_waiters();
    }

    /// Tells the steward that there are pages that nobody will want.
    pub(super) fn tidy(&self) {
        self.untidy.notify_one();
    }

    /// Waits until there are pages that nobody will want.
    pub(crate) async fn is_untidy(&self) {
        self.untidy.notified().await;
    }

    /// The browser of this number has no page any more.
    pub(super) fn left(&self, id: u64) {
        let mut state = self.state();
        if state.turn == Turn::Of(id) {
            state.turn = Turn::Succession;
        }
        drop(state);
        self.room();
    }

    /// Lets the next browser retire that is due, if it is its turn.
    pub(crate) fn let_one_retire(&self) {
        let shares = self.shares();
        let due = shares.iter().find_map(|share| {
            let reason = share.record().due()?;
            share.serves().then_some((share, reason))
        });
        let status = self.browsers.status();
        let mut state = self.state();
        let succeeded = status.destroying + status.creating == 0 && state.seekers == 0;
        if state.turn == Turn::Succession && succeeded {
            state.turn = Turn::Nobodys;
        }
        let Some((share, reason)) = due.filter(|_| state.turn == Turn::Nobodys) else {
            return;
        };
        state.turn = Turn::Of(share.id());
        share.retire();
        drop(state);
        tracing::info!(browser = share.id(), %reason, "a browser retires");
        self.tidy();
    }

    /// Ends browsers without pages that are due to be replaced: none of them is missed.
    pub(crate) fn end_idle_browsers(&self, mut look: impl FnMut(&super::browsers::PooledBrowser)) {
        if self.browsers.status().idle > 0 {
            self.browsers.retain(|pooled| {
                look(pooled);
                pooled.record.due().is_none() && pooled.browser.state().is_connected()
            });
        }
    }
}

/// A page that looks for a place. While it does so it is counted.
struct Seeker<'a> {
    fleet: &'a Arc<Fleet>,
    /// Whether it waits for a browser of the pool, on which others count.
    fetches: bool,
}

impl<'a> Seeker<'a> {
    fn enter(fleet: &'a Arc<Fleet>) -> Self {
        fleet.state().seekers += 1;
        Self {
            fleet,
            fetches: false,
        }
    }

    fn look(&self) -> Look {
        // Dropped when the lock is free: the last handle of a browser gives it back, which needs the lock.
        let mut shares = self.fleet.shares();
        shares.retain(|share| share.serves());
        let mut state = self.fleet.state();
        let roomy = shares.iter().filter(|share| {
            // One whose turn has come meanwhile takes nobody.
            !share.is_retiring() && share.pages() < self.fleet.pages_per_browser
        });
        if let Some(share) = roomy.min_by_key(|share| share.pages()) {
            return Look::Take(Place::take(Arc::clone(share)));
        }
        let expected = state.coming.saturating_mul(self.fleet.pages_per_browser);
        if self.fetches || expected >= state.seekers {
            return Look::Wait;
        }
        state.coming += 1;
        Look::Fetch
    }

    /// Takes a place on a browser that has come, and tells the others of the rest of it.
    fn settle(self, lease: OwnedLease<BrowserManager>) -> Place {
        let share = Arc::new(Share::of(lease, Arc::clone(self.fleet)));
        let mut state = self.fleet.state();
        if state.turn == Turn::Succession {
            state.turn = Turn::Nobodys;
        }
        state.shares.push(Arc::downgrade(&share));
        Place::take(share)
    }
}

impl Drop for Seeker<'_> {
    fn drop(&mut self) {
        let mut state = self.fleet.state();
        state.seekers -= 1;
        state.coming -= usize::from(self.fetches);
        drop(state);
        self.fleet.room();
    }
}
