//! Requests that Chrome holds up for us: blocked, judged by the guard, or intercepted.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use headless_chrome::protocol::cdp::{
    Fetch::{ContinueRequest, FailRequest, FulfillRequest, HeaderEntry},
    Network,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::time::timeout;
use url::Url;

use super::refusals::{Refusals, Refused};
use crate::{
    Decision, FailReason, InterceptedRequest, Interception, PageOptions, Refusal, RequestGuard,
    ResourceType, connection::Connection,
};

pub(super) const PAUSED: &str = "Fetch.requestPaused";

/// What becomes of the requests of a page.
pub(super) struct Rules {
    guard: Option<Arc<dyn RequestGuard>>,
    blocked: Vec<ResourceType>,
    interception: Option<Interception>,
    refusals: Refusals,
}

/// Only what is needed of `Fetch.requestPaused`: fewer fields, fewer ways to break.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paused {
    request_id: String,
    frame_id: String,
    resource_type: ResourceType,
    request: PausedRequest,
}

#[derive(Deserialize)]
struct PausedRequest {
    url: String,
    method: String,
    #[serde(default)]
    headers: HashMap<String, String>,
}

impl Rules {
    pub(super) fn of(options: &PageOptions, refusals: Refusals) -> Self {
        Self {
            guard: options.guard.clone(),
            blocked: options.block.resource_types.clone(),
            interception: options.interception.clone(),
            refusals,
        }
    }

    /// Decides on a request, and carries that out.
    pub(super) async fn apply(&self, paused: Paused, held: Held) {
        match self.decide(&paused).await {
            Decision::Continue { url, headers } => held.proceed(url, headers).await,
            Decision::Fulfil {
                status,
                headers,
                body,
            } => held.fulfil(status, headers, &body).await,
            Decision::Fail(reason) => held.fail(reason),
        }
    }

    async fn decide(&self, paused: &Paused) -> Decision {
        let (url, kind) = (&paused.request.url, paused.resource_type);
        if self.blocked.contains(&kind) || !self.allows(paused, url).await {
            return Decision::Fail(FailReason::BlockedByClient);
        }
        let Some(interception) = &self.interception else {
            return Decision::proceed();
        };
        let mut patterns = interception.patterns.iter();
        if !patterns.any(|pattern| pattern.picks(url, kind)) {
            return Decision::proceed();
        }
        let request = InterceptedRequest {
            url: url.clone(),
            method: paused.request.method.clone(),
            headers: paused.request.headers.clone().into_iter().collect(),
            resource_type: kind,
        };
        let decision = interception.interceptor.intercept(&request);
        let Ok(decision) = timeout(interception.timeout, decision).await else {
            tracing::warn!(limit = ?interception.timeout, "an interceptor took too long; the request fails");
            return Decision::Fail(FailReason::TimedOut);
        };
        match &decision {
            // What the guard allowed was another address.
            Decision::Continue { url: Some(url), .. }
                if !self.allows(paused, url.as_str()).await =>
            {
                Decision::Fail(FailReason::BlockedByClient)
            }
            _ => decision,
        }
    }

    /// Whether the guard allows a request for `url`; it is asked about documents only.
    async fn allows(&self, paused: &Paused, url: &str) -> bool {
        if paused.resource_type != ResourceType::Document {
            return true;
        }
        match judge(self.guard.as_deref(), url).await {
            Ok(()) => true,
            Err(refusal) => {
                self.refusals.push(Refused {
                    frame: paused.frame_id.clone(),
                    url: url.to_owned(),
                    refusal,
                });
                false
            }
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

/// The patterns of the requests that Chrome is to hold up, for all rules together; what none of them picks costs nothing.
pub(super) fn patterns(options: &PageOptions) -> Vec<Value> {
    let of_type = |kind: ResourceType| json!({ "resourceType": kind });
    let documents = options
        .guard
        .iter()
        .map(|_| of_type(ResourceType::Document));
    let blocked = options.block.resource_types.iter().copied().map(of_type);
    let intercepted = options.interception.iter().flat_map(|interception| {
        interception.patterns.iter().map(|pattern| {
            let mut picked = json!({ "urlPattern": pattern.url.as_deref().unwrap_or("*") });
            if let Some(kind) = pattern.resource_type {
                picked["resourceType"] = json!(kind);
            }
            picked
        })
    });
    documents.chain(blocked).chain(intercepted).collect()
}

/// A request that Chrome holds up. It fails when nothing else is said, so that a panic holds up no page.
pub(super) struct Held {
    connection: Connection,
    session: String,
    /// Empty once it is answered.
    id: Option<String>,
}

impl Held {
    pub(super) fn new(connection: Connection, session: String, paused: &Paused) -> Self {
        Self {
            connection,
            session,
            id: Some(paused.request_id.clone()),
        }
    }

    async fn proceed(mut self, url: Option<Url>, headers: Option<Vec<(String, String)>>) {
        if let Some(request_id) = self.id.clone() {
            let changed = url.is_some() || headers.is_some();
            let command = ContinueRequest {
                request_id,
                url: url.map(String::from),
                method: None,
                post_data: None,
                headers: headers.map(entries),
                intercept_response: None,
            };
            if changed {
                // What Chrome takes for no header or no address leaves the request held up: then it fails.
                let went_on = self.connection.command(Some(&self.session), &command);
                if let Err(error) = went_on.await {
                    tracing::warn!(%error, "a request cannot go on as its interceptor changed it; it fails");
                    return;
                }
            } else {
                self.connection.send(Some(&self.session), &command);
            }
            self.id = None;
        }
    }

    async fn fulfil(mut self, status: u16, headers: Vec<(String, String)>, body: &[u8]) {
        if let Some(request_id) = self.id.clone() {
            let command = FulfillRequest {
                request_id,
                response_code: status.into(),
                response_headers: Some(entries(headers)),
                binary_response_headers: None,
                body: Some(BASE64_STANDARD.encode(body)),
                response_phrase: None,
            };
            // A body may be large: it waits for its room, as a call does.
            let fulfilled = self.connection.command(Some(&self.session), &command);
            if fulfilled.await.is_ok() {
                self.id = None;
            }
        }
    }

    fn fail(mut self, reason: FailReason) {
        self.fail_once(reason);
    }

    fn fail_once(&mut self, reason: FailReason) {
        if let Some(request_id) = self.id.take() {
            let command = FailRequest {
                request_id,
                error_reason: reason.into(),
            };
            self.connection.send(Some(&self.session), &command);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.fail_once(FailReason::BlockedByClient);
    }
}

fn entries(headers: Vec<(String, String)>) -> Vec<HeaderEntry> {
    let entry = |(name, value)| HeaderEntry { name, value };
    headers.into_iter().map(entry).collect()
}

impl From<FailReason> for Network::ErrorReason {
    fn from(reason: FailReason) -> Self {
        match reason {
            FailReason::Failed => Self::Failed,
            FailReason::Aborted => Self::Aborted,
            FailReason::TimedOut => Self::TimedOut,
            FailReason::AccessDenied => Self::AccessDenied,
            FailReason::ConnectionClosed => Self::ConnectionClosed,
            FailReason::ConnectionReset => Self::ConnectionReset,
            FailReason::ConnectionRefused => Self::ConnectionRefused,
            FailReason::NameNotResolved => Self::NameNotResolved,
            FailReason::InternetDisconnected => Self::InternetDisconnected,
            FailReason::AddressUnreachable => Self::AddressUnreachable,
            FailReason::BlockedByClient => Self::BlockedByClient,
        }
    }
}
