//! How much a store holds.

/// How many of each a store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Marketplaces known.
    pub marketplaces: u64,
    /// Different postings, over all marketplaces.
    pub postings: u64,
    /// Scans recorded.
    pub scans: u64,
}
