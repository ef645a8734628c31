//! What a page needs somebody to do for it at any time: dialogs dismissed, requests decided on, its frames in other
//! processes and its workers set up like itself.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use headless_chrome::protocol::cdp::Page::HandleJavaScriptDialog;
use serde::Deserialize;
use serde_json::json;
use tokio::task::{AbortHandle, JoinSet};

use super::{
    page::setup::Command,
    requests::{Held, PAUSED, Paused, Rules},
};
use crate::connection::{Connection, Event, Events};

const DIALOG: &str = "Page.javascriptDialogOpening";
const ATTACHED: &str = "Target.attachedToTarget";
const DETACHED: &str = "Target.detachedFromTarget";
const CRASHED: &str = "Inspector.targetCrashed";
const RELOADED: &str = "Inspector.targetReloadedAfterCrash";

/// Serves one page, and what belongs to it, until its events end.
pub(super) struct Keeper {
    pub(super) connection: Connection,
    pub(super) rules: Rules,
    /// What sets up a frame or a worker like its page.
    pub(super) setup: Vec<Command>,
    /// Whether the page's renderer has crashed and was not replaced yet.
    pub(super) crashed: Arc<AtomicBool>,
}

/// What is at work for one session; it ends with it.
#[derive(Default)]
struct Work {
    tasks: JoinSet<()>,
    followers: HashMap<String, AbortHandle>,
}

/// Only what is needed of each event: fewer fields, fewer ways to break.
#[derive(Deserialize)]
struct Dialog {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    session_id: String,
}

impl Keeper {
    /// The events of a session that it is to be given.
    pub(super) const EVENTS: [&'static str; 6] =
        [DIALOG, PAUSED, ATTACHED, DETACHED, CRASHED, RELOADED];

    pub(super) fn serve(
        self: Arc<Self>,
        session: String,
        mut events: Events,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let mut work = Work::default();
            loop {
                tokio::select! {
                    event = events.next() => match event {
                        Some(event) => self.handle(&session, &event, &mut work),
                        None => return,
                    },
                    Some(_done) = work.tasks.join_next() => {}
                }
            }
        })
    }

    fn handle(self: &Arc<Self>, session: &str, event: &Event, work: &mut Work) {
        let params = event.params.get();
        match event.method {
            DIALOG => self.dismiss(session, params),
            PAUSED => {
                if let Ok(paused) = serde_json::from_str::<Paused>(params) {
                    let held = Held::new(self.connection.clone(), session.to_owned(), &paused);
                    let keeper = Arc::clone(self);
                    // Deciding may take time: one slow decision must not hold up the others.
                    let deciding = async move { keeper.rules.apply(paused, held).await };
                    work.tasks.spawn(deciding);
                }
            }
            ATTACHED => {
                if let Ok(Session { session_id }) = serde_json::from_str(params) {
                    let follower = work.tasks.spawn(self.follow(&session_id));
                    work.followers.insert(session_id, follower);
                }
            }
            DETACHED => {
                let gone = serde_json::from_str::<Session>(params).ok();
                if let Some(follower) =
                    gone.and_then(|gone| work.followers.remove(&gone.session_id))
                {
                    follower.abort();
                }
            }
            CRASHED => self.crashed.store(true, Ordering::Release),
            _ => self.crashed.store(false, Ordering::Release),
        }
    }

    fn dismiss(&self, session: &str, params: &str) {
        // Whoever asks whether the page may be left is told yes, or it could not be left.
        let leaves =
            serde_json::from_str(params).is_ok_and(|Dialog { kind }| kind == "beforeunload");
        let dismiss = HandleJavaScriptDialog {
            accept: leaves,
            prompt_text: None,
        };
        self.connection.send(Some(session), &dismiss);
    }

    /// Sets up a frame or a worker, which waits for that, and serves it.
    fn follow(self: &Arc<Self>, session: &str) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let events = self.connection.subscribe(Some(session), &Self::REQUESTS);
        // Commands are carried out in their order: nobody needs to wait for the answers.
        for (method, params) in &self.setup {
            self.connection.tell(Some(session), method, params);
        }
        let run = "Runtime.runIfWaitingForDebugger";
        self.connection.tell(Some(session), run, json!({}));
        Arc::clone(self).serve(session.to_owned(), events)
    }

    /// Dialogs and crashes are those of the page.
    const REQUESTS: [&'static str; 3] = [PAUSED, ATTACHED, DETACHED];
}
