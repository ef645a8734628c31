//! Where the browsers' files go, and how to end whatever still works there.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::{
    event::{Timespec, poll},
    process::{Pid, Signal, WaitOptions, kill_process, waitpid},
};
use tempfile::TempDir;

/// How long killed processes are waited for.
const KILL_WAIT: Duration = Duration::from_secs(5);
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};

/// A directory with one for each party. Dropping it ends every process whose `TMPDIR` is in it, and removes it.
#[derive(Debug)]
pub(crate) struct Scratch {
    dir: TempDir,
}

impl Scratch {
    pub(crate) fn create() -> io::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("bench-drivers-")
            .tempdir()?;
        // As root our Chrome runs as somebody else, who has to get through to its own profile.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o711))?;
        Ok(Self { dir })
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A new directory in it.
    pub(crate) fn subdirectory(&self, name: &str) -> io::Result<PathBuf> {
        let dir = self.dir.path().join(name);
        DirBuilder::new().mode(0o711).create(&dir)?;
        Ok(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        end_processes(self.dir.path());
    }
}

/// Kills every process whose environment names `dir`, and takes leave of every child that has ended.
pub(crate) fn end_processes(dir: &Path) {
    let deadline = Instant::now() + KILL_WAIT;
    loop {
        let left: Vec<Pid> = system::processes_of(dir)
            .into_iter()
            .filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?))
            .collect();
        for pid in &left {
            // One that has ended meanwhile needs no kill.
            let _ = kill_process(*pid, Signal::KILL);
        }
        while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
        if left.is_empty() || Instant::now() >= deadline {
            return;
        }
        let _ = poll(&mut [], Some(&LOOK));
    }
}
