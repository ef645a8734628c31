//! Stock headless_chrome, with its own transport.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use headless_chrome::{Browser, LaunchOptions, Tab};

use super::driver::Driver;

/// Longer than any run: by default it closes a browser that it has not heard of for 30 s.
const IDLE: Duration = Duration::from_secs(3600);

/// A browser of stock headless_chrome.
pub(crate) struct Stock {
    browser: Browser,
}

impl Stock {
    /// Starts `program`. Its temporary files go to `temp`, so that they can be counted; the profile goes where
    /// the crate tempfile puts it, which the caller has directed there as well.
    pub(crate) fn launch(program: &Path, temp: &Path, sandbox: bool) -> anyhow::Result<Self> {
        let temp = temp
            .to_str()
            .context("the temporary directory is not UTF-8")?;
        let options = LaunchOptions {
            path: Some(program.to_owned()),
            sandbox,
            idle_browser_timeout: IDLE,
            process_envs: Some(HashMap::from([("TMPDIR".to_owned(), temp.to_owned())])),
            ..LaunchOptions::default()
        };
        Ok(Self {
            browser: Browser::new(options)?,
        })
    }
}

impl Driver for Stock {
    type Page = Arc<Tab>;

    fn open(&mut self) -> anyhow::Result<Arc<Tab>> {
        self.browser.new_tab()
    }

    fn visit(&mut self, tab: &mut Arc<Tab>, url: &str) -> anyhow::Result<()> {
        tab.navigate_to(url)?.wait_until_navigated()?;
        Ok(())
    }

    fn evaluate(&mut self, tab: &mut Arc<Tab>, expression: &str) -> anyhow::Result<u64> {
        let value = tab.evaluate(expression, false)?.value;
        value
            .and_then(|value| value.as_u64())
            .context("the value is no number")
    }

    fn close(&mut self, tab: Arc<Tab>) -> anyhow::Result<()> {
        ensure!(tab.close(false)?, "the tab did not close");
        Ok(())
    }

    fn end(self) -> anyhow::Result<()> {
        drop(self.browser);
        Ok(())
    }
}
