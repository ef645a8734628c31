//! The runtime of whatever counts its own threads.

use std::{io, time::Duration};

use tokio::runtime::{Builder, Runtime};

/// How long a thread that blocking work left behind waits for more.
const IDLE: Duration = Duration::from_millis(500);

/// A runtime of two workers. A thread for blocking work ends soon after the work, and not ten seconds later: a census
/// that has not changed for a while holds none.
///
/// # Errors
/// What the system says where it has no threads or descriptors left.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_keep_alive(IDLE)
        .enable_all()
        .build()
}
