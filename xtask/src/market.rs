//! The fixture market as a child process.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
};

use anyhow::Context as _;

use crate::{
    process::{self, Running},
    workspace,
};

/// The fixture market, serving until dropped.
///
/// It ends when its stdin does, so it does not outlive us even when we are killed.
#[derive(Debug)]
pub(crate) struct Market {
    addr: SocketAddr,
    _server: Running,
}

impl Market {
    /// Starts the server, which must have been built, and waits until it serves.
    ///
    /// # Errors
    /// It cannot be started, or its first line is not its address.
    pub(crate) fn start() -> anyhow::Result<Self> {
        Self::start_with(&[])
    }

    /// The same, with connections that end with their first answer: how many of them a browser keeps would depend on its
    /// timing.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub(crate) fn without_keep_alive() -> anyhow::Result<Self> {
        Self::start_with(&["--no-keep-alive"])
    }

    fn start_with(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut command = Command::new(workspace::binary("market"));
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = process::spawn(&mut command)?;
        let stdout = server
            .stdout
            .take()
            .context("the fixture market has no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .context("could not read the address of the fixture market")?;
        let addr = line.trim().parse().with_context(|| {
            format!("the first line of the fixture market should be its address, not {line:?}")
        })?;
        Ok(Self {
            addr,
            _server: server,
        })
    }

    /// Where it serves.
    pub(crate) const fn addr(&self) -> SocketAddr {
        self.addr
    }
}
