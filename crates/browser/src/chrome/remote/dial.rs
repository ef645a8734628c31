//! A stream to a remote browser: TCP, and TLS where the address asks for it.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::{endpoint::Endpoint, tls};
use crate::LaunchError;

/// Any stream to a browser.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin + std::fmt::Debug {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin + std::fmt::Debug> Stream for S {}

/// A stream, and the address that it leads to.
pub(super) struct Dialled {
    pub(super) stream: Box<dyn Stream>,
    pub(super) address: SocketAddr,
}

/// Connects to the host of `endpoint`, at whichever of its addresses answers first in order.
pub(super) async fn dial(endpoint: &Endpoint) -> Result<Dialled, LaunchError> {
    let unreachable = |source: io::Error| LaunchError::Unreachable {
        endpoint: endpoint.to_string(),
        source,
    };
    let stream = TcpStream::connect((endpoint.host(), endpoint.port()))
        .await
        .map_err(unreachable)?;
    // A command is small and waited for.
    stream.set_nodelay(true).map_err(unreachable)?;
    let address = stream.peer_addr().map_err(unreachable)?;
    let stream: Box<dyn Stream> = if endpoint.is_secure() {
        Box::new(
            tls::wrap(stream, endpoint.host())
                .await
                .map_err(unreachable)?,
        )
    } else {
        Box::new(stream)
    };
    Ok(Dialled { stream, address })
}
