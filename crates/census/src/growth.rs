//! What one census holds more than another.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Census, FdKinds};

/// By how much each exact count of a later census differs from an earlier one.
///
/// Memory is not in it: no allocator gives back to the byte. Elastic threads are not either.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Growth {
    /// Descriptors.
    pub fds: i64,
    /// The same by what they lead to: one kind may grow while another shrinks.
    pub fds_by_kind: FdKinds<i64>,
    /// Threads, but for elastic ones.
    pub threads: i64,
    /// Descendants that run.
    pub processes: i64,
    /// Descendants that ended and were not waited for.
    pub zombies: i64,
    /// Entries of the temporary directories.
    pub temp_entries: i64,
    /// Descendants whose descriptors the kernel did not show in one census or the other: of these `fds` says nothing. No
    /// growth itself.
    pub unknown: u64,
}

impl Growth {
    /// Whether every count is the same, as far as it is [known](Self::is_certain).
    #[must_use]
    pub fn is_zero(&self) -> bool {
        let unknown = self.unknown;
        *self
            == Self {
                unknown,
                ..Self::default()
            }
    }

    /// Whether all descriptors were counted.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.unknown == 0
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "descriptors {:+}{}, threads {:+}, processes {:+}, zombies {:+}, temporary entries {:+}",
            self.fds,
            parenthesised(&self.fds_by_kind.to_string()),
            self.threads,
            self.processes,
            self.zombies,
            self.temp_entries
        )?;
        match self.unknown {
            0 => Ok(()),
            unknown => write!(f, "; the descriptors of {unknown} processes are not known"),
        }
    }
}

fn parenthesised(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!(" ({text})"),
    }
}

impl Census {
    /// What this census holds more than `earlier`.
    #[must_use]
    pub fn growth_since(&self, earlier: &Self) -> Growth {
        let difference = |now: u64, then: u64| now.cast_signed().wrapping_sub(then.cast_signed());
        Growth {
            fds: difference(self.fds, earlier.fds),
            fds_by_kind: self.fds_by_kind.zip(earlier.fds_by_kind, difference),
            threads: difference(self.threads, earlier.threads),
            processes: difference(self.processes, earlier.processes),
            zombies: difference(self.zombies, earlier.zombies),
            temp_entries: difference(self.temp_entries, earlier.temp_entries),
            unknown: self.opaque.max(earlier.opaque),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_no_growth_and_is_said() {
        let (before, after) = (
            Census {
                opaque: 2,
                ..Census::default()
            },
            Census {
                opaque: 1,
                ..Census::default()
            },
        );
        let growth = after.growth_since(&before);
        assert!(growth.is_zero() && !growth.is_certain());
        assert!(
            growth
                .to_string()
                .ends_with("; the descriptors of 2 processes are not known"),
            "{growth}"
        );
    }

    #[test]
    fn one_kind_of_descriptor_does_not_make_up_for_another() {
        let kinds = |sockets, pipes| Census {
            fds: 3,
            fds_by_kind: FdKinds {
                sockets,
                pipes,
                ..FdKinds::default()
            },
            ..Census::default()
        };
        let growth = kinds(2, 1).growth_since(&kinds(1, 2));
        assert!(!growth.is_zero() && growth.is_certain());
        assert!(
            growth
                .to_string()
                .starts_with("descriptors +0 (sockets +1, pipes -1), threads +0,"),
            "{growth}"
        );
    }
}
