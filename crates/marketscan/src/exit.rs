//! What the exit code says.

use std::process::ExitCode;

use extract::Outcome;

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
    /// What a run says whose scans ended so; a result that could not be stored counts as a scan that failed.
    pub(crate) fn of(outcomes: impl IntoIterator<Item = (Outcome, bool)>) -> Self {
        let (mut good, mut bad) = (0_usize, 0_usize);
        for (outcome, kept) in outcomes {
            if outcome.is_success() && kept {
                good += 1;
            } else {
                bad += 1;
            }
        }
        match (good, bad) {
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
        use Outcome::{Blocked, EmptyVerified, Ok, Partial};
        for (outcomes, exit) in [
            (vec![], Exit::Success),
            (vec![(Ok, true), (EmptyVerified, true)], Exit::Success),
            (vec![(Ok, true), (Partial, true)], Exit::Some),
            (vec![(Ok, true), (Ok, false)], Exit::Some),
            (vec![(Blocked, true), (Partial, true)], Exit::All),
        ] {
            assert_eq!(Exit::of(outcomes.clone()), exit, "{outcomes:?}");
        }
    }
}
