//! A control group of one browser: the kernel holds it to its memory limit.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rustix::process::geteuid;

/// Groups with this prefix are ours.
const PREFIX: &str = "marketscan-browser-";
/// How often the processes of a browser that starts are looked at until all are in. Each pass takes those that were
/// forked before their parent was.
const PASSES: usize = 64;

/// A control group (version 2) with a memory limit. It is empty, and can be removed, once its processes have ended.
#[derive(Debug)]
pub(crate) struct Cgroup {
    dir: PathBuf,
}

impl Cgroup {
    /// Makes a group below `parent`, in which all processes together hold at most `limit` bytes. Where they would hold
    /// more, the kernel kills them all.
    pub(crate) fn create(parent: &Path, name: &str, limit: u64) -> io::Result<Self> {
        let dir = parent.join(format!("{PREFIX}{name}"));
        fs::create_dir(&dir)?;
        let cgroup = Self { dir };
        let limited = cgroup
            .write("memory.max", &limit.to_string())
            // A browser without one of its processes is half a browser.
            .and_then(|()| cgroup.write("memory.oom.group", "1"));
        if let Err(error) = limited {
            cgroup.try_remove();
            return Err(error);
        }
        // Where there is no swap to account for there is no such file.
        let _ = cgroup.write("memory.swap.max", "0");
        Ok(cgroup)
    }

    /// Takes in all processes that `members` lists, and asks it again until it lists no other.
    pub(crate) fn adopt_all(&self, members: impl Fn() -> io::Result<Vec<u32>>) -> io::Result<()> {
        for _ in 0..PASSES {
            let inside = self.processes()?;
            let mut complete = true;
            for pid in members()? {
                if !inside.contains(&pid) {
                    complete = false;
                    self.adopt(pid)?;
                }
            }
            if complete {
                return Ok(());
            }
        }
        Err(io::Error::other(
            "the browser starts processes faster than they are taken in",
        ))
    }

    fn adopt(&self, pid: u32) -> io::Result<()> {
        match self.write("cgroup.procs", &pid.to_string()) {
            // It has ended meanwhile.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) => {
                Ok(())
            }
            written => written,
        }
    }

    fn processes(&self) -> io::Result<Vec<u32>> {
        let text = fs::read_to_string(self.dir.join("cgroup.procs"))?;
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// Whether the kernel killed a process of it for want of memory.
    pub(crate) fn is_exhausted(&self) -> bool {
        let events = fs::read_to_string(self.dir.join("memory.events")).unwrap_or_default();
        events
            .lines()
            .filter_map(|line| line.strip_prefix("oom_kill "))
            .any(|count| count.trim() != "0")
    }

    /// Tries once to remove it; true when it is gone. A process that has not ended quite keeps it.
    pub(crate) fn try_remove(&self) -> bool {
        match fs::remove_dir(&self.dir) {
            Err(error) => error.kind() == ErrorKind::NotFound,
            Ok(()) => true,
        }
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        fs::write(self.dir.join(file), text)
    }
}

/// Removes the groups below `parent` that have no process any more, as a killed process leaves them. The kernel keeps
/// those that have one.
pub(crate) fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && fs::remove_dir(entry.path()).is_ok()
        {
            tracing::info!(cgroup = %entry.path().display(), "removed a stale control group");
        }
    }
}

/// Where we may make groups that limit memory: in our own group, or in the one above it when that was delegated to us.
/// Nowhere else: a browser must not leave the limits and the accounts that we are under.
pub(crate) fn parent() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = own_group(&mounts, &membership)?;
    if hands_memory_on(&own) {
        return Some(own);
    }
    let above = own.parent()?;
    (is_delegated(above) && (hands_memory_on(above) || hand_memory_on(above)))
        .then(|| above.to_owned())
}

/// The directory of our group in the unified hierarchy.
fn own_group(mounts: &str, membership: &str) -> Option<PathBuf> {
    let path = membership
        .lines()
        .find_map(|line| line.strip_prefix("0::"))?;
    mounts.lines().find_map(|line| {
        // ID PARENT DEVICE ROOT POINT OPTIONS [TAGS] - TYPE SOURCE OPTIONS
        let (mount, kind) = line.split_once(" - ")?;
        if !kind.starts_with("cgroup2 ") {
            return None;
        }
        let mut fields = mount.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let below = Path::new(path).strip_prefix(root).ok()?;
        Some(Path::new(point).join(below))
    })
}

/// Whether children of this group may limit their memory.
fn hands_memory_on(group: &Path) -> bool {
    fs::read_to_string(group.join("cgroup.subtree_control"))
        .is_ok_and(|controllers| controllers.split_whitespace().any(|name| name == "memory"))
}

/// Lets children of this group limit their memory, as the owner of a delegated group has to; true when they may now.
fn hand_memory_on(group: &Path) -> bool {
    fs::write(group.join("cgroup.subtree_control"), "+memory").is_ok() && hands_memory_on(group)
}

/// Whether a group was handed to us: to our user, or by the mark that systemd leaves.
fn is_delegated(group: &Path) -> bool {
    let user = geteuid();
    let given = group
        .metadata()
        .is_ok_and(|meta| !user.is_root() && meta.uid() == user.as_raw());
    let mut mark = [0_u8; 8];
    given
        || rustix::fs::getxattr(group, "user.delegate", &mut mark[..])
            .is_ok_and(|length| mark.get(..length) == Some(b"1".as_slice()))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// A directory that looks like a group of the kernel's; only its files are not made by themselves.
    fn fake() -> (tempfile::TempDir, Cgroup) {
        let parent = tempfile::tempdir().unwrap();
        let cgroup = Cgroup::create(parent.path(), "x", 1 << 30).unwrap();
        fs::write(cgroup.dir.join("cgroup.procs"), "").unwrap();
        (parent, cgroup)
    }

    #[test]
    fn a_group_has_its_limit_and_dies_as_one() {
        let (_parent, cgroup) = fake();
        let read = |file| fs::read_to_string(cgroup.dir.join(file)).unwrap();
        assert_eq!(read("memory.max"), "1073741824");
        assert_eq!(read("memory.oom.group"), "1");
        assert_eq!(read("memory.swap.max"), "0");
        assert!(Cgroup::create(Path::new("/nowhere"), "x", 1).is_err());
    }

    #[test]
    fn processes_are_taken_in_until_none_is_new() {
        let (_parent, cgroup) = fake();
        // The kernel adds what is written; a file holds what was written last.
        let inside = RefCell::new(Vec::new());
        let asked = RefCell::new(0);
        let members = || {
            let mut asked = asked.borrow_mut();
            *asked += 1;
            let now = fs::read_to_string(cgroup.dir.join("cgroup.procs"))?;
            inside
                .borrow_mut()
                .extend(now.lines().map(ToOwned::to_owned));
            Ok(vec![if *asked < 3 { *asked } else { 2 }])
        };
        cgroup.adopt_all(members).unwrap();
        assert_eq!(*inside.borrow(), ["1", "2"]);
        assert_eq!(*asked.borrow(), 3);
        let always_new = || Ok(vec![u32::MAX]);
        fs::remove_file(cgroup.dir.join("cgroup.procs")).unwrap();
        assert!(cgroup.adopt_all(always_new).is_err());
    }

    #[test]
    fn a_kill_for_want_of_memory_is_told_from_none() {
        let (_parent, cgroup) = fake();
        assert!(!cgroup.is_exhausted());
        let events = cgroup.dir.join("memory.events");
        fs::write(
            &events,
            "low 0\nmax 7\noom 1\noom_kill 0\noom_group_kill 0\n",
        )
        .unwrap();
        assert!(!cgroup.is_exhausted());
        fs::write(
            &events,
            "low 0\nmax 7\noom 1\noom_kill 6\noom_group_kill 1\n",
        )
        .unwrap();
        assert!(cgroup.is_exhausted());
    }

    #[test]
    fn a_sweep_takes_empty_groups_of_ours_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let dir = |name: &str| {
            let dir = parent.path().join(name);
            fs::create_dir(&dir).unwrap();
            dir
        };
        let (empty, full, foreign) = (
            dir("marketscan-browser-1"),
            dir("marketscan-browser-2"),
            dir("user.slice"),
        );
        fs::write(full.join("busy"), "").unwrap();
        sweep(parent.path());
        assert!(!empty.exists() && full.exists() && foreign.exists());
    }

    #[test]
    fn our_own_group_is_found_where_it_is_mounted() {
        let mounts = "24 1 0:22 / /sys rw shared:1 - sysfs sysfs rw\n\
                      30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
        let own = |mounts: &str, membership: &str| own_group(mounts, membership);
        assert_eq!(
            own(mounts, "0::/system.slice/scan.service/main\n"),
            Some("/sys/fs/cgroup/system.slice/scan.service/main".into())
        );
        let inner = "30 24 0:26 /docker/7 /sys/fs/cgroup rw - cgroup2 cgroup rw\n";
        assert_eq!(
            own(inner, "0::/docker/7/a\n"),
            Some("/sys/fs/cgroup/a".into())
        );
        // Out of what is mounted, of version 1, and nowhere mounted.
        assert_eq!(own(inner, "0::/other\n"), None);
        assert_eq!(own(mounts, "4:memory:/scan\n"), None);
        assert_eq!(
            own("24 1 0:22 / /sys rw - sysfs sysfs rw\n", "0::/\n"),
            None
        );
    }

    #[test]
    fn memory_is_handed_on_only_where_the_group_says_so() {
        let group = tempfile::tempdir().unwrap();
        assert!(!hands_memory_on(group.path()));
        for (controllers, handed_on) in [("cpu memory pids\n", true), ("cpu pids\n", false)] {
            fs::write(group.path().join("cgroup.subtree_control"), controllers).unwrap();
            assert_eq!(hands_memory_on(group.path()), handed_on);
        }
        // The kernel would have made `memory` of what is written: a file keeps it as it is.
        assert!(!hand_memory_on(group.path()));
        let written = fs::read_to_string(group.path().join("cgroup.subtree_control")).unwrap();
        assert_eq!(written, "+memory");
    }
}
