//! What is known of one browser's life.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

use tokio::time::Instant;

use super::retirement::{Reason, Retirement};

/// What a browser has done, and why it is to be replaced once it is.
#[derive(Debug)]
pub(crate) struct Record {
    retirement: Retirement,
    /// Pages that it can open in its life.
    page_limit: Option<usize>,
    expires: Option<Instant>,
    leases: AtomicU32,
    opened: AtomicUsize,
    /// Leases in a row in which a page failed.
    faults: AtomicU32,
    due: OnceLock<Reason>,
}

impl Record {
    /// Of a browser that begins to live `now`.
    pub(crate) fn begin(
        retirement: Retirement,
        page_limit: Option<usize>,
        now: Instant,
        drawn: f64,
    ) -> Self {
        // What the clock cannot tell is never.
        let expires = retirement
            .lifetime(drawn)
            .and_then(|life| now.checked_add(life));
        Self {
            retirement,
            page_limit,
            expires,
            leases: AtomicU32::new(0),
            opened: AtomicUsize::new(0),
            faults: AtomicU32::new(0),
            due: OnceLock::new(),
        }
    }

    /// Why it is to be replaced, if it is.
    pub(crate) fn due(&self) -> Option<Reason> {
        self.due.get().copied()
    }

    fn is_due_for(&self, reason: Reason) {
        // The first reason is told.
        let _ = self.due.set(reason);
    }

    /// A page of it is lent.
    pub(crate) fn lent(&self) {
        let leases = self
            .leases
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        if self.retirement.leases.is_some_and(|most| leases >= most) {
            self.is_due_for(Reason::Leases);
        }
    }

    /// A lease of it has ended, in which a page failed or worked.
    pub(crate) fn returned(&self, failed: bool) {
        if !failed {
            return self.faults.store(0, Ordering::Relaxed);
        }
        let faults = self
            .faults
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        if self.retirement.faults.is_some_and(|most| faults >= most) {
            self.is_due_for(Reason::Faults);
        }
    }

    /// Whether it can open no more pages.
    pub(crate) fn is_spent(&self) -> bool {
        let opened = self.opened.load(Ordering::Relaxed);
        self.page_limit.is_some_and(|limit| opened >= limit)
    }

    /// It is about to open a page.
    pub(crate) fn opens(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn look_at_age(&self, now: Instant) {
        if self.expires.is_some_and(|expires| now >= expires) {
            self.is_due_for(Reason::Age);
        }
    }

    pub(crate) fn look_at_memory(&self, held: Option<u64>) {
        let most = self.retirement.memory;
        if held.zip(most).is_some_and(|(held, most)| held > most) {
            self.is_due_for(Reason::Memory);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn record(retirement: Retirement, page_limit: Option<usize>) -> Record {
        Record::begin(retirement, page_limit, Instant::now(), 0.0)
    }

    #[test]
    fn leases_count_up_to_their_bound() {
        let leases = Some(2);
        let record = record(
            Retirement {
                leases,
                ..Retirement::never()
            },
            None,
        );
        record.lent();
        assert_eq!(record.due(), None);
        record.lent();
        assert_eq!(record.due(), Some(Reason::Leases));
    }

    #[test]
    fn faults_count_in_a_row_and_the_first_reason_stays() {
        let faults = Some(2);
        let record = record(
            Retirement {
                faults,
                ..Retirement::default()
            },
            None,
        );
        for failed in [true, false, true] {
            record.returned(failed);
        }
        assert_eq!(record.due(), None);
        record.returned(true);
        record.look_at_memory(Some(u64::MAX));
        assert_eq!(record.due(), Some(Reason::Faults));
    }

    #[test]
    fn a_browser_of_one_page_opens_one() {
        let record = record(Retirement::never(), Some(1));
        assert!(!record.is_spent());
        record.opens();
        assert!(record.is_spent());
    }

    #[tokio::test(start_paused = true)]
    async fn age_and_memory_are_bounds_that_may_be_reached() {
        let memory = Some(100);
        let young = record(Retirement::default(), None);
        tokio::time::advance(Duration::from_secs(3599)).await;
        young.look_at_age(Instant::now());
        young.look_at_memory(Some(1 << 30));
        young.look_at_memory(None);
        assert_eq!(young.due(), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        young.look_at_age(Instant::now());
        assert_eq!(young.due(), Some(Reason::Age));
        let fat = record(
            Retirement {
                memory,
                ..Retirement::never()
            },
            None,
        );
        fat.look_at_memory(Some(101));
        assert_eq!(fat.due(), Some(Reason::Memory));
    }
}
