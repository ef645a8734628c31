//! A page of a browser.

use std::time::Duration;

use async_trait::async_trait;
use headless_chrome::protocol::cdp::types::Method;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use crate::{
    CallError, CaptureError, ClickError, Cookie, EvaluateError, EventStream, HealthError,
    NavigateError, PdfOptions, ScreenshotOptions, ScrollOptions, Scrolled, Visit, browser::params,
    browser::returned, events,
};

/// A page. Dropping it closes it, and its context where it has one of its own.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Page: Send + Sync + 'static {
    /// Sends any command of the DevTools protocol to this page and returns its result.
    ///
    /// # Errors
    /// [`CallError`]: the browser is gone, refused the command or did not answer within the call timeout.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the answer; the command itself may have been carried out.
    async fn execute(&self, method: &str, params: Value) -> Result<Value, CallError>;

    /// The events of the DevTools protocol with these names, as the page tells of them from now on. Costs no call.
    ///
    /// The browser tells of most events only once their domain is enabled, as by `Log.enable`.
    /// Frames in processes of their own and workers tell of theirs elsewhere.
    #[expect(
        clippy::needless_lifetimes,
        reason = "mocks need the lifetime to have a name"
    )]
    fn events<'a>(&self, methods: &[&'a str]) -> EventStream;

    /// Goes to an address and waits until the page is ready.
    ///
    /// # Errors
    /// [`NavigateError`] tells faults of the network, the page and the browser apart. A document that the
    /// server sends with an error status is no error here: see [`Visit::status`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves the page on its way; the next navigation replaces it.
    async fn navigate(&self, navigation: &Navigation) -> Result<Visit, NavigateError>;

    /// The JSON value of an expression; a promise is waited for.
    ///
    /// # Errors
    /// [`EvaluateError::Exception`] when the expression throws.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the value.
    async fn evaluate_json(&self, expression: &str) -> Result<Value, EvaluateError>;

    /// The document as it is now.
    ///
    /// # Errors
    /// As [`evaluate_json`](Self::evaluate_json), and [`EvaluateError::TooLarge`] when it is longer than
    /// [`Content::MAX_LENGTH`].
    ///
    /// # Cancel safety
    /// Dropping the future forgets the text.
    async fn content(&self) -> Result<Content, EvaluateError>;

    /// Returns once scripts have changed the document since `seen` was read and have then let it rest for `rest`.
    /// Waits for ever when they do not: bound it.
    ///
    /// # Errors
    /// As [`evaluate_json`](Self::evaluate_json); also when the page moves on meanwhile.
    ///
    /// # Cancel safety
    /// Dropping the future stops waiting.
    async fn changed_since(&self, seen: &Content, rest: Duration) -> Result<(), EvaluateError>;

    /// Whether the page answers the simplest question within this time. Tells a crash and a hang from faults of the
    /// page's own, which are none here.
    ///
    /// A page that hangs can be closed like any other, and hinders no other page but those of its own site in its own context.
    ///
    /// # Errors
    /// [`HealthError`] names what is wrong.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the answer.
    async fn check_responsive(&self, within: Duration) -> Result<(), HealthError>;

    /// A picture of the page, as the bytes of a file.
    ///
    /// # Errors
    /// [`CaptureError::TooLarge`] when it has more pixels or bytes than allowed.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the picture.
    async fn screenshot(&self, options: &ScreenshotOptions) -> Result<Vec<u8>, CaptureError>;

    /// The page as it is printed, as the bytes of a PDF file.
    ///
    /// # Errors
    /// [`CaptureError::TooLarge`] when it has more bytes than allowed.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the file, in the browser as well.
    async fn pdf(&self, options: &PdfOptions) -> Result<Vec<u8>, CaptureError>;

    /// All cookies of the page's context, whatever site they are for.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    ///
    /// # Cancel safety
    /// Dropping the future forgets the answer.
    async fn cookies(&self) -> Result<Vec<Cookie>, CallError>;

    /// Adds cookies to those of the page's context, over those of the same name, domain and path.
    ///
    /// # Errors
    /// As [`execute`](Self::execute); [`CallError::Refused`] when one of them is no valid cookie, and then none is set.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether they are set.
    async fn set_cookies(&self, cookies: &[Cookie]) -> Result<(), CallError>;

    /// Removes all cookies of the page's context.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether they are gone.
    async fn clear_cookies(&self) -> Result<(), CallError>;

    /// Scrolls to the end, again and again, until neither the height nor the number of elements grows any more, and tells how
    /// that ended.
    ///
    /// # Errors
    /// As [`evaluate_json`](Self::evaluate_json); an exception when `container` is no selector or matches nothing.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the page where it is.
    async fn scroll_until_stable(&self, options: &ScrollOptions)
    -> Result<Scrolled, EvaluateError>;

    /// Clicks the first element that matches a CSS selector, at its centre and with a real mouse, once it is scrolled into view.
    ///
    /// Returns when the page has handled the click, not when what came of it is done.
    ///
    /// # Errors
    /// [`ClickError`] tells apart that nothing matches, that it is hidden and that it is covered.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether it is clicked; a button may stay pressed.
    async fn click(&self, selector: &str) -> Result<(), ClickError>;

    /// Closes the page, and its context where it has one of its own, and waits until the browser says so.
    ///
    /// # Errors
    /// As [`execute`](Self::execute). The page is closed in the background all the same.
    ///
    /// # Cancel safety
    /// The page closes even when the future is dropped.
    async fn close(&self) -> Result<(), CallError>;
}

/// A document as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its address, as its scripts see it.
    pub url: Url,
    /// Its text, the document type included.
    pub html: String,
}

impl Content {
    /// The longest text that [`Page::content`] reads, in UTF-16 code units, as JavaScript counts.
    pub const MAX_LENGTH: u64 = 16 << 20;
}

/// Where to go, and when the page counts as ready.
#[derive(Debug, Clone)]
pub struct Navigation {
    /// The address.
    pub url: Url,
    /// When the page is ready. Default: [`WaitUntil::Load`].
    pub wait_until: WaitUntil,
    /// The longest to wait for that. Default 30 s.
    pub timeout: Duration,
}

impl Navigation {
    /// Goes to `url` and waits for its load event, at most 30 s.
    #[must_use]
    pub fn to(url: Url) -> Self {
        Self {
            url,
            wait_until: WaitUntil::Load,
            timeout: Duration::from_secs(30),
        }
    }

    /// Another moment of readiness.
    #[must_use]
    pub fn wait_until(self, wait_until: WaitUntil) -> Self {
        Self { wait_until, ..self }
    }

    /// Another longest wait.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

/// When a page counts as ready.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitUntil {
    /// The document is parsed.
    DomContentLoaded,
    /// The document and what it names is loaded.
    Load,
    /// The document is parsed and no request of it was in flight for 500 ms since. Requests of its frames count where
    /// the browser keeps them in the page's process, those of its workers do not, web sockets never do.
    ///
    /// A page that polls is never idle: it costs the navigation's timeout.
    NetworkIdle,
    /// The document is parsed and nothing has changed its nodes, texts or attributes for this long since.
    ///
    /// A page that never rests costs the navigation's timeout.
    DomStable {
        /// How long nothing may change.
        rest: Duration,
    },
    /// The document is parsed and an element matches this CSS selector.
    Selector(String),
}

/// Typed commands and values on any [`Page`].
#[async_trait]
pub trait PageExt {
    /// Sends a typed command of headless_chrome's protocol.
    ///
    /// # Errors
    /// As [`Page::execute`], and [`CallError::Decode`] when the answer is not of the command's type.
    ///
    /// # Cancel safety
    /// As [`Page::execute`].
    async fn call<M: Method + Serialize + Send>(
        &self,
        command: M,
    ) -> Result<M::ReturnObject, CallError>;

    /// As [`Page::events`], of one name and as a type of headless_chrome, such as
    /// `cdp::Network::events::ResponseReceivedEvent` for `Network.responseReceived`.
    fn events_of<E: DeserializeOwned + Send + 'static>(&self, method: &str) -> EventStream<E>;

    /// The value of an expression, as `T`.
    ///
    /// # Errors
    /// As [`Page::evaluate_json`], and [`CallError::Decode`] when the value is not a `T`.
    ///
    /// # Cancel safety
    /// As [`Page::evaluate_json`].
    async fn evaluate<T: DeserializeOwned + Send>(
        &self,
        expression: &str,
    ) -> Result<T, EvaluateError>;
}

#[async_trait]
impl<P: Page + ?Sized> PageExt for P {
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

    async fn evaluate<T: DeserializeOwned + Send>(
        &self,
        expression: &str,
    ) -> Result<T, EvaluateError> {
        let value = self.evaluate_json(expression).await?;
        serde_json::from_value(value)
            .map_err(|error| CallError::decode("Runtime.evaluate", &error).into())
    }
}
