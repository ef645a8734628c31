#![doc = include_str!("../README.md")]

mod balanced;
mod browser;
mod capture;
mod chrome;
mod close_reason;
#[cfg(feature = "conformance")]
pub mod conformance;
mod connection;
mod context;
mod cookie;
mod decode;
mod envelope;
mod error;
mod events;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod interceptor;
mod launcher;
mod network_fault;
mod page;
mod page_options;
mod pools;
mod scroll;
mod version;
mod visit;

pub use balanced::{Balanced, EndpointFailure, NamedLauncher};
pub use browser::{Browser, BrowserExt, ConnectionState};
pub use capture::{Area, ImageFormat, PdfOptions, Rect, ScreenshotOptions};
pub use chrome::{Chrome, Discovered, LaunchOptions, Remote, RemoteOptions, RunAs, discover};
pub use close_reason::CloseReason;
pub use context::{Context, ContextOptions};
pub use cookie::{Cookie, SameSite};
pub use error::{
    CallError, CaptureError, ClickError, EvaluateError, HealthError, LaunchError, NavigateError,
};
pub use events::{Event, EventError, EventStream};
pub use guard::{Refusal, RequestGuard};
/// headless_chrome's typed protocol: every command and event of it works on a [`Page`] or [`Browser`].
pub use headless_chrome::protocol::cdp;
pub use interceptor::{
    Decision, FailReason, InterceptedRequest, Interception, Interceptor, RequestPattern,
    ResourceType,
};
pub use launcher::{Launched, Launcher};
pub use network_fault::NetworkFault;
pub use page::{Content, Navigation, Page, PageExt, WaitUntil};
pub use page_options::{Block, ClientHints, PageOptions, UserAgent, Viewport};
pub use pool::AcquireError;
pub use pools::{Isolation, PageLease, Pages, PagesConfig, Retirement};
pub use scroll::{ScrollEnd, ScrollOptions, Scrolled};
pub use version::Version;
pub use visit::{Redirect, Timing, Visit};

#[cfg(any(test, feature = "mock"))]
pub use crate::{
    browser::MockBrowser, context::MockContext, guard::MockRequestGuard,
    interceptor::MockInterceptor, launcher::MockLauncher, page::MockPage,
};
