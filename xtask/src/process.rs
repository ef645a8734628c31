//! Running commands, with errors that name them.

use std::{
    ffi::OsStr,
    io,
    ops::{Deref, DerefMut},
    path::Path,
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

/// Runs a command to its end, with our own input and output.
///
/// # Errors
/// It cannot be started, or it fails.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` failed: {status}", shown(command));
    }
    Ok(())
}

/// How a command ended, which ran with our own input and output.
///
/// # Errors
/// It cannot be started.
pub(crate) fn status(command: &mut Command) -> anyhow::Result<ExitStatus> {
    spawn(command)?.end(command)
}

/// Starts a command that does not outlive what is returned.
///
/// # Errors
/// It cannot be started.
pub(crate) fn spawn(command: &mut Command) -> anyhow::Result<Running> {
    command
        .spawn()
        .map(|child| Running { child })
        .with_context(|| format!("could not start `{}`", shown(command)))
}

/// Whether a command can be started and succeeds. What it prints is nobody's concern.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Whether an error says that there is no such program.
pub(crate) fn is_missing_program(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::NotFound)
}

/// A command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut program = Path::new(command.get_program());
    // The cargo that runs us is known by the path of its toolchain, which nobody types.
    if program.ends_with("cargo") {
        program = Path::new("cargo");
    }
    let words: Vec<String> = std::iter::once(program.as_os_str())
        .chain(command.get_args())
        .map(quoted)
        .collect();
    words.join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+./:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Asks `done` every 20 ms until it says yes, for at most `patience`; whether it said yes.
pub(crate) fn eventually(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "xtask has no runtime that a sleeping thread could hold up"
        )]
        thread::sleep(Duration::from_millis(20));
    }
}

/// A child process, killed and reaped when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Waits for the end; `command` is what it was started from.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub(crate) fn end(mut self, command: &Command) -> anyhow::Result<ExitStatus> {
        self.child
            .wait()
            .with_context(|| format!("could not wait for `{}`", shown(command)))
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both do nothing to a child that has been waited for, and there is nobody left to tell of a failure.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/toolchains/1.95.0/bin/cargo");
        command.args(["test", "-p", "it's here", "", "--nofile=100:"]);
        assert_eq!(
            shown(&command),
            r"cargo test -p 'it'\''s here' '' --nofile=100:"
        );
    }

    #[test]
    fn a_failed_command_is_named_with_its_status() {
        let error = run(&mut Command::new("false")).unwrap_err();
        assert_eq!(error.to_string(), "`false` failed: exit status: 1");
        assert!(!is_missing_program(&error));
    }

    #[test]
    fn a_missing_program_is_told_from_a_failed_one() {
        let error = run(&mut Command::new("no-such-program-anywhere")).unwrap_err();
        assert!(is_missing_program(&error), "{error:#}");
    }

    #[test]
    fn a_dropped_child_is_dead_and_reaped() {
        let child = spawn(Command::new("sleep").arg("600")).unwrap();
        let proc = format!("/proc/{}", child.id());
        assert!(std::fs::exists(&proc).unwrap());
        drop(child);
        assert!(!std::fs::exists(&proc).unwrap());
    }
}
