//! The few facts of `/proc` that a census needs. A process may vanish between any two reads: that is no error.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::fds::{FdKinds, Kind};

/// One process as `/proc/PID/stat` and its neighbours describe it.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) parent: u32,
    /// The process group it belongs to.
    pub(crate) group: u32,
    pub(crate) is_zombie: bool,
    /// Resident memory in pages.
    pub(crate) rss_pages: u64,
}

/// Held for as long as `/proc` is looked at: what one look holds open must not be counted by another.
static LOOKING: Mutex<()> = Mutex::new(());

/// Waits until nobody else in this process looks at `/proc`, some milliseconds at most.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    LOOKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every process that exists, in no order.
pub(crate) fn processes() -> io::Result<Vec<Process>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some(process) = stat(pid) {
            all.push(process);
        }
    }
    Ok(all)
}

pub(crate) fn stat(pid: u32) -> Option<Process> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    parse_stat(pid, &text)
}

/// The name in parentheses may itself hold parentheses and spaces: the fields begin after the last one.
fn parse_stat(pid: u32, text: &str) -> Option<Process> {
    let fields: Vec<&str> = text
        .get(text.rfind(')')? + 1..)?
        .split_ascii_whitespace()
        .collect();
    Some(Process {
        pid,
        is_zombie: matches!(*fields.first()?, "Z" | "X"),
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        rss_pages: fields.get(21)?.parse().ok()?,
    })
}

/// The kernel tells these in units of 1024 bytes, whatever the size of a page.
fn parse_held(status: &str) -> u64 {
    const OWN: [&str; 3] = ["RssAnon:", "RssShmem:", "VmSwap:"];
    let kib = |line: &str| {
        let (name, rest) = line.split_at_checked(line.find(':')? + 1)?;
        let value = rest.split_whitespace().next()?;
        OWN.contains(&name).then(|| value.parse::<u64>().ok())?
    };
    status
        .lines()
        .filter_map(kib)
        .fold(0, |sum, kib| sum.saturating_add(kib.saturating_mul(1024)))
}

impl Process {
    fn dir(&self) -> PathBuf {
        Path::new("/proc").join(self.pid.to_string())
    }

    /// The descriptors it holds; nothing when it vanished or is not ours to look into.
    pub(crate) fn fds(&self) -> Option<FdKinds> {
        let mut kinds = FdKinds::default();
        for entry in fs::read_dir(self.dir().join("fd")).ok()?.flatten() {
            match fs::read_link(entry.path()) {
                Ok(target) => kinds.count(Kind::of(&target)),
                // It was closed between the two looks.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => kinds.count(Kind::Other),
            }
        }
        Some(kinds)
    }

    /// The names of its threads.
    pub(crate) fn threads(&self) -> Vec<String> {
        let Ok(tasks) = fs::read_dir(self.dir().join("task")) else {
            return Vec::new();
        };
        tasks
            .flatten()
            .filter_map(|task| fs::read_to_string(task.path().join("comm")).ok())
            .collect()
    }

    /// The memory that counts as its own: anonymous, shared and swapped out.
    pub(crate) fn held_bytes(&self) -> u64 {
        fs::read_to_string(self.dir().join("status")).map_or(0, |status| parse_held(&status))
    }

    pub(crate) fn rss_bytes(&self, page_size: u64) -> u64 {
        self.rss_pages.saturating_mul(page_size)
    }
}

/// The number of entries of a directory; nothing when it cannot be read.
pub(crate) fn count(dir: &Path) -> Option<u64> {
    fs::read_dir(dir)
        .ok()
        .map(|entries| entries.flatten().count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_does_not_shift_the_fields() {
        let text = "7 (a) R 1 (b) Z 42 5 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 100 4096 17 18446744073709551615";
        let process = parse_stat(7, text).expect("a stat line");
        assert_eq!(
            (process.parent, process.is_zombie, process.rss_pages),
            (42, true, 17)
        );
    }

    #[test]
    fn files_are_not_held() {
        let status = "Name:\tRssAnon: 9 kB\nVmRSS:\t 700 kB\nRssAnon:\t 100 kB\nRssFile:\t 500 kB\nRssShmem:\t 20 kB\nVmSwap:\t 3 kB\n";
        assert_eq!(parse_held(status), 123 * 1024);
        assert_eq!(parse_held("Name:\tkthread\n"), 0);
    }

    #[test]
    fn a_cut_off_line_is_no_process() {
        assert!(parse_stat(7, "7 (a) R 1").is_none());
        assert!(parse_stat(7, "").is_none());
    }
}
