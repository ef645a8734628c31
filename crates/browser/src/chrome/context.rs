//! A browser context of Chrome.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use headless_chrome::protocol::cdp::{
    Browser::{GrantPermissions, SetDownloadBehavior, SetDownloadBehaviorBehaviorOption},
    Target::{
        CloseTarget, CreateBrowserContext, CreateBrowserContextReturnObject, CreateTarget,
        DisposeBrowserContext,
    },
    types::Method as _,
};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use tokio_util::task::TaskTracker;

use super::{contexts::Contexts, making::make, page::ChromePage, windows::Windows};
use crate::{
    CallError, Context, ContextOptions, Cookie, Page, PageOptions, connection::Connection,
    decode::decode,
};

/// A browser context. Dropping it disposes of it, with every page in it.
#[derive(Debug)]
pub(crate) struct Island {
    contexts: Arc<Contexts>,
    id: String,
    windows: Arc<Windows>,
    disposed: AtomicBool,
}

impl Island {
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
    async fn restrict(&self) -> Result<(), CallError> {
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

    /// Opens a window.
    ///
    /// # Cancel safety
    /// Not cancel safe, as [`create`](Self::create).
    async fn window(&self, goes_with_context: bool) -> Result<Window, CallError> {
        let opening = self.windows.opening();
        let connection = &self.contexts.connection;
        let created = connection.command(None, &new_target(&self.id)).await;
        let target = created.as_ref().ok().map(|created| &*created.target_id);
        for stranger in opening.done(target) {
            self.contexts.close_target(stranger);
        }
        Ok(Window {
            contexts: Arc::clone(&self.contexts),
            windows: Arc::clone(&self.windows),
            id: created?.target_id,
            gone: AtomicBool::new(goes_with_context),
        })
    }

    /// Disposes of the context and waits until Chrome has done so.
    async fn dispose(&self) -> Result<(), CallError> {
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

impl Drop for Island {
    fn drop(&mut self) {
        self.contexts.leave(&self.id);
        if !self.disposed.load(Ordering::Acquire) {
            self.contexts.connection.send(None, &self.disposal());
        }
    }
}

/// A window of a context. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Window {
    contexts: Arc<Contexts>,
    windows: Arc<Windows>,
    id: String,
    /// It is closed, or will be by the end of its context.
    gone: AtomicBool,
}

impl Window {
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

/// Where a page lives. Dropping it ends the page, and its context where it is alone in it.
#[derive(Debug)]
pub(crate) struct Home {
    window: Window,
    /// The context, where the page has it for itself.
    island: Option<Island>,
    context: String,
}

impl Home {
    /// A window in a new context of its own.
    ///
    /// # Cancel safety
    /// Not cancel safe, as [`Island::create`].
    pub(crate) async fn of_its_own(contexts: Arc<Contexts>) -> Result<Self, CallError> {
        let island = Island::create(contexts, ContextOptions::default()).await?;
        // What the context denies is on its way before the window.
        let ((), window) = tokio::try_join!(island.restrict(), island.window(true))?;
        Ok(Self {
            window,
            context: island.id.clone(),
            island: Some(island),
        })
    }

    async fn within(island: &Island) -> Result<Self, CallError> {
        Ok(Self {
            window: island.window(false).await?,
            context: island.id.clone(),
            island: None,
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
        match &self.island {
            Some(island) => island.dispose().await,
            None => self.window.close().await,
        }
    }
}

/// A context on loan to whoever asked for it.
#[derive(Debug)]
pub(crate) struct ChromeContext {
    contexts: Arc<Contexts>,
    options: ContextOptions,
    state: Arc<Mutex<State>>,
    /// Has a token of each clearing and closing that is under way.
    under_way: TaskTracker,
}

#[derive(Debug)]
enum State {
    Open(Arc<Island>),
    /// What comes next is not there yet.
    Clearing,
    Closed,
}

impl ChromeContext {
    /// # Cancel safety
    /// Not cancel safe, as [`Island::create`].
    pub(crate) async fn create(
        contexts: Arc<Contexts>,
        options: ContextOptions,
    ) -> Result<Self, CallError> {
        let island = Island::create(Arc::clone(&contexts), options.clone()).await?;
        island.restrict().await?;
        Ok(Self {
            contexts,
            options,
            state: Arc::new(Mutex::new(State::Open(Arc::new(island)))),
            under_way: TaskTracker::new(),
        })
    }

    fn island(&self) -> Result<Arc<Island>, CallError> {
        match &*lock(&self.state) {
            State::Open(island) => Ok(Arc::clone(island)),
            State::Clearing => Err(CallError::ContextClearing),
            State::Closed => Err(CallError::ContextClosed),
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Context for ChromeContext {
    async fn new_page(&self, options: PageOptions) -> Result<Box<dyn Page>, CallError> {
        let island = self.island()?;
        let opening = async move { ChromePage::open(Home::within(&island).await?, options).await };
        let page = to_its_end(&self.contexts.tasks, opening).await?;
        Ok(Box::new(page))
    }

    async fn cookies(&self) -> Result<Vec<Cookie>, CallError> {
        cookies(&self.contexts.connection, &self.island()?.id).await
    }

    async fn set_cookies(&self, cookies: &[Cookie]) -> Result<(), CallError> {
        set_cookies(&self.contexts.connection, &self.island()?.id, cookies).await
    }

    async fn clear_cookies(&self) -> Result<(), CallError> {
        clear_cookies(&self.contexts.connection, &self.island()?.id).await
    }

    async fn clear(&self) -> Result<(), CallError> {
        let (old, under_way) = {
            let mut state = lock(&self.state);
            match std::mem::replace(&mut *state, State::Clearing) {
                State::Open(island) => (island, self.under_way.token()),
                other => {
                    *state = other;
                    drop(state);
                    return self.island().map(drop);
                }
            }
        };
        let (state, options) = (Arc::clone(&self.state), self.options.clone());
        let contexts = Arc::clone(&self.contexts);
        let clearing = async move {
            let renewed = async {
                old.dispose().await?;
                let island = Island::create(contexts, options).await?;
                island.restrict().await?;
                Ok(island)
            };
            let (next, result) = match renewed.await {
                Ok(island) => (State::Open(Arc::new(island)), Ok(())),
                Err(error) => (State::Closed, Err(error)),
            };
            let last = {
                let mut state = lock(&state);
                // Whoever closed it meanwhile meant what comes next as well.
                match &*state {
                    State::Clearing => std::mem::replace(&mut *state, next),
                    _ => next,
                }
            };
            if let State::Open(island) = last {
                // Where that fails its drop tries once more.
                let _ = island.dispose().await;
            }
            drop(under_way);
            result
        };
        to_its_end(&self.contexts.tasks, clearing).await
    }

    async fn close(&self) -> Result<(), CallError> {
        let (last, under_way) = {
            let mut state = lock(&self.state);
            let last = std::mem::replace(&mut *state, State::Closed);
            (last, self.under_way.token())
        };
        if let State::Open(island) = last {
            let disposing = async move {
                let disposed = island.dispose().await;
                drop(under_way);
                disposed
            };
            return to_its_end(&self.contexts.tasks, disposing).await;
        }
        drop(under_way);
        // Somebody else is ending it already.
        self.under_way.close();
        self.under_way.wait().await;
        Ok(())
    }
}

/// Does in a task of its own what must not be left half-way, even by a caller who leaves.
pub(crate) async fn to_its_end<T: Send + 'static>(
    tasks: &TaskTracker,
    work: impl Future<Output = Result<T, CallError>> + Send + 'static,
) -> Result<T, CallError> {
    tasks.spawn(work).await.unwrap_or_else(|ended| {
        Err(CallError::Closed {
            reason: format!("it was not brought to its end: {ended}").into(),
        })
    })
}

#[derive(Deserialize)]
struct Cookies {
    cookies: Vec<Cookie>,
}

pub(crate) async fn cookies(
    connection: &Connection,
    context: &str,
) -> Result<Vec<Cookie>, CallError> {
    let method = "Storage.getCookies";
    let params = json!({ "browserContextId": context });
    let raw = connection.call(None, method, params).await?;
    Ok(decode::<Cookies>(method, &raw)?.cookies)
}

pub(crate) async fn set_cookies(
    connection: &Connection,
    context: &str,
    cookies: &[Cookie],
) -> Result<(), CallError> {
    let params = json!({ "browserContextId": context, "cookies": cookies });
    let set = connection.call(None, "Storage.setCookies", params).await;
    set.map(drop)
}

pub(crate) async fn clear_cookies(connection: &Connection, context: &str) -> Result<(), CallError> {
    let params = json!({ "browserContextId": context });
    let cleared = connection.call(None, "Storage.clearCookies", params).await;
    cleared.map(drop)
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;
    use tokio::io::{AsyncRead, AsyncWriteExt, BufReader};

    use super::*;
    use crate::connection::read_message;

    async fn command(from_us: &mut BufReader<impl AsyncRead + Unpin>) -> Value {
        let mut message = Vec::new();
        assert!(read_message(from_us, &mut message).await.unwrap());
        serde_json::from_slice(&message).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_context_that_comes_after_the_timeout_is_disposed_of() {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (reader, writer) = tokio::io::split(ours);
        let (from_us, mut to_us) = tokio::io::split(theirs);
        let mut from_us = BufReader::new(from_us);
        let tasks = TaskTracker::new();
        let limit = Duration::from_secs(10);
        let connection = Connection::over_pipe(reader, writer, limit, &tasks);
        let contexts = Contexts::of(connection, tasks.clone());

        let creating = Island::create(Arc::clone(&contexts), ContextOptions::default());
        let error = creating.await.unwrap_err();
        assert!(matches!(error, CallError::Timeout { .. }), "{error}");
        let asked = command(&mut from_us).await;
        assert_eq!(asked["method"], "Target.createBrowserContext");
        let late = json!({ "id": asked["id"], "result": { "browserContextId": "LATE" } });
        to_us
            .write_all(format!("{late}\0").as_bytes())
            .await
            .unwrap();
        let disposal = command(&mut from_us).await;
        assert_eq!(disposal["method"], "Target.disposeBrowserContext");
        assert_eq!(disposal["params"]["browserContextId"], "LATE");

        // One that never comes keeps neither the connection open nor a task alive.
        let creating = Island::create(Arc::clone(&contexts), ContextOptions::default());
        creating.await.unwrap_err();
        drop(contexts);
        tasks.close();
        tasks.wait().await;
    }
}
