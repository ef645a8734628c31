//! What one census holds more than another.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Census;

/// By how much each exact count of a later census differs from an earlier one.
///
/// Memory is not in it: no allocator gives back to the byte. Elastic threads are not either.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Growth {
    /// Descriptors.
    pub fds: i64,
    /// Threads, but for elastic ones.
    pub threads: i64,
    /// Descendants that run.
    pub processes: i64,
    /// Descendants that ended and were not waited for.
    pub zombies: i64,
    /// Entries of the temporary directories.
    pub temp_entries: i64,
}

impl Growth {
    /// Whether every count is the same.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "descriptors {:+}, threads {:+}, processes {:+}, zombies {:+}, temporary entries {:+}",
            self.fds, self.threads, self.processes, self.zombies, self.temp_entries
        )
    }
}

impl Census {
    /// What this census holds more than `earlier`.
    #[must_use]
    pub fn growth_since(&self, earlier: &Self) -> Growth {
        let difference = |now: u64, then: u64| now.cast_signed().wrapping_sub(then.cast_signed());
        Growth {
            fds: difference(self.fds, earlier.fds),
            threads: difference(self.threads, earlier.threads),
            processes: difference(self.processes, earlier.processes),
            zombies: difference(self.zombies, earlier.zombies),
            temp_entries: difference(self.temp_entries, earlier.temp_entries),
        }
    }
}
