//! A browser context of Chrome: what keeps the pages of one site or task apart from all others.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use headless_chrome::protocol::cdp::{
    Browser::{GrantPermissions, SetDownloadBehavior, SetDownloadBehaviorBehaviorOption},
    Target::{CreateBrowserContext, CreateBrowserContextReturnObject, DisposeBrowserContext},
    types::Method as _,
};
use serde_json::value::RawValue;

use super::{contexts::Contexts, making::make, windows::Windows};
use crate::{CallError, ContextOptions, decode::decode};

/// A browser context. Dropping it disposes of it, with every page in it.
#[derive(Debug)]
pub(crate) struct BrowserContext {
    pub(super) contexts: Arc<Contexts>,
    pub(super) id: String,
    pub(super) windows: Arc<Windows>,
    disposed: AtomicBool,
}

impl BrowserContext {
    /// # Cancel safety
    /// Not cancel safe: the context that Chrome makes for a dropped call would stay. Callers run it in a task.
    pub(crate) async fn create(
        contexts: Arc<Contexts>,
        options: ContextOptions,
    ) -> Result<Self, CallError> {
        let create = CreateBrowserContext {
            // Where the browser outlives the connection, the context must not.
            dispose_on_detach: Some(true),
            proxy_server: options.proxy,
            proxy_bypass_list: options.proxy_bypass,
            origins_with_universal_network_access: None,
        };
        let known_by = Arc::downgrade(&contexts);
        let made = move |answer: &RawValue| {
            let id =
                decode::<CreateBrowserContextReturnObject>(CreateBrowserContext::NAME, answer)?
                    .browser_context_id;
            // Without anybody left the connection has ended, and with it the context.
            let contexts = known_by.upgrade().ok_or_else(|| CallError::Closed {
                reason: "the browser was dropped".into(),
            })?;
            Ok(Self {
                windows: contexts.enter(&id),
                contexts,
                id,
                disposed: AtomicBool::new(false),
            })
        };
        // One that comes too late is disposed of by its drop.
        make(
            &contexts.connection,
            &contexts.tasks,
            None,
            CreateBrowserContext::NAME,
            create,
            made,
        )
        .await
    }

    /// Denies what its pages may not do. Sent before anything else, it holds for all of them.
    pub(super) async fn restrict(&self) -> Result<(), CallError> {
        let downloads = SetDownloadBehavior {
            behavior: SetDownloadBehaviorBehaviorOption::Deny,
            browser_context_id: Some(self.id.clone()),
            download_path: None,
            events_enabled: None,
        };
        // To grant none is to deny all, without a prompt that nobody would answer.
        let permissions = GrantPermissions {
            permissions: Vec::new(),
            origin: None,
            browser_context_id: Some(self.id.clone()),
        };
        let connection = &self.contexts.connection;
        tokio::try_join!(
            connection.command(None, &downloads),
            connection.command(None, &permissions),
        )?;
        Ok(())
    }

    /// Disposes of the context and waits until Chrome has done so.
    pub(super) async fn dispose(&self) -> Result<(), CallError> {
        let connection = &self.contexts.connection;
        connection.command(None, &self.disposal()).await?;
        self.disposed.store(true, Ordering::Release);
        Ok(())
    }

    fn disposal(&self) -> DisposeBrowserContext {
        DisposeBrowserContext {
            browser_context_id: self.id.clone(),
        }
    }
}

impl Drop for BrowserContext {
    fn drop(&mut self) {
        self.contexts.leave(&self.id);
        if !self.disposed.load(Ordering::Acquire) {
            self.contexts.connection.send(None, &self.disposal());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connection::fake::over_pipe;

    #[tokio::test(start_paused = true)]
    async fn a_context_that_comes_after_the_timeout_is_disposed_of() {
        let (connection, mut chrome, tasks) = over_pipe();
        let contexts = Contexts::of(connection, tasks.clone());
        let discover = chrome.command().await;
        assert_eq!(discover["method"], "Target.setDiscoverTargets");

        let creating = BrowserContext::create(Arc::clone(&contexts), ContextOptions::default());
        let error = creating.await.unwrap_err();
        assert!(matches!(error, CallError::Timeout { .. }), "{error}");
        let asked = chrome.command().await;
        assert_eq!(asked["method"], "Target.createBrowserContext");
        let late = json!({ "id": asked["id"], "result": { "browserContextId": "LATE" } });
        chrome.say(&late.to_string()).await;
        let disposal = chrome.command().await;
        assert_eq!(disposal["method"], "Target.disposeBrowserContext");
        assert_eq!(disposal["params"]["browserContextId"], "LATE");

        // One that never comes keeps neither the connection open nor a task alive.
        let creating = BrowserContext::create(Arc::clone(&contexts), ContextOptions::default());
        creating.await.unwrap_err();
        drop(contexts);
        tasks.close();
        tasks.wait().await;
    }
}
