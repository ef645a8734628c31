//! Our implementations of the traits against what the traits promise. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, sync::Arc};

use browser::{Chrome, LaunchOptions, Remote, RemoteOptions, conformance};
use system::{groups_of, running_in};

mod port;

use port::ChromeWithPort;

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
    let report = conformance::run(Arc::new(chrome)).await.unwrap();
    assert!(report.passed(), "{report}");
    assert_eq!(running_in(&groups_of(temp.path())), 0);
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn chrome_over_a_websocket_does_what_the_traits_promise() {
    let chrome = ChromeWithPort::start(&[]).await;
    let remote = Remote::new(&chrome.endpoint, RemoteOptions::default()).unwrap();
    let report = conformance::run(Arc::new(remote)).await.unwrap();
    assert!(report.passed(), "{}\n{report}", chrome.address);
    chrome.comes_to(0).await;
    chrome.end().await;
}
