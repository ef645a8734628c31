//! One navigation as its events tell it, from the request to readiness.

use std::{collections::HashMap, future::Future, pin::pin};

use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::{
    CallError, NavigateError, NetworkFault, Visit, WaitUntil,
    connection::{Connection, Event, Events},
    decode::decode,
};

const LIFECYCLE: &str = "Page.lifecycleEvent";
const RESPONSE: &str = "Network.responseReceived";
const CRASHED: &str = "Inspector.targetCrashed";

/// What is known of a navigation so far. Events of an earlier document are told apart by their loader. A page whose
/// scripts move on while it loads has arrived only where it stays.
#[derive(Debug)]
pub(crate) struct Arrival {
    events: Events,
    moments: Vec<Lifecycle>,
    documents: HashMap<String, Document>,
    frame: String,
    loader: Option<String>,
    pub(crate) waiting_for: String,
}

/// Only what is needed of each event: fewer fields, fewer ways to break.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lifecycle {
    frame_id: String,
    loader_id: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    loader_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: Document,
}

#[derive(Debug, Deserialize)]
struct Document {
    url: String,
    status: u16,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(rename = "remoteIPAddress")]
    remote_ip: Option<String>,
    #[serde(rename = "remotePort")]
    remote_port: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Navigated {
    loader_id: Option<String>,
    error_text: Option<String>,
    #[serde(default)]
    is_download: bool,
}

impl Arrival {
    /// Listens from now on, so that nothing of the navigation is missed.
    pub(crate) fn expect(connection: &Connection, session: &str, frame: &str) -> Self {
        Self {
            events: connection.subscribe(Some(session), &[LIFECYCLE, RESPONSE, CRASHED]),
            moments: Vec::new(),
            documents: HashMap::new(),
            frame: frame.to_owned(),
            loader: None,
            waiting_for: "the server to answer".to_owned(),
        }
    }

    /// Waits until the browser says whether the document comes.
    pub(crate) async fn start(
        &mut self,
        went: impl Future<Output = Result<Box<RawValue>, CallError>>,
    ) -> Result<(), NavigateError> {
        let mut went = pin!(went);
        let answer = loop {
            tokio::select! {
                biased;
                event = self.events.next() => self.take(event)?,
                answer = &mut went => break answer?,
            }
        };
        let navigated: Navigated = decode("Page.navigate", &answer)?;
        self.loader = navigated.loader_id;
        match navigated.error_text {
            None => Ok(()),
            Some(_) if navigated.is_download => Err(NavigateError::Download),
            // Chrome shows a page of its own for an error status without a body; the status is what counts.
            Some(text) if text.ends_with("ERR_HTTP_RESPONSE_CODE_FAILURE") => Ok(()),
            Some(text) => Err(NavigateError::Network {
                fault: NetworkFault::of(&text),
                text,
            }),
        }
    }

    /// Waits until the document is ready.
    pub(crate) async fn ready(&mut self, wait_until: &WaitUntil) -> Result<(), NavigateError> {
        let name = match wait_until {
            WaitUntil::Load => "load",
            WaitUntil::DomContentLoaded | WaitUntil::Selector(_) => "DOMContentLoaded",
        };
        self.waiting_for = format!("the event {name}");
        while !self.has_happened(name) {
            self.next_event().await?;
        }
        Ok(())
    }

    /// Waits until anything happens to the page.
    pub(crate) async fn next_event(&mut self) -> Result<(), NavigateError> {
        let event = self.events.next().await;
        self.take(event)
    }

    /// Whether the document that the page is at now had this moment. A move within a document is ready at once.
    fn has_happened(&self, name: &str) -> bool {
        self.current().is_none_or(|loader| {
            self.moments
                .iter()
                .any(|moment| moment.loader_id == loader && moment.name == name)
        })
    }

    /// The loader of the document that the page is at now: the one it was sent to, or the last one it moved on to.
    fn current(&self) -> Option<&str> {
        let first = self.loader.as_deref()?;
        let begins = |moment: &&Lifecycle| moment.name == "init";
        let since = self
            .moments
            .iter()
            .filter(begins)
            .skip_while(|moment| moment.loader_id != first);
        Some(since.last().map_or(first, |last| &last.loader_id))
    }

    fn take(&mut self, event: Option<Event>) -> Result<(), NavigateError> {
        let Some(event) = event else {
            let reason = "its events ended while a page loaded".into();
            return Err(CallError::Closed { reason }.into());
        };
        match event.method {
            CRASHED => return Err(NavigateError::Crashed),
            LIFECYCLE => {
                let moment: Lifecycle = decode(LIFECYCLE, &event.params)?;
                if moment.frame_id == self.frame {
                    self.moments.push(moment);
                }
            }
            _ => {
                let response: Response = decode(RESPONSE, &event.params)?;
                if response.kind == "Document" {
                    self.documents.insert(response.loader_id, response.response);
                }
            }
        }
        Ok(())
    }

    /// What the navigation led to.
    pub(crate) fn visit(mut self, asked: &Url) -> Visit {
        let current = self.current().map(str::to_owned);
        let document = current.and_then(|loader| self.documents.remove(&loader));
        let Some(document) = document else {
            return Visit {
                url: asked.clone(),
                status: None,
                retry_after: None,
                remote_address: None,
            };
        };
        let header = |name: &str| {
            document
                .headers
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.clone())
        };
        Visit {
            url: Url::parse(&document.url).unwrap_or_else(|_| asked.clone()),
            // Zero stands for documents without HTTP.
            status: (document.status != 0).then_some(document.status),
            retry_after: header("retry-after"),
            remote_address: document.remote_ip.map(|ip| match document.remote_port {
                Some(port) => format!("{ip}:{port}"),
                None => ip,
            }),
        }
    }
}
