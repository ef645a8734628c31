//! A Chrome with an open debugging port, as somebody else might run one.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

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
    _program: tempfile::TempDir,
}

impl ChromeWithPort {
    /// Starts one, with these flags.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        // Chrome runs as somebody else when we are root: the way to its profile must be open.
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let program = tempfile::tempdir().unwrap();
        let chrome = Chrome::new(LaunchOptions {
            program: Some(that_opens_windows(program.path())),
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
            _program: program,
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

/// A program that starts Chrome without the one flag of ours that makes its pages open no windows, as somebody else would.
fn that_opens_windows(dir: &Path) -> PathBuf {
    let path = dir.join("chrome");
    let named = std::env::var("CHROME").unwrap_or_default();
    let script = format!(
        "#!/bin/sh\nfor flag do shift; test \"$flag\" = --block-new-web-contents || set -- \"$@\" \"$flag\"; done\n\
         for chrome in '{named}' chromium-headless-shell chrome-headless-shell chromium chromium-browser google-chrome; do\n\
         command -v \"$chrome\" >/dev/null && exec \"$chrome\" \"$@\"\ndone\n\
         echo 'no Chrome here: cargo xtask setup installs it' >&2\n"
    );
    fs::write(&path, script).unwrap();
    for (path, mode) in [(dir, 0o711), (&*path, 0o755)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    path
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
