//! The descriptor limit of this process.

use rustix::process::{Resource, getrlimit};

/// Descriptors of ours that a scan with the default pools needs, with room to spare.
const NEEDED: u64 = 64;

/// Tells the limits, or that they are too low and the command that raises them.
///
/// Only the soft limit is ours to judge: whether the hard one is enough for Chrome depends on Chrome, and its launch
/// tells.
pub(crate) fn check() -> Result<String, String> {
    let limit = getrlimit(Resource::Nofile);
    judge(limit.current, limit.maximum)
}

fn judge(soft: Option<u64>, hard: Option<u64>) -> Result<String, String> {
    let show = |limit: Option<u64>| {
        limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string())
    };
    let text = format!(
        "soft descriptor limit {}, hard limit {}",
        show(soft),
        show(hard)
    );
    let can_raise = hard.is_none_or(|hard| hard >= NEEDED);
    match soft {
        Some(soft) if soft < NEEDED && can_raise => Err(format!(
            "{text}; at least {NEEDED} are needed: ulimit -Sn {NEEDED}, or LimitNOFILE=1024 in the unit"
        )),
        Some(soft) if soft < NEEDED => Err(format!(
            "{text}; at least {NEEDED} are needed: as root, prlimit --pid $$ --nofile=1024:1024, or LimitNOFILE=1024 in \
             the unit"
        )),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_one_that_the_limits_allow() {
        assert!(judge(Some(64), Some(64)).is_ok());
        assert!(judge(None, None).is_ok());
        assert!(
            judge(Some(32), Some(4096))
                .unwrap_err()
                .contains("ulimit -Sn 64")
        );
        assert!(
            judge(Some(20), Some(20))
                .unwrap_err()
                .contains("as root, prlimit")
        );
    }
}
