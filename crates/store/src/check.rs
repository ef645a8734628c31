//! Whether a store is sound.

/// What [`Store::check`](crate::Store::check) found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The version of the schema the data is kept in.
    pub schema_version: u32,
    /// Damage, one sentence for each; empty when the data is sound.
    pub problems: Vec<String>,
}

impl Check {
    /// Whether no damage was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}
