//! Pages and contexts of a real Chrome. Needs Chromium: `cargo xtask setup` installs it.
//!
//! The cases know a browser only by its trait, so that any browser can be put to them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod contexts;
mod doing;
mod health;
mod messages;
mod options;
#[path = "../port/mod.rs"]
mod port;
mod requests;
mod site;
mod values;
mod visits;

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use browser::{Browser, Chrome, LaunchOptions, Launcher, Page, PageOptions, Remote, RemoteOptions};
use system::{groups_of, running_in};

use port::Port;
use site::Site;

/// Puts a case to a Chrome of its own and a site of its own, over a pipe and over a websocket, and sees that nothing is left.
async fn on_chrome(case: impl AsyncFn(&dyn Browser, &Site)) {
    on_chrome_with(&[], case).await;
}

/// The same, of a Chrome with these flags.
async fn on_chrome_with(flags: &[&str], case: impl AsyncFn(&dyn Browser, &Site)) {
    over_a_pipe(flags, &case).await;
    over_a_websocket(flags, &case).await;
}

async fn over_a_pipe(flags: &[&str], case: &impl AsyncFn(&dyn Browser, &Site)) {
    let temp = tempfile::tempdir().unwrap();
    let chrome = Chrome::new(options(temp.path(), flags));
    let browser = chrome.launch().await.unwrap().browser;
    let site = Site::start().await;
    case(&*browser, &site).await;
    let groups = groups_of(temp.path());
    browser.close().await;
    assert_eq!(running_in(&groups), 0, "closing left processes");
    chrome.shutdown().await;
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

async fn over_a_websocket(flags: &[&str], case: &impl AsyncFn(&dyn Browser, &Site)) {
    let port = Port::open(flags).await;
    let remote = Remote::new(&port.chrome.endpoint, RemoteOptions::default()).unwrap();
    let launched = remote.launch().await;
    let browser = launched
        .unwrap_or_else(|error| panic!("{}: {error}", port.chrome.address))
        .browser;
    let site = Site::start().await;
    case(&*browser, &site).await;
    browser.close().await;
    drop(browser);
    remote.shutdown().await;
    port.comes_to(0).await;
    port.end().await;
}

fn options(temp: &Path, flags: &[&str]) -> LaunchOptions {
    // Chrome runs as somebody else when we are root: the way to its profile must be open.
    fs::set_permissions(temp, fs::Permissions::from_mode(0o711)).unwrap();
    LaunchOptions {
        temp_dir: temp.to_owned(),
        extra_flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        ..LaunchOptions::default()
    }
}

async fn plain_page(browser: &dyn Browser) -> Box<dyn Page> {
    browser.new_page(PageOptions::default()).await.unwrap()
}
