#![doc = include_str!("../README.md")]

mod address;
mod attempt;
mod browser_fetch;
mod cancel;
mod config;
mod event;
mod fetch;
mod fetch_error;
mod gate;
mod http_fetch;
mod marketplace_scan;
mod resolver;
mod scanner;

pub use backoff;
pub use breaker;
pub use browser;

pub use address::{AddressPolicy, AllowedHost, InvalidHost};
pub use config::{Config, FetchMode, ScannerError};
pub use event::{Event, Events, Report, Stored};
pub use extract::{Budget, BudgetUnit, Client, Evidence, Outcome, Posting, Provenance};
pub use fetch::{Document, Fetcher, Request};
pub use fetch_error::FetchError;
pub use scanner::{Parts, Scanner};
pub use store::FetchedBy;

#[cfg(any(test, feature = "mock"))]
pub use fetch::MockFetcher;

/// The example of the workspace's README, compiled with this crate's.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct RootReadme;
