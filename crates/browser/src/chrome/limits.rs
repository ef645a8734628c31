//! Whether the descriptor limit lets Chrome live.

use rustix::process::{Resource, getrlimit};

use super::{Discovered, LaunchOptions};
use crate::LaunchError;

/// What Chrome needs under a hard limit, which it raises its soft limit to. Measured with Chromium 156: below
/// these it dies silently, with exit code 0.
const HEADLESS_SHELL: u64 = 128;
const WHOLE_BROWSER: u64 = 170;
const SINGLE_PROCESS: u64 = 100;

/// Refuses a hard limit under which Chrome would die without a word.
pub(crate) fn check(found: &Discovered, options: &LaunchOptions) -> Result<(), LaunchError> {
    check_limit(getrlimit(Resource::Nofile).maximum, found, options)
}

fn check_limit(
    hard: Option<u64>,
    found: &Discovered,
    options: &LaunchOptions,
) -> Result<(), LaunchError> {
    let need = match (options.single_process, found.is_headless_shell) {
        (true, _) => SINGLE_PROCESS,
        (false, true) => HEADLESS_SHELL,
        (false, false) => WHOLE_BROWSER,
    };
    match hard {
        Some(hard) if hard < need => {
            let program = found
                .program
                .file_name()
                .unwrap_or(found.program.as_os_str());
            Err(LaunchError::DescriptorLimit {
                hard,
                need,
                program: program.to_string_lossy().into_owned(),
            })
        }
        // Enough, or no limit at all.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_too_low_is_refused_with_the_need_and_the_mend() {
        let shell = Discovered {
            program: "/usr/bin/chromium-headless-shell".into(),
            is_headless_shell: true,
        };
        let whole = Discovered {
            program: "/usr/bin/chromium".into(),
            is_headless_shell: false,
        };
        let (normal, single) = (
            LaunchOptions::default(),
            LaunchOptions {
                single_process: true,
                ..LaunchOptions::default()
            },
        );
        for (hard, found, options, fits) in [
            (Some(128), &shell, &normal, true),
            (Some(127), &shell, &normal, false),
            (Some(170), &whole, &normal, true),
            (Some(169), &whole, &normal, false),
            (Some(100), &whole, &single, true),
            (Some(99), &shell, &single, false),
            (None, &whole, &normal, true),
        ] {
            let checked = check_limit(hard, found, options);
            assert_eq!(checked.is_ok(), fits, "{hard:?} {found:?}");
            if let (Err(error), Some(hard)) = (checked, hard) {
                let text = error.to_string();
                assert!(
                    text.contains(&format!("is {hard},")) && text.contains("prlimit"),
                    "{text}"
                );
            }
        }
    }
}
