//! Taking a census.

use std::{collections::HashMap, fs, io, path::PathBuf, process};

use serde::{Deserialize, Serialize};

use crate::{
    FdKinds,
    procfs::{self, Process},
};

/// Names of threads that Chrome starts and retires with its load, cut as the kernel cuts them. Their number
/// goes up and down by itself, bounded by the number of processors, so it is counted apart.
const ELASTIC_THREADS: [&str; 2] = ["ThreadPoolForeg", "ThreadPoolBackg"];

/// What a census looks at beside the processes.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Directories whose entries count, and the entries of a `tmp` directory in each of those: litter that
    /// a child leaves in a temporary directory of its own.
    pub temp_dirs: Vec<PathBuf>,
}

/// What this process and its descendants hold at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// Open descriptors of this process and its descendants.
    pub fds: u64,
    /// The same by what they lead to.
    pub fds_by_kind: FdKinds,
    /// Threads of this process and its descendants, but for elastic ones.
    pub threads: u64,
    /// Threads of Chrome's own worker pools, which come and go with its load.
    pub elastic_threads: u64,
    /// Descendants that run.
    pub processes: u64,
    /// Descendants that ended and were not waited for.
    pub zombies: u64,
    /// Entries of the temporary directories.
    pub temp_entries: u64,
    /// Resident memory of this process and its descendants; pages shared between them count for each.
    pub rss_bytes: u64,
    /// Open descriptors of this process alone.
    pub own_fds: u64,
    /// Threads of this process alone.
    pub own_threads: u64,
    /// Resident memory of this process alone.
    pub own_rss_bytes: u64,
    /// Descendants whose descriptors the kernel does not show us, and which `fds` leaves out: without root, those that
    /// run as somebody else or have shut themselves in, as Chrome's renderers do.
    pub opaque: u64,
}

/// Why no census could be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CensusError {
    /// `/proc` is missing or unreadable.
    #[error("cannot read /proc; mount it (mount -t proc proc /proc)")]
    Proc(#[source] io::Error),
}

impl Census {
    /// Counts what this process and all its descendants hold.
    ///
    /// Processes that begin or end meanwhile are counted or not; take it while nothing is under way. What other looks of
    /// this crate hold open is not counted: they wait for one another.
    ///
    /// # Errors
    /// [`CensusError::Proc`] where there is no `/proc` to read.
    pub fn take(scope: &Scope) -> Result<Self, CensusError> {
        let _alone = procfs::alone();
        let own = process::id();
        let mut census = Self {
            temp_entries: temp_entries(scope),
            ..Self::default()
        };
        let page_size = rustix::param::page_size() as u64;
        for member in family(own, procfs::processes().map_err(CensusError::Proc)?) {
            if member.is_zombie {
                census.zombies += 1;
                continue;
            }
            let shown = member.fds();
            if shown.is_none() && procfs::stat(member.pid).is_none_or(|now| now.is_zombie) {
                // It ended while it was looked at: nothing of it is hidden.
                continue;
            }
            let (elastic, threads): (Vec<_>, Vec<_>) = member
                .threads()
                .into_iter()
                .partition(|name| ELASTIC_THREADS.contains(&name.trim_end()));
            census.threads += threads.len() as u64;
            census.elastic_threads += elastic.len() as u64;
            let rss_bytes = member.rss_bytes(page_size);
            census.rss_bytes += rss_bytes;
            let mut fds = shown.unwrap_or_default();
            if member.pid == own {
                // The descriptor that reads the directory is in it.
                fds.files = fds.files.saturating_sub(1);
                census.own_fds = fds.total();
                census.own_rss_bytes = rss_bytes;
                census.own_threads = (threads.len() + elastic.len()) as u64;
            } else {
                census.processes += 1;
                census.opaque += u64::from(shown.is_none());
            }
            census.fds_by_kind = census.fds_by_kind.add(fds);
        }
        census.fds = census.fds_by_kind.total();
        Ok(census)
    }
}

/// How many processes of a process group still run. One that ended and waits for its parent to notice does not,
/// though the kernel counts it as a member.
///
/// # Errors
/// [`CensusError::Proc`] where there is no `/proc` to read.
pub fn running_in_group(group: u32) -> Result<usize, CensusError> {
    let _alone = procfs::alone();
    let all = procfs::processes().map_err(CensusError::Proc)?;
    Ok(running(&all, group).count())
}

/// The numbers of the processes of a process group that run, in no order.
///
/// # Errors
/// [`CensusError::Proc`] where there is no `/proc` to read.
pub fn members_of_group(group: u32) -> Result<Vec<u32>, CensusError> {
    let _alone = procfs::alone();
    let all = procfs::processes().map_err(CensusError::Proc)?;
    Ok(running(&all, group).map(|process| process.pid).collect())
}

/// How much memory the processes of a process group hold, in bytes: what is theirs alone, shared memory and what was swapped
/// out. Code and data that are mapped from files are not in it: the kernel keeps them once for all processes, and only
/// while there is room.
///
/// # Errors
/// [`CensusError::Proc`] where there is no `/proc` to read.
pub fn memory_of_group(group: u32) -> Result<u64, CensusError> {
    let _alone = procfs::alone();
    let all = procfs::processes().map_err(CensusError::Proc)?;
    Ok(running(&all, group).map(Process::held_bytes).sum())
}

fn running(all: &[Process], group: u32) -> impl Iterator<Item = &Process> {
    all.iter()
        .filter(move |process| process.group == group && !process.is_zombie)
}

/// The process group that a running process belongs to; nothing for one that has ended.
#[must_use]
pub fn group_of(pid: u32) -> Option<u32> {
    let _alone = procfs::alone();
    procfs::stat(pid)
        .filter(|process| !process.is_zombie)
        .map(|process| process.group)
}

/// The process `root` and all its descendants.
fn family(root: u32, all: Vec<Process>) -> Vec<Process> {
    let mut children: HashMap<u32, Vec<Process>> = HashMap::new();
    let mut members = Vec::new();
    for process in all {
        if process.pid == root {
            members.push(process);
        } else {
            children.entry(process.parent).or_default().push(process);
        }
    }
    let mut next = 0;
    while let Some(member) = members.get(next) {
        let pid = member.pid;
        members.extend(children.remove(&pid).unwrap_or_default());
        next += 1;
    }
    members
}

fn temp_entries(scope: &Scope) -> u64 {
    let mut entries = 0;
    for dir in &scope.temp_dirs {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            entries += 1 + procfs::count(&entry.path().join("tmp")).unwrap_or_default();
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32) -> Process {
        Process {
            pid,
            parent,
            group: pid,
            is_zombie: false,
            rss_pages: 0,
        }
    }

    #[test]
    fn a_family_is_the_root_and_its_descendants_in_any_order_of_listing() {
        let all = vec![
            process(30, 20),
            process(20, 10),
            process(99, 1),
            process(10, 1),
            process(21, 10),
        ];
        let mut pids: Vec<u32> = family(10, all).iter().map(|member| member.pid).collect();
        pids.sort_unstable();
        assert_eq!(pids, [10, 20, 21, 30]);
    }

    #[test]
    fn a_family_without_its_root_is_empty() {
        assert!(family(10, vec![process(11, 10)]).is_empty());
    }
}
