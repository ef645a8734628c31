//! Who is told of changes.

use crate::Change;
use crate::event::Event;

#[cfg(feature = "stream")]
use {crate::Changes, std::sync::OnceLock, tokio::sync::broadcast};

/// A function that is told of every change.
pub(crate) type Observer<K> = Box<dyn Fn(Change<&K>) + Send + Sync>;

/// Whom a registry tells of changes: the log, its observer and its subscribers.
pub(crate) struct Audience<K> {
    observer: Option<Observer<K>>,
    /// Made with the first subscription.
    #[cfg(feature = "stream")]
    subscribers: OnceLock<broadcast::Sender<Change<K>>>,
}

impl<K: Clone> Audience<K> {
    pub(crate) fn new(observer: Option<Observer<K>>) -> Self {
        Self {
            observer,
            #[cfg(feature = "stream")]
            subscribers: OnceLock::new(),
        }
    }

    /// Tells everybody what happened to `key`; no lock may be held.
    #[inline]
    pub(crate) fn tell(&self, key: &K, event: Option<Event>) {
        if let Some(event) = event {
            self.tell_event(key, event);
        }
    }

    // Apart and never inlined, because most calls change nothing.
    #[cold]
    #[inline(never)]
    fn tell_event(&self, key: &K, event: Event) {
        event.log();
        let Event::Changed {
            from,
            to,
            cause,
            order,
        } = event
        else {
            return;
        };
        #[cfg(feature = "stream")]
        if let Some(subscribers) = self.subscribers.get() {
            // Fails if no subscriber is left.
            let _heard = subscribers.send(Change {
                key: key.clone(),
                from,
                to,
                cause,
                order,
            });
        }
        if let Some(observer) = &self.observer {
            observer(Change {
                key,
                from,
                to,
                cause,
                order,
            });
        }
    }
}

#[cfg(feature = "stream")]
impl<K: Clone + Send + 'static> Audience<K> {
    pub(crate) fn subscribe(&self) -> Changes<K> {
        let subscribers = self
            .subscribers
            .get_or_init(|| broadcast::Sender::new(Changes::<K>::BUFFER));
        Changes::new(subscribers.subscribe())
    }
}
