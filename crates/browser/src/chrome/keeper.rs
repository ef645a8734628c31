//! What a page needs somebody to do for it at any time: dialogs dismissed, requests decided on, its frames in other
//! processes and its workers set up like itself.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc};

use headless_chrome::protocol::cdp::{Page::HandleJavaScriptDialog, Target::CloseTarget};
use serde::Deserialize;
use serde_json::json;
use tokio::task::{AbortHandle, JoinSet};

use super::{
    page::setup::Command,
    requests::{Held, PAUSED, Paused, Rules},
};
use crate::connection::{Connection, Event, Events, Lagged};

const DIALOG: &str = "Page.javascriptDialogOpening";
const ATTACHED: &str = "Target.attachedToTarget";
const DETACHED: &str = "Target.detachedFromTarget";

/// Serves one page, and what belongs to it, until its events end.
pub(super) struct Keeper {
    pub(super) connection: Connection,
    pub(super) rules: Rules,
    /// What sets up a frame or a worker like its page.
    pub(super) setup: Vec<Command>,
    /// The page's own target.
    pub(super) target: String,
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
    pub(super) const EVENTS: [&'static str; 4] = [DIALOG, PAUSED, ATTACHED, DETACHED];

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
                        Some(Ok(event)) => self.handle(&session, &event, &mut work),
                        Some(Err(Lagged { missed })) => {
                            self.give_up(missed);
                            return;
                        }
                        None => return,
                    },
                    Some(_done) = work.tasks.join_next() => {}
                }
            }
        })
    }

    /// Closes the page: a dialog, a request, a frame or a worker of it would wait for ever for what was missed.
    fn give_up(&self, missed: u64) {
        tracing::warn!(
            missed,
            "a page asks for more than can be done for it; closing it"
        );
        let target_id = self.target.clone();
        self.connection.send(None, &CloseTarget { target_id });
    }

    fn handle(self: &Arc<Self>, session: &str, event: &Event, work: &mut Work) {
        let params = event.params.get();
        match &*event.method {
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
            _detached => {
                let gone = serde_json::from_str::<Session>(params).ok();
                if let Some(follower) =
                    gone.and_then(|gone| work.followers.remove(&gone.session_id))
                {
                    follower.abort();
                }
            }
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

    /// Dialogs are those of the page.
    const REQUESTS: [&'static str; 3] = [PAUSED, ATTACHED, DETACHED];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PageOptions, chrome::refusals::Refusals, connection::fake::over_pipe};

    #[tokio::test]
    async fn a_page_whose_events_are_lost_is_closed() {
        let (connection, mut chrome, _tasks) = over_pipe();
        let events = connection.subscribe(Some("S"), &Keeper::EVENTS);
        let keeper = Arc::new(Keeper {
            connection: connection.clone(),
            rules: Rules::of(&PageOptions::default(), Refusals::of_frame("P")),
            setup: Vec::new(),
            target: "P".to_owned(),
        });
        let mut after = connection.subscribe(None, &["A.after"]);
        let detached = r#"{"method":"Target.detachedFromTarget","sessionId":"S"}"#;
        chrome.flood(detached, 3000).await;
        chrome.say(r#"{"method":"A.after"}"#).await;
        after.next().await.unwrap().unwrap();
        // Only now it is served, and too late.
        keeper.serve("S".to_owned(), events).await;
        let command = chrome.command().await;
        assert_eq!(
            (&command["method"], &command["params"]["targetId"]),
            (&json!("Target.closeTarget"), &json!("P"))
        );
    }
}
