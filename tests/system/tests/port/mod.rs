//! A Chrome with an open debugging port, as somebody else might run one.

use std::{fs, path::Path, sync::Arc, time::Duration};

use browser::{Browser, Chrome, LaunchOptions, Launcher};
use serde_json::json;
use system::{groups_of, running_in};

/// It is started by our own launcher, which ends it with all its processes; its pipe serves to look at it from outside.
pub(crate) struct ChromeWithPort {
    /// The way to it that does not go over the port.
    pub(crate) browser: Arc<dyn Browser>,
    /// Host and port.
    pub(crate) address: String,
    /// The address of its websocket.
    pub(crate) endpoint: String,
    pub(crate) temp: tempfile::TempDir,
    chrome: Chrome,
}

impl ChromeWithPort {
    /// Starts one, with these flags.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        // Chrome runs as somebody else when we are root: the way to its profile must be open.
        fs::set_permissions(
            temp.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o711),
        )
        .unwrap();
        let chrome = Chrome::new(LaunchOptions {
            temp_dir: temp.path().to_owned(),
            extra_flags: [flags, &["--remote-debugging-port=0"]]
                .concat()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            ..LaunchOptions::default()
        });
        let browser = chrome.launch().await.unwrap().browser;
        let (port, path) = told_port(temp.path()).await;
        let address = format!("127.0.0.1:{port}");
        Self {
            browser,
            endpoint: format!("ws://{address}{path}"),
            address,
            temp,
            chrome,
        }
    }

    /// The contexts that somebody has made in it.
    pub(crate) async fn contexts(&self) -> usize {
        // The typed protocol takes the array for a string.
        let all = self.browser.execute("Target.getBrowserContexts", json!({}));
        all.await.unwrap()["browserContextIds"]
            .as_array()
            .unwrap()
            .len()
    }

    /// Waits until as many contexts are left; fails when they are not in time.
    pub(crate) async fn comes_to(&self, contexts: usize) {
        let watch = async {
            while self.contexts().await != contexts {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let came = tokio::time::timeout(Duration::from_secs(15), watch).await;
        assert!(came.is_ok(), "{} contexts are left", self.contexts().await);
    }

    pub(crate) async fn end(self) {
        let groups = groups_of(self.temp.path());
        self.browser.close().await;
        self.chrome.shutdown().await;
        assert_eq!(running_in(&groups), 0);
        assert_eq!(fs::read_dir(self.temp.path()).unwrap().count(), 0);
    }
}

/// The port and the path that Chrome chose, which it writes into its profile.
async fn told_port(temp: &Path) -> (u16, String) {
    let told = || {
        let profile = fs::read_dir(temp).ok()?.flatten().next()?.path();
        let text = fs::read_to_string(profile.join("data/DevToolsActivePort")).ok()?;
        let (port, path) = text.trim_end().split_once('\n')?;
        Some((port.parse().ok()?, path.to_owned()))
    };
    let told = async {
        loop {
            if let Some(told) = told() {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(15), told).await;
    told.expect("Chrome tells the port it has opened")
}
