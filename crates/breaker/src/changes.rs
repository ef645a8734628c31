//! Changes as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::broadcast::Receiver;
use tokio_stream::Stream;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use crate::Change;

/// The changes of state since the subscription, as a stream that ends when the registry is gone.
///
/// Made by [`Breakers::changes`](crate::Breakers::changes) and [`Breaker::changes`](crate::Breaker::changes). A subscriber
/// that falls more than [`BUFFER`](Self::BUFFER) changes behind loses the oldest, and is told how many: breakers wait for
/// nobody. Dropping the stream ends the subscription.
///
/// # Cancel safety
/// Nothing is lost when a future that waits for the next item is dropped.
pub struct Changes<K> {
    stream: BroadcastStream<Change<K>>,
}

/// So many changes were lost because the subscriber did not keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} changes were lost because their subscriber fell behind")]
pub struct Lagged(pub u64);

impl<K: Clone + Send + 'static> Changes<K> {
    /// How many changes wait for a slow subscriber.
    pub const BUFFER: usize = 1024;

    pub(crate) fn new(receiver: Receiver<Change<K>>) -> Self {
        Self {
            stream: BroadcastStream::new(receiver),
        }
    }
}

impl<K: Clone + Send + 'static> Stream for Changes<K> {
    type Item = Result<Change<K>, Lagged>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(Pin::new(&mut self.stream).poll_next(cx));
        Poll::Ready(
            next.map(|change| {
                change.map_err(|BroadcastStreamRecvError::Lagged(lost)| Lagged(lost))
            }),
        )
    }
}

impl<K> fmt::Debug for Changes<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt as _;
    use tokio_test::{assert_pending, assert_ready, assert_ready_eq, task};

    use super::*;
    use crate::{Breaker, Breakers, Cause, Config, State};

    #[test]
    fn every_subscriber_hears_of_every_change_since_it_came() {
        let breakers = Breakers::new(Config::default()).unwrap();
        breakers.trip(&"before");
        let [mut first, second] = [(); 2].map(|()| breakers.changes());
        let mut next = task::spawn(first.next());
        assert_pending!(next.poll());
        breakers.trip(&"a");
        assert!(next.is_woken());
        let change = assert_ready!(next.poll()).unwrap().unwrap();
        assert_eq!(
            (change.key, change.from, change.to),
            ("a", State::Closed, State::Open)
        );
        assert_eq!((change.cause, change.order), (Cause::Tripped, 2));
        drop(next);
        breakers.reset(&"a");
        drop(breakers);
        let heard = |changes: Changes<&'static str>| {
            let mut all = task::spawn(changes.map(|change| change.unwrap().to).collect::<Vec<_>>());
            assert_ready!(all.poll())
        };
        assert_eq!(heard(first), [State::Closed]);
        assert_eq!(heard(second), [State::Open, State::Closed]);
    }

    #[test]
    fn a_subscriber_that_falls_behind_is_told_how_many_changes_it_lost() {
        let breaker = Breaker::new(Config::default()).unwrap();
        let mut changes = breaker.changes();
        for _ in 0..Changes::<()>::BUFFER {
            breaker.trip();
            breaker.reset();
        }
        let lost = Lagged(Changes::<()>::BUFFER as u64);
        assert_ready_eq!(task::spawn(changes.next()).poll(), Some(Err(lost)));
        let next = assert_ready!(task::spawn(changes.next()).poll())
            .unwrap()
            .unwrap();
        assert_eq!(next.order, Changes::<()>::BUFFER as u64 + 1);
        assert!(format!("{changes:?}").contains("Changes"));
    }

    #[test]
    fn nobody_listens_and_nothing_is_kept() {
        let breaker = Breaker::new(Config::default()).unwrap();
        drop(breaker.changes());
        breaker.trip();
        let mut late = breaker.changes();
        assert_pending!(task::spawn(late.next()).poll());
    }
}
