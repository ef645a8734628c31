//! Our implementations of the traits against what the traits promise. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use browser::{
    Chrome, LaunchError, LaunchOptions, Launched, Launcher, Remote, RemoteOptions, conformance,
};
use system::{groups_of, running_in};

mod port;

use port::Port;

/// Notes the process groups of the browsers while they run: what is left of one that has ended shows no more whose it was.
struct Noting {
    chrome: Chrome,
    temp: PathBuf,
    groups: Mutex<BTreeSet<u32>>,
}

#[async_trait]
impl Launcher for Noting {
    async fn launch(&self) -> Result<Launched, LaunchError> {
        let launched = self.chrome.launch().await?;
        self.groups.lock().unwrap().extend(groups_of(&self.temp));
        Ok(launched)
    }

    async fn shutdown(&self) {
        self.chrome.shutdown().await;
    }
}

#[tokio::test]
async fn chrome_over_a_pipe_does_what_the_traits_promise() {
    let temp = tempfile::tempdir().unwrap();
    // Chrome runs as somebody else when we are root: the way to its profile must be open.
    fs::set_permissions(
        temp.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o711),
    )
    .unwrap();
    let chrome = Chrome::new(LaunchOptions {
        temp_dir: temp.path().to_owned(),
        ..LaunchOptions::default()
    });
    let noting = Arc::new(Noting {
        chrome,
        temp: temp.path().to_owned(),
        groups: Mutex::default(),
    });
    let launcher: Arc<dyn Launcher> = Arc::<Noting>::clone(&noting);
    let report = conformance::run(launcher).await.unwrap();
    assert!(report.passed(), "{report}");
    let groups = noting.groups.lock().unwrap().clone();
    assert!(!groups.is_empty(), "no browser was seen");
    assert_eq!(running_in(&groups), 0);
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn chrome_over_a_websocket_does_what_the_traits_promise() {
    let port = Port::open(&[]).await;
    let remote = Remote::new(&port.chrome.endpoint, RemoteOptions::default()).unwrap();
    let report = conformance::run(Arc::new(remote)).await.unwrap();
    assert!(report.passed(), "{}\n{report}", port.chrome.address);
    port.comes_to(0).await;
    port.end().await;
}
