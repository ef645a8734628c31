//! Our own crate `browser`.

use std::{path::Path, sync::Arc};

use browser::{
    Browser, BrowserExt, Chrome, LaunchOptions, Launcher, Navigation, Page, PageExt, PageOptions,
    cdp::Browser::GetVersion,
};
use tokio::runtime::Handle;

use super::driver::Driver;

/// A browser of our own.
pub(crate) struct Ours {
    launcher: Chrome,
    browser: Arc<dyn Browser>,
    runtime: Handle,
}

impl Ours {
    pub(crate) fn launch(program: &Path, temp: &Path, runtime: Handle) -> anyhow::Result<Self> {
        let launcher = Chrome::new(LaunchOptions {
            program: Some(program.to_owned()),
            temp_dir: temp.to_owned(),
            ..LaunchOptions::default()
        });
        let browser = runtime.block_on(launcher.launch())?.browser;
        Ok(Self {
            launcher,
            browser,
            runtime,
        })
    }

    /// The name and version of the browser.
    pub(crate) fn product(&self) -> anyhow::Result<String> {
        let version = self.runtime.block_on(self.browser.call(GetVersion(None)))?;
        Ok(version.product)
    }
}

impl Driver for Ours {
    type Page = Box<dyn Page>;

    fn open(&mut self) -> anyhow::Result<Box<dyn Page>> {
        let opening = self.browser.new_page(PageOptions::default());
        Ok(self.runtime.block_on(opening)?)
    }

    fn visit(&mut self, page: &mut Box<dyn Page>, url: &str) -> anyhow::Result<()> {
        let navigation = Navigation::to(url.parse()?);
        self.runtime.block_on(page.navigate(&navigation))?;
        Ok(())
    }

    fn evaluate(&mut self, page: &mut Box<dyn Page>, expression: &str) -> anyhow::Result<u64> {
        Ok(self.runtime.block_on(page.evaluate(expression))?)
    }

    fn close(&mut self, page: Box<dyn Page>) -> anyhow::Result<()> {
        Ok(self.runtime.block_on(page.close())?)
    }

    fn end(self) -> anyhow::Result<()> {
        self.runtime.block_on(async {
            self.browser.close().await;
            self.launcher.shutdown().await;
        });
        Ok(())
    }
}
