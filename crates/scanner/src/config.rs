//! How a scanner works.

use std::time::Duration;

use backoff::{Backoff, Jitter};
use browser::{LaunchOptions, PagesConfig};

use crate::AddressPolicy;

/// How a scanner works. The README tables the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// How pages are fetched.
    pub fetch: FetchMode,
    /// Marketplaces scanned at once.
    pub concurrency: usize,
    /// Listing pages read of one marketplace.
    pub max_pages: u32,
    /// Postings taken of one marketplace.
    pub max_postings: usize,
    /// The least time between two requests to one host; zero for none.
    pub host_interval: Duration,
    /// The longest that the scan of one marketplace takes, retries and waits included.
    pub deadline: Duration,
    /// The longest that one attempt to fetch one page takes, once it has what it needs.
    pub page_timeout: Duration,
    /// How long a browser page without postings is given for its scripts to bring some.
    pub settle: Duration,
    /// The delays between attempts.
    pub backoff: Backoff,
    /// When a host, or one URL, is left alone for a while.
    pub breaker: breaker::Config,
    /// Which addresses may be reached.
    pub addresses: AddressPolicy,
    /// How Chrome is started.
    pub launch: LaunchOptions,
    /// How many browsers and pages there may be. Its guard is replaced by `addresses`.
    pub pages: PagesConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            fetch: FetchMode::Auto,
            concurrency: 4,
            max_pages: 20,
            max_postings: 1000,
            host_interval: Duration::from_secs(1),
            deadline: Duration::from_secs(300),
            page_timeout: Duration::from_secs(30),
            settle: Duration::from_secs(3),
            backoff: Backoff::default().jitter(Jitter::Full),
            breaker: breaker::Config::default(),
            addresses: AddressPolicy::default(),
            launch: LaunchOptions::default(),
            pages: PagesConfig::default(),
        }
    }
}

impl Config {
    pub(crate) fn validate(&self) -> Result<(), ScannerError> {
        let zero = [
            ("concurrency", self.concurrency == 0),
            ("max_pages", self.max_pages == 0),
            ("max_postings", self.max_postings == 0),
            ("deadline", self.deadline.is_zero()),
            ("page_timeout", self.page_timeout.is_zero()),
        ];
        if let Some((field, _)) = zero.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(ScannerError::Zero { field });
        }
        let durations = [
            ("host_interval", self.host_interval),
            ("deadline", self.deadline),
            ("page_timeout", self.page_timeout),
            ("settle", self.settle),
        ];
        match durations
            .into_iter()
            .find(|(_, duration)| *duration > LONGEST)
        {
            Some((field, _)) => Err(ScannerError::TooLong { field }),
            None => Ok(()),
        }
    }
}

/// The longest duration that makes sense here; clocks cannot count to the longest there is.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// How pages are fetched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FetchMode {
    /// Plain HTTP first; a browser where that brings no postings.
    #[default]
    Auto,
    /// Plain HTTP only.
    Http,
    /// A browser only.
    Browser,
}

/// Why a scanner could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScannerError {
    /// A setting that must be above zero is zero.
    #[error("{field} is 0, it must be above 0")]
    Zero {
        /// The setting.
        field: &'static str,
    },
    /// A duration is longer than a year.
    #[error("{field} is longer than a year")]
    TooLong {
        /// The setting.
        field: &'static str,
    },
    /// The breaker's settings are out of bounds.
    #[error("the breaker's settings are invalid")]
    Breaker(#[from] breaker::InvalidConfig),
    /// The pools' settings are out of bounds.
    #[error("the pools' settings are invalid")]
    Pool(#[from] pool::InvalidConfig),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zero_is_refused_by_name() {
        type Zero = fn(&mut Config);
        let zeros: [(&str, Zero); 5] = [
            ("concurrency", |c| c.concurrency = 0),
            ("max_pages", |c| c.max_pages = 0),
            ("max_postings", |c| c.max_postings = 0),
            ("deadline", |c| c.deadline = Duration::ZERO),
            ("page_timeout", |c| c.page_timeout = Duration::ZERO),
        ];
        assert!(Config::default().validate().is_ok());
        let for_ever = Config {
            deadline: Duration::MAX,
            ..Config::default()
        };
        assert!(
            for_ever
                .validate()
                .unwrap_err()
                .to_string()
                .starts_with("deadline")
        );
        for (field, zero) in zeros {
            let mut config = Config::default();
            zero(&mut config);
            let error = config.validate().unwrap_err();
            assert!(error.to_string().starts_with(field), "{error}");
        }
    }
}
