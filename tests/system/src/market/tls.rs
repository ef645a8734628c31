//! TLS with a certificate that nobody has signed.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How long a client may take to say that it does not trust us.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long to wait after an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A port that shows a self-signed certificate, made for this run, and has nothing to say to who accepts it.
pub(super) struct Tls {
    socket: TcpListener,
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Listens on a port of 127.0.0.1 that the system chooses.
    pub(super) async fn bind() -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self {
            socket,
            acceptor: TlsAcceptor::from(Arc::new(config().map_err(io::Error::other)?)),
        })
    }

    pub(super) fn addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Shakes hands until the market stops; whoever does accept the certificate sees the connection end.
    pub(super) async fn serve(self, closing: CancellationToken) -> io::Result<()> {
        let mut handshakes = JoinSet::new();
        let accepting = async {
            loop {
                match self.socket.accept().await {
                    Ok((stream, _peer)) => {
                        handshakes.spawn(timeout(HANDSHAKE, self.acceptor.accept(stream)));
                    }
                    Err(_no_descriptor_for_example) => tokio::time::sleep(ACCEPT_PAUSE).await,
                }
                while handshakes.try_join_next().is_some() {}
            }
        };
        closing.run_until_cancelled(accepting).await;
        Ok(())
    }
}

fn config() -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
    let own = rcgen::generate_simple_self_signed([Ipv4Addr::LOCALHOST.to_string()])?;
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    Ok(
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], PrivateKeyDer::from(key))?,
    )
}
