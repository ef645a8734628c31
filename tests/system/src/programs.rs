//! The workspace's own programs, as their users run them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The path of one of the workspace's programs, built by the same cargo profile as the caller.
///
/// # Panics
/// When it was not built; the message says how to build it.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    let mut dirs = test.ancestors().skip(1);
    let found = dirs.find_map(|dir| Some(dir.join(name)).filter(|path| path.is_file()));
    found.unwrap_or_else(|| panic!("{name} is not built; run the tests with `cargo xtask test`, or build it: cargo build -p {name}"))
}

/// The running processes whose environment names `temp`: a browser hands its own down to all its helpers. One that
/// ended and waits for its parent to notice has no environment any more.
#[must_use]
pub fn processes_of(temp: &Path) -> Vec<u32> {
    let needle = temp.as_os_str().as_encoded_bytes();
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter(|entry| {
        fs::read(entry.path().join("environ"))
            .is_ok_and(|environment| contains(&environment, needle))
    })
    .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
    .collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
