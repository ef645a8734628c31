//! A running Chrome.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::{
    context::ChromeContext, contexts::Contexts, home::Home, making::to_its_end, page::ChromePage,
    process::Process,
};
use crate::{
    Browser, CallError, CloseReason, ConnectionState, Context, ContextOptions, EventStream, Page,
    PageOptions, Version, connection::Connection, decode::decode, events,
};

/// How long Chrome may take to end by itself. A healthy one takes a tenth of it, and nothing is lost by killing it.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// A running Chrome, ours or somebody else's.
///
/// Its connection keeps one of ours alive: a task of the launcher waits for the connection's end, whoever causes it, and
/// then ends the processes and removes the profile. When the runtime ends first, the drop of that task does it.
/// Somebody else's goes on without us; what we made in it ends with the connection.
#[derive(Debug)]
pub(crate) struct ChromeBrowser {
    connection: Connection,
    contexts: Arc<Contexts>,
    /// None where it is somebody else's.
    process: Option<Arc<Process>>,
    tasks: TaskTracker,
    version: Version,
    /// Chrome in one process dies of a second context, even after the first is gone: it has one page in its life.
    pages_left: Option<AtomicUsize>,
}

impl ChromeBrowser {
    /// One that we have started.
    pub(crate) fn local(
        connection: Connection,
        process: Arc<Process>,
        tasks: TaskTracker,
        version: Version,
        single_process: bool,
    ) -> Self {
        let pages_left = single_process.then(|| AtomicUsize::new(1));
        Self {
            contexts: Contexts::of(connection.clone(), tasks.clone()),
            connection,
            process: Some(process),
            tasks,
            version,
            pages_left,
        }
    }

    /// One that somebody else has started.
    pub(crate) fn remote(connection: Connection, tasks: TaskTracker, version: Version) -> Self {
        Self {
            contexts: Contexts::of(connection.clone(), tasks.clone()),
            connection,
            process: None,
            tasks,
            version,
            pages_left: None,
        }
    }

    /// Disposes of what we made in somebody else's browser, and takes leave of it.
    async fn leave(connection: Connection, contexts: Arc<Contexts>) {
        if timeout(CLOSE_WAIT, contexts.dispose()).await.is_err() {
            tracing::debug!("the browser did not dispose of its contexts when asked");
        }
        connection.close().await;
    }
}

#[async_trait]
impl Browser for ChromeBrowser {
    async fn execute(&self, method: &str, params: Value) -> Result<Value, CallError> {
        decode(method, &self.connection.call(None, method, params).await?)
    }

    fn events(&self, methods: &[&str]) -> EventStream {
        events::untyped(self.connection.subscribe(None, methods))
    }

    async fn new_page(&self, options: PageOptions) -> Result<Box<dyn Page>, CallError> {
        if let Some(left) = &self.pages_left
            && left.swap(0, Ordering::AcqRel) == 0
        {
            let message = "a browser in one process has one page in its life".to_owned();
            return Err(CallError::Refused {
                method: "Target.createTarget".to_owned(),
                code: 0,
                message,
            });
        }
        let contexts = Arc::clone(&self.contexts);
        // A caller who leaves half-way would leave a context in Chrome that nobody knows.
        let opening =
            async move { ChromePage::open(Home::of_its_own(contexts).await?, options).await };
        let page = to_its_end(&self.tasks, opening).await?;
        Ok(Box::new(page))
    }

    async fn new_context(&self, options: ContextOptions) -> Result<Box<dyn Context>, CallError> {
        if self.pages_left.is_some() {
            let message =
                "a browser in one process has no contexts to give; use new_page".to_owned();
            return Err(CallError::Refused {
                method: "Target.createBrowserContext".to_owned(),
                code: 0,
                message,
            });
        }
        let creating = ChromeContext::create(Arc::clone(&self.contexts), options);
        Ok(Box::new(to_its_end(&self.tasks, creating).await?))
    }

    fn version(&self) -> Version {
        self.version.clone()
    }

    fn in_flight(&self) -> usize {
        self.connection.in_flight()
    }

    fn memory(&self) -> Option<u64> {
        self.process.as_ref().map(|process| process.memory())
    }

    fn state(&self) -> ConnectionState {
        self.connection.state()
    }

    async fn closed(&self) -> CloseReason {
        self.connection.close_reason().await
    }

    async fn close(&self) {
        self.connection.ending();
        let in_flight = self.in_flight();
        tracing::debug!(in_flight, "closing the browser; the calls in flight fail");
        // A caller who leaves must not leave the rest undone.
        let Some(process) = &self.process else {
            let leaving = Self::leave(self.connection.clone(), Arc::clone(&self.contexts));
            // When the runtime ends first, the connection is cut, which has the same effect.
            let _ = self.tasks.spawn(leaving).await;
            return;
        };
        let (connection, process) = (self.connection.clone(), Arc::clone(process));
        // What it takes to ask counts as well.
        process.deadline();
        let ending = self.tasks.spawn(async move {
            let asked = async {
                // Its answer may come after its end, or never: what counts is that it ends.
                let _ = connection.call(None, "Browser.close", json!({})).await;
                process.gone().await;
            };
            if timeout(CLOSE_WAIT, asked).await.is_err() {
                tracing::debug!("the browser did not end when asked; killing it");
            }
            process.end().await;
        });
        // It cannot panic; when the runtime ends first, the drop of the process does the rest.
        let _ = ending.await;
    }
}
