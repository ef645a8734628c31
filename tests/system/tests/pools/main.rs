//! The pools of browsers and pages, with a real Chrome. Needs Chromium: `cargo xtask setup` installs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod faults;
mod isolation;
#[path = "../port/mod.rs"]
mod port;
mod remotes;
mod retirement;
mod site;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use browser::{Chrome, LaunchError, LaunchOptions, Launched, Launcher, Pages, PagesConfig};
use system::Scratch;

use site::Site;

/// Pages of Chrome, a site for them, and a count of the launches.
struct Fixture {
    pages: Arc<Pages>,
    site: Site,
    launches: Arc<AtomicUsize>,
    scratch: Scratch,
}

impl Fixture {
    async fn start(config: &PagesConfig) -> Self {
        Self::start_with(config, |options| options).await
    }

    async fn start_with(
        config: &PagesConfig,
        change: impl FnOnce(LaunchOptions) -> LaunchOptions,
    ) -> Self {
        let scratch = Scratch::create().unwrap();
        let launches = Arc::<AtomicUsize>::default();
        let launcher = Counting {
            chrome: Chrome::new(change(scratch.options())),
            launches: Arc::clone(&launches),
        };
        Self {
            pages: Arc::new(Pages::new(Arc::new(launcher), config).unwrap()),
            site: Site::start().await,
            launches,
            scratch,
        }
    }

    fn launches(&self) -> usize {
        self.launches.load(Ordering::SeqCst)
    }

    /// Shuts the pools down, after which nothing may be left.
    async fn end(self) {
        self.pages.shutdown().await;
        self.scratch.assert_deserted();
    }
}

struct Counting {
    chrome: Chrome,
    launches: Arc<AtomicUsize>,
}

#[async_trait]
impl Launcher for Counting {
    async fn launch(&self) -> Result<Launched, LaunchError> {
        self.launches.fetch_add(1, Ordering::SeqCst);
        self.chrome.launch().await
    }

    fn page_limit(&self) -> Option<usize> {
        self.chrome.page_limit()
    }

    async fn shutdown(&self) {
        self.chrome.shutdown().await;
    }
}
