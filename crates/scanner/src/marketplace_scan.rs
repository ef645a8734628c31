//! The scan of one marketplace: its pages one after the other, until there is no next one.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use extract::{Evidence, Extraction, Outcome, Page, Posting};
use jiff::Timestamp;
use store::FetchedBy;
use tokio::{sync::mpsc, time::Instant};
use url::Url;

use crate::{
    Document, Event, FetchError, FetchMode, Fetcher, Request, attempt::Attempts, cancel::Cut,
};

/// What every scan of a scanner works with.
pub(crate) struct Tools<'a> {
    pub(crate) attempts: &'a Attempts,
    pub(crate) http: &'a dyn Fetcher,
    pub(crate) browser: &'a dyn Fetcher,
    pub(crate) mode: FetchMode,
    pub(crate) max_pages: u32,
    pub(crate) max_postings: usize,
    /// Whether an earlier scan of this marketplace brought postings.
    pub(crate) succeeded_before: bool,
}

/// What a scan has found so far. It outlives a scan that is cut, so that nothing found is lost.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) marketplace: Url,
    pub(crate) postings: Vec<Posting>,
    pub(crate) pages: u32,
    /// What delivered its pages, or was asked for the first; a browser for one page is a browser for all.
    pub(crate) fetched_by: Option<FetchedBy>,
    pub(crate) evidence: Vec<Evidence>,
    /// How it ended, once it has.
    outcome: Option<Outcome>,
    seen: HashSet<String>,
}

impl Findings {
    pub(crate) fn new(marketplace: Url) -> Self {
        Self {
            marketplace,
            postings: Vec::new(),
            pages: 0,
            fetched_by: None,
            evidence: Vec::new(),
            outcome: None,
            seen: HashSet::new(),
        }
    }

    /// How the scan ended; one that was cut ended with what it had.
    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome.unwrap_or(if self.postings.is_empty() {
            Outcome::Unreachable
        } else {
            Outcome::Partial
        })
    }

    /// Notes what cut the scan short.
    pub(crate) fn cut(&mut self, cut: Cut) {
        let (code, detail) = match cut {
            Cut::Deadline => ("timeout", "the deadline passed before the scan was done"),
            Cut::Cancelled => ("cancelled", "the scan was cancelled"),
        };
        self.evidence
            .push(Evidence::new(code, detail, Some(self.marketplace.clone())));
    }

    fn limited(&mut self, limit: usize, at: Url) {
        let detail = format!("the limit of {limit} is reached; there are more");
        self.evidence
            .push(Evidence::new("max_postings", detail, Some(at)));
    }

    /// A page was delivered.
    fn delivered(&mut self, by: FetchedBy) {
        if self.fetched_by != Some(FetchedBy::Browser) {
            self.fetched_by = Some(by);
        }
    }

    fn failed(&mut self, url: &Url, error: &FetchError) {
        self.evidence.push(Evidence::new(
            error.code(),
            error.detail(),
            Some(url.clone()),
        ));
        self.outcome = Some(if self.postings.is_empty() {
            error.outcome()
        } else {
            Outcome::Partial
        });
    }
}

impl Tools<'_> {
    /// Scans; tells `events` of each posting as it is found.
    ///
    /// # Cancel safety
    /// Dropping the future leaves what was found in `findings`.
    pub(crate) async fn scan(
        &self,
        findings: &mut Findings,
        deadline: Instant,
        events: &mpsc::Sender<Event>,
    ) {
        let mut url = findings.marketplace.clone();
        let mut mode = self.mode;
        let mut visited = HashSet::new();
        loop {
            visited.insert(url.clone());
            let visit = match self.visit(&url, &mut mode, findings, deadline).await {
                Ok(visit) => visit,
                Err(error) => return findings.failed(&url, &error),
            };
            findings.pages += 1;
            let next = visit.next_page.clone();
            self.take(visit, findings, events).await;
            if findings.outcome.is_some() {
                return;
            }
            let Some(next) = next else { break };
            if visited.contains(&next) {
                findings.evidence.push(Evidence::new(
                    "page_loop",
                    "the next page was read already",
                    Some(next),
                ));
                break;
            }
            if findings.postings.len() >= self.max_postings {
                findings.limited(self.max_postings, next);
                break;
            }
            if findings.pages >= self.max_pages {
                let detail = format!("the limit of {} is reached; there are more", self.max_pages);
                findings
                    .evidence
                    .push(Evidence::new("max_pages", detail, Some(next)));
                break;
            }
            url = next;
        }
        findings.outcome = Some(Outcome::Ok);
    }

    /// Takes over a page's postings; sets the outcome when the scan ends with this page.
    async fn take(&self, visit: Extraction, findings: &mut Findings, events: &mpsc::Sender<Event>) {
        if visit.postings.is_empty() {
            findings.evidence.extend(visit.evidence);
            findings.outcome = Some(match visit.outcome {
                // The first page tells what the marketplace is.
                outcome if findings.postings.is_empty() => match outcome {
                    Outcome::NotABoard if self.succeeded_before => Outcome::LayoutChanged,
                    outcome => outcome,
                },
                // A list may end with a page that says it is empty, but not with one that cannot be read.
                Outcome::EmptyVerified => Outcome::Ok,
                _ => Outcome::Partial,
            });
            return;
        }
        for posting in visit.postings {
            // The same job on two pages is one posting: lists move while they are read.
            if findings.seen.contains(&posting.id) {
                continue;
            }
            if findings.postings.len() >= self.max_postings {
                findings.limited(self.max_postings, visit.url);
                findings.outcome = Some(Outcome::Ok);
                return;
            }
            findings.seen.insert(posting.id.clone());
            findings.postings.push(posting.clone());
            let marketplace = findings.marketplace.clone();
            // A receiver that is gone has cancelled the scan.
            let _ = events
                .send(Event::Posting {
                    marketplace,
                    posting: Box::new(posting),
                })
                .await;
        }
    }

    /// Fetches and reads one page, in the cheapest way that works.
    async fn visit(
        &self,
        url: &Url,
        mode: &mut FetchMode,
        findings: &mut Findings,
        deadline: Instant,
    ) -> Result<Extraction, FetchError> {
        match *mode {
            FetchMode::Http => self.fetch(self.http, url, findings, deadline).await,
            FetchMode::Browser => self.fetch(self.browser, url, findings, deadline).await,
            FetchMode::Auto => {
                let plain = self.fetch(self.http, url, findings, deadline).await;
                if !may_need_a_browser(&plain) {
                    return plain;
                }
                match self.fetch(self.browser, url, findings, deadline).await {
                    Ok(rendered) => {
                        // What needed a browser here needs one on the next pages.
                        *mode = FetchMode::Browser;
                        Ok(rendered)
                    }
                    // A page without postings is not taken at its word unless a browser has seen it, too.
                    Err(error) => Err(match plain {
                        Ok(_) => error,
                        Err(refused) => {
                            let (code, detail) = (error.code(), error.detail());
                            findings
                                .evidence
                                .push(Evidence::new(code, detail, Some(url.clone())));
                            refused
                        }
                    }),
                }
            }
        }
    }

    async fn fetch(
        &self,
        fetcher: &dyn Fetcher,
        url: &Url,
        findings: &mut Findings,
        deadline: Instant,
    ) -> Result<Extraction, FetchError> {
        // The fetcher may have to read a document to judge it; then it need not be read a second time.
        let judged = Mutex::new(None);
        let is_enough = |document: &Document| {
            let extraction = read(document);
            let enough = !extraction.postings.is_empty();
            *judged.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((document.clone(), extraction));
            enough
        };
        let request = Request {
            url,
            deadline,
            is_enough: &is_enough,
        };
        let by = fetcher.fetched_by();
        findings.fetched_by.get_or_insert(by);
        let document = self.attempts.fetch(fetcher, request).await?;
        findings.delivered(by);
        let judged = judged.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(match judged {
            Some((seen, extraction)) if seen == document => extraction,
            _ => read(&document),
        })
    }
}

fn read(document: &Document) -> Extraction {
    extract::extract(&Page {
        url: &document.url,
        html: &document.html,
        now: Timestamp::now(),
    })
}

/// Whether what plain HTTP brought may look different in a browser: no postings, or a refusal of what is no browser.
fn may_need_a_browser(plain: &Result<Extraction, FetchError>) -> bool {
    match plain {
        // Scripts fill lists, and templates that say "nothing found".
        Ok(extraction) => extraction.postings.is_empty(),
        Err(error) => matches!(
            error,
            FetchError::Status {
                status: 401 | 403,
                ..
            }
        ),
    }
}

#[cfg(test)]
mod tests;
