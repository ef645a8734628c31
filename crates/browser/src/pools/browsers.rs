//! The pool of browsers.

use std::{sync::Arc, time::Duration};

use pool::{Created, Manager};
use serde_json::json;
use tokio::time::timeout;

use crate::{Browser, CallError, LaunchError, Launcher};

/// How long a healthy browser may take for the simplest call.
const HEALTH_WAIT: Duration = Duration::from_secs(2);

/// Launches, checks and closes the browsers of a pool.
pub(crate) struct BrowserManager {
    pub(crate) launcher: Arc<dyn Launcher>,
}

impl Manager for BrowserManager {
    type Resource = Arc<dyn Browser>;
    type Key = ();
    type Error = LaunchError;

    async fn create(&self) -> Result<Created<Arc<dyn Browser>>, LaunchError> {
        let launched = self.launcher.launch().await?;
        Ok(Created::with_kill(launched.browser, launched.kill))
    }

    async fn recycle(&self, browser: &mut Arc<dyn Browser>, (): &()) -> Result<(), LaunchError> {
        is_healthy(&**browser).await.map_err(LaunchError::Call)
    }

    async fn destroy(&self, browser: Arc<dyn Browser>) {
        browser.close().await;
    }
}

/// Whether a browser still answers: one that is frozen or half dead does not.
async fn is_healthy(browser: &dyn Browser) -> Result<(), CallError> {
    let method = "Browser.getVersion";
    match timeout(HEALTH_WAIT, browser.execute(method, json!({}))).await {
        Ok(answer) => answer.map(drop),
        Err(_elapsed) => Err(CallError::Timeout {
            method: method.to_owned(),
            limit: HEALTH_WAIT,
        }),
    }
}
