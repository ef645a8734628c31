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
