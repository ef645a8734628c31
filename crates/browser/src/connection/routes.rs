//! Who waits for what: the pure part of a connection. It does no I/O and reads no clock.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::subscription::{Event, Subscription, Teller, subscription};
use crate::envelope::{Envelope, RemoteError};

/// What tells that the renderer of a session has ended: nothing that was asked of it will be answered.
const CRASHED: &str = "Inspector.targetCrashed";
/// What tells that it was replaced.
const RELOADED: &str = "Inspector.targetReloadedAfterCrash";
/// What tells that a session has ended, in the session that it was made in: nothing more will come of it.
const DETACHED: &str = "Target.detachedFromTarget";

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
    /// Of the sessions that somebody asks about: whether their renderer has crashed and was not replaced yet.
    crashed: HashMap<String, bool>,
    /// The browser is about to end: the ends of sessions are part of that.
    ending: bool,
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
    /// The session has ended.
    Detached,
}

#[derive(Debug)]
struct Subscriber {
    id: u64,
    session: Option<String>,
    methods: Vec<Arc<str>>,
    teller: Teller,
}

/// Only what is needed of `Target.detachedFromTarget`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detached {
    session_id: String,
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
    pub(crate) fn subscribe(&self, session: Option<&str>, methods: &[&str]) -> (u64, Subscription) {
        let (teller, queue) = subscription();
        let methods = methods.iter().map(|method| Arc::from(*method)).collect();
        let mut table = self.table();
        let id = table.next_subscriber;
        table.next_subscriber += 1;
        if !table.closed {
            let session = session.map(str::to_owned);
            table.subscribers.push(Subscriber {
                id,
                session,
                methods,
                teller,
            });
        }
        (id, queue)
    }

    pub(crate) fn unsubscribe(&self, id: u64) {
        self.table()
            .subscribers
            .retain(|subscriber| subscriber.id != id);
    }

    /// From now on sessions end with the connection, which is about to end.
    pub(super) fn ending(&self) {
        self.table().ending = true;
    }

    /// From now on it is remembered whether the renderer of this session has crashed.
    pub(super) fn watch(&self, session: &str) {
        self.table().crashed.insert(session.to_owned(), false);
    }

    pub(super) fn unwatch(&self, session: &str) {
        self.table().crashed.remove(session);
    }

    /// Whether the renderer of a watched session has crashed and was not replaced yet.
    pub(super) fn has_crashed(&self, session: &str) -> bool {
        self.table()
            .crashed
            .get(session)
            .is_some_and(|crashed| *crashed)
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
        match method {
            CRASHED | RELOADED => {
                // Set before the next caller can ask: nobody waits for what will not be answered.
                if let Some(crashed) = session.and_then(|session| table.crashed.get_mut(session)) {
                    *crashed = method == CRASHED;
                }
                if method == CRASHED {
                    table.fail(session, || NoAnswer::Crashed);
                }
            }
            DETACHED if !table.ending => {
                let detached = params.map(|params| serde_json::from_str::<Detached>(params.get()));
                if let Some(Ok(Detached { session_id })) = detached {
                    let ended = Some(&*session_id);
                    table.fail(ended, || NoAnswer::Detached);
                    table
                        .subscribers
                        .retain(|subscriber| subscriber.session.as_deref() != ended);
                }
            }
            _ => {}
        }
        for subscriber in &mut table.subscribers {
            if subscriber.session.as_deref() != session {
                continue;
            }
            let mut methods = subscriber.methods.iter();
            if let Some(name) = methods.find(|name| ***name == *method) {
                subscriber.teller.tell(Event {
                    method: Arc::clone(name),
                    params: owned(params),
                });
            }
        }
    }

    /// Pending calls and subscribers.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let table = self.table();
        (table.pending.len(), table.subscribers.len())
    }
}

impl Table {
    /// Fails the pending calls of a session.
    fn fail(&mut self, session: Option<&str>, why: impl Fn() -> NoAnswer) {
        let of_it = |_: &u64, call: &mut Pending| call.session.as_deref() == session;
        for (_, call) in self.pending.extract_if(of_it) {
            let _ = call.answer.send(Err(why()));
        }
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
