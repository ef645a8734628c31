//! Messages on a pair of streams: each ends with a NUL byte.

use std::io;

use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
};

/// The largest message that is read; a longer one ends the connection.
const MAX_MESSAGE: usize = 256 << 20;

/// Hands each message to `deliver` until the stream ends, and says how it did.
pub(super) async fn read_messages(
    mut reader: impl AsyncBufRead + Unpin,
    deliver: impl Fn(&[u8]),
) -> String {
    let mut message = Vec::new();
    loop {
        match read_message(&mut reader, &mut message).await {
            Ok(true) => deliver(&message),
            Ok(false) => return "the browser closed the connection".to_owned(),
            Err(error) => return format!("reading from the browser failed: {error}"),
        }
        message.clear();
        // One page of hundreds of megabytes must not be remembered for ever.
        message.shrink_to(1 << 20);
    }
}

/// Reads one message without its NUL; false at the end of the stream.
pub(super) async fn read_message(
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
pub(super) async fn write_messages(
    mut writer: impl AsyncWrite + Unpin,
    mut inbox: mpsc::UnboundedReceiver<Vec<u8>>,
) -> String {
    while let Some(message) = inbox.recv().await {
        if let Err(error) = writer.write_all(&message).await {
            return format!("writing to the browser failed: {error}");
        }
    }
    "closed by us".to_owned()
}
