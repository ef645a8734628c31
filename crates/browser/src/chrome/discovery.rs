//! Finding Chrome.

use std::{
    env,
    ffi::OsStr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::LaunchError;

/// Program names looked for on `PATH`, the most frugal first: the headless shell needs fewer processes,
/// descriptors and threads than the whole browser.
const NAMES: [&str; 7] = [
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
];

/// A Chrome that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// The program.
    pub program: PathBuf,
    /// Whether it is the headless shell, by its name.
    pub is_headless_shell: bool,
}

impl Discovered {
    fn at(program: PathBuf) -> Self {
        let name = program
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        Self {
            is_headless_shell: name.contains("headless-shell") || name.contains("headless_shell"),
            program,
        }
    }
}

/// Finds Chrome: `explicit` when given, else the environment variable `CHROME`, else the usual names on `PATH`.
///
/// # Errors
/// [`LaunchError::NotFound`] says where it was looked for. A place that was named and holds no program is an
/// error, not a reason to look elsewhere.
pub fn discover(explicit: Option<&Path>) -> Result<Discovered, LaunchError> {
    discover_in(
        explicit,
        env::var_os("CHROME").as_deref(),
        env::var_os("PATH").as_deref(),
    )
}

fn discover_in(
    explicit: Option<&Path>,
    chrome: Option<&OsStr>,
    path: Option<&OsStr>,
) -> Result<Discovered, LaunchError> {
    let named = explicit.map(|program| (program, "named")).or_else(|| {
        chrome
            .filter(|value| !value.is_empty())
            .map(|value| (Path::new(value), "named by CHROME"))
    });
    if let Some((program, how)) = named {
        return if is_program(program) {
            Ok(Discovered::at(program.to_owned()))
        } else {
            Err(LaunchError::NotFound {
                looked_for: format!("{}, {how}, is no program", program.display()),
            })
        };
    }
    let dirs: Vec<PathBuf> = path
        .map(|path| env::split_paths(path).collect())
        .unwrap_or_default();
    NAMES
        .iter()
        .flat_map(|name| dirs.iter().map(move |dir| dir.join(name)))
        .find(|candidate| is_program(candidate))
        .map(Discovered::at)
        .ok_or_else(|| LaunchError::NotFound {
            looked_for: places(&dirs),
        })
}

/// Every place that was looked at, when none was named.
fn places(dirs: &[PathBuf]) -> String {
    let names = NAMES.join(", ");
    if dirs.is_empty() {
        return format!("CHROME is not set, and PATH names no directory to look for {names} in");
    }
    let dirs: Vec<_> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    format!(
        "CHROME is not set, and none of {names} is in a directory of PATH: {}",
        dirs.join(", ")
    )
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn program(dir: &Path, name: &str, mode: u32) -> PathBuf {
        let path = dir.join(name);
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn the_headless_shell_is_preferred_wherever_it_stands_on_the_path() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let chromium = program(first.path(), "chromium", 0o755);
        let path = env::join_paths([first.path(), second.path()]).unwrap();
        let found = discover_in(None, None, Some(&path)).unwrap();
        assert_eq!((found.program, found.is_headless_shell), (chromium, false));
        let shell = program(second.path(), "chromium-headless-shell", 0o755);
        let found = discover_in(None, None, Some(&path)).unwrap();
        assert_eq!((found.program, found.is_headless_shell), (shell, true));
    }

    #[test]
    fn what_is_named_wins_and_is_not_replaced_when_it_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let (ours, other) = (
            program(dir.path(), "mine", 0o755),
            program(dir.path(), "chromium", 0o755),
        );
        let path = env::join_paths([dir.path()]).unwrap();
        let named = discover_in(Some(&ours), Some(other.as_os_str()), Some(&path)).unwrap();
        assert_eq!(named.program, ours);
        let by_variable = discover_in(None, Some(ours.as_os_str()), Some(&path)).unwrap();
        assert_eq!(by_variable.program, ours);
        let nowhere = Path::new("/nowhere/chrome");
        for (explicit, variable, text) in [
            (Some(nowhere), None, "/nowhere/chrome, named, is no program"),
            (
                None,
                Some(nowhere.as_os_str()),
                "/nowhere/chrome, named by CHROME, is no program",
            ),
        ] {
            let missing = discover_in(explicit, variable, Some(&path)).unwrap_err();
            assert!(missing.to_string().contains(text), "{missing}");
        }
    }

    #[test]
    fn nothing_found_names_the_package_and_the_command() {
        let dir = tempfile::tempdir().unwrap();
        program(dir.path(), "chromium", 0o644);
        let error = discover_in(None, None, Some(dir.path().as_os_str()))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("apt-get install chromium-headless-shell"),
            "{error}"
        );
        assert!(error.contains(&*dir.path().to_string_lossy()), "{error}");
        let error = discover_in(None, None, None).unwrap_err().to_string();
        assert!(error.contains("PATH names no directory"), "{error}");
    }
}
