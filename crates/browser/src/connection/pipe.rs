//! Messages on a pair of streams, as Chrome speaks on its debugging pipe: each ends with a NUL byte.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::{
    CLOSED_BY_THEM, MAX_MESSAGE,
    outbox::Inbox,
    transport::{InARow, Transport},
};

/// A pair of streams. Dropping it closes both, which is what tells Chrome to end.
#[derive(Debug)]
pub(super) struct Pipe<R, W> {
    reader: BufReader<R>,
    writer: W,
}

impl<R: AsyncRead, W> Pipe<R, W> {
    pub(super) fn new(reader: R, writer: W) -> Self {
        let reader = BufReader::with_capacity(64 << 10, reader);
        Self { reader, writer }
    }
}

impl<R, W> Transport for Pipe<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    async fn carry(&mut self, inbox: &mut Inbox, deliver: impl Fn(&[u8]) + Send) -> String {
        tokio::select! {
            reason = read_messages(&mut self.reader, deliver) => reason,
            reason = write_messages(&mut self.writer, inbox) => reason,
        }
    }

    async fn farewell(self, _inbox: Inbox) {
        // The end of the pipe is the end of the browser: there is nothing left to ask it for.
    }
}

/// Hands each message to `deliver` until the stream ends, and says how it did.
async fn read_messages(
    mut reader: impl AsyncBufRead + Unpin + Send,
    deliver: impl Fn(&[u8]) + Send,
) -> String {
    let mut message = Vec::new();
    let mut in_a_row = InARow::default();
    loop {
        match read_message(&mut reader, &mut message).await {
            Ok(true) => deliver(&message),
            Ok(false) => return CLOSED_BY_THEM.to_owned(),
            Err(error) => return format!("reading from the browser failed: {error}"),
        }
        message.clear();
        // One page of hundreds of megabytes must not be remembered for ever.
        message.shrink_to(1 << 20);
        in_a_row.read().await;
    }
}

/// Reads one message without its end into `message`; false when the stream ended.
pub(crate) async fn read_message(
    reader: &mut (impl AsyncBufRead + Unpin),
    message: &mut Vec<u8>,
) -> io::Result<bool> {
    loop {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            return Ok(false);
        }
        let end = available.iter().position(|byte| *byte == 0);
        let taken = end.map_or(available.len(), |end| end);
        if message.len() + taken > MAX_MESSAGE {
            return Err(io::Error::other(format!(
                "a message is longer than {MAX_MESSAGE} bytes"
            )));
        }
        message.extend_from_slice(&available[..taken]);
        reader.consume(end.map_or(taken, |end| end + 1));
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// Writes until the stream or the connection ends, and says how it did.
async fn write_messages(writer: &mut (impl AsyncWrite + Unpin), inbox: &mut Inbox) -> String {
    while let Some(command) = inbox.next().await {
        let mut message = command.text.into_bytes();
        message.push(0);
        if let Err(error) = writer.write_all(&message).await {
            return format!("writing to the browser failed: {error}");
        }
    }
    "nothing more is sent".to_owned()
}
