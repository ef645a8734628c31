//! The workspace's own programs, as their users run them.

use std::{
    collections::BTreeSet,
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

/// The process groups of the browsers that were started with `temp` as their temporary directory, or below it.
///
/// Only a browser's first processes show their environment; its helpers have written over it. They are known by their
/// group, which they keep when the others are gone.
#[must_use]
pub fn groups_of(temp: &Path) -> BTreeSet<u32> {
    let needle = temp.as_os_str().as_encoded_bytes();
    let ours = census::group_of(std::process::id());
    let named = |pid: &u32| {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environment| contains(&environment, needle))
    };
    let groups = pids().filter(named).filter_map(census::group_of);
    groups.filter(|group| Some(*group) != ours).collect()
}

/// The processes of the browsers that were started with `temp` as their temporary directory, helpers included.
#[must_use]
pub fn processes_of(temp: &Path) -> Vec<u32> {
    let groups = groups_of(temp);
    pids()
        .filter(|pid| census::group_of(*pid).is_some_and(|group| groups.contains(&group)))
        .collect()
}

/// How many processes of these groups still run.
///
/// # Panics
/// Where there is no `/proc` to read.
#[must_use]
pub fn running_in(groups: &BTreeSet<u32>) -> usize {
    groups
        .iter()
        .map(|group| census::running_in_group(*group).expect("a /proc to read"))
        .sum()
}

fn pids() -> impl Iterator<Item = u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
