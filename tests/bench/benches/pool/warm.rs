//! Resources that are made and idle.

use std::{future::poll_fn, pin::pin, task::Poll};

use super::contestants::{Contestant, Maker, Resource};

/// A pool all of whose resources are made and have been lent once.
pub(crate) struct Warm<C> {
    pub(crate) pool: C,
    size: usize,
    maker: Maker,
}

impl<C: Contestant> Warm<C> {
    pub(crate) async fn new(size: usize) -> Self {
        let maker = Maker::default();
        let pool = C::new(size, maker.clone());
        let mut leases = Vec::new();
        for _ in 0..size {
            leases.push(pool.acquire().await.expect("it makes one"));
        }
        drop(leases);
        let warm = Self { pool, size, maker };
        warm.check().await;
        warm
    }

    /// Makes sure that all resources are still there: they can be had at once, each is another, and none was made anew.
    pub(crate) async fn check(&self) {
        let mut numbers = Vec::new();
        let mut leases = Vec::new();
        for _ in 0..self.size {
            let lease = self.pool.acquire().await.expect("one is idle");
            let Resource(number) = *lease;
            numbers.push(number);
            leases.push(lease);
        }
        numbers.sort_unstable();
        let made: Vec<u64> = (1..=self.size as u64).collect();
        assert_eq!(numbers, made, "{}", C::NAME);
        assert_eq!(self.maker.begun(), self.size as u64, "{}", C::NAME);
    }

    /// Whether nobody who asks later is served before one who waits; a fact about the pool, found out at size 1.
    pub(crate) async fn serves_in_order() -> bool {
        let warm = Self::new(1).await;
        let lease = warm.pool.acquire().await.expect("it is idle");
        let mut waiting = pin!(warm.pool.acquire());
        let mut later = pin!(warm.pool.acquire());
        poll_fn(|context| {
            assert!(waiting.as_mut().poll(context).is_pending(), "{}", C::NAME);
            Poll::Ready(())
        })
        .await;
        drop(lease);
        poll_fn(|context| Poll::Ready(later.as_mut().poll(context).is_pending())).await
    }
}
