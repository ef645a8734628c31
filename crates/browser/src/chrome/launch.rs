//! The launcher.

use std::{
    path::PathBuf,
    sync::{Arc, Once},
    time::Duration,
};

use async_trait::async_trait;
use headless_chrome::protocol::cdp::Target::SetDiscoverTargets;
use rustix::process::geteuid;
use serde_json::json;
use tokio::{
    net::unix::pipe,
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use super::{
    LaunchOptions,
    browser::ChromeBrowser,
    discovery::discover,
    last_words::LastWords,
    limits,
    process::Process,
    profile::{self, Profile},
};
use crate::{CallError, LaunchError, Launched, Launcher, connection::Connection};

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
    swept: Once,
}

impl Chrome {
    /// A launcher; nothing is started or looked for yet.
    #[must_use]
    pub fn new(options: LaunchOptions) -> Self {
        Self {
            options,
            tasks: TaskTracker::new(),
            swept: Once::new(),
        }
    }

    fn sweep_once(&self, user: Option<(u32, u32)>) {
        self.swept.call_once(|| {
            let mut owners = vec![geteuid().as_raw()];
            owners.extend(user.map(|(uid, _)| uid));
            profile::sweep(&self.options.temp_dir, &owners);
        });
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
        self.sweep_once(user);
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
        let browser = ChromeBrowser::new(
            connection.clone(),
            Arc::clone(&process),
            self.tasks.clone(),
            self.options.single_process,
        );
        greet(&connection, &self.options, program, &last_words).await?;
        Ok(Launched {
            browser: Arc::new(browser),
            kill: Box::new(move || process.end_now()),
        })
    }

    async fn shutdown(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Waits for the first answer. On an error the caller drops the browser, which ends it.
async fn greet(
    connection: &Connection,
    options: &LaunchOptions,
    program: PathBuf,
    last_words: &LastWords,
) -> Result<(), LaunchError> {
    let limit = options.launch_timeout;
    match timeout(
        limit,
        connection.call_unbounded(None, "Browser.getVersion", json!({})),
    )
    .await
    {
        Ok(Ok(version)) => {
            tracing::debug!(program = %program.display(), version = version.get(), "browser started");
            // From now on the browser tells of every window that is opened, so that it can be closed.
            connection.send(
                None,
                &SetDiscoverTargets {
                    discover: true,
                    filter: None,
                },
            );
            Ok(())
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
