//! One connection to a browser: commands out, answers and events in.
//!
//! One task does the reading and the writing, over a pipe or a websocket. Answers find their callers by id; events
//! find their subscribers by session and name.
//!
//! | file | what |
//! | --- | --- |
//! | `routes.rs` | who waits for what: the pure part |
//! | `subscription.rs` | events on their way to a subscriber, bounded |
//! | `outbox.rs` | commands on their way out, bounded |
//! | `transport.rs` | what is needed of the stream below |
//! | `pipe.rs`, `websocket.rs` | the two streams there are |
//! | `watches.rs` | what a session tells by itself |
//! | `guest.rs` | handles that do not keep it open |
//! | `keep_alive.rs` | whether a silent peer is still there |
//! | `traffic.rs` | a stream that tells when bytes move |

use std::{
    fmt,
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use headless_chrome::protocol::cdp::types::Method;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    CallError, CloseReason, ConnectionState,
    decode::decode,
    envelope::{RemoteError, encode},
};

#[cfg(test)]
pub(crate) mod fake;
mod guest;
mod keep_alive;
mod outbox;
mod pipe;
mod routes;
mod subscription;
mod traffic;
mod transport;
mod watches;
mod websocket;

use outbox::Outbox;
use pipe::Pipe;
use routes::NoAnswer;
#[cfg(not(any(test, fuzzing)))]
use routes::Routes;
use transport::Transport;
pub(crate) use {
    guest::Ender,
    keep_alive::KeepAlive,
    subscription::{Event, Lagged},
    traffic::{Traffic, Watched},
    watches::{CrashWatch, Events},
    websocket::{WebSocket, settings},
};

#[cfg(any(test, fuzzing))]
pub(crate) use {pipe::read_message, routes::Routes};

/// The largest message that is read, in bytes; a longer one ends the connection. Tests have one that is passed in no time.
const MAX_MESSAGE: usize = if cfg!(test) { 4 << 20 } else { 256 << 20 };

/// The code of Chrome's refusal of a command to a session that has ended.
const NO_SESSION: i64 = -32001;

const CLOSED_BY_THEM: &str = "the browser closed the connection";

/// A handle to the connection. When the last one is dropped the connection closes.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    shared: Arc<Shared>,
    open: Arc<Open>,
}

/// What the handles hold: its drop takes leave of the browser.
#[derive(Debug)]
struct Open {
    leave: CancellationToken,
    /// Cancelled when the stream is gone.
    gone: CancellationToken,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.leave.cancel();
    }
}

#[derive(Debug)]
struct Shared {
    next_id: AtomicU64,
    outbox: Outbox,
    routes: Routes,
    state: watch::Sender<ConnectionState>,
    explanation: OnceLock<Explanation>,
    call_timeout: Duration,
    /// Drops the stream without a word.
    cut: CancellationToken,
}

/// Tells what a lost connection was lost of, for reasons that are not seen on the connection itself.
struct Explanation(Box<dyn Fn() -> Option<CloseReason> + Send + Sync>);

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation").finish_non_exhaustive()
    }
}

impl Connection {
    /// Opens a connection over a pair of streams whose messages end with a NUL byte, as Chrome speaks on its
    /// debugging pipe. The task belongs to `tasks` and ends with the last handle, or when either stream ends.
    pub(crate) fn over_pipe(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        call_timeout: Duration,
        tasks: &TaskTracker,
    ) -> Self {
        Self::over(Pipe::new(reader, writer), call_timeout, tasks)
    }

    /// Opens a connection over a websocket. The task belongs to `tasks` and ends within a second of the last handle, or when
    /// the other end closes, breaks or stays silent.
    pub(crate) fn over_websocket<S>(
        socket: WebSocket<S>,
        call_timeout: Duration,
        tasks: &TaskTracker,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self::over(socket, call_timeout, tasks)
    }

    fn over(mut transport: impl Transport, call_timeout: Duration, tasks: &TaskTracker) -> Self {
        let (outbox, mut inbox) = Outbox::new();
        let shared = Arc::new(Shared {
            next_id: AtomicU64::new(1),
            outbox,
            routes: Routes::default(),
            state: watch::Sender::new(ConnectionState::Connected),
            explanation: OnceLock::new(),
            call_timeout,
            cut: CancellationToken::new(),
        });
        let (leave, gone) = (CancellationToken::new(), CancellationToken::new());
        tasks.spawn({
            let (shared, leave, gone) = (Arc::clone(&shared), leave.clone(), gone.clone());
            async move {
                let _gone = gone.drop_guard();
                let reason = tokio::select! {
                    biased;
                    () = shared.cut.cancelled() => CloseReason::ByUs,
                    () = leave.cancelled() => CloseReason::ByUs,
                    reason = transport.carry(&mut inbox, |message| shared.routes.deliver(message)) => reason.into(),
                };
                shared.close(reason);
                // Nobody waits for this any more. What is cut short is the stream, which is dropped here in any case.
                shared
                    .cut
                    .run_until_cancelled(transport.farewell(inbox))
                    .await;
            }
        });
        Self {
            shared,
            open: Arc::new(Open { leave, gone }),
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
        let Some(mut expected) = self.shared.routes.expect(id, session) else {
            return Err(self.shared.closed_error());
        };
        let answer = tokio::select! {
            // A crash and the end of the connection are told while the command still waits for room.
            biased;
            answer = &mut expected.answer => answer,
            () = self.shared.outbox.call(command) => expected.answer.await,
        };
        match answer {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(NoAnswer::Detached)) => Err(CallError::PageClosed {
                method: method.to_owned(),
            }),
            Ok(Err(NoAnswer::Refused(RemoteError {
                code: NO_SESSION, ..
            }))) if session.is_some() => Err(CallError::PageClosed {
                method: method.to_owned(),
            }),
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

    /// Sends a typed command whose answer nobody needs. Never waits, so that a drop may call it; where too many of them
    /// wait to be written, the connection ends.
    pub(crate) fn send<M: Method + Serialize>(&self, session: Option<&str>, command: &M) {
        self.tell(session, M::NAME, command);
    }

    /// As [`send`](Self::send), of any command.
    pub(crate) fn tell<P: Serialize>(&self, session: Option<&str>, method: &str, params: P) {
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        if let Ok(command) = encode(id, session, method, params)
            && let Err(overflow) = self.shared.outbox.send(command)
        {
            self.shared.cut(overflow.into());
        }
    }

    /// Subscribes to the events of `session` with the names `methods`.
    pub(crate) fn subscribe(&self, session: Option<&str>, methods: &[&str]) -> Events {
        let (id, queue) = self.shared.routes.subscribe(session, methods);
        Events {
            id,
            shared: Arc::clone(&self.shared),
            queue,
        }
    }

    /// Watches whether the renderer of `session` crashes.
    pub(crate) fn watch_crash(&self, session: &str) -> CrashWatch {
        self.shared.routes.watch(session);
        CrashWatch {
            shared: Arc::clone(&self.shared),
            session: session.to_owned(),
        }
    }

    pub(crate) fn state(&self) -> ConnectionState {
        self.shared.state.borrow().clone()
    }

    /// Waits for the end of the connection, without keeping it open.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let reason = self.close_reason();
        async move { drop(reason.await) }
    }

    /// As [`closed`](Self::closed), and tells why it ended.
    pub(crate) fn close_reason(&self) -> impl Future<Output = CloseReason> + Send + 'static {
        let mut state = self.shared.state.subscribe();
        async move {
            match state
                .wait_for(|state| !state.is_connected())
                .await
                .as_deref()
            {
                Ok(ConnectionState::Closed { reason }) => reason.clone(),
                // Nobody is left who could tell: then it has ended, too.
                Ok(ConnectionState::Connected) | Err(_) => "the runtime ended".into(),
            }
        }
    }

    /// The connection is about to end, and its end is what calls that still wait are to be told, not that of their page.
    pub(crate) fn ending(&self) {
        self.shared.routes.ending();
    }

    /// Closes the connection, whoever else holds it, and waits until the other end knows, at most a second.
    ///
    /// # Cancel safety
    /// The connection closes even when the future is dropped.
    pub(crate) async fn close(&self) {
        self.open.leave.cancel();
        self.open.gone.cancelled().await;
    }

    /// What ends the connection at once, whoever else holds it.
    pub(crate) fn ender(&self) -> Ender {
        Ender(Arc::clone(&self.shared))
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
        self.shared.routes.counts().0
    }
}

impl Shared {
    fn closed_error(&self) -> CallError {
        let reason = match &*self.state.borrow() {
            ConnectionState::Closed { reason } => reason.clone(),
            ConnectionState::Connected => "the connection is closing".into(),
        };
        CallError::Closed { reason }
    }

    /// Ends the connection: every pending call and every subscriber learns of it. The first reason stays.
    fn close(&self, reason: CloseReason) {
        let explained = match (&reason, self.explanation.get()) {
            (CloseReason::Lost { .. }, Some(explanation)) => (explanation.0)(),
            _ => None,
        };
        let reason = explained.unwrap_or(reason);
        self.state.send_if_modified(|state| {
            let first = state.is_connected();
            if first {
                tracing::debug!(%reason, "connection to the browser ended");
                *state = ConnectionState::Closed { reason };
            }
            first
        });
        self.routes.close();
    }

    /// Ends the connection without a word to the other end.
    fn cut(&self, reason: CloseReason) {
        self.close(reason);
        self.cut.cancel();
    }
}

#[cfg(test)]
mod tests;
