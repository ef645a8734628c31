//! One connection to a browser: commands out, answers and events in.
//!
//! One task does the reading and the writing. Answers find their callers by id; events find their
//! subscribers by session and name. What nobody waits for is dropped: a late answer, an unknown event, a
//! message that is no JSON.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use headless_chrome::protocol::cdp::types::Method;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::{
    io::{AsyncRead, AsyncWrite, BufReader},
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    CallError, CloseReason, ConnectionState,
    decode::decode,
    envelope::{Envelope, RemoteError, encode},
};

mod frames;

use frames::{read_messages, write_messages};

/// Events that a subscriber may leave unread; one more ends its subscription.
const EVENT_QUEUE: usize = 1024;

/// A handle to the connection. When the last one is dropped the connection closes.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    shared: Arc<Shared>,
    // Dropping the last handle cancels the tasks.
    open: Arc<OpenGuard>,
}

#[derive(Debug)]
struct OpenGuard(CancellationToken);

impl Drop for OpenGuard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[derive(Debug)]
struct Shared {
    next_id: AtomicU64,
    outbox: mpsc::UnboundedSender<Vec<u8>>,
    routes: Mutex<Routes>,
    state: watch::Sender<ConnectionState>,
    explanation: OnceLock<Explanation>,
    call_timeout: Duration,
}

/// Tells what a lost connection was lost of, for reasons that are not seen on the connection itself.
struct Explanation(Box<dyn Fn() -> Option<CloseReason> + Send + Sync>);

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation").finish_non_exhaustive()
    }
}

/// What ends a connection for a reason, without keeping it open.
#[derive(Debug)]
pub(crate) struct Ender {
    shared: Arc<Shared>,
    stop: CancellationToken,
}

impl Ender {
    pub(crate) fn end(&self, reason: CloseReason) {
        self.shared.close(reason);
        self.stop.cancel();
    }
}

#[derive(Debug, Default)]
struct Routes {
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

type Answer = Result<Box<RawValue>, NoAnswer>;

/// Why a call has no result, though the connection stands.
#[derive(Debug)]
enum NoAnswer {
    Refused(RemoteError),
    Crashed,
}

/// What tells that the renderer of a session has ended: nothing that was asked of it will be answered.
const CRASHED: &str = "Inspector.targetCrashed";

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

/// The events of one session with certain names, in order, from the moment of the subscription.
#[derive(Debug)]
pub(crate) struct Events {
    id: u64,
    shared: Arc<Shared>,
    queue: mpsc::Receiver<Event>,
}

impl Events {
    /// The next event; `None` once the connection ended or the queue overflowed.
    ///
    /// # Cancel safety
    /// No event is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        self.queue.recv().await
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.shared
            .routes()
            .subscribers
            .retain(|subscriber| subscriber.id != self.id);
    }
}

impl Connection {
    /// Opens a connection over a pair of streams whose messages end with a NUL byte, as Chrome speaks on its
    /// debugging pipe. The tasks belong to `tasks` and end with the last handle, or when either stream ends.
    pub(crate) fn over_pipe(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        call_timeout: Duration,
        tasks: &TaskTracker,
    ) -> Self {
        let (outbox, inbox) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            next_id: AtomicU64::new(1),
            outbox,
            routes: Mutex::default(),
            state: watch::Sender::new(ConnectionState::Connected),
            explanation: OnceLock::new(),
            call_timeout,
        });
        let stop = CancellationToken::new();
        tasks.spawn({
            let (shared, stop) = (Arc::clone(&shared), stop.clone());
            async move {
                let reason = tokio::select! {
                    // The pipe ends are dropped with the loops, which is what tells Chrome to end.
                    biased;
                    () = stop.cancelled() => CloseReason::ByUs,
                    reason = read_messages(BufReader::with_capacity(64 << 10, reader), |message| shared.deliver(message)) => reason.into(),
                    reason = write_messages(writer, inbox) => reason.into(),
                };
                shared.close(reason);
            }
        });
        Self {
            shared,
            open: Arc::new(OpenGuard(stop)),
        }
    }

    /// Sends a command and waits for its answer, at most the call timeout.
    ///
    /// # Cancel safety
    /// Dropping the future removes the pending entry; the late answer is ignored.
    pub(crate) async fn call<P: Serialize>(
        &self,
        session: Option<&str>,
        method: &str,
        params: P,
    ) -> Result<Box<RawValue>, CallError> {
        let limit = self.shared.call_timeout;
        match timeout(limit, self.call_unbounded(session, method, params)).await {
            Ok(result) => result,
            Err(_elapsed) => Err(CallError::Timeout {
                method: method.to_owned(),
                limit,
            }),
        }
    }

    /// As [`call`](Self::call), for calls whose answer may rightly take long: the caller bounds them.
    pub(crate) async fn call_unbounded<P: Serialize>(
        &self,
        session: Option<&str>,
        method: &str,
        params: P,
    ) -> Result<Box<RawValue>, CallError> {
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let command = encode(id, session, method, params)?;
        let (sender, receiver) = oneshot::channel();
        {
            let mut routes = self.shared.routes();
            if routes.closed {
                drop(routes);
                return Err(self.shared.closed_error());
            }
            routes.pending.insert(
                id,
                Pending {
                    session: session.map(str::to_owned),
                    answer: sender,
                },
            );
        }
        let _entry = PendingEntry {
            shared: &self.shared,
            id,
        };
        if self.shared.outbox.send(command).is_err() {
            return Err(self.shared.closed_error());
        }
        match receiver.await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(NoAnswer::Refused(RemoteError { code, message }))) => Err(CallError::Refused {
                method: method.to_owned(),
                code,
                message,
            }),
            Ok(Err(NoAnswer::Crashed)) => Err(CallError::Crashed {
                method: method.to_owned(),
            }),
            Err(_closed) => Err(self.shared.closed_error()),
        }
    }

    /// Sends a typed command and waits for its typed answer, at most the call timeout.
    ///
    /// # Cancel safety
    /// As [`call`](Self::call).
    pub(crate) async fn command<M: Method + Serialize>(
        &self,
        session: Option<&str>,
        command: &M,
    ) -> Result<M::ReturnObject, CallError> {
        decode(M::NAME, &self.call(session, M::NAME, command).await?)
    }

    /// Sends a typed command whose answer nobody needs. Never waits, so that a drop may call it.
    pub(crate) fn send<M: Method + Serialize>(&self, session: Option<&str>, command: &M) {
        self.tell(session, M::NAME, command);
    }

    /// As [`send`](Self::send), of any command.
    pub(crate) fn tell<P: Serialize>(&self, session: Option<&str>, method: &str, params: P) {
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        if let Ok(command) = encode(id, session, method, params) {
            // A closed connection has nothing left to tell.
            let _ = self.shared.outbox.send(command);
        }
    }

    /// Subscribes to the events of `session` with the names `methods`.
    pub(crate) fn subscribe(
        &self,
        session: Option<&str>,
        methods: &'static [&'static str],
    ) -> Events {
        let (sender, queue) = mpsc::channel(EVENT_QUEUE);
        let mut routes = self.shared.routes();
        let id = routes.next_subscriber;
        routes.next_subscriber += 1;
        if !routes.closed {
            let session = session.map(str::to_owned);
            routes.subscribers.push(Subscriber {
                id,
                session,
                methods,
                queue: sender,
            });
        }
        drop(routes);
        Events {
            id,
            shared: Arc::clone(&self.shared),
            queue,
        }
    }

    pub(crate) fn state(&self) -> ConnectionState {
        self.shared.state.borrow().clone()
    }

    /// Waits for the end of the connection, without keeping it open.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut state = self.shared.state.subscribe();
        // An error means that nobody is left who could tell: then it has ended, too.
        async move { drop(state.wait_for(|state| !state.is_connected()).await) }
    }

    /// What ends the connection before its last handle is dropped.
    pub(crate) fn ender(&self) -> Ender {
        Ender {
            shared: Arc::clone(&self.shared),
            stop: self.open.0.clone(),
        }
    }

    /// Asks `explanation` why, once the connection is lost. The first one given is asked.
    pub(crate) fn explain_end(
        &self,
        explanation: Box<dyn Fn() -> Option<CloseReason> + Send + Sync>,
    ) {
        let _ = self.shared.explanation.set(Explanation(explanation));
    }

    /// How many calls wait for their answer.
    pub(crate) fn in_flight(&self) -> usize {
        self.shared.routes().pending.len()
    }

    #[cfg(test)]
    fn counts(&self) -> (usize, usize) {
        let routes = self.shared.routes();
        (routes.pending.len(), routes.subscribers.len())
    }
}

/// Removes a pending call however its future ends.
struct PendingEntry<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for PendingEntry<'_> {
    fn drop(&mut self) {
        self.shared.routes().pending.remove(&self.id);
    }
}

impl Shared {
    fn routes(&self) -> MutexGuard<'_, Routes> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed_error(&self) -> CallError {
        match &*self.state.borrow() {
            ConnectionState::Closed { reason } => CallError::Closed {
                reason: reason.clone(),
            },
            ConnectionState::Connected => CallError::Closed {
                reason: "the connection is closing".into(),
            },
        }
    }

    /// Ends the connection: every pending call and every subscriber learns of it.
    fn close(&self, reason: CloseReason) {
        let explained = match (&reason, self.explanation.get()) {
            (CloseReason::Lost { .. }, Some(explanation)) => (explanation.0)(),
            _ => None,
        };
        let reason = explained.unwrap_or(reason);
        self.state.send_if_modified(|state| {
            // What ended it first is the reason.
            let ends = state.is_connected();
            if ends {
                tracing::debug!(%reason, "connection to the browser ended");
                *state = ConnectionState::Closed { reason };
            }
            ends
        });
        let mut routes = self.routes();
        routes.closed = true;
        let ended = (
            std::mem::take(&mut routes.pending),
            std::mem::take(&mut routes.subscribers),
        );
        drop(routes);
        drop(ended);
    }

    fn deliver(&self, message: &[u8]) {
        let envelope = match Envelope::parse(message) {
            Ok(envelope) => envelope,
            Err(error) => {
                tracing::debug!(%error, bytes = message.len(), "ignored a message that is no protocol message");
                return;
            }
        };
        if let Some(id) = envelope.id {
            let Some(caller) = self.routes().pending.remove(&id) else {
                return;
            };
            let answer = match envelope.error {
                Some(error) => Err(NoAnswer::Refused(error)),
                None => Ok(owned(envelope.result)),
            };
            // The caller may have left at this moment.
            let _ = caller.answer.send(answer);
        } else if let Some(method) = envelope.method {
            let mut routes = self.routes();
            if method == CRASHED {
                let session = envelope.session.as_deref();
                for (_, call) in routes
                    .pending
                    .extract_if(|_, call| call.session.as_deref() == session)
                {
                    let _ = call.answer.send(Err(NoAnswer::Crashed));
                }
            }
            routes.subscribers.retain(|subscriber| {
                if subscriber.session.as_deref() != envelope.session.as_deref() {
                    return true;
                }
                let Some(name) = subscriber.methods.iter().find(|name| **name == method) else {
                    return true;
                };
                let event = Event {
                    method: name,
                    params: owned(envelope.params),
                };
                // A subscriber that does not keep up loses its subscription, not one event in the middle.
                subscriber.queue.try_send(event).is_ok()
            });
        }
    }
}

/// A copy that outlives the message; what is missing is `{}`.
fn owned(raw: Option<&RawValue>) -> Box<RawValue> {
    raw.map_or_else(
        || RawValue::from_string("{}".into()).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        ToOwned::to_owned,
    )
}

#[cfg(test)]
mod tests;
