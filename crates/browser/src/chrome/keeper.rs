//! What a page needs somebody to do for it at any time: dialogs dismissed, document requests judged, windows that it
//! opens closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headless_chrome::protocol::cdp::{
    Fetch::{ContinueRequest, FailRequest},
    Network::ErrorReason,
    Page::HandleJavaScriptDialog,
    Target::CloseTarget,
};
use serde::Deserialize;
use tokio::task::JoinSet;
use url::Url;

use crate::{
    Refusal, RequestGuard,
    connection::{Connection, Event, Events},
};

const CREATED: &str = "Target.targetCreated";
const DIALOG: &str = "Page.javascriptDialogOpening";
const PAUSED: &str = "Fetch.requestPaused";

/// The document requests that were refused since the last look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<Vec<Refused>>>);

/// A document request that was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The frame it was for.
    pub(crate) frame: String,
    pub(crate) url: String,
    pub(crate) refusal: Refusal,
}

impl Refusals {
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    /// The last one for `frame`.
    pub(crate) fn take(&self, frame: &str) -> Option<Refused> {
        let mut refused = self.lock();
        let last = refused.iter().rposition(|refused| refused.frame == frame)?;
        Some(refused.swap_remove(last))
    }

    fn push(&self, refused: Refused) {
        let mut all = self.lock();
        // A page may ask for any number of frames; what is remembered of them is bounded.
        if all.len() < REMEMBERED {
            all.push(refused);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const REMEMBERED: usize = 64;

/// Serves one page until its events end.
pub(crate) struct Keeper {
    pub(crate) connection: Connection,
    pub(crate) session: String,
    pub(crate) target: String,
    /// The page is alone in it: whatever else appears there, the page has opened.
    pub(crate) context: String,
    pub(crate) events: Events,
    pub(crate) targets: Events,
    pub(crate) guard: Option<Arc<dyn RequestGuard>>,
    pub(crate) refusals: Refusals,
}

/// Only what is needed of `Fetch.requestPaused`: fewer fields, fewer ways to break.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paused {
    request_id: String,
    frame_id: String,
    request: PausedRequest,
}

#[derive(Deserialize)]
struct PausedRequest {
    url: String,
}

/// Only what is needed of `Target.targetCreated`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    target_info: TargetInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetInfo {
    target_id: String,
    #[serde(rename = "type")]
    kind: String,
    browser_context_id: Option<String>,
}

impl Keeper {
    /// The events of the page's session that it is to be given.
    pub(crate) const OF_PAGE: [&'static str; 2] = [DIALOG, PAUSED];
    /// The events of the browser that it is to be given.
    pub(crate) const OF_BROWSER: [&'static str; 1] = [CREATED];

    pub(crate) async fn serve(mut self) {
        // Judging may need a name looked up: one slow answer must not hold up the others.
        let mut judgements = JoinSet::new();
        loop {
            tokio::select! {
                event = self.events.next() => match event {
                    Some(event) => self.handle(&event, &mut judgements),
                    None => return,
                },
                event = self.targets.next() => match event {
                    Some(event) => self.close_window(&event),
                    None => return,
                },
                Some(_judged) = judgements.join_next() => {}
            }
        }
    }

    /// Closes a window that the page has opened.
    fn close_window(&self, event: &Event) {
        let Ok(Created { target_info }) = serde_json::from_str(event.params.get()) else {
            return;
        };
        let is_window = target_info.kind == "page" && target_info.target_id != self.target;
        if is_window && target_info.browser_context_id.as_ref() == Some(&self.context) {
            self.connection.send(
                None,
                &CloseTarget {
                    target_id: target_info.target_id,
                },
            );
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
                        refusals.push(Refused {
                            frame: paused.frame_id,
                            url: paused.request.url,
                            refusal,
                        });
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
