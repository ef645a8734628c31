//! Postings as a store keeps them.

use extract::Posting;
use jiff::Timestamp;
use url::Url;

/// A posting, and when it was on its marketplace.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPosting {
    /// The [canonical](marketplace::canonical_url) address of the marketplace it was found on.
    pub marketplace: Url,
    /// The start of the first scan that found it.
    pub first_seen: Timestamp,
    /// The start of the last scan that found it.
    pub last_seen: Timestamp,
    /// What that last scan read.
    pub posting: Posting,
}

/// Which postings to read. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostingFilter {
    /// Only those of this marketplace, in whatever spelling of its address.
    pub marketplace: Option<Url>,
    /// At most this many.
    pub limit: Option<u32>,
}
