//! Sockets that a handler can cut, and that end with their market.
//!
//! A [`Connection`] wraps the accepted stream. The handler of a request sees its [`Wire`], on which it may order
//! a [`Cut`]: the answer it then returns is written up to that byte, and the connection ends there.
//!
//! ```text
//! intact --cut(after, end)--> limited --after bytes written--> ended (closed or reset)
//!    \_____________________________\______market stops________> ended (closed)
//! ```

use std::{
    error::Error,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tracing::warn;

use super::traffic::{Open, Traffic};

/// How long to wait after an accept that failed, for want of descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How a cut connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// In order: the peer reads what was written, then the end of the stream.
    Close,
    /// With a TCP reset.
    Reset,
}

/// An order to end the connection.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Bytes still to be let through.
    after: usize,
    end: End,
}

/// The handler's hold on the connection its request came over.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire(Arc<Mutex<Option<Cut>>>);

impl Wire {
    /// Lets `after` more bytes be written, counted from the head of the answer, then ends the connection.
    pub(super) fn cut(&self, after: usize, end: End) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Cut { after, end });
    }

    fn ordered(&self) -> Option<Cut> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrote(&self, bytes: usize) {
        if let Some(cut) = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
        {
            cut.after = cut.after.saturating_sub(bytes);
        }
    }
}

impl Connected<IncomingStream<'_, Listener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().wire.clone()
    }
}

/// Accepts connections for one market.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    traffic: Arc<Traffic>,
    closing: CancellationToken,
}

impl Listener {
    /// Accepts from this socket; its connections end when `closing` is cancelled.
    pub(super) fn new(
        socket: TcpListener,
        traffic: Arc<Traffic>,
        closing: CancellationToken,
    ) -> Self {
        Self {
            socket,
            traffic,
            closing,
        }
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let accepted = self.socket.accept().await.and_then(|(stream, peer)| {
                stream.set_nodelay(true)?;
                Ok((stream, peer))
            });
            match accepted {
                Ok((stream, peer)) => {
                    let connection = Connection {
                        stream,
                        wire: Wire::default(),
                        closing: Box::pin(self.closing.clone().cancelled_owned()),
                        _open: Open::new(Arc::clone(&self.traffic)),
                    };
                    return (connection, peer);
                }
                Err(err) => {
                    warn!(error = &err as &dyn Error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

/// One accepted stream.
pub(super) struct Connection {
    // Fields drop in order: a connection is counted as open until its socket is closed.
    stream: TcpStream,
    wire: Wire,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
    _open: Open,
}

impl Connection {
    /// Fails once the market stops; until then the task will be woken when it does.
    fn check_open(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.closing.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check_open(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check_open(cx)?;
        let allowed = match self.wire.ordered() {
            None => buf.len(),
            Some(Cut { after: 0, end }) => {
                if end == End::Reset {
                    // Makes the close that follows a reset.
                    self.stream.set_zero_linger()?;
                }
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            Some(Cut { after, .. }) => after.min(buf.len()),
        };
        let written =
            std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, &buf[..allowed]))?;
        self.wire.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.wire.ordered().is_some_and(|cut| cut.end == End::Reset) {
            // An orderly end must not precede the reset.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
