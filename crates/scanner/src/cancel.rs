//! Ending work early: by a deadline, or because nobody wants it any more.

use std::future::Future;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// Why work ended before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Its deadline passed.
    Deadline,
    /// It was cancelled.
    Cancelled,
}

/// Runs `work` until it is done, `deadline` passes or `token` is cancelled.
pub(crate) async fn bounded<T>(
    work: impl Future<Output = T>,
    deadline: Instant,
    token: &CancellationToken,
) -> Result<T, Cut> {
    match token.run_until_cancelled(timeout_at(deadline, work)).await {
        Some(Ok(done)) => Ok(done),
        Some(Err(_elapsed)) => Err(Cut::Deadline),
        None => Err(Cut::Cancelled),
    }
}
