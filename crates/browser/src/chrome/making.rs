//! Having a browser make what somebody must unmake: such work is done to its end, whoever waits for it.

use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::{CallError, connection::Connection};

/// Calls `method`, which makes something in the browser, and has `made` of the answer what unmakes it when it is dropped.
///
/// The caller waits at most the call timeout. The task that waits for the answer goes on until it comes or the connection
/// ends, which it does not keep open.
///
/// # Cancel safety
/// What was made for a caller who has left, or has waited too long, is dropped as soon as it is there.
pub(super) async fn make<P, T>(
    connection: &Connection,
    tasks: &TaskTracker,
    session: Option<&str>,
    method: &'static str,
    params: P,
    made: impl FnOnce(&RawValue) -> Result<T, CallError> + Send + 'static,
) -> Result<T, CallError>
where
    P: Serialize + Send + 'static,
    T: Send + 'static,
{
    let (guest, session) = (connection.guest(), session.map(str::to_owned));
    let making = async move {
        let answer = guest.call_unbounded(session.as_deref(), method, params);
        made(&answer.await?)
    };
    let limit = connection.call_timeout();
    match timeout(limit, to_its_end(tasks, making)).await {
        Ok(made) => made,
        Err(_elapsed) => Err(CallError::Timeout {
            method: method.to_owned(),
            limit,
        }),
    }
}

/// Does in a task of its own what must not be left half-way, even by a caller who leaves.
pub(super) async fn to_its_end<T: Send + 'static>(
    tasks: &TaskTracker,
    work: impl Future<Output = Result<T, CallError>> + Send + 'static,
) -> Result<T, CallError> {
    tasks.spawn(work).await.unwrap_or_else(|ended| {
        Err(CallError::Closed {
            reason: format!("it was not brought to its end: {ended}").into(),
        })
    })
}
