//! A browser context: an island of cookies, storage and cache.

use headless_chrome::protocol::cdp::{
    Browser::{SetDownloadBehavior, SetDownloadBehaviorBehaviorOption},
    Target::{CreateBrowserContext, DisposeBrowserContext},
};

use crate::{CallError, connection::Connection};

/// A browser context. Dropping it disposes of it, with every page in it.
#[derive(Debug)]
pub(crate) struct Context {
    connection: Connection,
    id: String,
    disposed: bool,
}

impl Context {
    /// # Cancel safety
    /// Not cancel safe: the context that Chrome makes for a dropped call would stay. Callers run it in a task.
    pub(crate) async fn create(connection: Connection) -> Result<Self, CallError> {
        let create = CreateBrowserContext {
            dispose_on_detach: None,
            proxy_server: None,
            proxy_bypass_list: None,
            origins_with_universal_network_access: None,
        };
        let id = connection.command(None, &create).await?.browser_context_id;
        let context = Self {
            connection,
            id,
            disposed: false,
        };
        let deny = SetDownloadBehavior {
            behavior: SetDownloadBehaviorBehaviorOption::Deny,
            browser_context_id: Some(context.id.clone()),
            download_path: None,
            events_enabled: None,
        };
        context.connection.command(None, &deny).await?;
        Ok(context)
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Disposes of the context and waits until Chrome has done so.
    pub(crate) async fn dispose(mut self) -> Result<(), CallError> {
        self.connection.command(None, &self.disposal()).await?;
        self.disposed = true;
        Ok(())
    }

    fn disposal(&self) -> DisposeBrowserContext {
        DisposeBrowserContext {
            browser_context_id: self.id.clone(),
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if !self.disposed {
            self.connection.send(None, &self.disposal());
        }
    }
}
