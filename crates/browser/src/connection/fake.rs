//! The other end of a connection, for tests.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf, split};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};
use tokio_util::task::TaskTracker;

use super::{Connection, KeepAlive, Watched, WebSocket, read_message, settings};

/// The other end: reads commands, sends whatever a test wants sent.
pub(crate) enum FakeChrome {
    Pipe {
        from_us: BufReader<ReadHalf<DuplexStream>>,
        to_us: WriteHalf<DuplexStream>,
    },
    WebSocket(Box<WebSocketStream<DuplexStream>>),
}

impl FakeChrome {
    /// The next message; `None` once we have closed.
    pub(crate) async fn heard(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Pipe { from_us, .. } => {
                let mut message = Vec::new();
                read_message(from_us, &mut message)
                    .await
                    .unwrap()
                    .then_some(message)
            }
            Self::WebSocket(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Text(text))) => return Some(text.as_bytes().to_vec()),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(_ping)) => {}
                }
            },
        }
    }

    pub(crate) async fn command(&mut self) -> Value {
        let message = self.heard().await.expect("the connection stands");
        serde_json::from_slice(&message).unwrap()
    }

    pub(crate) async fn say(&mut self, text: &str) {
        match self {
            Self::Pipe { to_us, .. } => {
                to_us.write_all(text.as_bytes()).await.unwrap();
                to_us.write_all(&[0]).await.unwrap();
            }
            Self::WebSocket(socket) => socket.send(Message::text(text)).await.unwrap(),
        }
    }

    /// Says the same many times, all at once.
    pub(crate) async fn flood(&mut self, text: &str, times: usize) {
        match self {
            Self::Pipe { to_us, .. } => {
                let messages = format!("{text}\0").repeat(times);
                to_us.write_all(messages.as_bytes()).await.unwrap();
            }
            Self::WebSocket(socket) => {
                for _ in 0..times {
                    socket.feed(Message::text(text)).await.unwrap();
                }
                socket.flush().await.unwrap();
            }
        }
    }

    pub(crate) async fn answer(&mut self, command: &Value) {
        self.say(&json!({"id": command["id"], "result": {}}).to_string())
            .await;
    }

    pub(crate) fn socket(self) -> WebSocketStream<DuplexStream> {
        match self {
            Self::WebSocket(socket) => *socket,
            Self::Pipe { .. } => unreachable!("asked of a websocket only"),
        }
    }
}

/// A connection, what it leads to, and its task.
pub(crate) type Wire = (Connection, FakeChrome, TaskTracker);

pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// What the streams between the two hold.
pub(crate) const BUFFER: usize = 1 << 20;

pub(crate) fn over_pipe() -> Wire {
    let (ours, theirs) = tokio::io::duplex(BUFFER);
    let (reader, writer) = split(ours);
    let (from_us, to_us) = split(theirs);
    let tasks = TaskTracker::new();
    let connection = Connection::over_pipe(reader, writer, CALL_TIMEOUT, &tasks);
    let from_us = BufReader::new(from_us);
    (connection, FakeChrome::Pipe { from_us, to_us }, tasks)
}

/// Over a websocket whose silence is borne for a time that no other test waits.
pub(crate) async fn over_websocket() -> Wire {
    over_websocket_that(KeepAlive {
        interval: Duration::from_secs(3600),
        timeout: Duration::from_secs(3600),
    })
    .await
}

pub(crate) async fn over_websocket_that(keep_alive: KeepAlive) -> Wire {
    let (ours, theirs) = tokio::io::duplex(BUFFER);
    let (ours, traffic) = Watched::new(ours);
    let ours = WebSocketStream::from_raw_socket(ours, Role::Client, Some(settings())).await;
    let theirs = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
    let tasks = TaskTracker::new();
    let socket = WebSocket::new(ours, traffic, keep_alive);
    let connection = Connection::over_websocket(socket, CALL_TIMEOUT, &tasks);
    (connection, FakeChrome::WebSocket(Box::new(theirs)), tasks)
}
