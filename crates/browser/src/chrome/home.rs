//! Where a page lives: its window, and its context where it has one for itself.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use headless_chrome::protocol::cdp::Target::{CloseTarget, CreateTarget};

use super::{browser_context::BrowserContext, contexts::Contexts, windows::Windows};
use crate::{CallError, ContextOptions};

/// Where a page lives. Dropping it ends the page, and its context where it is alone in it.
#[derive(Debug)]
pub(crate) struct Home {
    window: Window,
    /// The id of its context.
    context: String,
    /// The context itself, where the page is alone in it.
    own: Option<BrowserContext>,
}

impl Home {
    /// A window in a new context of its own.
    ///
    /// # Cancel safety
    /// Not cancel safe, as [`BrowserContext::create`].
    pub(crate) async fn of_its_own(contexts: Arc<Contexts>) -> Result<Self, CallError> {
        let own = BrowserContext::create(contexts, ContextOptions::default()).await?;
        // What the context denies is on its way before the window.
        let ((), window) = tokio::try_join!(own.restrict(), Window::open(&own, true))?;
        Ok(Self {
            window,
            context: own.id.clone(),
            own: Some(own),
        })
    }

    /// A window in a context that others may be in.
    ///
    /// # Cancel safety
    /// Not cancel safe, as [`BrowserContext::create`].
    pub(crate) async fn within(context: &BrowserContext) -> Result<Self, CallError> {
        Ok(Self {
            window: Window::open(context, false).await?,
            context: context.id.clone(),
            own: None,
        })
    }

    pub(crate) fn contexts(&self) -> &Arc<Contexts> {
        &self.window.contexts
    }

    pub(crate) fn target(&self) -> &str {
        &self.window.id
    }

    pub(crate) fn context(&self) -> &str {
        &self.context
    }

    pub(crate) async fn end(self) -> Result<(), CallError> {
        match &self.own {
            Some(context) => context.dispose().await,
            None => self.window.close().await,
        }
    }
}

/// A window of a context. Dropping it closes it.
#[derive(Debug)]
struct Window {
    contexts: Arc<Contexts>,
    windows: Arc<Windows>,
    id: String,
    /// It is closed, or will be by the end of its context.
    gone: AtomicBool,
}

impl Window {
    /// Opens one.
    ///
    /// # Cancel safety
    /// Not cancel safe, as [`BrowserContext::create`].
    async fn open(context: &BrowserContext, goes_with_context: bool) -> Result<Self, CallError> {
        let (contexts, windows) = (&context.contexts, &context.windows);
        let opening = windows.opening();
        let created = contexts
            .connection
            .command(None, &new_target(&context.id))
            .await;
        let target = created.as_ref().ok().map(|created| &*created.target_id);
        for stranger in opening.done(target) {
            contexts.close_target(stranger);
        }
        Ok(Self {
            contexts: Arc::clone(contexts),
            windows: Arc::clone(windows),
            id: created?.target_id,
            gone: AtomicBool::new(goes_with_context),
        })
    }

    fn closing(&self) -> CloseTarget {
        CloseTarget {
            target_id: self.id.clone(),
        }
    }

    async fn close(&self) -> Result<(), CallError> {
        let connection = &self.contexts.connection;
        connection.command(None, &self.closing()).await?;
        self.gone.store(true, Ordering::Release);
        Ok(())
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.windows.forget(&self.id);
        if !self.gone.load(Ordering::Acquire) {
            self.contexts.connection.send(None, &self.closing());
        }
    }
}

fn new_target(context: &str) -> CreateTarget {
    CreateTarget {
        url: "about:blank".to_owned(),
        browser_context_id: Some(context.to_owned()),
        left: None,
        top: None,
        width: None,
        height: None,
        window_state: None,
        enable_begin_frame_control: None,
        new_window: None,
        background: None,
        for_tab: None,
        hidden: None,
    }
}
