//! The launcher.

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use headless_chrome::protocol::cdp::{Browser::GetVersion, types::Method as _};
use rustix::process::geteuid;
use serde_json::json;
use tokio::{
    net::unix::pipe,
    sync::OnceCell,
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use super::{
    LaunchOptions,
    browser::ChromeBrowser,
    cgroup,
    discovery::discover,
    last_words::LastWords,
    limits, memory,
    process::Process,
    profile::{self, Profile},
    stragglers::Stragglers,
};
use crate::{
    CallError, LaunchError, Launched, Launcher, Version, connection::Connection, decode::decode,
    version::OLDEST,
};

/// How long after the end of the connection Chrome's last words are still listened to.
const GRACE: Duration = Duration::from_millis(200);

/// Starts Chrome or Chromium on this machine.
///
/// Each browser is a process group of its own with a profile of its own, driven over a pipe; when this process
/// dies, however it dies, the browsers end with it.
#[derive(Debug)]
pub struct Chrome {
    options: LaunchOptions,
    tasks: TaskTracker,
    swept: OnceCell<()>,
    stragglers: Arc<Stragglers>,
}

impl Chrome {
    /// A launcher; nothing is started or looked for yet.
    #[must_use]
    pub fn new(options: LaunchOptions) -> Self {
        Self {
            options,
            tasks: TaskTracker::new(),
            swept: OnceCell::new(),
            stragglers: Arc::default(),
        }
    }

    /// How many tasks of its browsers and their pages run in the background; 0 once everything has ended.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Returns when a sweep has ended, this one or that of another launch.
    async fn sweep_once(&self, user: Option<(u32, u32)>) {
        let sweeping = || async {
            let mut owners = vec![geteuid().as_raw()];
            owners.extend(user.map(|(uid, _)| uid));
            let temp_dir = self.options.temp_dir.clone();
            // Removing a large profile takes long, which holds up no thread of the runtime.
            let swept = self.tasks.spawn_blocking(move || {
                profile::sweep(&temp_dir, &owners);
                if let Some(parent) = cgroup::parent() {
                    cgroup::sweep(&parent);
                }
            });
            // What is not swept now is swept by the next launcher.
            let _ = swept.await;
        };
        self.swept.get_or_init(sweeping).await;
    }

    async fn look_after_stragglers(&self) {
        if !self.stragglers.is_empty() {
            let stragglers = Arc::clone(&self.stragglers);
            // Without an answer the runtime ends, and what is kept is looked after by its drop.
            let _ = self.tasks.spawn_blocking(move || stragglers.look()).await;
        }
    }

    fn profile(&self, user: Option<(u32, u32)>) -> Result<Profile, LaunchError> {
        let dir = &self.options.temp_dir;
        Profile::create(dir, user).map_err(|source| LaunchError::Profile {
            dir: dir.clone(),
            source,
        })
    }
}

#[async_trait]
impl Launcher for Chrome {
    async fn launch(&self) -> Result<Launched, LaunchError> {
        let found = discover(self.options.program.as_deref())?;
        limits::check(&found, &self.options)?;
        let user = self.options.run_as.change_to(geteuid().is_root());
        self.sweep_once(user).await;
        self.look_after_stragglers().await;
        let profile = self.profile(user)?;
        let program = found.program;
        let spawn_error = |source| LaunchError::Spawn {
            program: program.clone(),
            source,
        };
        let (process, streams) =
            Process::start(&program, profile, &self.options, user).map_err(spawn_error)?;
        let process = Arc::new(process);
        let last_words = LastWords::default();
        let stderr = pipe::Receiver::from_owned_fd(streams.stderr).map_err(spawn_error)?;
        let connection = Connection::over_pipe(
            pipe::Receiver::from_owned_fd(streams.messages).map_err(spawn_error)?,
            pipe::Sender::from_owned_fd(streams.commands).map_err(spawn_error)?,
            self.options.call_timeout,
            &self.tasks,
        );
        // Whoever left Chrome's group may keep the stream open for ever: soon after the connection, listening ends.
        let (listener, closed) = (last_words.clone(), connection.closed());
        self.tasks.spawn(async move {
            tokio::select! {
                () = listener.listen(stderr) => {}
                () = async { closed.await; sleep(GRACE).await } => {}
            }
        });
        let (closed, ending) = (connection.closed(), Arc::clone(&process));
        let stragglers = Arc::clone(&self.stragglers);
        self.tasks.spawn(async move {
            closed.await;
            ending.end().await;
            stragglers.keep(ending);
        });
        if let Some(limit) = self.options.memory_limit {
            memory::limit(&process, &connection, limit, &self.tasks);
        }
        let version = greet(&connection, &self.options, program, &last_words).await?;
        let browser = ChromeBrowser::local(
            connection,
            Arc::clone(&process),
            self.tasks.clone(),
            version,
            self.options.single_process,
        );
        Ok(Launched {
            browser: Arc::new(browser),
            kill: Box::new(move || process.end_now()),
        })
    }

    fn page_limit(&self) -> Option<usize> {
        self.options.single_process.then_some(1)
    }

    async fn shutdown(&self) {
        let tasks = self.tasks();
        tracing::debug!(tasks, "waiting for what browsers have left to do");
        self.tasks.close();
        self.tasks.wait().await;
        self.look_after_stragglers().await;
    }
}

/// Waits for the first answer, which tells the version. On an error the caller drops the connection, which ends the browser.
async fn greet(
    connection: &Connection,
    options: &LaunchOptions,
    program: PathBuf,
    last_words: &LastWords,
) -> Result<Version, LaunchError> {
    let limit = options.launch_timeout;
    match timeout(
        limit,
        connection.call_unbounded(None, GetVersion::NAME, json!({})),
    )
    .await
    {
        Ok(Ok(answer)) => {
            let answer = decode(GetVersion::NAME, &answer).map_err(LaunchError::Call)?;
            let version = Version::accept(answer).map_err(|found| LaunchError::Unsupported {
                program: program.clone(),
                found,
                needed: OLDEST,
            })?;
            tracing::debug!(program = %program.display(), %version, "browser started");
            Ok(version)
        }
        Ok(Err(CallError::Closed { .. })) => Err(LaunchError::Died {
            program,
            last_words: last_words.quote(),
        }),
        Ok(Err(error)) => Err(LaunchError::Call(error)),
        Err(_elapsed) => Err(LaunchError::Timeout {
            program,
            limit,
            last_words: last_words.quote(),
        }),
    }
}
