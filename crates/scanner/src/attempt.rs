//! One page, however many attempts it takes: retry around gate, breakers, lease and fetch, under one deadline.

use std::{sync::Arc, time::Duration};

use backoff::{Backoff, Verdict, retry};
use breaker::{Breakers, Permit, Rejected, TokioClock};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use url::Url;

use crate::{Document, FetchError, Fetcher, Request, fetch_error::Blame, gate::Gate};

/// What every attempt of a scanner has to pass.
#[derive(Debug)]
pub(crate) struct Attempts {
    gate: Gate,
    hosts: Breakers<String>,
    urls: Breakers<String>,
    backoff: Backoff,
}

impl Attempts {
    pub(crate) fn new(
        interval: Duration,
        backoff: Backoff,
        breaker: &breaker::Config,
    ) -> Result<Self, breaker::InvalidConfig> {
        let breakers = || Breakers::with_clock(*breaker, Arc::new(TokioClock));
        Ok(Self {
            gate: Gate::new(interval),
            hosts: breakers()?,
            urls: breakers()?,
            backoff,
        })
    }

    /// Fetches a page until it arrives, an error is final, the attempts are used up or the deadline is near.
    ///
    /// # Cancel safety
    /// Dropping the future ends the attempt under way: its lease goes back, its permits count for nothing.
    pub(crate) async fn fetch(
        &self,
        fetcher: &dyn Fetcher,
        request: Request<'_>,
    ) -> Result<Document, FetchError> {
        let seed = seed(request.url);
        retry(self.backoff, |_attempt| self.once(fetcher, request))
            .classify(|error: &FetchError| match error {
                FetchError::Status {
                    retry_after: Some(after),
                    ..
                } if error.is_transient() => Verdict::RetryAfter(*after),
                error if error.is_browser_fault() => Verdict::RetryAfter(Duration::ZERO),
                error if error.is_transient() => Verdict::Retry,
                _ => Verdict::Fail,
            })
            .notify(|error, attempt, delay| {
                tracing::warn!(
                    error = error.detail(),
                    attempt,
                    ?delay,
                    "attempt failed; retrying"
                );
            })
            .deadline(request.deadline)
            .seed(seed)
            .run()
            .await
            .map_err(|ended| ended.last)
    }

    async fn once(
        &self,
        fetcher: &dyn Fetcher,
        request: Request<'_>,
    ) -> Result<Document, FetchError> {
        let host = host(request.url);
        // An open breaker is told at once, not after a wait for a turn that would not be used.
        let refused = |scope| {
            move |rejected: Rejected| FetchError::BreakerOpen {
                scope,
                retry_after: rejected.retry_after,
            }
        };
        drop(self.hosts.admit(&host).map_err(refused("this host"))?);
        if !self.gate.pass(&host, request.deadline).await {
            return Err(FetchError::Deadline);
        }
        let host_permit = self.hosts.admit(&host).map_err(refused("this host"))?;
        let url = request.url.to_string();
        let url_permit = self.urls.admit(&url).map_err(refused("this URL"))?;
        let fetched = fetcher
            .fetch(request)
            .await
            .and_then(|document| judge_status(document, Timestamp::now()));
        report(
            fetched.as_ref().err().map(FetchError::blame),
            host_permit,
            url_permit,
        );
        fetched
    }
}

/// Tells the breakers how an attempt ended. A permit that is dropped counts for nothing and frees its probe.
fn report(blame: Option<Blame>, host: Permit<'_, String>, url: Permit<'_, String>) {
    match blame {
        None => {
            host.success();
            url.success();
        }
        Some(Blame::Nobody) => {}
        Some(Blame::Url) => {
            host.success();
            url.failure();
        }
        Some(Blame::UrlOnly) => url.failure(),
        Some(Blame::Host) => {
            host.failure();
            url.failure();
        }
    }
}

/// An error status is a failure of the attempt.
fn judge_status(document: Document, now: Timestamp) -> Result<Document, FetchError> {
    if document.status < 400 {
        return Ok(document);
    }
    let retry_after = document
        .retry_after
        .as_deref()
        .and_then(|value| parse_retry_after(value, now));
    Err(FetchError::Status {
        status: document.status,
        retry_after,
    })
}

/// `Retry-After`, as seconds or as a date (RFC 9110, section 10.2.3).
fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    let left: SignedDuration = date.duration_since(now);
    // A date that has passed means now.
    Some(left.max(SignedDuration::ZERO).unsigned_abs())
}

/// The unit of politeness and of the host's breaker: scheme, host and port.
pub(crate) fn host(url: &Url) -> String {
    let (host, port) = (
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default(),
    );
    format!("{}://{host}:{port}", url.scheme())
}

/// Callers that failed together must not come back together.
fn seed(url: &Url) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(url)
}

#[cfg(test)]
mod tests;
