//! What the traits promise, as cases that any implementation must pass.
//!
//! For those who implement [`Launcher`], [`Browser`](crate::Browser) and [`Page`](crate::Page), and for us: Chrome over a pipe and
//! over a websocket pass the same cases.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use browser::{Remote, RemoteOptions, conformance};
//!
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! let launcher = Remote::new("http://127.0.0.1:9222", RemoteOptions::default())?;
//! let report = conformance::run(Arc::new(launcher)).await?;
//! assert!(report.passed(), "{report}");
//! # Ok(())
//! # }
//! ```
//!
//! To add a case, write a function of a [`Bench`] in one of the files in `conformance/` and name it in the list of `cases.rs`.
//! A case leaves the browser as it found it, unless it launched one of its own. What it needs of a site, the table in `server.rs` has.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

use crate::Launcher;

mod bench;
mod calls;
mod cases;
mod isolation;
mod lifetime;
mod report;
mod server;
mod visits;

pub use bench::Bench;
pub use report::{Failure, Outcome, Report};

use cases::CASES;
use server::Server;

/// The longest that a case may take.
const CASE_LIMIT: Duration = Duration::from_secs(60);

/// Runs every case, one after another, against a site of its own on the loopback interface.
///
/// The cases share a browser; it is launched anew after a case that has ended it. At the end the launcher is
/// [shut down](Launcher::shutdown), which is a case as well.
///
/// # Errors
/// The site cannot be served. A browser that cannot be launched is a failure of the cases.
///
/// # Cancel safety
/// Dropping the future drops the case that runs and the browser.
pub async fn run(launcher: Arc<dyn Launcher>) -> io::Result<Report> {
    let server = Arc::new(Server::start().await?);
    let mut browser = None;
    let mut outcomes = Vec::new();
    for case in CASES {
        let started = Instant::now();
        let made = Bench::make(&launcher, &server, browser.take()).await;
        let result = match made {
            Ok(bench) => {
                let bench = Arc::new(bench);
                let result = bounded((case.run)(Arc::clone(&bench))).await;
                // A case that was given up may still hold its own.
                browser = Arc::into_inner(bench).map(|bench| bench.browser);
                result
            }
            Err(failure) => Err(failure),
        };
        outcomes.push(Outcome {
            case: case.name,
            result,
            elapsed: started.elapsed(),
        });
    }
    let started = Instant::now();
    let result = bounded(async move {
        if let Some(browser) = browser {
            browser.close().await;
        }
        launcher.shutdown().await;
        Ok(())
    })
    .await;
    outcomes.push(Outcome {
        case: "the_end_of_everything_is_waited_for",
        result,
        elapsed: started.elapsed(),
    });
    Ok(Report { outcomes })
}

/// In a task of its own, because a case may panic and the others shall run all the same.
async fn bounded(
    case: impl Future<Output = Result<(), Failure>> + Send + 'static,
) -> Result<(), Failure> {
    let mut task = JoinSet::new();
    task.spawn(case);
    match timeout(CASE_LIMIT, task.join_next()).await {
        Ok(Some(Ok(result))) => result,
        Ok(Some(Err(ended))) => Err(Failure::new("an end of the case", ended)),
        Ok(None) => Ok(()),
        Err(elapsed) => Err(Failure::new(
            format!("an end within {CASE_LIMIT:?}"),
            elapsed,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LaunchError, MockLauncher};

    #[tokio::test]
    async fn a_launcher_that_launches_nothing_fails_every_case_by_name() {
        let mut launcher = MockLauncher::new();
        launcher.expect_launch().returning(|| {
            let looked_for = "nowhere".to_owned();
            Err(LaunchError::NotFound { looked_for })
        });
        launcher.expect_shutdown().return_const(());
        let report = run(Arc::new(launcher)).await.unwrap();
        assert!(!report.passed());
        let failed = report
            .outcomes
            .iter()
            .filter(|outcome| outcome.result.is_err());
        assert_eq!(failed.count(), CASES.len());
        let text = report.to_string();
        for case in CASES {
            let line = format!("{}: expected a browser, came NotFound", case.name);
            assert!(text.contains(&line), "{text}");
        }
    }

    #[tokio::test]
    async fn a_case_that_panics_or_never_ends_is_a_failure() {
        let panicked = bounded(async { panic!("on purpose") }).await.unwrap_err();
        assert!(panicked.to_string().contains("on purpose"), "{panicked}");
        tokio::time::pause();
        let hung = bounded(std::future::pending()).await.unwrap_err();
        assert!(hung.to_string().contains("within 60s"), "{hung}");
    }
}
