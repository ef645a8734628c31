#![doc = include_str!("../README.md")]

mod browser;
mod chrome;
mod close_reason;
mod connection;
mod decode;
mod envelope;
mod error;
mod guard;
mod launcher;
mod page;
mod pools;
mod version;
mod visit;

pub use browser::{Browser, BrowserExt, ConnectionState};
pub use chrome::{Chrome, Discovered, LaunchOptions, RunAs, discover};
pub use close_reason::CloseReason;
pub use error::{CallError, EvaluateError, LaunchError, NavigateError, NetworkFault};
pub use guard::{Refusal, RequestGuard};
/// headless_chrome's typed protocol: every command and event of it works on a [`Page`] or [`Browser`].
pub use headless_chrome::protocol::cdp;
pub use launcher::{Launched, Launcher};
pub use page::{Content, Navigation, Page, PageExt, PageOptions, WaitUntil};
pub use pool::AcquireError;
pub use pools::{Isolation, PageLease, PageManager, Pages, PagesConfig, PooledPage};
pub use version::Version;
pub use visit::{Redirect, Timing, Visit};

#[cfg(any(test, feature = "mock"))]
pub use crate::{browser::MockBrowser, launcher::MockLauncher, page::MockPage};
