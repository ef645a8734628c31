//! Messages on a websocket, as Chrome speaks on its debugging port.

use std::time::Duration;

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Bytes, Error, Message,
        error::ProtocolError,
        protocol::{CloseFrame, WebSocketConfig},
    },
};

use super::{
    CLOSED_BY_THEM, MAX_MESSAGE,
    keep_alive::{KeepAlive, Pings},
    outbox::Inbox,
    traffic::{Traffic, Watched},
    transport::{InARow, Transport},
};

/// How long the other end may take to take leave. A healthy one needs a round trip.
const FAREWELL: Duration = Duration::from_secs(1);

/// The settings of a websocket that speaks to a browser.
pub(crate) fn settings() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}

/// A websocket whose peer may not be silent for ever.
#[derive(Debug)]
pub(crate) struct WebSocket<S> {
    reader: SplitStream<WebSocketStream<Watched<S>>>,
    writer: SplitSink<WebSocketStream<Watched<S>>, Message>,
    traffic: Traffic,
    keep_alive: KeepAlive,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// `traffic` is that of the stream below `socket`.
    pub(crate) fn new(
        socket: WebSocketStream<Watched<S>>,
        traffic: Traffic,
        keep_alive: KeepAlive,
    ) -> Self {
        let (writer, reader) = socket.split();
        Self {
            reader,
            writer,
            traffic,
            keep_alive,
        }
    }
}

impl<S> Transport for WebSocket<S>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    async fn carry(&mut self, inbox: &mut Inbox, deliver: impl Fn(&[u8]) + Send) -> String {
        let pings = Pings::default();
        tokio::select! {
            reason = read(&mut self.reader, deliver) => reason,
            reason = write(&mut self.writer, inbox, &pings) => reason,
            reason = self.keep_alive.watch(&mut self.traffic, &pings) => reason,
        }
    }

    async fn farewell(mut self, mut inbox: Inbox) {
        let leave = async {
            while let Some(command) = inbox.last() {
                self.writer.send(Message::text(command.text)).await?;
            }
            self.writer.send(Message::Close(None)).await?;
            // What still comes is the peer's own farewell, and the end of its stream.
            while let Some(Ok(_)) = self.reader.next().await {}
            Ok::<(), Error>(())
        };
        if !matches!(timeout(FAREWELL, leave).await, Ok(Ok(()))) {
            tracing::debug!("the browser took no leave");
        }
    }
}

/// Hands each message to `deliver` until the websocket ends, and says how it did. The library answers pings.
async fn read<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut SplitStream<WebSocketStream<S>>,
    deliver: impl Fn(&[u8]) + Send,
) -> String {
    let mut in_a_row = InARow::default();
    while let Some(message) = reader.next().await {
        in_a_row.read().await;
        match message {
            Ok(Message::Text(text)) => deliver(text.as_bytes()),
            Ok(Message::Binary(bytes)) => deliver(&bytes),
            Ok(Message::Close(frame)) => return closed(frame),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(
                Error::ConnectionClosed
                | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
            ) => break,
            Err(error) => return format!("reading from the browser failed: {error}"),
        }
    }
    CLOSED_BY_THEM.to_owned()
}

fn closed(frame: Option<CloseFrame>) -> String {
    match frame {
        Some(frame) if !frame.reason.is_empty() => {
            format!("{CLOSED_BY_THEM}: {} ({})", frame.reason, frame.code)
        }
        Some(frame) => format!("{CLOSED_BY_THEM} ({})", frame.code),
        None => CLOSED_BY_THEM.to_owned(),
    }
}

/// Writes until the websocket or the connection ends, and says how it did.
async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    writer: &mut SplitSink<WebSocketStream<S>, Message>,
    inbox: &mut Inbox,
    pings: &Pings,
) -> String {
    loop {
        let written = tokio::select! {
            biased;
            () = pings.due.notified() => {
                let ping = writer.send(Message::Ping(Bytes::new())).await;
                pings.written.notify_one();
                ping
            }
            command = inbox.next() => match command {
                // Its room is taken until it is written.
                Some(command) => writer.send(Message::text(command.text)).await,
                None => return "nothing more is sent".to_owned(),
            },
        };
        if let Err(error) = written {
            return format!("writing to the browser failed: {error}");
        }
    }
}
