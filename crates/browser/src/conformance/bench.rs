//! What a case works with.

use std::{fmt, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use url::Url;

use super::{
    report::{Failure, expect},
    server::Server,
};
use crate::{Browser, BrowserExt, Launched, Launcher, Navigation, Page, PageOptions, Visit, cdp};

/// How long something may take that is done in the background.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a case works with: a browser, and a site to visit.
pub struct Bench {
    pub(super) browser: Arc<dyn Browser>,
    pub(super) server: Arc<Server>,
    launcher: Arc<dyn Launcher>,
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench").finish_non_exhaustive()
    }
}

impl Bench {
    /// With `browser` where it is still there.
    pub(super) async fn make(
        launcher: &Arc<dyn Launcher>,
        server: &Arc<Server>,
        browser: Option<Arc<dyn Browser>>,
    ) -> Result<Self, Failure> {
        let browser = match browser.filter(|browser| browser.state().is_connected()) {
            Some(browser) => browser,
            None => launcher.launch().await?.browser,
        };
        Ok(Self {
            browser,
            server: Arc::clone(server),
            launcher: Arc::clone(launcher),
        })
    }

    /// A browser that the case may end.
    pub(super) async fn launch(&self) -> Result<Launched, Failure> {
        Ok(self.launcher.launch().await?)
    }

    pub(super) async fn page(&self) -> Result<Box<dyn Page>, Failure> {
        Ok(self.browser.new_page(PageOptions::default()).await?)
    }

    /// The address of a path of the site.
    pub(super) fn url(&self, path: &str) -> Url {
        self.server.url(path)
    }

    /// Goes to a path of the site.
    pub(super) async fn visit(&self, page: &dyn Page, path: &str) -> Result<Visit, Failure> {
        Ok(page.navigate(&Navigation::to(self.url(path))).await?)
    }

    /// How many pages, workers and the like the browser has.
    pub(super) async fn targets(&self) -> Result<usize, Failure> {
        let all = self.browser.call(cdp::Target::GetTargets { filter: None });
        Ok(all.await?.target_infos.len())
    }

    /// Waits until the browser has as many targets again.
    pub(super) async fn comes_to(&self, targets: usize) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = self.targets().await?;
            if left == targets {
                return Ok(());
            }
            expect(
                Instant::now() < deadline,
                format!("{targets} targets"),
                left,
            )?;
            sleep(Duration::from_millis(20)).await;
        }
    }
}
