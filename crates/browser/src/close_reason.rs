//! Why a browser cannot be reached any more.

use std::fmt;

/// Why a connection to a browser ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// We ended it: the browser was closed, or its last handle dropped.
    ByUs,
    /// The browser held more memory than [`LaunchOptions::memory_limit`](crate::LaunchOptions::memory_limit) and was ended for
    /// it.
    MemoryLimit {
        /// The limit, in bytes.
        limit: u64,
    },
    /// It was lost: the browser ended or crashed, or the stream to it broke.
    Lost {
        /// How it was noticed.
        detail: String,
    },
}

impl CloseReason {
    /// Whether the browser was ended because it held too much memory. What was done last is likely to hold it again.
    #[must_use]
    pub fn is_memory_limit(&self) -> bool {
        matches!(self, Self::MemoryLimit { .. })
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByUs => f.write_str("closed by us"),
            Self::MemoryLimit { limit } => {
                write!(f, "it held more than its limit of {limit} bytes of memory")
            }
            Self::Lost { detail } => f.write_str(detail),
        }
    }
}

impl From<String> for CloseReason {
    fn from(detail: String) -> Self {
        Self::Lost { detail }
    }
}

impl From<&str> for CloseReason {
    fn from(detail: &str) -> Self {
        detail.to_owned().into()
    }
}
