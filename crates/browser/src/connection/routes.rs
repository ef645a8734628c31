//! Who waits for what: the pure part of a connection. It does no I/O and reads no clock.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};

use crate::envelope::{Envelope, RemoteError};

/// Events that a subscriber may leave unread; one more ends its subscription.
pub(super) const EVENT_QUEUE: usize = 1024;

/// What tells that the renderer of a session has ended: nothing that was asked of it will be answered.
const CRASHED: &str = "Inspector.targetCrashed";

/// The callers and subscribers of a connection, and the way of a message to them.
///
/// What nobody waits for is dropped: a late answer, an unknown event, a message that is none.
#[derive(Debug, Default)]
pub(crate) struct Routes(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    pending: HashMap<u64, Pending>,
    subscribers: Vec<Subscriber>,
    next_subscriber: u64,
    closed: bool,
}

/// A call whose answer is waited for.
#[derive(Debug)]
struct Pending {
    session: Option<String>,
    answer: oneshot::Sender<Answer>,
}

pub(crate) type Answer = Result<Box<RawValue>, NoAnswer>;

/// Why a call has no result, though the connection stands.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    Refused(RemoteError),
    Crashed,
}

#[derive(Debug)]
struct Subscriber {
    id: u64,
    session: Option<String>,
    methods: &'static [&'static str],
    queue: mpsc::Sender<Event>,
}

/// Something that happened in the browser.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) method: &'static str,
    pub(crate) params: Box<RawValue>,
}

impl Routes {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Expects the answer to call `id`; `None` once closed.
    pub(crate) fn expect(&self, id: u64, session: Option<&str>) -> Option<Expected<'_>> {
        let (sender, answer) = oneshot::channel();
        let pending = Pending {
            session: session.map(str::to_owned),
            answer: sender,
        };
        let mut table = self.table();
        if table.closed {
            return None;
        }
        table.pending.insert(id, pending);
        drop(table);
        Some(Expected {
            answer,
            _entry: Entry { routes: self, id },
        })
    }

    /// Adds a subscriber; once closed its queue has ended already.
    pub(crate) fn subscribe(
        &self,
        session: Option<&str>,
        methods: &'static [&'static str],
    ) -> (u64, mpsc::Receiver<Event>) {
        let (sender, queue) = mpsc::channel(EVENT_QUEUE);
        let mut table = self.table();
        let id = table.next_subscriber;
        table.next_subscriber += 1;
        if !table.closed {
            let session = session.map(str::to_owned);
            table.subscribers.push(Subscriber {
                id,
                session,
                methods,
                queue: sender,
            });
        }
        (id, queue)
    }

    pub(crate) fn unsubscribe(&self, id: u64) {
        self.table()
            .subscribers
            .retain(|subscriber| subscriber.id != id);
    }

    /// Fails every pending call, ends every subscription, and takes no more.
    pub(crate) fn close(&self) {
        let mut table = self.table();
        table.closed = true;
        let ended = (
            std::mem::take(&mut table.pending),
            std::mem::take(&mut table.subscribers),
        );
        drop(table);
        drop(ended);
    }

    /// Hands a message to whoever waits for it.
    pub(crate) fn deliver(&self, message: &[u8]) {
        let envelope = match Envelope::parse(message) {
            Ok(envelope) => envelope,
            Err(error) => {
                tracing::debug!(%error, bytes = message.len(), "ignored a message that is no protocol message");
                return;
            }
        };
        if let Some(id) = envelope.id {
            let Some(caller) = self.table().pending.remove(&id) else {
                return;
            };
            let answer = match envelope.error {
                Some(error) => Err(NoAnswer::Refused(error)),
                None => Ok(owned(envelope.result)),
            };
            // The caller may have left at this moment.
            let _ = caller.answer.send(answer);
        } else if let Some(method) = envelope.method {
            self.publish(&method, envelope.session.as_deref(), envelope.params);
        }
    }

    fn publish(&self, method: &str, session: Option<&str>, params: Option<&RawValue>) {
        let mut table = self.table();
        if method == CRASHED {
            for (_, call) in table
                .pending
                .extract_if(|_, call| call.session.as_deref() == session)
            {
                let _ = call.answer.send(Err(NoAnswer::Crashed));
            }
        }
        table.subscribers.retain(|subscriber| {
            if subscriber.session.as_deref() != session {
                return true;
            }
            let Some(name) = subscriber.methods.iter().find(|name| **name == method) else {
                return true;
            };
            let event = Event {
                method: name,
                params: owned(params),
            };
            // A subscriber that does not keep up loses its subscription, not one event in the middle.
            subscriber.queue.try_send(event).is_ok()
        });
    }

    /// Pending calls and subscribers.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let table = self.table();
        (table.pending.len(), table.subscribers.len())
    }
}

/// The place of one call. Dropping it forgets the call; a late answer then finds nobody.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    /// Ends without a value when the connection does.
    pub(crate) answer: oneshot::Receiver<Answer>,
    _entry: Entry<'a>,
}

#[derive(Debug)]
struct Entry<'a> {
    routes: &'a Routes,
    id: u64,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.routes.table().pending.remove(&self.id);
    }
}

/// A copy that outlives the message; what is missing is `{}`.
fn owned(raw: Option<&RawValue>) -> Box<RawValue> {
    raw.map_or_else(
        || RawValue::from_string("{}".into()).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        ToOwned::to_owned,
    )
}
