//! What a finished call says about the key.

/// What a finished call says about the health of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The key is healthy: clears its failures, or counts towards closing.
    Success,
    /// The key is not healthy: counts towards opening, or opens again at once.
    Failure,
    /// The call says nothing about the key, and so counts for nothing; a probe's place is freed.
    Ignore,
}
