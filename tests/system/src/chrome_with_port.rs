//! A Chrome with an open debugging port, as somebody else might run one.

use std::{fs, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use browser::{Browser, Chrome, LaunchOptions, Launcher};
use serde_json::json;
use tokio::time::{Instant, sleep};

/// How long what takes a moment may take.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(20);

/// It is started by our own launcher, which ends it with all its processes; its pipe serves to look at it from outside.
#[allow(
    missing_debug_implementations,
    reason = "a browser behind its trait shows nothing"
)]
pub struct ChromeWithPort {
    /// The way to it that does not go over the port.
    pub browser: Arc<dyn Browser>,
    /// Host and port.
    pub address: String,
    /// The address of its websocket.
    pub endpoint: String,
    chrome: Chrome,
}

impl ChromeWithPort {
    /// Starts one, whose profile is the only thing in `options.temp_dir`.
    ///
    /// # Errors
    /// Chrome does not start, or does not tell its port.
    pub async fn start(mut options: LaunchOptions) -> anyhow::Result<Self> {
        let flag = "--remote-debugging-port=0".to_owned();
        options.extra_flags.push(flag);
        let temp = options.temp_dir.clone();
        let chrome = Chrome::new(options);
        let browser = chrome.launch().await?.browser;
        let (port, path) = told_port(&temp).await?;
        let address = format!("127.0.0.1:{port}");
        Ok(Self {
            browser,
            endpoint: format!("ws://{address}{path}"),
            address,
            chrome,
        })
    }

    /// How many contexts somebody has made in it.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn contexts(&self) -> anyhow::Result<usize> {
        // The typed protocol takes the array for a string.
        let asked = self.browser.execute("Target.getBrowserContexts", json!({}));
        let all = asked.await?["browserContextIds"].as_array().map(Vec::len);
        all.context("Chrome does not tell its contexts")
    }

    /// Waits, for a bounded time, until there are as many contexts; returns how many there are.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn contexts_become(&self, expected: usize) -> anyhow::Result<usize> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let contexts = self.contexts().await?;
            if contexts == expected || Instant::now() >= deadline {
                return Ok(contexts);
            }
            sleep(LOOK).await;
        }
    }

    /// Ends it.
    pub async fn end(self) {
        self.browser.close().await;
        self.chrome.shutdown().await;
    }
}

/// The port and the path that Chrome chose, which it writes into its profile.
async fn told_port(temp: &Path) -> anyhow::Result<(u16, String)> {
    let told = || {
        let profile = fs::read_dir(temp).ok()?.flatten().next()?.path();
        let text = fs::read_to_string(profile.join("data/DevToolsActivePort")).ok()?;
        let (port, path) = text.trim_end().split_once('\n')?;
        Some((port.parse().ok()?, path.to_owned()))
    };
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(told) = told() {
            return Ok(told);
        }
        sleep(LOOK).await;
    }
    anyhow::bail!("Chrome did not tell the port it has opened within {PATIENCE:?}")
}
