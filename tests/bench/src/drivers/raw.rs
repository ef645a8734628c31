//! The protocol itself: blocking reads and writes on the pipe, and nothing that a caller would want of a library. No driver
//! that reads answers can be faster.

use std::{
    borrow::Cow,
    ffi::OsString,
    fs,
    io::{self, BufRead, BufReader, PipeReader, PipeWriter, Write},
    os::unix::{
        ffi::OsStringExt,
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, bail, ensure};
use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{Pid, Signal, geteuid, kill_process_group};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::driver::Driver;

/// The unprivileged user that our own driver takes as well.
const NOBODY: u32 = 65534;

/// A browser on a pipe.
pub(crate) struct Raw {
    child: Child,
    profile: PathBuf,
    commands: PipeWriter,
    messages: BufReader<PipeReader>,
    message: Vec<u8>,
    last: u64,
}

/// A page: its session, and the context it is alone in.
pub(crate) struct RawPage {
    session: String,
    context: String,
}

/// What of a message the reader looks at.
#[derive(Deserialize)]
struct Message<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// The command line that `driver` gave the browser whose temporary files are in `temp`, without the program.
pub(crate) fn flags_of(temp: &Path) -> anyhow::Result<Vec<OsString>> {
    let mut processes = system::processes_of(temp);
    processes.sort_unstable();
    for pid in processes {
        let line = fs::read(format!("/proc/{pid}/cmdline"))?;
        let words = line
            .split(|byte| *byte == 0)
            .filter(|word| !word.is_empty());
        let flags: Vec<_> = words
            .skip_while(|word| !word.starts_with(b"--"))
            .map(|word| OsString::from_vec(word.to_vec()))
            .collect();
        // The first of them is the one that was started; its helpers have a type.
        if flags.iter().any(|flag| flag == "--remote-debugging-pipe") {
            return Ok(flags);
        }
    }
    bail!(
        "no browser with a debugging pipe runs in {}",
        temp.display()
    )
}

impl Raw {
    /// Starts `program` with the flags, user and environment of our own driver, and waits for its first answer.
    pub(crate) fn launch(program: &Path, temp: &Path, flags: &[OsString]) -> anyhow::Result<Self> {
        let profile = temp.join("profile");
        let home = profile.join("home");
        for dir in [&profile, &home] {
            fs::create_dir(dir)?;
            fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
            if geteuid().is_root() {
                chown(dir, Some(NOBODY), Some(NOBODY))?;
            }
        }
        let (their_commands, commands) = io::pipe()?;
        let (messages, their_messages) = io::pipe()?;
        let mut command = Command::new(program);
        let own = |flag: &&OsString| !flag.as_encoded_bytes().starts_with(b"--user-data-dir=");
        command
            .arg(format!(
                "--user-data-dir={}",
                profile.join("data").display()
            ))
            .args(flags.iter().filter(own))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .current_dir(&profile)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .fd_mappings(vec![
                FdMapping {
                    parent_fd: their_commands.into(),
                    child_fd: 3,
                },
                FdMapping {
                    parent_fd: their_messages.into(),
                    child_fd: 4,
                },
            ])?;
        if geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        let child = command.spawn()?;
        // The command holds the other ends of the pipes.
        drop(command);
        let mut raw = Self {
            child,
            profile,
            commands,
            messages: BufReader::with_capacity(64 << 10, messages),
            message: Vec::new(),
            last: 0,
        };
        raw.call(None, "Browser.getVersion", json!({}))?;
        Ok(raw)
    }

    fn send(&mut self, session: Option<&str>, method: &str, params: Value) -> anyhow::Result<u64> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let mut bytes = serde_json::to_vec(&command)?;
        bytes.push(0);
        self.commands.write_all(&bytes)?;
        Ok(self.last)
    }

    /// The next message.
    fn next(&mut self) -> anyhow::Result<Message<'_>> {
        self.message.clear();
        self.messages.read_until(0, &mut self.message)?;
        ensure!(self.message.pop() == Some(0), "the browser has ended");
        Ok(serde_json::from_slice(&self.message)?)
    }

    /// The answer to a command, as `T`.
    fn answer<T: for<'a> Deserialize<'a>>(&mut self, id: u64) -> anyhow::Result<T> {
        loop {
            let message = self.next()?;
            if message.id != Some(id) {
                continue;
            }
            if let Some(error) = message.error {
                bail!("the browser refused: {error}");
            }
            let result = message.result.context("an answer without a result")?;
            return Ok(serde_json::from_str(result.get())?);
        }
    }

    fn call(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> anyhow::Result<Value> {
        let id = self.send(session, method, params)?;
        self.answer(id)
    }

    /// The text at `field` of what a command answers.
    fn text(&mut self, method: &str, params: Value, field: &str) -> anyhow::Result<String> {
        let answer = self.call(None, method, params)?;
        let text = answer[field].as_str();
        Ok(text
            .with_context(|| format!("no {field}: {answer}"))?
            .to_owned())
    }
}

#[derive(Deserialize)]
struct Evaluated {
    result: Remote,
}

#[derive(Deserialize)]
struct Remote {
    value: u64,
}

impl Driver for Raw {
    type Page = RawPage;

    fn open(&mut self) -> anyhow::Result<RawPage> {
        let context = self.text("Target.createBrowserContext", json!({}), "browserContextId")?;
        let target = json!({ "url": "about:blank", "browserContextId": context });
        let target = self.text("Target.createTarget", target, "targetId")?;
        let attach = json!({ "targetId": target, "flatten": true });
        let session = self.text("Target.attachToTarget", attach, "sessionId")?;
        self.call(Some(&session), "Page.enable", json!({}))?;
        Ok(RawPage { session, context })
    }

    fn visit(&mut self, page: &mut RawPage, url: &str) -> anyhow::Result<()> {
        let id = self.send(Some(&page.session), "Page.navigate", json!({ "url": url }))?;
        let (mut answered, mut loaded) = (false, false);
        // The page is alone, and its last visit was waited for to the end.
        while !(answered && loaded) {
            let message = self.next()?;
            answered |= message.id == Some(id);
            loaded |= message.method.as_deref() == Some("Page.loadEventFired");
        }
        Ok(())
    }

    fn evaluate(&mut self, page: &mut RawPage, expression: &str) -> anyhow::Result<u64> {
        let params = json!({ "expression": expression, "returnByValue": true });
        let id = self.send(Some(&page.session), "Runtime.evaluate", params)?;
        let evaluated: Evaluated = self.answer(id)?;
        Ok(evaluated.result.value)
    }

    fn close(&mut self, page: RawPage) -> anyhow::Result<()> {
        let context = json!({ "browserContextId": page.context });
        self.call(None, "Target.disposeBrowserContext", context)?;
        Ok(())
    }

    fn end(mut self) -> anyhow::Result<()> {
        // It may end before it answers.
        let _ = self.call(None, "Browser.close", json!({}));
        Ok(())
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
        remove(&self.profile);
    }
}

/// Removes a profile that a dying process may still write into.
fn remove(profile: &Path) {
    for _ in 0..100 {
        match fs::remove_dir_all(profile) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            _ => return,
        }
    }
}
