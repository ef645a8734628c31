//! The requests of a navigation: what redirected, what the document is, what is still in flight.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::arrival::PARSED;
use crate::{CallError, Redirect, Timing, Visit, connection::Event, decode::decode};

pub(super) const REQUEST: &str = "Network.requestWillBeSent";
pub(super) const RESPONSE: &str = "Network.responseReceived";
pub(super) const FINISHED: &str = "Network.loadingFinished";
pub(super) const FAILED: &str = "Network.loadingFailed";

/// Redirects that are remembered of one document; Chrome follows fewer.
const MAX_REDIRECTS: usize = 32;

/// The requests of a page since a navigation began.
#[derive(Debug)]
pub(super) struct Journey {
    documents: HashMap<String, Document>,
    in_flight: HashSet<String>,
    quiet_since: Instant,
}

/// One document as its request and its response tell it.
#[derive(Debug, Default)]
struct Document {
    /// When its first request was made, in seconds of Chrome's clock.
    started: Option<f64>,
    redirects: Vec<Redirect>,
    response: Option<Response>,
}

/// Only what is needed of each event: fewer fields, fewer ways to break.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Requested {
    request_id: String,
    loader_id: String,
    timestamp: f64,
    redirect_response: Option<Redirected>,
}

#[derive(Deserialize)]
struct Redirected {
    url: String,
    status: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    loader_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: Response,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    url: String,
    status: u16,
    #[serde(default)]
    headers: HashMap<String, String>,
    mime_type: Option<String>,
    #[serde(rename = "remoteIPAddress")]
    remote_ip: Option<String>,
    remote_port: Option<u16>,
    timing: Option<ResourceTiming>,
}

/// `request_time` is in seconds, everything else in milliseconds after it; -1 stands for what did not take place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceTiming {
    request_time: f64,
    dns_start: f64,
    dns_end: f64,
    connect_start: f64,
    connect_end: f64,
    ssl_start: f64,
    ssl_end: f64,
    receive_headers_end: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    request_id: String,
}

impl Journey {
    pub(super) fn begin() -> Self {
        Self {
            documents: HashMap::new(),
            in_flight: HashSet::new(),
            quiet_since: Instant::now(),
        }
    }

    /// Takes an event with one of the names above.
    pub(super) fn take(&mut self, event: &Event) -> Result<(), CallError> {
        match &*event.method {
            REQUEST => {
                let requested: Requested = decode(REQUEST, &event.params)?;
                // The request of a document has the name of its loader.
                if requested.request_id == requested.loader_id {
                    let document = self.documents.entry(requested.loader_id).or_default();
                    document.requested(requested.timestamp, requested.redirect_response);
                }
                self.in_flight.insert(requested.request_id);
            }
            RESPONSE => {
                let received: Received = decode(RESPONSE, &event.params)?;
                if received.kind == "Document" {
                    let document = self.documents.entry(received.loader_id).or_default();
                    document.response = Some(received.response);
                }
            }
            _ => {
                let ended: Ended = decode(&event.method, &event.params)?;
                if self.in_flight.remove(&ended.request_id) && self.in_flight.is_empty() {
                    self.quiet_since = Instant::now();
                }
            }
        }
        Ok(())
    }

    /// A new document has taken the place of the old one, whose requests need not end any more.
    pub(super) fn arrived_at(&mut self, loader: &str) {
        self.in_flight.retain(|request| request == loader);
        self.quiet_since = Instant::now();
    }

    /// Since when no request is in flight; none while one is.
    pub(super) fn quiet_since(&self) -> Option<Instant> {
        self.in_flight.is_empty().then_some(self.quiet_since)
    }

    /// What is known of the document of `loader`. The moments are in seconds of Chrome's clock.
    pub(super) fn visit(
        &mut self,
        asked: &Url,
        loader: Option<&str>,
        moment: impl Fn(&str) -> Option<f64>,
    ) -> Visit {
        let document = loader.and_then(|loader| self.documents.remove(loader));
        let Document {
            started,
            redirects,
            response,
        } = document.unwrap_or_default();
        let since_start = |at: Option<f64>| span(started?, at?);
        let mut visit = Visit::of(asked.clone());
        visit.redirects = redirects;
        visit.timing.dom_content_loaded = since_start(moment(PARSED));
        visit.timing.load = since_start(moment("load"));
        let Some(response) = response else {
            return visit;
        };
        if let Some(timing) = &response.timing {
            timing.fill(&mut visit.timing);
            let head = timing.request_time + timing.receive_headers_end / 1000.0;
            visit.timing.first_byte = since_start(Some(head));
        }
        visit.url = Url::parse(&response.url).unwrap_or(visit.url);
        // Zero stands for documents without HTTP.
        visit.status = (response.status != 0).then_some(response.status);
        visit.mime_type = response.mime_type.filter(|kind| !kind.is_empty());
        visit.remote_address = response.remote_ip.map(|ip| match response.remote_port {
            Some(port) => format!("{ip}:{port}"),
            None => ip,
        });
        visit.headers = response.headers.into_iter().collect();
        visit.retry_after = visit.header("retry-after").map(str::to_owned);
        visit
    }
}

impl Document {
    fn requested(&mut self, at: f64, redirected: Option<Redirected>) {
        self.started.get_or_insert(at);
        if let Some(Redirected { url, status }) = redirected
            && self.redirects.len() < MAX_REDIRECTS
            && let Ok(url) = Url::parse(&url)
        {
            self.redirects.push(Redirect { url, status });
        }
    }
}

impl ResourceTiming {
    fn fill(&self, timing: &mut Timing) {
        let took = |start: f64, end: f64| (start >= 0.0).then(|| span(start, end)).flatten();
        let millis = |duration: Duration| duration.div_f64(1000.0);
        timing.dns = took(self.dns_start, self.dns_end).map(millis);
        timing.connect = took(self.connect_start, self.connect_end).map(millis);
        timing.tls = took(self.ssl_start, self.ssl_end).map(millis);
    }
}

/// The time between two moments in seconds; none where the clock makes no sense.
fn span(from: f64, to: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(to - from).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{json, value::RawValue};

    use super::*;

    fn event(method: &'static str, params: &serde_json::Value) -> Event {
        let params = RawValue::from_string(params.to_string()).unwrap();
        Event {
            method: method.into(),
            params,
        }
    }

    fn request(id: &str, loader: &str, at: f64) -> Event {
        let params = json!({"requestId": id, "loaderId": loader, "timestamp": at});
        event(REQUEST, &params)
    }

    #[test]
    fn redirects_and_times_are_those_of_the_document_and_no_other() {
        let mut journey = Journey::begin();
        let redirected = json!({"requestId": "L", "loaderId": "L", "timestamp": 10.5,
            "redirectResponse": {"url": "http://a/1", "status": 302}});
        let timing = json!({"requestTime": 11.0, "dnsStart": 0, "dnsEnd": 250, "connectStart": 250, "connectEnd": 1250,
            "sslStart": -1, "sslEnd": -1, "receiveHeadersEnd": 1500});
        let received = json!({"loaderId": "L", "type": "Document", "response": {"url": "http://a/2", "status": 200,
            "headers": {"Retry-After": "7"}, "mimeType": "text/html", "remoteIPAddress": "[::1]", "remotePort": 80,
            "timing": timing}});
        for event in [
            request("L", "L", 10.0),
            event(REQUEST, &redirected),
            request("picture", "L", 12.0),
            request("F", "F", 12.0),
            event(RESPONSE, &received),
        ] {
            journey.take(&event).unwrap();
        }
        let asked = Url::parse("http://a/1").unwrap();
        let moment = |name: &str| (name == "load").then_some(13.0);
        let visit = journey.visit(&asked, Some("L"), moment);
        let [redirect] = &visit.redirects[..] else {
            panic!("{visit:?}")
        };
        assert_eq!(
            (redirect.url.as_str(), redirect.status),
            ("http://a/1", 302)
        );
        assert_eq!(visit.url.as_str(), "http://a/2");
        assert_eq!(visit.retry_after.as_deref(), Some("7"));
        assert_eq!(visit.remote_address.as_deref(), Some("[::1]:80"));
        let millis = |time: Option<Duration>| time.map(|time| time.as_millis());
        let timing = visit.timing;
        assert_eq!(millis(timing.dns), Some(250));
        assert_eq!(millis(timing.connect), Some(1000));
        assert_eq!(millis(timing.tls), None);
        assert_eq!(millis(timing.first_byte), Some(2500));
        assert_eq!(millis(timing.load), Some(3000));
        assert_eq!(timing.dom_content_loaded, None);
    }

    #[test]
    fn redirects_without_end_are_remembered_to_a_bound() {
        let mut journey = Journey::begin();
        let again = json!({"requestId": "L", "loaderId": "L", "timestamp": 1.0,
            "redirectResponse": {"url": "http://a/", "status": 301}});
        for _ in 0..100 {
            journey.take(&event(REQUEST, &again)).unwrap();
        }
        let visit = journey.visit(&Url::parse("http://a/").unwrap(), Some("L"), |_| None);
        assert_eq!(visit.redirects.len(), MAX_REDIRECTS);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_quiet_once_the_last_request_has_ended_or_its_document_is_gone() {
        let ended = |id: &str| event(FINISHED, &json!({"requestId": id}));
        let mut journey = Journey::begin();
        for id in ["L", "one", "two"] {
            journey.take(&request(id, "L", 1.0)).unwrap();
        }
        journey.take(&ended("L")).unwrap();
        journey.take(&ended("one")).unwrap();
        assert_eq!(journey.quiet_since(), None);
        tokio::time::advance(Duration::from_secs(3)).await;
        journey.take(&ended("two")).unwrap();
        assert_eq!(journey.quiet_since(), Some(Instant::now()));
        let before = Instant::now();
        tokio::time::advance(Duration::from_secs(3)).await;
        journey.take(&ended("of an earlier document")).unwrap();
        assert_eq!(journey.quiet_since(), Some(before));
        journey.take(&request("poll", "L", 2.0)).unwrap();
        journey.take(&request("M", "M", 2.0)).unwrap();
        journey.arrived_at("M");
        journey.take(&ended("M")).unwrap();
        assert_eq!(journey.quiet_since(), Some(Instant::now()));
    }
}
