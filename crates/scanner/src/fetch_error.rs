//! Why a page did not arrive, and what that says of whom.

use std::time::Duration;

use browser::{AcquireError, CallError, LaunchError, NetworkFault};
use extract::Outcome;

/// Why a page did not arrive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address may not be requested.
    #[error("{url} is refused: {reason}")]
    Refused {
        /// The refused address: the one asked for, or one it redirected to.
        url: String,
        /// `address_refused` or `scheme_refused`.
        code: &'static str,
        /// Why.
        reason: String,
    },
    /// The network did not deliver it.
    #[error("{detail}")]
    Network {
        /// What kind of fault it was.
        fault: NetworkFault,
        /// The fault in words.
        detail: String,
    },
    /// It did not arrive in time.
    #[error("it did not arrive within {limit:?}")]
    Timeout {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The server answered with an error status.
    #[error("the server answered with status {status}")]
    Status {
        /// The status.
        status: u16,
        /// How long the server asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// It is no page.
    #[error("it is no page: {detail}")]
    NotAPage {
        /// What it is instead.
        detail: String,
    },
    /// It is larger than what is read.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The most that is read.
        limit: usize,
    },
    /// The breaker of its host or its URL is open.
    #[error("the breaker of {scope} is open for another {retry_after:?}")]
    BreakerOpen {
        /// `this host` or `this URL`.
        scope: &'static str,
        /// When to try again.
        retry_after: Duration,
    },
    /// No browser page could be had.
    #[error("no browser page could be had")]
    NoPage(#[source] Box<AcquireError<AcquireError<LaunchError>>>),
    /// The browser failed, not the page.
    #[error("the browser failed")]
    Browser(#[source] CallError),
    /// The page's renderer crashed.
    #[error("the page crashed")]
    Crashed,
    /// The scan's deadline passed.
    #[error("it could not arrive before the deadline of the scan")]
    Deadline,
}

/// Whose breakers a failure counts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// Nobody's: it says nothing about the site.
    Nobody,
    /// The URL's; the host answered, and is fine.
    Url,
    /// The URL's; of the host it says nothing.
    UrlOnly,
    /// The host's and the URL's.
    Host,
}

impl FetchError {
    /// How a scan ends that has nothing but this.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Status {
                status: 401 | 403 | 429,
                ..
            } => Outcome::Blocked,
            Self::NotAPage { .. } => Outcome::NotABoard,
            _ => Outcome::Unreachable,
        }
    }

    /// The evidence code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Network { fault, .. } => match fault {
                NetworkFault::Dns => "dns",
                NetworkFault::Connect => "connection_refused",
                NetworkFault::Reset => "connection_reset",
                NetworkFault::Tls => "tls",
                NetworkFault::Timeout => "timeout",
                NetworkFault::RedirectLoop => "redirect_loop",
                _ => "network",
            },
            Self::Timeout { .. } | Self::Deadline => "timeout",
            Self::Status { .. } => "http_status",
            Self::NotAPage { .. } => "not_a_page",
            Self::TooLarge { .. } => "too_large",
            Self::BreakerOpen { .. } => "breaker_open",
            Self::NoPage(_) => "browser_unavailable",
            Self::Browser(_) => "browser_failed",
            Self::Crashed => "page_crashed",
        }
    }

    /// The error with all its causes in one line.
    #[must_use]
    pub fn detail(&self) -> String {
        let mut detail = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            // Pools in pools say the same thing twice.
            let text = cause.to_string();
            if !detail.ends_with(&text) {
                detail.push_str(": ");
                detail.push_str(&text);
            }
            source = cause.source();
        }
        detail
    }

    /// Whether another attempt may bring the page.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Network { fault, .. } => {
                !matches!(fault, NetworkFault::Tls | NetworkFault::RedirectLoop)
            }
            Self::Timeout { .. } | Self::Browser(_) | Self::Crashed => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            // A launch that failed for a lasting reason fails again; one that hung or died may not.
            Self::NoPage(error) => is_transient_launch(error),
            Self::Refused { .. }
            | Self::NotAPage { .. }
            | Self::TooLarge { .. }
            | Self::BreakerOpen { .. }
            | Self::Deadline => false,
        }
    }

    /// Whether the browser ended, froze or crashed under it: the next attempt gets another page, and need not wait.
    pub(crate) fn is_browser_fault(&self) -> bool {
        match self {
            Self::Browser(error) => error.is_retry_safe(),
            Self::Crashed => true,
            _ => false,
        }
    }

    /// Whose failure it is: what speaks of the host (DNS, connection, TLS, 5xx, 429) counts on the host, too.
    pub(crate) fn blame(&self) -> Blame {
        match self {
            Self::Network {
                fault: NetworkFault::RedirectLoop,
                ..
            } => Blame::Url,
            Self::Network {
                fault: NetworkFault::Other,
                ..
            } => Blame::UrlOnly,
            Self::Network { .. } => Blame::Host,
            Self::Status {
                status: 429 | 500..=599,
                ..
            } => Blame::Host,
            Self::Status { .. } | Self::NotAPage { .. } | Self::TooLarge { .. } => Blame::Url,
            // A server that took the request and did not answer may be slow only here.
            Self::Timeout { .. } | Self::Crashed => Blame::UrlOnly,
            Self::Refused { .. }
            | Self::BreakerOpen { .. }
            | Self::NoPage(_)
            | Self::Browser(_)
            | Self::Deadline => Blame::Nobody,
        }
    }
}

fn is_transient_launch(error: &AcquireError<AcquireError<LaunchError>>) -> bool {
    match error {
        AcquireError::Create(AcquireError::Create(launch)) => launch.is_retry_safe(),
        AcquireError::Closed | AcquireError::Create(AcquireError::Closed) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_end_and_repeat_and_blame_as_the_contract_says() {
        for (status, outcome, transient, blame) in [
            (401, Outcome::Blocked, false, Blame::Url),
            (403, Outcome::Blocked, false, Blame::Url),
            (404, Outcome::Unreachable, false, Blame::Url),
            (410, Outcome::Unreachable, false, Blame::Url),
            (429, Outcome::Blocked, true, Blame::Host),
            (500, Outcome::Unreachable, true, Blame::Host),
            (503, Outcome::Unreachable, true, Blame::Host),
        ] {
            let error = FetchError::Status {
                status,
                retry_after: None,
            };
            assert_eq!(
                (error.outcome(), error.is_transient(), error.blame()),
                (outcome, transient, blame),
                "{status}"
            );
        }
    }

    #[test]
    fn a_browser_that_ends_is_tried_again_and_counts_on_nobody() {
        let reason = "killed".into();
        let gone = FetchError::Browser(CallError::Closed { reason });
        assert_eq!((gone.blame(), gone.is_transient()), (Blame::Nobody, true));
        assert!(gone.is_browser_fault());
        let moved_on = FetchError::Browser(CallError::Refused {
            method: "Runtime.evaluate".into(),
            code: -32000,
            message: "Cannot find context with specified id".into(),
        });
        assert!(moved_on.is_transient() && !moved_on.is_browser_fault());
    }

    #[test]
    fn waiting_for_a_browser_says_nothing_about_a_site() {
        let busy = FetchError::NoPage(Box::new(AcquireError::QueueFull { limit: 1 }));
        assert_eq!((busy.blame(), busy.is_transient()), (Blame::Nobody, true));
        let missing = LaunchError::NotFound {
            looked_for: "nowhere".into(),
        };
        let missing = FetchError::NoPage(Box::new(AcquireError::Create(AcquireError::Create(
            missing,
        ))));
        assert_eq!(
            (missing.blame(), missing.is_transient()),
            (Blame::Nobody, false)
        );
        assert!(
            missing.detail().contains("apt-get install"),
            "{}",
            missing.detail()
        );
    }
}
