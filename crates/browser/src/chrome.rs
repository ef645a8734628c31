//! Chrome and Chromium behind the traits: found, started, driven over a pipe, and ended for certain; or somebody else's,
//! driven over a websocket and left as it was.

mod browser;
mod browser_context;
mod cgroup;
mod context;
mod contexts;
mod cookies;
mod discovery;
mod flags;
mod home;
mod keeper;
mod last_words;
mod launch;
mod limits;
mod making;
mod memory;
mod options;
mod page;
mod process;
mod profile;
mod refusals;
mod remote;
mod requests;
mod stragglers;
mod windows;

pub use discovery::{Discovered, discover};
pub use launch::Chrome;
pub use options::{LaunchOptions, RunAs};
pub use remote::{Remote, RemoteOptions};
