//! Running a program of ours where it has something of the kernel to itself. Chrome's sandbox is made of the same namespaces, so
//! that whoever may start Chrome may do this, root or not.

use std::{ffi::OsStr, path::Path, process::Command};

use crate::program;

/// Mounts a file system of $1 bytes at $2 and runs the rest. The program is open before, as the mount may hide it.
const ON_SMALL_DISK: &str = "exec 9<\"$3\" && mount -t tmpfs -o \"size=$1,mode=1777\" tmpfs \"$2\" && cd \"$2\" && shift 3 \
     && exec unshare --user --map-user=65534 --map-group=65534 /proc/self/fd/9 \"$@\"";

/// One of our programs, as an ordinary user, with an empty file system of so many bytes at `dir`.
#[must_use]
pub fn on_small_disk(name: &str, dir: &Path, bytes: u64) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "--", "sh", "-c"])
        .args([ON_SMALL_DISK, "sh", &bytes.to_string()])
        .args([dir.as_os_str(), program(name).as_os_str()])
        .env("TMPDIR", dir);
    command
}

/// One of our programs, as an ordinary user and as process 1, to whom all orphans come.
#[must_use]
pub fn as_process_1(name: &str, temp: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args([
            "--user",
            "--map-root-user",
            "--pid",
            "--fork",
            "--mount-proc",
            "--kill-child",
            "--",
        ])
        .args([
            "unshare",
            "--user",
            "--map-user=65534",
            "--map-group=65534",
            "--",
        ])
        .arg::<&OsStr>(program(name).as_ref())
        .env("TMPDIR", temp);
    command
}
