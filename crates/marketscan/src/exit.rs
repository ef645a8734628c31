//! What the exit code says.

use std::process::ExitCode;

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: everything went as it should; every scan ended `Ok` or `EmptyVerified`.
    Success,
    /// 1: the command line or the configuration is wrong; nothing was done.
    Usage,
    /// 2: some scans ended otherwise; or something is wrong that `doctor` named.
    Some,
    /// 3: all scans ended otherwise.
    All,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Usage => 1,
            Exit::Some => 2,
            Exit::All => 3,
        })
    }
}

impl Exit {
    /// What a run says whose scans ended well, or not.
    pub(crate) fn of(went_well: &[bool]) -> Self {
        let good = went_well.iter().filter(|well| **well).count();
        match (good, went_well.len() - good) {
            (_, 0) => Self::Success,
            (0, _) => Self::All,
            _ => Self::Some,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_tells_none_some_and_all_apart() {
        for (went_well, exit) in [
            (vec![], Exit::Success),
            (vec![true, true], Exit::Success),
            (vec![true, false], Exit::Some),
            (vec![false, false], Exit::All),
        ] {
            assert_eq!(Exit::of(&went_well), exit, "{went_well:?}");
        }
    }
}
