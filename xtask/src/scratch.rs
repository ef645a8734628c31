//! A private temporary directory, and which processes still live in it.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};
use tempfile::TempDir;

use crate::process;

/// How long a process that is on its way out may take. Chrome's helpers outlive it by some 0.3 s.
const PATIENCE: Duration = Duration::from_secs(1);

/// A temporary directory of our own, removed when dropped.
///
/// Whoever is started with `TMPDIR` inside it can be found by that, and so can the Chrome it starts: its profile, and
/// with it the command line and the environment of its processes, lie inside. That holds whatever other Chrome runs
/// on this machine, which is why nothing here goes by the name of a program.
#[derive(Debug)]
pub(crate) struct Scratch {
    dir: TempDir,
}

/// A process found alive.
#[derive(Debug)]
pub(crate) struct Survivor {
    pid: Pid,
    command: String,
}

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    /// The system's temporary directory cannot be written.
    pub(crate) fn create() -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("marketscan-xtask-")
            .tempdir()
            .with_context(|| {
                format!(
                    "could not make a directory in {}; check its space and permissions, or set TMPDIR",
                    std::env::temp_dir().display()
                )
            })?;
        // Helpers of a browser do not show where they were started. One whose browser is gone becomes our child.
        set_child_subreaper(Some(getpid())).context("could not adopt orphans")?;
        pass_through(dir.path())?;
        Ok(Self { dir })
    }

    /// Makes an empty directory inside.
    ///
    /// # Errors
    /// It exists, or cannot be made.
    pub(crate) fn empty_dir(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.dir.path().join(name);
        fs::create_dir(&path).with_context(|| format!("could not make {}", path.display()))?;
        pass_through(&path)?;
        Ok(path)
    }

    /// Fails if a process started inside is alive, after a second in which it may end; kills what it names.
    ///
    /// # Errors
    /// Some process was left, or the process table cannot be read.
    pub(crate) fn check_deserted(&self) -> anyhow::Result<()> {
        self.check_deserted_within(PATIENCE)
    }

    fn check_deserted_within(&self, patience: Duration) -> anyhow::Result<()> {
        let mut found = self.survivors();
        process::eventually(patience, || {
            found = self.survivors();
            !matches!(&found, Ok(left) if !left.is_empty())
        });
        let left = found.context("could not read the process table")?;
        if left.is_empty() {
            return Ok(());
        }
        for survivor in &left {
            // It may have ended by itself by now, which is as good.
            let _killed = kill_process(survivor.pid, Signal::KILL);
        }
        let named: Vec<String> = left
            .iter()
            .map(|survivor| format!("\n    {} {}", survivor.pid, survivor.command))
            .collect();
        bail!("processes were left behind (killed now):{}", named.concat());
    }

    fn survivors(&self) -> io::Result<Vec<Survivor>> {
        let mark = self.dir.path().as_os_str().as_encoded_bytes();
        let mut survivors = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let entry = entry?;
            let pid = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok())
                .and_then(Pid::from_raw);
            let Some(pid) = pid else { continue };
            // A process that ends meanwhile, or is somebody else's, cannot be read and is not ours.
            let read = |name| fs::read(entry.path().join(name)).unwrap_or_default();
            let command = read("cmdline");
            let adopted =
                || contains(&command, b"--type=") && parent(&read("stat")) == Some(getpid());
            if contains(&command, mark) || contains(&read("environ"), mark) || adopted() {
                survivors.push(Survivor {
                    pid,
                    command: first_words(&command),
                });
            }
        }
        Ok(survivors)
    }
}

/// Lets others pass through a directory, but not look into it: as root, Chrome runs as somebody else and must reach
/// its profile inside.
fn pass_through(path: &Path) -> anyhow::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o711))
        .with_context(|| format!("could not set the permissions of {}", path.display()))
}

/// The parent that `/proc/PID/stat` names, in the second field after the name in parentheses.
fn parent(stat: &[u8]) -> Option<Pid> {
    let stat = String::from_utf8_lossy(stat);
    let fields = stat.get(stat.rfind(')')? + 1..)?;
    Pid::from_raw(fields.split_ascii_whitespace().nth(1)?.parse().ok()?)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// A command line as the kernel shows it, made readable and short: Chrome's fills a screen.
fn first_words(cmdline: &[u8]) -> String {
    const MOST: usize = 160;
    let line = String::from_utf8_lossy(cmdline).replace('\0', " ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::process::CommandExt as _,
        process::Command,
        sync::{Mutex, MutexGuard, PoisonError},
    };

    use super::*;

    /// Tests that start or look for processes take turns: a helper of one is adopted by all, and whoever finds it kills it.
    fn turn() -> MutexGuard<'static, ()> {
        static TURN: Mutex<()> = Mutex::new(());
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn an_adopted_helper_of_a_browser_is_found_by_its_parent() {
        let _turn = turn();
        let scratch = Scratch::create().unwrap();
        let mut helper = Command::new("sleep");
        let mut helper = process::spawn(helper.arg0("--type=renderer").arg("600")).unwrap();
        assert!(process::eventually(Duration::from_secs(10), || !scratch
            .survivors()
            .unwrap()
            .is_empty()));
        let error = scratch.check_deserted_within(Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("--type=renderer"), "{error}");
        drop(helper.wait());
    }

    #[test]
    fn a_process_is_found_by_its_environment_and_killed() {
        let _turn = turn();
        let scratch = Scratch::create().unwrap();
        let temp = scratch.empty_dir("tmp").unwrap();
        scratch.check_deserted().unwrap();
        let mut child =
            process::spawn(Command::new("sleep").arg("600").env("TMPDIR", &temp)).unwrap();
        // For an instant after its start a process shows no environment.
        assert!(process::eventually(Duration::from_secs(10), || {
            !scratch.survivors().unwrap().is_empty()
        }));
        let error = scratch
            .check_deserted_within(Duration::ZERO)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("{} sleep 600", child.id())),
            "{error}"
        );
        assert!(!child.wait().unwrap().success());
        scratch.check_deserted().unwrap();
    }

    #[test]
    fn others_may_pass_through_but_not_look() {
        let scratch = Scratch::create().unwrap();
        for path in [scratch.dir.path(), &scratch.empty_dir("tmp").unwrap()] {
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o711);
        }
    }

    #[test]
    fn a_long_command_line_is_cut() {
        assert_eq!(first_words(b"chrome\0--headless\0"), "chrome --headless");
        let cut = first_words("é".repeat(500).as_bytes());
        assert_eq!(cut.chars().count(), 161);
    }
}
