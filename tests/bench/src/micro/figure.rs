//! What a suite finds out by itself.

use serde::Serialize;

/// A figure that is neither a time of an operation repeated many times nor a count: it gets a cell of a table of its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The heading of the table, with the unit.
    pub table: &'static str,
    /// The line of the table.
    pub row: String,
    /// Whose it is.
    pub contestant: &'static str,
    /// What is better. A figure without that is left out of the ratio between ours and the best of the peers.
    pub better: Option<Better>,
    /// The figure itself, which must be finite.
    pub value: f64,
}

/// Which of two figures is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// The smaller one.
    Less,
    /// The larger one.
    More,
}
