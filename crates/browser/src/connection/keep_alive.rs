//! Whether a silent peer is still there. A host that lost its power, or a network that forgot the connection, says nothing.

use std::time::Duration;

use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::traffic::Traffic;

/// How a silent peer is noticed: after at most `interval` it is asked, and then has `timeout` to let anything be heard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeepAlive {
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
}

/// What the writer has to do for it.
#[derive(Debug, Default)]
pub(super) struct Pings {
    /// A ping is due.
    pub(super) due: Notify,
    /// It has been written.
    pub(super) written: Notify,
}

impl KeepAlive {
    /// Returns once the peer must be given up, and says why.
    pub(super) async fn watch(self, traffic: &mut Traffic, pings: &Pings) -> String {
        loop {
            sleep(self.interval).await;
            traffic.heard.mark_unchanged();
            traffic.written.mark_unchanged();
            pings.due.notify_one();
            // A large command may be on its way before it: that takes what it takes, as long as it moves.
            loop {
                let moved = tokio::select! {
                    biased;
                    () = pings.written.notified() => break,
                    moved = timeout(self.timeout, traffic.written.changed()) => moved,
                };
                if moved.is_err() {
                    return format!("the browser has read nothing for {:?}", self.timeout);
                }
            }
            if timeout(self.timeout, traffic.heard.changed())
                .await
                .is_err()
            {
                let waited = self.timeout;
                return format!("the browser is silent: no answer to a ping within {waited:?}");
            }
        }
    }
}
