//! Holding a browser to its memory limit.
//!
//! The kernel does it where we may make a control group with a memory limit (`cgroup.rs`). Elsewhere the memory of the
//! browser's processes is looked at, and the browser ended when it is too much.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use super::process::Process;
use crate::{CloseReason, connection::Connection};

/// How often the memory of a browser is looked at, where the kernel does not hold it to its limit.
const LOOK: Duration = Duration::from_millis(500);

/// Ends the browser, with a reason that says so, once it holds more than `limit` bytes. The task that may be needed belongs to
/// `tasks` and ends with the connection.
pub(crate) fn limit(
    process: &Arc<Process>,
    connection: &Connection,
    limit: u64,
    tasks: &TaskTracker,
) {
    let watched = Arc::downgrade(process);
    match process.confine(limit) {
        Ok(()) => {
            let exhausted = move || {
                watched
                    .upgrade()
                    .is_some_and(|process| process.is_exhausted())
            };
            connection.explain_end(Box::new(move || {
                exhausted().then_some(CloseReason::MemoryLimit { limit })
            }));
        }
        Err(error) => {
            tracing::debug!(%error, "no control group for the browser; its memory is watched");
            let (closed, ender) = (connection.closed(), connection.ender());
            tasks.spawn(async move {
                tokio::select! {
                    () = closed => {}
                    held = exceeded(&watched, limit) => {
                        tracing::warn!(held, limit, "a browser holds too much memory; ending it");
                        ender.end(CloseReason::MemoryLimit { limit });
                    }
                }
            });
        }
    }
}

/// Returns how much the browser holds once it holds too much.
async fn exceeded(process: &Weak<Process>, limit: u64) -> u64 {
    loop {
        sleep(LOOK).await;
        // What cannot be read, or has ended, holds nothing. Half a millisecond where a hundred processes run: to have a thread
        // for it come and go twice a second would cost more.
        let held = process.upgrade().map_or(0, |process| process.memory());
        if held > limit {
            return held;
        }
    }
}
