//! The politeness gap between two requests to one host.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// Hands out moments at which hosts may be requested, in the order of the callers.
#[derive(Debug)]
pub(crate) struct Gate {
    interval: Duration,
    next: Mutex<HashMap<String, Instant>>,
}

/// Hosts remembered before those whose gap has passed are forgotten.
const REMEMBERED: usize = 1024;

impl Gate {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            interval,
            next: Mutex::default(),
        }
    }

    /// Waits for this caller's turn at `host`; false, at once, when it would come after `deadline`.
    ///
    /// # Cancel safety
    /// Dropping the future leaves its turn unused.
    pub(crate) async fn pass(&self, host: &str, deadline: Instant) -> bool {
        if self.interval.is_zero() {
            return true;
        }
        let turn = self.turn(host, Instant::now(), deadline);
        if let Some(turn) = turn {
            sleep_until(turn).await;
        }
        turn.is_some()
    }

    /// Takes the next turn at `host`, unless it comes too late.
    fn turn(&self, host: &str, now: Instant, deadline: Instant) -> Option<Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.get(host).map_or(now, |next| now.max(*next));
        if turn >= deadline {
            return None;
        }
        if next.len() >= REMEMBERED {
            next.retain(|_, free_at| *free_at > now);
        }
        next.insert(host.to_owned(), turn + self.interval);
        Some(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn two_requests_to_one_host_keep_the_gap_and_other_hosts_do_not_wait() {
        let gate = Gate::new(SECOND);
        let start = Instant::now();
        let deadline = start + 60 * SECOND;
        assert!(gate.pass("a", deadline).await);
        assert!(gate.pass("b", deadline).await);
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert!(gate.pass("a", deadline).await);
        assert_eq!(start.elapsed(), SECOND);
        tokio::join!(gate.pass("a", deadline), gate.pass("a", deadline));
        assert_eq!(start.elapsed(), 3 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_after_the_deadline_is_not_waited_for() {
        let gate = Gate::new(10 * SECOND);
        let start = Instant::now();
        assert!(gate.pass("a", start + SECOND).await);
        assert!(!gate.pass("a", start + SECOND).await);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_seen_once_are_forgotten() {
        let gate = Gate::new(SECOND);
        for host in 0..10 * REMEMBERED {
            gate.turn(&host.to_string(), Instant::now(), Instant::now() + SECOND);
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        assert!(gate.next.lock().unwrap().len() <= REMEMBERED);
    }
}
