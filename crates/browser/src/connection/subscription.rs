//! The queue between what happens in the browser and whoever wants to know, bounded in events and in bytes.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use serde_json::value::RawValue;
use tokio::sync::mpsc;

/// Events that a subscriber may leave unread.
pub(super) const EVENT_QUEUE: usize = 1024;
/// Bytes of events that a subscriber may leave unread, or one that is larger. Tests have fewer, as of messages.
pub(super) const EVENT_BYTES: usize = if cfg!(test) { 1 << 20 } else { 64 << 20 };

/// Something that happened in the browser.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) method: Arc<str>,
    pub(crate) params: Box<RawValue>,
}

/// Events were lost, at this place among those that were not: they came faster than they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lagged {
    pub(crate) missed: u64,
}

#[derive(Debug)]
enum Item {
    Event(Event),
    Gap(Arc<Gap>),
}

/// How many events are lost, until that is told.
#[derive(Debug)]
struct Gap(AtomicU64);

impl Gap {
    const TOLD: u64 = u64::MAX;

    /// One more; false when it was told already.
    fn widen(&self) -> bool {
        let wider = |missed| (missed != Self::TOLD).then(|| missed + 1);
        let order = Ordering::AcqRel;
        self.0.fetch_update(order, Ordering::Acquire, wider).is_ok()
    }

    fn tell(&self) -> u64 {
        self.0.swap(Self::TOLD, Ordering::AcqRel)
    }
}

/// What puts events in. Never waits.
#[derive(Debug)]
pub(super) struct Teller {
    queue: mpsc::Sender<Item>,
    bytes: Arc<AtomicUsize>,
    gap: Option<Arc<Gap>>,
}

/// What takes them out, in order.
#[derive(Debug)]
pub(crate) struct Subscription {
    queue: mpsc::Receiver<Item>,
    bytes: Arc<AtomicUsize>,
}

pub(super) fn subscription() -> (Teller, Subscription) {
    // The last place is for the gap.
    let (sender, receiver) = mpsc::channel(EVENT_QUEUE + 1);
    let bytes = Arc::new(AtomicUsize::new(0));
    let teller = Teller {
        queue: sender,
        bytes: Arc::clone(&bytes),
        gap: None,
    };
    let queue = receiver;
    (teller, Subscription { queue, bytes })
}

impl Teller {
    /// Puts in an event, or counts it as lost where there is no room.
    pub(super) fn tell(&mut self, event: Event) {
        if self.gap.as_ref().is_some_and(|gap| gap.widen()) {
            return;
        }
        self.gap = None;
        let (size, unread) = (event.params.get().len(), self.bytes.load(Ordering::Acquire));
        let fits = unread == 0 || unread + size <= EVENT_BYTES;
        let item = if fits && self.queue.capacity() > 1 {
            self.bytes.fetch_add(size, Ordering::AcqRel);
            Item::Event(event)
        } else {
            let gap = Arc::new(Gap(AtomicU64::new(1)));
            self.gap = Some(Arc::clone(&gap));
            Item::Gap(gap)
        };
        // The subscriber may have left at this moment.
        let _ = self.queue.try_send(item);
    }
}

impl Subscription {
    /// The next event, or how many are missing here; `None` once no more can come.
    ///
    /// # Cancel safety
    /// No event is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> Option<Result<Event, Lagged>> {
        Some(match self.queue.recv().await? {
            Item::Event(event) => {
                let size = event.params.get().len();
                self.bytes.fetch_sub(size, Ordering::AcqRel);
                Ok(event)
            }
            Item::Gap(gap) => Err(Lagged { missed: gap.tell() }),
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn event(size: usize) -> Event {
        Event {
            method: "A.b".into(),
            params: serde_json::value::to_raw_value(&"x".repeat(size - 2)).unwrap(),
        }
    }

    /// What can be read at once: the sizes of events, or how many are missing.
    fn read(subscription: &mut Subscription) -> Vec<Result<usize, u64>> {
        let next = || subscription.next().now_or_never().flatten();
        std::iter::from_fn(next)
            .map(|item| match item {
                Ok(event) => Ok(event.params.get().len()),
                Err(Lagged { missed }) => Err(missed),
            })
            .collect()
    }

    #[test]
    fn what_is_lost_is_counted_where_it_is_missing() {
        let (mut teller, mut subscription) = subscription();
        for _ in 0..EVENT_QUEUE + 3 {
            teller.tell(event(7));
        }
        let mut expected = vec![Ok(7); EVENT_QUEUE];
        expected.push(Err(3));
        assert_eq!(read(&mut subscription), expected);
        teller.tell(event(8));
        assert_eq!(read(&mut subscription), [Ok(8)]);
        drop(teller);
        assert!(subscription.next().now_or_never().unwrap().is_none());
    }

    #[test]
    fn large_events_fill_the_queue_sooner_and_one_that_is_too_large_is_told_when_nothing_else_waits()
     {
        let (mut teller, mut subscription) = subscription();
        for size in [2 * EVENT_BYTES, 10, 10] {
            teller.tell(event(size));
        }
        let expected = [Ok(2 * EVENT_BYTES), Err(2)];
        assert_eq!(read(&mut subscription), expected);
        for size in [EVENT_BYTES - 10, 10, 10] {
            teller.tell(event(size));
        }
        let expected = [Ok(EVENT_BYTES - 10), Ok(10), Err(1)];
        assert_eq!(read(&mut subscription), expected);
    }
}
