//! The contexts of one browser, and who closes the windows that their pages open.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::future::join_all;
use headless_chrome::protocol::cdp::Target::{
    CloseTarget, DisposeBrowserContext, SetDiscoverTargets,
};
use serde::Deserialize;
use serde_json::json;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::windows::Windows;
use crate::{
    connection::{Connection, Events, Lagged},
    decode::decode,
};

const CREATED: &str = "Target.targetCreated";

/// The contexts of one browser. One task closes, for all of them, what their pages open.
#[derive(Debug)]
pub(crate) struct Contexts {
    pub(super) connection: Connection,
    pub(super) tasks: TaskTracker,
    open: Arc<Open>,
    /// Ends the task with the last handle, so that it does not keep the connection open.
    _watch: DropGuard,
}

/// The windows of each open context, by its id.
#[derive(Debug, Default)]
struct Open(Mutex<HashMap<String, Arc<Windows>>>);

/// Only what is needed of `Target.targetCreated`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    target_info: TargetInfo,
}

/// Only what is needed of the answer to `Target.getTargets`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    target_infos: Vec<TargetInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetInfo {
    target_id: String,
    #[serde(rename = "type")]
    kind: String,
    browser_context_id: Option<String>,
}

impl Contexts {
    pub(crate) fn of(connection: Connection, tasks: TaskTracker) -> Arc<Self> {
        let open = Arc::new(Open::default());
        let stop = CancellationToken::new();
        let created = connection.subscribe(None, &[CREATED]);
        // From now on the browser tells of every window that is opened, so that those in our contexts can be closed.
        let discover = SetDiscoverTargets {
            discover: true,
            filter: None,
        };
        connection.send(None, &discover);
        let watch = Arc::clone(&open).watch(created, connection.clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(watch));
        Arc::new(Self {
            connection,
            tasks,
            open,
            _watch: stop.drop_guard(),
        })
    }

    /// From now on windows in the context are watched.
    pub(super) fn enter(&self, context: &str) -> Arc<Windows> {
        let windows = Arc::new(Windows::default());
        self.open
            .lock()
            .insert(context.to_owned(), Arc::clone(&windows));
        windows
    }

    pub(super) fn leave(&self, context: &str) {
        self.open.lock().remove(context);
    }

    /// Disposes of every context there is, and waits until the browser has done so.
    pub(super) async fn dispose(&self) {
        let ids: Vec<String> = self.open.lock().keys().cloned().collect();
        let disposals = ids.into_iter().map(|browser_context_id| async move {
            let dispose = DisposeBrowserContext { browser_context_id };
            // One that is gone already is no failure.
            let _ = self.connection.command(None, &dispose).await;
        });
        join_all(disposals).await;
    }

    pub(super) fn close_target(&self, target_id: String) {
        self.connection.send(None, &CloseTarget { target_id });
    }
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Windows>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn watch(self: Arc<Self>, mut created: Events, connection: Connection) {
        while let Some(event) = created.next().await {
            match event {
                Ok(event) => {
                    if let Ok(created) = serde_json::from_str::<Created>(event.params.get()) {
                        self.judge(created.target_info, &connection);
                    }
                }
                Err(Lagged { missed }) => {
                    tracing::debug!(missed, "windows open faster than they are looked at");
                    self.look_around(&connection).await;
                }
            }
        }
    }

    /// Judges every window that there is now: what was told of some of them is lost.
    async fn look_around(&self, connection: &Connection) {
        let method = "Target.getTargets";
        let Ok(answer) = connection.call(None, method, json!({})).await else {
            return;
        };
        let targets = decode::<Targets>(method, &answer);
        for target in targets.into_iter().flat_map(|all| all.target_infos) {
            self.judge(target, connection);
        }
    }

    /// Closes a window that a page has opened.
    fn judge(&self, target: TargetInfo, connection: &Connection) {
        if let Some(target_id) = self.stranger(target) {
            connection.send(None, &CloseTarget { target_id });
        }
    }

    fn stranger(&self, target_info: TargetInfo) -> Option<String> {
        if target_info.kind != "page" {
            return None;
        }
        let context = target_info.browser_context_id?;
        let windows = self.lock().get(&context).map(Arc::clone)?;
        windows
            .is_stranger(&target_info.target_id)
            .then_some(target_info.target_id)
    }
}
