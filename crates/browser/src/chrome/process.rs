//! Chrome's processes: one group that we start, watch, kill and wait for.

use std::{
    io,
    os::{fd::OwnedFd, unix::process::CommandExt},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use command_fds::{CommandFdExt, FdMapping};
use rustix::{
    event::{Timespec, poll},
    io::Errno,
    process::{
        Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpgid, waitpid,
    },
};
use tokio::{
    task::spawn_blocking,
    time::{Instant, timeout_at},
};

use super::{
    LaunchOptions,
    cgroup::{self, Cgroup},
    flags::flags,
    profile::Profile,
};

/// How long the end of a browser may take, from the moment that it is asked for. A kill needs milliseconds; a process on a dying
/// disk may need more.
const END_WAIT: Duration = Duration::from_secs(3);
/// How often an ending group is looked at. Only its leader is our child, so that nothing tells us of the others.
const LOOK: Duration = Duration::from_millis(5);

/// Our ends of the streams of a started Chrome.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) commands: OwnedFd,
    pub(crate) messages: OwnedFd,
    pub(crate) stderr: OwnedFd,
}

/// A started Chrome with its profile. Dropping it kills the whole group, waits for it and removes the profile.
#[derive(Debug)]
pub(crate) struct Process {
    group: Pid,
    state: Mutex<State>,
    /// Under a lock of its own: removing it takes as long as the disk does, and a kill must not wait for that.
    profile: Mutex<Option<Profile>>,
}

#[derive(Debug)]
struct State {
    /// The leader's number is ours until it is waited for; after that it may belong to anybody.
    leader_reaped: bool,
    /// No member of the group is left, so that nothing may be sent to its number.
    gone: bool,
    cgroup: Option<Cgroup>,
    /// When it must have ended, once that was asked for.
    deadline: Option<Instant>,
    /// It had not ended by then, and is not waited for again.
    given_up: bool,
}

impl Process {
    /// Starts Chrome in a group of its own. Descriptors 3 and 4 of it are the debugging pipe; when our ends
    /// close, even by our death, Chrome ends.
    pub(crate) fn start(
        program: &Path,
        profile: Profile,
        options: &LaunchOptions,
        user: Option<(u32, u32)>,
    ) -> io::Result<(Self, Streams)> {
        let (their_commands, commands) = io::pipe()?;
        let (messages, their_messages) = io::pipe()?;
        let (stderr, their_stderr) = io::pipe()?;
        let mut command = Command::new(program);
        command
            .args(flags(&profile.data(), options))
            .env_clear()
            .env(
                "PATH",
                std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()),
            )
            .env("LANG", "C.UTF-8")
            .env("HOME", profile.home())
            // Chrome litters its temporary directory: it gets one that goes with the profile.
            .env("TMPDIR", profile.tmp())
            .current_dir(profile.dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(their_stderr)
            .process_group(0);
        if let Some((uid, gid)) = user {
            command.uid(uid).gid(gid);
        }
        command
            .fd_mappings(vec![
                FdMapping {
                    parent_fd: their_commands.into(),
                    child_fd: 3,
                },
                FdMapping {
                    parent_fd: their_messages.into(),
                    child_fd: 4,
                },
            ])
            .map_err(io::Error::other)?;
        let child = command.spawn()?;
        // The command holds Chrome's ends of the pipes: without this drop we would never see them close.
        drop(command);
        let group = Pid::from_child(&child);
        let state = Mutex::new(State {
            leader_reaped: false,
            gone: false,
            cgroup: None,
            deadline: None,
            given_up: false,
        });
        let profile = Mutex::new(Some(profile));
        let streams = Streams {
            commands: commands.into(),
            messages: messages.into(),
            stderr: stderr.into(),
        };
        let process = Self {
            group,
            state,
            profile,
        };
        Ok((process, streams))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn profile(&self) -> MutexGuard<'_, Option<Profile>> {
        self.profile.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the whole group into a control group that holds at most `limit` bytes.
    ///
    /// # Errors
    /// Where no such group can be made, nothing is limited.
    pub(crate) fn confine(&self, limit: u64) -> io::Result<()> {
        let parent = cgroup::parent().ok_or_else(|| {
            io::Error::other("no control group of ours hands the memory controller on")
        })?;
        let name = self.group.as_raw_nonzero().to_string();
        let cgroup = Cgroup::create(&parent, &name, limit)?;
        let members = || census::members_of_group(self.group_number()).map_err(io::Error::other);
        let adopted = cgroup.adopt_all(members);
        // Kept in either case: who is in it already must leave before it can be removed.
        self.state().cgroup = Some(cgroup);
        adopted
    }

    /// Whether the kernel ended it for want of memory.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.state()
            .cgroup
            .as_ref()
            .is_some_and(Cgroup::is_exhausted)
    }

    /// How much memory the group holds, in bytes; nothing when it cannot be read.
    pub(crate) fn memory(&self) -> u64 {
        census::memory_of_group(self.group_number()).unwrap_or_default()
    }

    fn group_number(&self) -> u32 {
        self.group.as_raw_nonzero().get().cast_unsigned()
    }

    /// Kills the whole group. Does nothing once it is gone.
    pub(crate) fn kill(&self) {
        let state = self.state();
        if !state.gone {
            let _ = kill_process_group(self.group, Signal::KILL);
        }
    }

    /// Waits for what has ended; true when no member of the group is left.
    fn reap(&self) -> bool {
        let mut state = self.state();
        if state.gone {
            return true;
        }
        if !state.leader_reaped {
            match waitpid(Some(self.group), WaitOptions::NOHANG) {
                Ok(None) => return false,
                Ok(Some(_)) | Err(_) => state.leader_reaped = true,
            }
        }
        let none_runs =
            test_kill_process_group(self.group) == Err(Errno::SRCH) || self.only_zombies();
        // Orphans of the group are our children where we inherit orphans: as process 1, or as a subreaper. Once none
        // runs, none can appear any more, so that after this nothing of the group is ours to wait for.
        state.gone = self.wait_for_orphans() && none_runs;
        state.gone
    }

    /// Waits for what has ended of our children in the group; true when it has none of our children any more.
    fn wait_for_orphans(&self) -> bool {
        loop {
            match waitpgid(self.group, WaitOptions::NOHANG) {
                Ok(Some(_ended)) => {}
                Ok(None) => return false,
                Err(_no_child) => return true,
            }
        }
    }

    /// Whether all that is left of the group waits to be noticed by a parent that is not us, which may take long.
    fn only_zombies(&self) -> bool {
        census::running_in_group(self.group_number()).is_ok_and(|running| running == 0)
    }

    /// Returns when no member of the group is left.
    ///
    /// # Cancel safety
    /// Dropping the future stops waiting.
    pub(crate) async fn gone(&self) {
        while !self.reap() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// When it must have ended: 3 s after the first who asks.
    pub(crate) fn deadline(&self) -> Instant {
        let first = || Instant::now() + END_WAIT;
        *self.state().deadline.get_or_insert_with(first)
    }

    /// Kills the group, waits for it and removes the profile, until its [`deadline`](Self::deadline).
    ///
    /// # Cancel safety
    /// Dropping the future leaves the rest to the drop of the process.
    pub(crate) async fn end(self: &Arc<Self>) {
        self.kill();
        let deadline = self.deadline();
        loop {
            if self.reap() {
                // A disk that hangs must hold up neither this thread nor whoever waits.
                let process = Arc::clone(self);
                let removing = spawn_blocking(move || process.remove());
                match timeout_at(deadline, removing).await {
                    Ok(Ok(false)) | Err(_) => {}
                    // Without an answer the runtime ends: the drop does the rest.
                    Ok(_) => return,
                }
            }
            if Instant::now() >= deadline {
                return self.give_up();
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// As [`end`](Self::end), on a thread that may not be a runtime's. Takes milliseconds, at most 3 s.
    #[allow(
        clippy::disallowed_methods,
        reason = "it runs outside any runtime, where there is no clock to pause"
    )]
    pub(crate) fn end_now(&self) {
        self.kill();
        let deadline = std::time::Instant::now() + END_WAIT;
        while !self.is_ended() {
            if std::time::Instant::now() >= deadline {
                return self.give_up();
            }
            let _ = poll(&mut [], Timespec::try_from(LOOK).ok().as_ref());
        }
    }

    /// Waits no more. The launcher [looks](super::stragglers::Stragglers) after it at its next launch.
    fn give_up(&self) {
        let first = !std::mem::replace(&mut self.state().given_up, true);
        if first {
            let profile = self.profile().as_ref().map(|kept| kept.dir().to_owned());
            tracing::warn!(
                group = self.group_number(),
                ?profile,
                "a browser did not end in time; what is left of it is given up"
            );
        }
    }

    /// Whether it had not ended in time and is not waited for.
    pub(crate) fn is_given_up(&self) -> bool {
        self.state().given_up
    }

    /// Whether no process and no file is left. The last helpers write into the profile while they die, so that
    /// removing it may take several tries.
    pub(crate) fn is_ended(&self) -> bool {
        self.reap() && self.remove()
    }

    /// Tries to remove what it kept on the disk; true when there is nothing any more.
    fn remove(&self) -> bool {
        self.remove_cgroup() && self.remove_profile()
    }

    /// Tries to remove the control group; true when there is none any more.
    fn remove_cgroup(&self) -> bool {
        let mut state = self.state();
        let removed = state.cgroup.as_ref().is_none_or(Cgroup::try_remove);
        if removed {
            state.cgroup = None;
        }
        removed
    }

    /// Tries to remove the profile; true when there is none any more.
    fn remove_profile(&self) -> bool {
        let mut profile = self.profile();
        let removed = profile.as_ref().is_none_or(Profile::try_remove);
        if removed {
            *profile = None;
        }
        removed
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.state().given_up {
            // A last try; the drop of the profile is one more.
            self.is_ended();
        } else {
            self.end_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::PermissionsExt,
        path::PathBuf,
        thread,
        time::{Duration, SystemTime},
    };

    use super::*;
    use crate::chrome::stragglers::Stragglers;

    /// A process whose profile cannot be removed, as when helpers still write into it: a part of it is no directory.
    fn stuck(temp: &Path) -> Process {
        let program = temp.join("chromium");
        fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let profile = Profile::create(temp, None).unwrap();
        let data = profile.data();
        let (process, _streams) =
            Process::start(&program, profile, &LaunchOptions::default(), None).unwrap();
        fs::remove_dir(&data).unwrap();
        fs::write(&data, "").unwrap();
        process
    }

    fn dir_of(process: &Process) -> PathBuf {
        process.profile().as_ref().unwrap().dir().to_owned()
    }

    #[test]
    fn a_profile_that_cannot_be_removed_yet_is_tried_again() {
        let temp = tempfile::tempdir().unwrap();
        let process = stuck(temp.path());
        let dir = dir_of(&process);
        process.kill();
        let began = SystemTime::now();
        while !process.reap() && began.elapsed().unwrap() < Duration::from_secs(15) {
            thread::yield_now();
        }
        assert!(process.reap() && !process.is_ended() && dir.exists());
        fs::remove_file(dir.join("data")).unwrap();
        assert!(process.is_ended() && !dir.exists());
    }

    #[tokio::test]
    async fn what_ends_after_it_was_given_up_is_waited_for_by_the_next_look() {
        let temp = tempfile::tempdir().unwrap();
        let process = Arc::new(stuck(temp.path()));
        let (dir, leader) = (dir_of(&process), process.group_number());
        // Nothing dies at once.
        process.state().deadline = Some(Instant::now());
        process.end().await;
        assert!(process.is_given_up());
        let stragglers = Stragglers::default();
        stragglers.keep(process);
        fs::remove_file(dir.join("data")).unwrap();
        let began = SystemTime::now();
        while !stragglers.is_empty() && began.elapsed().unwrap() < Duration::from_secs(15) {
            stragglers.look();
        }
        assert!(stragglers.is_empty() && !dir.exists());
        // A zombie would still have its number.
        assert!(!Path::new(&format!("/proc/{leader}")).exists());
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_within_the_bound_is_given_up_once_for_all() {
        let temp = tempfile::tempdir().unwrap();
        let process = Arc::new(stuck(temp.path()));
        let dir = dir_of(&process);
        let asked = Instant::now();
        assert_eq!(process.deadline(), asked + END_WAIT);
        // A second of it goes by before it is killed.
        tokio::time::advance(Duration::from_secs(1)).await;
        process.end().await;
        let took = asked.elapsed();
        assert!(took >= END_WAIT && took < END_WAIT + 2 * LOOK, "{took:?}");
        assert!(process.state().given_up && dir.exists());
        // Whoever ends it as well waits no longer.
        process.end().await;
        assert!(asked.elapsed() < END_WAIT + 2 * LOOK);
        drop(process);
        assert!(dir.exists());
    }
}
