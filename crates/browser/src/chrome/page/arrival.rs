//! One navigation as its events tell it, from the request to readiness.

use std::{future::Future, pin::pin, time::Duration};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::timeout_at;
use url::Url;

use super::journey::{FAILED, FINISHED, Journey, REQUEST, RESPONSE};
use crate::{
    CallError, NavigateError, NetworkFault, Visit, WaitUntil,
    connection::{Connection, Event, Events, Lagged},
    decode::decode,
};

/// The command that all of this is about.
pub(super) const NAVIGATE: &str = "Page.navigate";
const LIFECYCLE: &str = "Page.lifecycleEvent";
/// When the document is parsed.
pub(super) const PARSED: &str = "DOMContentLoaded";
const CRASHED: &str = "Inspector.targetCrashed";

/// The events of any navigation, and those of one that waits for the network to be idle.
const EVENTS: &[&str] = &[LIFECYCLE, REQUEST, RESPONSE, CRASHED];
const EVENTS_TO_IDLE: &[&str] = &[LIFECYCLE, REQUEST, RESPONSE, CRASHED, FINISHED, FAILED];

/// How long no request may be in flight until the network counts as idle: what Chrome, Puppeteer and Playwright take.
const IDLE: Duration = Duration::from_millis(500);

/// What is known of a navigation so far. Events of an earlier document are told apart by their loader. A page whose
/// scripts move on while it loads has arrived only where it stays.
#[derive(Debug)]
pub(crate) struct Arrival {
    events: Events,
    moments: Vec<Lifecycle>,
    journey: Journey,
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
    timestamp: f64,
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
    pub(crate) fn expect(
        connection: &Connection,
        session: &str,
        frame: &str,
        wait_until: &WaitUntil,
    ) -> Self {
        let events = match wait_until {
            WaitUntil::NetworkIdle => EVENTS_TO_IDLE,
            _ => EVENTS,
        };
        Self {
            events: connection.subscribe(Some(session), events),
            moments: Vec::new(),
            journey: Journey::begin(),
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
        let navigated: Navigated = decode(NAVIGATE, &answer)?;
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
        match wait_until {
            WaitUntil::Load => self.event("load").await,
            WaitUntil::NetworkIdle => self.network_idle().await,
            WaitUntil::DomContentLoaded | WaitUntil::Selector(_) | WaitUntil::DomStable { .. } => {
                self.event(PARSED).await
            }
        }
    }

    async fn event(&mut self, name: &str) -> Result<(), NavigateError> {
        self.waiting_for = format!("the event {name}");
        while !self.has_happened(name) {
            self.next_event().await?;
        }
        Ok(())
    }

    /// Waits until the document is parsed and then no request was in flight for a time.
    async fn network_idle(&mut self) -> Result<(), NavigateError> {
        loop {
            self.event(PARSED).await?;
            "an idle network".clone_into(&mut self.waiting_for);
            let Some(since) = self.journey.quiet_since() else {
                self.next_event().await?;
                continue;
            };
            match timeout_at(since + IDLE, self.next_event()).await {
                Ok(event) => event?,
                Err(_elapsed) => return Ok(()),
            }
        }
    }

    /// Waits until anything happens to the page.
    pub(crate) async fn next_event(&mut self) -> Result<(), NavigateError> {
        let event = self.events.next().await;
        self.take(event)
    }

    /// Waits for `work` and takes meanwhile what happens to the page, so that it does not pile up. Tells as well whether
    /// anything happened.
    pub(crate) async fn meanwhile<T>(
        &mut self,
        work: impl Future<Output = Result<T, NavigateError>>,
    ) -> Result<(T, bool), NavigateError> {
        let mut work = pin!(work);
        let mut happened = false;
        loop {
            tokio::select! {
                event = self.events.next() => self.take(event)?,
                done = &mut work => return Ok((done?, happened)),
            }
            happened = true;
        }
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

    fn take(&mut self, event: Option<Result<Event, Lagged>>) -> Result<(), NavigateError> {
        let event = match event {
            Some(Ok(event)) => event,
            // What is missing may be what was waited for.
            Some(Err(Lagged { missed })) => return Err(CallError::Lagged { missed }.into()),
            None => return Err(self.events.ended(NAVIGATE).into()),
        };
        match &*event.method {
            CRASHED => return Err(NavigateError::Crashed),
            LIFECYCLE => {
                let moment: Lifecycle = decode(LIFECYCLE, &event.params)?;
                if moment.frame_id == self.frame {
                    if moment.name == "init" {
                        self.journey.arrived_at(&moment.loader_id);
                    }
                    self.moments.push(moment);
                }
            }
            _ => self.journey.take(&event)?,
        }
        Ok(())
    }

    /// What the navigation led to.
    pub(crate) fn visit(mut self, asked: &Url) -> Visit {
        let current = self.current().map(str::to_owned);
        let moment = |name: &str| {
            let mut moments = self.moments.iter();
            let found = moments.find(|moment| {
                current.as_deref() == Some(&moment.loader_id) && moment.name == name
            });
            found.map(|moment| moment.timestamp)
        };
        self.journey.visit(asked, current.as_deref(), moment)
    }
}
