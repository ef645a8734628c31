//! What a page needs somebody to do for it at any time: dialogs dismissed, document requests judged.

use std::sync::{Arc, Mutex, PoisonError};

use headless_chrome::protocol::cdp::{
    Fetch::{ContinueRequest, FailRequest},
    Network::ErrorReason,
    Page::HandleJavaScriptDialog,
};
use serde::Deserialize;
use tokio::task::JoinSet;
use url::Url;

use crate::{
    Refusal, RequestGuard,
    connection::{Connection, Event, Events},
};

const DIALOG: &str = "Page.javascriptDialogOpening";
const PAUSED: &str = "Fetch.requestPaused";

/// The addresses that were refused since the last look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<Vec<(String, Refusal)>>>);

impl Refusals {
    pub(crate) fn take(&self) -> Vec<(String, Refusal)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, url: String, refusal: Refusal) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((url, refusal));
    }
}

/// Serves one page until its events end.
pub(crate) struct Keeper {
    connection: Connection,
    session: String,
    events: Events,
    guard: Option<Arc<dyn RequestGuard>>,
    refusals: Refusals,
}

/// Only what is needed of `Fetch.requestPaused`: fewer fields, fewer ways to break.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paused {
    request_id: String,
    request: PausedRequest,
}

#[derive(Deserialize)]
struct PausedRequest {
    url: String,
}

impl Keeper {
    pub(crate) fn new(
        connection: Connection,
        session: String,
        guard: Option<Arc<dyn RequestGuard>>,
        refusals: Refusals,
    ) -> Self {
        let events = connection.subscribe(Some(&session), &[DIALOG, PAUSED]);
        Self {
            connection,
            session,
            events,
            guard,
            refusals,
        }
    }

    pub(crate) async fn serve(mut self) {
        // Judging may need a name looked up: one slow answer must not hold up the others.
        let mut judgements = JoinSet::new();
        loop {
            tokio::select! {
                event = self.events.next() => match event {
                    Some(event) => self.handle(&event, &mut judgements),
                    None => return,
                },
                Some(_judged) = judgements.join_next() => {}
            }
        }
    }

    fn handle(&self, event: &Event, judgements: &mut JoinSet<()>) {
        if event.method == DIALOG {
            let dismiss = HandleJavaScriptDialog {
                accept: false,
                prompt_text: None,
            };
            self.connection.send(Some(&self.session), &dismiss);
        } else if let Ok(paused) = serde_json::from_str::<Paused>(event.params.get()) {
            let (connection, session) = (self.connection.clone(), self.session.clone());
            let (guard, refusals) = (self.guard.clone(), self.refusals.clone());
            judgements.spawn(async move {
                match judge(guard.as_deref(), &paused.request.url).await {
                    Ok(()) => connection.send(Some(&session), &proceed(paused.request_id)),
                    Err(refusal) => {
                        refusals.push(paused.request.url, refusal);
                        let error_reason = ErrorReason::BlockedByClient;
                        connection.send(
                            Some(&session),
                            &FailRequest {
                                request_id: paused.request_id,
                                error_reason,
                            },
                        );
                    }
                }
            });
        }
    }
}

async fn judge(guard: Option<&dyn RequestGuard>, url: &str) -> Result<(), Refusal> {
    let Some(guard) = guard else { return Ok(()) };
    match Url::parse(url) {
        Ok(url) => guard.check(&url).await,
        Err(error) => Err(Refusal {
            code: "address_refused",
            reason: format!("it is no valid address: {error}"),
        }),
    }
}

fn proceed(request_id: String) -> ContinueRequest {
    ContinueRequest {
        request_id,
        url: None,
        method: None,
        post_data: None,
        headers: None,
        intercept_response: None,
    }
}
