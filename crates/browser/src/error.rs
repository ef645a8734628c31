//! Why an operation on a browser failed: one enum for each operation.

use std::{io, path::PathBuf, time::Duration};

use crate::{CloseReason, EndpointFailure, NetworkFault};

/// Why no browser was started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// There is no Chrome or Chromium where it was looked for.
    #[error(
        "no Chrome or Chromium found ({looked_for}); install one (as root: apt-get install chromium-headless-shell), \
         or name it with --chrome PATH or the environment variable CHROME"
    )]
    NotFound {
        /// Where it was looked for.
        looked_for: String,
    },
    /// The hard descriptor limit is too low for Chrome, which would die without a word.
    #[error(
        "hard descriptor limit is {hard}, {program} needs at least {need}; raise it (as root: prlimit --pid $$ \
         --nofile=1024:1024, or LimitNOFILE=1024 in the unit) or pass --single-process"
    )]
    DescriptorLimit {
        /// The hard limit of this process.
        hard: u64,
        /// What Chrome needs.
        need: u64,
        /// The program that needs it.
        program: String,
    },
    /// The browser's profile could not be made.
    #[error("could not make a browser profile in {}; check its space and permissions, or set TMPDIR", dir.display())]
    Profile {
        /// The directory for temporary files.
        dir: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The program could not be started.
    #[error("could not start {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The browser ended while it started.
    #[error("{} ended while it started{}", program.display(), said(last_words))]
    Died {
        /// The program.
        program: PathBuf,
        /// The end of what it wrote to its standard error.
        last_words: String,
    },
    /// The browser did not answer in time.
    #[error("{} did not answer within {limit:?} of its start{}", program.display(), said(last_words))]
    Timeout {
        /// The program.
        program: PathBuf,
        /// The launch timeout.
        limit: Duration,
        /// The end of what it wrote to its standard error.
        last_words: String,
    },
    /// What was given is not the address of a remote browser.
    #[error(
        "{endpoint} is not the address of a browser: {problem}; give ws://HOST:PORT/devtools/browser/ID or \
         http://HOST:PORT"
    )]
    Endpoint {
        /// The address, without credentials.
        endpoint: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no way to the remote browser.
    #[error(
        "could not connect to {endpoint}; is a browser listening there (chrome --remote-debugging-port=PORT)?"
    )]
    Unreachable {
        /// The address, without credentials.
        endpoint: String,
        /// What the system, or TLS, said.
        #[source]
        source: io::Error,
    },
    /// Something answered that is no browser, or a browser that does not want us.
    #[error(
        "{endpoint} is not a browser that lets us in: {problem}; check the path (http://HOST:PORT finds it) and the credentials"
    )]
    Rejected {
        /// The address, without credentials.
        endpoint: String,
        /// What it answered.
        problem: String,
    },
    /// The remote browser was not connected in time.
    #[error(
        "{endpoint} was not connected to within {limit:?}; check the way to it, or raise the connect timeout"
    )]
    ConnectTimeout {
        /// The address, without credentials.
        endpoint: String,
        /// The connect timeout.
        limit: Duration,
    },
    /// The program is no Chrome, or one that is too old.
    #[error(
        "{} says that it is {found:?}, but Chrome {needed} or newer is needed; install a newer one, or name another with \
         --chrome PATH or the environment variable CHROME", program.display()
    )]
    Unsupported {
        /// The program.
        program: PathBuf,
        /// What it says that it is.
        found: String,
        /// The oldest major version that will do.
        needed: u32,
    },
    /// The browser answered its first call with an error.
    #[error("the browser refused its first call")]
    Call(#[source] CallError),
    /// None of several endpoints gave a browser.
    #[error("no endpoint gave a browser{}", listed(failures))]
    NoEndpoint {
        /// What went wrong at each, in the order in which they were tried.
        failures: Vec<EndpointFailure>,
    },
}

impl LaunchError {
    /// Whether the same launch may work if it is tried again: nothing that somebody has to install, change or allow first.
    #[must_use]
    pub fn is_retry_safe(&self) -> bool {
        match self {
            Self::Died { .. }
            | Self::Timeout { .. }
            | Self::Unreachable { .. }
            | Self::ConnectTimeout { .. }
            | Self::Call(_) => true,
            Self::NoEndpoint { failures } => failures.iter().any(|failure| failure.is_retry_safe),
            _ => false,
        }
    }
}

fn listed(failures: &[EndpointFailure]) -> String {
    if failures.is_empty() {
        return ": there is none; give at least one".to_owned();
    }
    let mut text = String::new();
    for EndpointFailure {
        endpoint, problem, ..
    } in failures
    {
        text.push_str(if text.is_empty() { ": " } else { "; " });
        text.push_str(&format!("{endpoint}: {problem}"));
    }
    text
}

fn said(last_words: &str) -> String {
    if last_words.is_empty() {
        String::new()
    } else {
        format!("; it said: {last_words}")
    }
}

/// Why a command to the browser brought no result.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The connection to the browser has ended.
    #[error("the browser is gone: {reason}")]
    Closed {
        /// Why it ended.
        reason: CloseReason,
    },
    /// The browser did not answer in time.
    #[error("{method} was not answered within {limit:?}")]
    Timeout {
        /// The command.
        method: String,
        /// The call timeout.
        limit: Duration,
    },
    /// The page's renderer crashed before it answered.
    #[error("the page crashed before it answered {method}")]
    Crashed {
        /// The command.
        method: String,
    },
    /// The page was closed before it answered: by us, by its own script or by the browser, which goes on.
    #[error("the page was closed before it answered {method}")]
    PageClosed {
        /// The command.
        method: String,
    },
    /// The context is closed; its browser goes on.
    #[error("the context is closed")]
    ContextClosed,
    /// The context is being cleared: it can be used once that is done.
    #[error("the context is being cleared")]
    ContextClearing,
    /// Events that were needed to tell how it went came faster than they were read.
    #[error("{missed} events of the page were lost: they came faster than they were read")]
    Lagged {
        /// How many events were lost.
        missed: u64,
    },
    /// The browser answered with an error.
    #[error("{method} failed: {message} ({code})")]
    Refused {
        /// The command.
        method: String,
        /// The protocol's error code.
        code: i64,
        /// What the browser said.
        message: String,
    },
    /// The answer is not of the shape that the command's type asks for.
    #[error("the answer to {method} could not be read: {detail}")]
    Decode {
        /// The command.
        method: String,
        /// What does not fit.
        detail: String,
    },
}

impl CallError {
    /// Whether the browser itself is gone: the same call on another browser may work.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// Whether the browser was ended because it held more memory than its limit: what was asked of it is likely to end the
    /// next one, too.
    #[must_use]
    pub fn is_memory_limit(&self) -> bool {
        matches!(self, Self::Closed { reason } if reason.is_memory_limit())
    }

    /// Whether the browser or the page was at fault and not what was asked of it: it ended, crashed or did not answer.
    /// Work that may be done twice, such as a visit, may be tried again with another page, at once.
    #[must_use]
    pub fn is_retry_safe(&self) -> bool {
        matches!(
            self,
            Self::Closed { .. }
                | Self::PageClosed { .. }
                | Self::Lagged { .. }
                | Self::Timeout { .. }
                | Self::Crashed { .. }
        )
    }

    pub(crate) fn decode(method: &str, error: &serde_json::Error) -> Self {
        Self::Decode {
            method: method.to_owned(),
            detail: error.to_string(),
        }
    }
}

/// Why an expression has no value.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The expression threw.
    #[error("the page's script threw: {text}")]
    Exception {
        /// The exception as the page tells it, such as `Uncaught TypeError: x is not a function`.
        text: String,
        /// Where it was thrown, one call a line, the innermost first; none where the page does not tell.
        stack: Option<String>,
    },
    /// The document is longer than is read.
    #[error("the document has {length} UTF-16 code units, and {limit} are read")]
    TooLarge {
        /// Its length, in UTF-16 code units.
        length: u64,
        /// The most that is read.
        limit: u64,
    },
    /// The call itself failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl EvaluateError {
    /// As [`CallError::is_retry_safe`]. An exception is the page's own.
    #[must_use]
    pub fn is_retry_safe(&self) -> bool {
        matches!(self, Self::Call(error) if error.is_retry_safe())
    }
}

/// Why a page did not get where it was sent.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NavigateError {
    /// The network did not deliver the document.
    #[error("{text}")]
    Network {
        /// What kind of fault it was.
        fault: NetworkFault,
        /// Chrome's name for it, such as `net::ERR_CONNECTION_REFUSED`.
        text: String,
    },
    /// The guard refused the address, or one that it redirected to.
    #[error("{url} is refused: {reason}")]
    Refused {
        /// The refused address.
        url: String,
        /// The evidence code of the refusal.
        code: &'static str,
        /// Why.
        reason: String,
    },
    /// The address leads to a download, not to a page.
    #[error("the address leads to a download")]
    Download,
    /// The page was not ready in time.
    #[error("the page was not ready within {limit:?}: waited for {waiting_for}")]
    Timeout {
        /// How long it was waited for.
        limit: Duration,
        /// What was still missing.
        waiting_for: String,
    },
    /// The page's renderer crashed.
    #[error("the page crashed")]
    Crashed,
    /// The selector that was waited for is no selector.
    #[error("cannot look for {selector}: {text}")]
    Selector {
        /// The selector.
        selector: String,
        /// What the page said.
        text: String,
    },
    /// The page could not be watched until its document rests: its scripts have broken what that needs.
    #[error("the page cannot be watched: {text}")]
    Watch {
        /// What the page said.
        text: String,
    },
    /// A call failed.
    #[error(transparent)]
    Call(CallError),
}

impl From<CallError> for NavigateError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Crashed { .. } => Self::Crashed,
            error => Self::Call(error),
        }
    }
}

impl NavigateError {
    /// Whether the fault is the browser's and not the page's: another browser may succeed at once.
    #[must_use]
    pub fn is_browser_fault(&self) -> bool {
        matches!(self, Self::Crashed | Self::Call(_))
    }

    /// As [`CallError::is_retry_safe`]: not what the network or the site did, and not that the page took too long.
    #[must_use]
    pub fn is_retry_safe(&self) -> bool {
        match self {
            Self::Crashed => true,
            Self::Call(error) => error.is_retry_safe(),
            _ => false,
        }
    }
}

/// Why a page does not respond.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HealthError {
    /// Its renderer crashed. The next navigation gives it another.
    #[error("the page crashed")]
    Crashed,
    /// It did not answer in time: a script of it does not end, or its renderer is stopped.
    #[error("the page did not respond within {within:?}")]
    Unresponsive {
        /// How long it was waited for.
        within: Duration,
    },
    /// It is closed; its browser goes on.
    #[error("the page is closed")]
    Closed,
    /// Its browser is gone.
    #[error("the page's browser is gone: {reason}")]
    BrowserClosed {
        /// Why it ended.
        reason: CloseReason,
    },
    /// What came back is no answer.
    #[error("the page could not be asked: {detail}")]
    Unreadable {
        /// What came back.
        detail: String,
    },
}

/// Why there is no picture or print of a page.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// It would be larger than allowed.
    #[error(
        "it has {actual} {unit}, and {limit} are allowed; take less of the page, or allow more"
    )]
    TooLarge {
        /// How large it is, or how much of it there was when it was given up.
        actual: u64,
        /// The most that is allowed.
        limit: u64,
        /// What is counted: `bytes` or `pixels`.
        unit: &'static str,
    },
    /// There is nothing to be seen: no element matches, or the area is empty.
    #[error("there is nothing to be seen of {area}")]
    Empty {
        /// The selector, or the area.
        area: String,
    },
    /// The page could not tell where things are.
    #[error("the page could not be measured")]
    Measure(#[source] EvaluateError),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// Why an element was not clicked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClickError {
    /// No element matches the selector.
    #[error("no element matches {selector}")]
    NoMatch {
        /// The selector.
        selector: String,
    },
    /// The first element that matches is not shown.
    #[error("the element that matches {selector} is hidden")]
    Hidden {
        /// The selector.
        selector: String,
    },
    /// Another element lies over its centre.
    #[error("the element that matches {selector} is covered by {by}")]
    Covered {
        /// The selector.
        selector: String,
        /// The beginning of the tag of what covers it.
        by: String,
    },
    /// The page could not tell where it is, as when the selector is none.
    #[error("cannot look for {selector}")]
    Look {
        /// The selector.
        selector: String,
        /// What the page said.
        #[source]
        source: EvaluateError,
    },
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_browser_did_may_be_tried_again_and_what_was_asked_of_it_may_not() {
        let method = || "Page.navigate".to_owned();
        let limit = Duration::from_secs(1);
        let reason = "killed".into();
        let [crashed, late, gone] = [
            CallError::Crashed { method: method() },
            CallError::Timeout {
                method: method(),
                limit,
            },
            CallError::Closed { reason },
        ];
        for error in [crashed, late, gone] {
            assert!(error.is_retry_safe(), "{error}");
            assert!(EvaluateError::from(error.clone()).is_retry_safe());
            assert!(NavigateError::from(error.clone()).is_retry_safe());
            assert!(LaunchError::Call(error).is_retry_safe());
        }
        let refused = CallError::Refused {
            method: method(),
            code: 0,
            message: String::new(),
        };
        assert!(!refused.is_retry_safe());
        assert!(!NavigateError::Download.is_retry_safe());
        let looked_for = String::new();
        assert!(!LaunchError::NotFound { looked_for }.is_retry_safe());
    }

    #[test]
    fn a_launch_error_tells_the_last_words_only_where_there_are_any() {
        let died = |last_words: &str| LaunchError::Died {
            program: "/bin/chrome".into(),
            last_words: last_words.into(),
        };
        assert_eq!(died("").to_string(), "/bin/chrome ended while it started");
        assert!(
            died("No usable sandbox!")
                .to_string()
                .ends_with("; it said: No usable sandbox!")
        );
    }
}
