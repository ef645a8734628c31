//! chromiumoxide, with its own launcher and its handler in a task.

use std::{collections::HashMap, path::Path};

use anyhow::{Context, anyhow};
use chromiumoxide::{Browser, BrowserConfig, Page};
use futures_util::StreamExt as _;
use tempfile::TempDir;
use tokio::{runtime::Handle, task::JoinHandle};

use super::driver::Driver;

/// A browser of chromiumoxide.
pub(crate) struct Oxide {
    browser: Browser,
    handler: JoinHandle<()>,
    runtime: Handle,
    /// It leaves a profile that it was told of to whoever told it.
    _profile: TempDir,
}

impl Oxide {
    /// Starts `program` with its profile and its temporary files below `temp`.
    pub(crate) fn launch(
        program: &Path,
        temp: &Path,
        sandbox: bool,
        runtime: Handle,
    ) -> anyhow::Result<Self> {
        let dir = temp
            .to_str()
            .context("the temporary directory is not UTF-8")?;
        let profile = TempDir::new_in(temp)?;
        let mut config = BrowserConfig::builder()
            .chrome_executable(program)
            .user_data_dir(profile.path())
            .envs(HashMap::from([("TMPDIR".to_owned(), dir.to_owned())]));
        if !sandbox {
            config = config.no_sandbox();
        }
        let config = config.build().map_err(|reason| anyhow!(reason))?;
        let (browser, mut events) = runtime.block_on(Browser::launch(config))?;
        // Its documentation asks for a task that drives the connection.
        let handler = runtime.spawn(async move { while events.next().await.is_some() {} });
        Ok(Self {
            browser,
            handler,
            runtime,
            _profile: profile,
        })
    }
}

impl Driver for Oxide {
    type Page = Page;

    fn open(&mut self) -> anyhow::Result<Page> {
        let opening = self.browser.new_page("about:blank");
        Ok(self.runtime.block_on(opening)?)
    }

    fn visit(&mut self, page: &mut Page, url: &str) -> anyhow::Result<()> {
        // It returns when the page is loaded.
        self.runtime.block_on(page.goto(url))?;
        Ok(())
    }

    fn evaluate(&mut self, page: &mut Page, expression: &str) -> anyhow::Result<u64> {
        Ok(self
            .runtime
            .block_on(page.evaluate(expression))?
            .into_value()?)
    }

    fn close(&mut self, page: Page) -> anyhow::Result<()> {
        Ok(self.runtime.block_on(page.close())?)
    }

    fn end(mut self) -> anyhow::Result<()> {
        self.runtime.block_on(async {
            self.browser.close().await?;
            self.browser.wait().await?;
            self.handler.await?;
            Ok(())
        })
    }
}
