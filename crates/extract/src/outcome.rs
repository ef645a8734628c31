//! How a visit ended, and the evidence for it.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// How a visit to a page or a marketplace ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Postings were found and every page was read.
    Ok,
    /// The page itself says that there are no postings.
    EmptyVerified,
    /// Some pages were read, others were not.
    Partial,
    /// The site refuses us: robots, captcha, login or consent wall, 401, 403, 429.
    Blocked,
    /// A page that used to hold postings holds none that can be read.
    LayoutChanged,
    /// No postings, and nothing that says there are none.
    NotABoard,
    /// The page could not be fetched.
    Unreachable,
}

impl Outcome {
    /// Whether the visit did what it was for.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Ok | Self::EmptyVerified)
    }

    /// The contract's spelling, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "Ok",
            Self::EmptyVerified => "EmptyVerified",
            Self::Partial => "Partial",
            Self::Blocked => "Blocked",
            Self::LayoutChanged => "LayoutChanged",
            Self::NotABoard => "NotABoard",
            Self::Unreachable => "Unreachable",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One fact that an [`Outcome`] rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What kind of fact: `http_status`, `no_postings`, `breaker_open` and so on.
    pub code: String,
    /// The fact, for a person.
    pub detail: String,
    /// The page it was seen on.
    pub url: Option<Url>,
}

impl Evidence {
    /// A fact about `url`.
    pub fn new(code: impl Into<String>, detail: impl Into<String>, url: Option<Url>) -> Self {
        Self {
            code: code.into(),
            detail: detail.into(),
            url,
        }
    }
}
