//! Start and stop.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    connection::{Listener, Wire},
    routes::{self, Shared},
    tls::Tls,
    traffic::Traffic,
};

/// Whether a connection serves more than one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepAlive {
    /// As clients like it.
    On,
    /// Each answer is the last on its connection. How many idle connections a browser keeps depends on its timing, so that
    /// whoever counts descriptors wants none.
    Off,
}

/// A running fixture market; dropping it stops it.
///
/// Its tasks live on the runtime that called [`start`](Self::start).
///
/// ```
/// # use system::market::Market;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let market = Market::start().await?;
/// assert!(market.url("/board").starts_with("http://127.0.0.1:"));
/// market.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Market {
    addr: SocketAddr,
    traffic: Arc<Traffic>,
    // Order matters on drop: connections learn of the end before the accept loop is aborted.
    stop: DropGuard,
    serving: JoinSet<io::Result<()>>,
}

impl Market {
    /// Serves on a port of 127.0.0.1 that the system chooses.
    ///
    /// # Errors
    /// When no loopback port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::start_on(0, KeepAlive::On).await
    }

    /// Serves on this port of 127.0.0.1; 0 lets the system choose.
    ///
    /// # Errors
    /// When the port cannot be bound.
    pub async fn start_on(port: u16, keep_alive: KeepAlive) -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let addr = socket.local_addr()?;
        let traffic = Arc::new(Traffic::default());
        let closing = CancellationToken::new();
        let listener = Listener::new(socket, Arc::clone(&traffic), closing.clone());
        let tls = Tls::bind().await?;
        let shared = Shared::new(addr, tls.addr()?, Arc::clone(&traffic), closing.clone());
        let service =
            routes::router(shared, keep_alive).into_make_service_with_connect_info::<Wire>();
        let mut serving = JoinSet::new();
        serving.spawn(
            axum::serve(listener, service)
                .with_graceful_shutdown(closing.clone().cancelled_owned())
                .into_future(),
        );
        serving.spawn(tls.serve(closing.clone()));
        Ok(Self {
            addr,
            traffic,
            stop: closing.drop_guard(),
            serving,
        })
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The absolute URL of a path, which begins with a slash and may carry a query.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// How many requests each path has had, as in `/requests`.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.traffic.requests()
    }

    /// How many requests this path has had; the path is without a query.
    pub fn requests_to(&self, path: &str) -> u64 {
        self.traffic
            .requests()
            .get(path)
            .copied()
            .unwrap_or_default()
    }

    /// How many connections are open now.
    pub fn open_connections(&self) -> usize {
        self.traffic.open_connections()
    }

    /// Stops, cutting off requests in flight, and returns when every task and socket of it is gone.
    ///
    /// # Cancel safety
    /// The market stops even when this future is dropped; only the waiting is given up.
    pub async fn shutdown(self) {
        let Self {
            stop, mut serving, ..
        } = self;
        drop(stop);
        while serving.join_next().await.is_some() {}
    }
}
