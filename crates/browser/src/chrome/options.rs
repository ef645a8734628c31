//! How Chrome is started.

use std::{path::PathBuf, time::Duration};

/// How Chrome is started.
///
/// | field | default |
/// | --- | --- |
/// | `program` | none: `CHROME`, then the usual names on `PATH` |
/// | `temp_dir` | the system's (`TMPDIR`, else `/tmp`) |
/// | `run_as` | [`RunAs::Automatic`] |
/// | `sandbox` | on |
/// | `single_process` | off |
/// | `memory_limit` | 4 GiB |
/// | `launch_timeout` | 30 s |
/// | `call_timeout` | 10 s |
/// | `extra_flags` | none |
#[derive(Debug, Clone)]
pub struct LaunchOptions {
    /// The program to start; when absent it is looked for.
    pub program: Option<PathBuf>,
    /// Where profiles are made.
    pub temp_dir: PathBuf,
    /// Whom Chrome runs as.
    pub run_as: RunAs,
    /// Whether Chrome's sandbox is on. Without it a page that breaks out of its renderer owns the account.
    pub sandbox: bool,
    /// Everything in one process: for hosts whose hard descriptor limit is about 100. Such a browser has one page in its
    /// life: with the next context Chrome dies.
    /// It turns the sandbox off, as Chrome has none within one process.
    pub single_process: bool,
    /// The most memory that all processes of a browser may hold together, in bytes; `None` for no limit. A browser that holds
    /// more is ended, and its callers are told [`CloseReason::MemoryLimit`](crate::CloseReason::MemoryLimit).
    pub memory_limit: Option<u64>,
    /// The longest from the start of the program to its first answer.
    pub launch_timeout: Duration,
    /// The longest that one command may take.
    pub call_timeout: Duration,
    /// Flags added after our own; features that they turn on or off are added to those that we do.
    pub extra_flags: Vec<String>,
}

impl Default for LaunchOptions {
    fn default() -> Self {
        Self {
            program: None,
            temp_dir: std::env::temp_dir(),
            run_as: RunAs::Automatic,
            sandbox: true,
            single_process: false,
            memory_limit: Some(4 << 30),
            launch_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(10),
            extra_flags: Vec::new(),
        }
    }
}

/// Whom Chrome runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunAs {
    /// As `nobody` (65534) when we are root, which Chrome's sandbox refuses; else as we are.
    Automatic,
    /// As we are.
    Ourselves,
    /// As this user and group. Needs root.
    User {
        /// User id.
        uid: u32,
        /// Group id.
        gid: u32,
    },
}

/// The ids of `nobody` and `nogroup` on Linux: what the kernel maps unknown ids to.
const NOBODY: u32 = 65534;

impl RunAs {
    /// The user and group to change to, if any.
    pub(crate) fn change_to(self, we_are_root: bool) -> Option<(u32, u32)> {
        match self {
            Self::Automatic => we_are_root.then_some((NOBODY, NOBODY)),
            Self::Ourselves => None,
            Self::User { uid, gid } => Some((uid, gid)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_becomes_nobody_and_others_stay_who_they_are() {
        assert_eq!(RunAs::Automatic.change_to(true), Some((65534, 65534)));
        assert_eq!(RunAs::Automatic.change_to(false), None);
        assert_eq!(RunAs::Ourselves.change_to(true), None);
        assert_eq!(RunAs::User { uid: 7, gid: 8 }.change_to(true), Some((7, 8)));
    }
}
