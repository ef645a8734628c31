//! A browser that runs.

use async_trait::async_trait;
use headless_chrome::protocol::cdp::types::Method;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    CallError, CloseReason, Context, ContextOptions, EventStream, Page, PageOptions, Version,
    events,
};

/// A browser that runs. Dropping the last handle ends it, in the background where a runtime runs, at once where none does.
/// A [remote](crate::Remote) one is somebody else's: what ends is the connection, with every page that was opened over it.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Browser: Send + Sync + 'static {
    /// Sends any command of the DevTools protocol and returns its result.
    ///
    /// # Errors
    /// [`CallError`]: the browser is gone, refused the command or did not answer within the call timeout.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the answer; the command itself may have been carried out.
    async fn execute(&self, method: &str, params: Value) -> Result<Value, CallError>;

    /// The events of the DevTools protocol with these names, as the browser tells of them from now on. Costs no call.
    ///
    /// The browser tells of most events only once their domain is enabled, as by `Target.setDiscoverTargets`.
    /// [`Page::events`] has those of a page.
    #[expect(
        clippy::needless_lifetimes,
        reason = "mocks need the lifetime to have a name"
    )]
    fn events<'a>(&self, methods: &[&'a str]) -> EventStream;

    /// Opens a page in a new context of its own: no cookie, storage or cache is shared with any other page.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    ///
    /// # Cancel safety
    /// Dropping the future closes the page that was being opened.
    async fn new_page(&self, options: PageOptions) -> Result<Box<dyn Page>, CallError>;

    /// Makes a context, in which pages share cookies, storage and cache: one for each site, or one for each task.
    ///
    /// # Errors
    /// As [`execute`](Self::execute). A browser in one process has no contexts to give.
    ///
    /// # Cancel safety
    /// Dropping the future disposes of the context that was being made.
    async fn new_context(&self, options: ContextOptions) -> Result<Box<dyn Context>, CallError>;

    /// Which Chrome it is, as it said when it was started. Costs no call.
    fn version(&self) -> Version;

    /// How many calls, of the browser and of its pages, wait for their answer. Costs no call.
    fn in_flight(&self) -> usize;

    /// How many bytes all its processes hold, counted as [`LaunchOptions::memory_limit`](crate::LaunchOptions::memory_limit) counts
    /// them; nothing where that cannot be known. Costs no call, but a look at the system's list of processes.
    fn memory(&self) -> Option<u64>;

    /// Whether the browser can be reached. Costs no call.
    fn state(&self) -> ConnectionState;

    /// Waits until the browser cannot be reached any more, whoever caused it, and tells why.
    ///
    /// # Cancel safety
    /// Dropping the future stops waiting.
    async fn closed(&self) -> CloseReason;

    /// Ends the browser: asks it for at most 1 s, then kills it. Returns when no process and no file of it is left.
    /// A remote browser goes on: what was made in it is disposed of, and the connection ended, each in at most 1 s.
    ///
    /// # Cancel safety
    /// Dropping the future kills the browser in the background.
    async fn close(&self);
}

/// Whether a browser can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionState {
    /// It can be.
    Connected,
    /// It cannot be any more.
    Closed {
        /// Why the connection ended.
        reason: CloseReason,
    },
}

impl ConnectionState {
    /// Whether the browser can be reached.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Connected)
    }
}

/// Typed commands on any [`Browser`].
#[async_trait]
pub trait BrowserExt {
    /// Sends a typed command of headless_chrome's protocol.
    ///
    /// # Errors
    /// As [`Browser::execute`], and [`CallError::Decode`] when the answer is not of the command's type.
    ///
    /// # Cancel safety
    /// As [`Browser::execute`].
    async fn call<M: Method + Serialize + Send>(
        &self,
        command: M,
    ) -> Result<M::ReturnObject, CallError>;

    /// As [`Browser::events`], of one name and as a type of headless_chrome, such as
    /// `cdp::Target::events::TargetCreatedEvent` for `Target.targetCreated`.
    fn events_of<E: DeserializeOwned + Send + 'static>(&self, method: &str) -> EventStream<E>;
}

#[async_trait]
impl<B: Browser + ?Sized> BrowserExt for B {
    async fn call<M: Method + Serialize + Send>(
        &self,
        command: M,
    ) -> Result<M::ReturnObject, CallError> {
        let result = self.execute(M::NAME, params(&command)?).await?;
        returned::<M>(result)
    }

    fn events_of<E: DeserializeOwned + Send + 'static>(&self, method: &str) -> EventStream<E> {
        events::typed(self.events(&[method]))
    }
}

pub(crate) fn params<M: Method + Serialize>(command: &M) -> Result<Value, CallError> {
    serde_json::to_value(command).map_err(|error| CallError::decode(M::NAME, &error))
}

pub(crate) fn returned<M: Method>(result: Value) -> Result<M::ReturnObject, CallError> {
    serde_json::from_value(result).map_err(|error| CallError::decode(M::NAME, &error))
}
