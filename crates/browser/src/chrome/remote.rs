//! A browser that somebody else has started.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use headless_chrome::protocol::cdp::Browser::GetVersion;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::browser::ChromeBrowser;
use crate::{
    CallError, CloseReason, LaunchError, Launched, Launcher, NamedLauncher, Version,
    connection::{Connection, KeepAlive, WebSocket},
    version::OLDEST,
};

mod dial;
mod endpoint;
mod handshake;
mod tls;

use endpoint::Endpoint;

/// How a remote browser is spoken to.
///
/// | field | default |
/// | --- | --- |
/// | `connect_timeout` | 30 s |
/// | `call_timeout` | 10 s |
/// | `ping_interval` | 10 s |
/// | `ping_timeout` | 10 s |
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    /// The longest from looking up the name to the first answer of the browser.
    pub connect_timeout: Duration,
    /// The longest that one command may take.
    pub call_timeout: Duration,
    /// How often the browser is asked whether it is there.
    pub ping_interval: Duration,
    /// How long nothing may come from it after that. A browser that fell silent without closing the connection is
    /// noticed after at most both together.
    pub ping_timeout: Duration,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(10),
            ping_timeout: Duration::from_secs(10),
        }
    }
}

/// Connects to a Chrome or Chromium that runs elsewhere, over its debugging port.
///
/// Each [`launch`](Launcher::launch) is a connection of its own, and each page is in a context of its own, which ends with
/// the connection however that ends. The browser itself is somebody else's and goes on: [`Browser::close`](crate::Browser::close)
/// and the kill of [`Launched`] end what we made in it, and nothing else. The kill does so at once, without
/// taking leave; Chrome disposes of our contexts when it notices.
///
/// Credentials in an address are not shown in errors, logs or `Debug`.
#[derive(Debug)]
pub struct Remote {
    endpoint: Endpoint,
    options: RemoteOptions,
    tasks: TaskTracker,
}

impl Remote {
    /// A launcher; nothing is connected yet. `endpoint` is one of
    ///
    /// | address | what happens |
    /// | --- | --- |
    /// | `ws://HOST:PORT/devtools/browser/ID`, `wss://…` | connected to as it is |
    /// | `http://HOST:PORT`, `https://…` | asked for the browser at `/json/version`, which is then connected to at the same host and port |
    ///
    /// A user and password in it are sent as basic authorization. Certificates are verified by the system's roots.
    ///
    /// Chrome serves its debugging port only to those who call it by address or as `localhost`. Where it refuses a name
    /// for that reason, it is asked again by the address that the name led to (not over TLS, where the name is certified).
    ///
    /// # Errors
    /// [`LaunchError::Endpoint`]: it is no such address.
    pub fn new(endpoint: &str, options: RemoteOptions) -> Result<Self, LaunchError> {
        Ok(Self {
            endpoint: Endpoint::parse(endpoint)?,
            options,
            tasks: TaskTracker::new(),
        })
    }

    /// A launcher for each of these addresses, with the name that errors call it by: what [`Balanced::new`](crate::Balanced::new) takes.
    ///
    /// # Errors
    /// As [`new`](Self::new), for the first that is no such address.
    pub fn each<'a>(
        endpoints: impl IntoIterator<Item = &'a str>,
        options: &RemoteOptions,
    ) -> Result<Vec<NamedLauncher>, LaunchError> {
        let remotes = endpoints.into_iter().map(|endpoint| {
            let remote = Self::new(endpoint, options.clone())?;
            let name = remote.endpoint.to_string();
            Ok(NamedLauncher {
                name,
                launcher: Arc::new(remote),
            })
        });
        remotes.collect()
    }

    async fn connect(&self) -> Result<(Connection, Version), LaunchError> {
        let (socket, traffic) = handshake::connect(&self.endpoint).await?;
        let keep_alive = KeepAlive {
            interval: self.options.ping_interval,
            timeout: self.options.ping_timeout,
        };
        let socket = WebSocket::new(socket, traffic, keep_alive);
        let connection = Connection::over_websocket(socket, self.options.call_timeout, &self.tasks);
        let version = connection.command(None, &GetVersion(None)).await;
        let version = version.map_err(|error| match error {
            CallError::Closed { reason } => self.endpoint.rejected(reason.to_string()),
            error => LaunchError::Call(error),
        })?;
        let version = Version::accept(version).map_err(|found| {
            let problem = format!("it is {found:?}, and Chrome {OLDEST} or newer is needed");
            self.endpoint.rejected(problem)
        })?;
        tracing::debug!(endpoint = %self.endpoint, %version, "connected to a remote browser");
        Ok((connection, version))
    }
}

#[async_trait]
impl Launcher for Remote {
    async fn launch(&self) -> Result<Launched, LaunchError> {
        let limit = self.options.connect_timeout;
        let connected = timeout(limit, self.connect()).await.map_err(|_elapsed| {
            let endpoint = self.endpoint.to_string();
            LaunchError::ConnectTimeout { endpoint, limit }
        });
        let (connection, version) = connected??;
        let ender = connection.ender();
        Ok(Launched {
            browser: Arc::new(ChromeBrowser::remote(
                connection,
                self.tasks.clone(),
                version,
            )),
            kill: Box::new(move || ender.end(CloseReason::ByUs)),
        })
    }

    async fn shutdown(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests;
