//! A stream that tells when bytes move.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
};

/// A stream below a websocket. Whole messages tell too little of it: a large one may take longer than silence is borne.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    stream: S,
    heard: watch::Sender<()>,
    written: watch::Sender<()>,
}

/// Changes whenever bytes of a [`Watched`] stream have moved.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(super) heard: watch::Receiver<()>,
    pub(super) written: watch::Receiver<()>,
}

impl<S> Watched<S> {
    pub(crate) fn new(stream: S) -> (Self, Traffic) {
        let (heard, hears) = watch::channel(());
        let (written, writes) = watch::channel(());
        let watched = Self {
            stream,
            heard,
            written,
        };
        let traffic = Traffic {
            heard: hears,
            written: writes,
        };
        (watched, traffic)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.heard.send_replace(());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.written.send_replace(());
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
