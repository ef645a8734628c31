//! A context that somebody asked for: it can be cleared, which puts another browser context in its place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio_util::task::TaskTracker;

use super::{
    browser_context::BrowserContext, contexts::Contexts, cookies, home::Home, making::to_its_end,
    page::ChromePage,
};
use crate::{CallError, Context, ContextOptions, Cookie, Page, PageOptions};

/// A context on loan to whoever asked for it.
#[derive(Debug)]
pub(crate) struct ChromeContext {
    contexts: Arc<Contexts>,
    options: ContextOptions,
    state: Arc<Mutex<State>>,
    /// The clearing and the closing that are under way.
    under_way: TaskTracker,
}

#[derive(Debug)]
enum State {
    Open(Arc<BrowserContext>),
    /// What comes next is not there yet.
    Clearing,
    Closed,
}

impl ChromeContext {
    /// # Cancel safety
    /// Not cancel safe, as [`BrowserContext::create`].
    pub(crate) async fn create(
        contexts: Arc<Contexts>,
        options: ContextOptions,
    ) -> Result<Self, CallError> {
        let context = BrowserContext::create(Arc::clone(&contexts), options.clone()).await?;
        context.restrict().await?;
        Ok(Self {
            contexts,
            options,
            state: Arc::new(Mutex::new(State::Open(Arc::new(context)))),
            under_way: TaskTracker::new(),
        })
    }

    fn open(&self) -> Result<Arc<BrowserContext>, CallError> {
        lock(&self.state).open()
    }

    /// Puts a new context in the place of the old one, unless it was closed meanwhile.
    async fn renew(
        old: Arc<BrowserContext>,
        contexts: Arc<Contexts>,
        options: ContextOptions,
        state: Arc<Mutex<State>>,
    ) -> Result<(), CallError> {
        let renewed = async {
            old.dispose().await?;
            let context = BrowserContext::create(contexts, options).await?;
            context.restrict().await?;
            Ok(context)
        };
        let (next, result) = match renewed.await {
            Ok(context) => (State::Open(Arc::new(context)), Ok(())),
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
        if let State::Open(context) = last {
            // Where that fails its drop tries once more.
            let _ = context.dispose().await;
        }
        result
    }
}

impl State {
    fn open(&self) -> Result<Arc<BrowserContext>, CallError> {
        match self {
            Self::Open(context) => Ok(Arc::clone(context)),
            Self::Clearing => Err(CallError::ContextClearing),
            Self::Closed => Err(CallError::ContextClosed),
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Context for ChromeContext {
    async fn new_page(&self, options: PageOptions) -> Result<Box<dyn Page>, CallError> {
        let context = self.open()?;
        let opening = async move { ChromePage::open(Home::within(&context).await?, options).await };
        let page = to_its_end(&self.contexts.tasks, opening).await?;
        Ok(Box::new(page))
    }

    async fn cookies(&self) -> Result<Vec<Cookie>, CallError> {
        cookies::all(&self.contexts.connection, &self.open()?.id).await
    }

    async fn set_cookies(&self, cookies: &[Cookie]) -> Result<(), CallError> {
        cookies::set(&self.contexts.connection, &self.open()?.id, cookies).await
    }

    async fn clear_cookies(&self) -> Result<(), CallError> {
        cookies::clear(&self.contexts.connection, &self.open()?.id).await
    }

    async fn clear(&self) -> Result<(), CallError> {
        let clearing = {
            let mut state = lock(&self.state);
            let old = state.open()?;
            *state = State::Clearing;
            self.under_way.track_future(Self::renew(
                old,
                Arc::clone(&self.contexts),
                self.options.clone(),
                Arc::clone(&self.state),
            ))
        };
        to_its_end(&self.contexts.tasks, clearing).await
    }

    async fn close(&self) -> Result<(), CallError> {
        let disposing = {
            let mut state = lock(&self.state);
            match std::mem::replace(&mut *state, State::Closed) {
                State::Open(context) => {
                    let disposing = async move { context.dispose().await };
                    Some(self.under_way.track_future(disposing))
                }
                State::Clearing | State::Closed => None,
            }
        };
        if let Some(disposing) = disposing {
            return to_its_end(&self.contexts.tasks, disposing).await;
        }
        // Somebody else is ending it already.
        self.under_way.close();
        self.under_way.wait().await;
        Ok(())
    }
}
