//! JSON: one object a line as they come, or one document at the end.

use std::io::{self, Write};

use scanner::{Evidence, FetchedBy, Outcome, Posting, Report};
use serde::Serialize;
use url::Url;

/// One line. Each has its `type` first, so that a reader can tell them apart.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Posting {
        marketplace: &'a Url,
        #[serde(flatten)]
        posting: &'a Posting,
    },
    Outcome(Ending<'a>),
}

/// An outcome as the contract spells it.
#[derive(Serialize)]
struct Ending<'a> {
    marketplace: &'a Url,
    outcome: Outcome,
    pages: u32,
    postings: usize,
    fetched_by: Option<FetchedBy>,
    elapsed_ms: u64,
    evidence: &'a [Evidence],
}

impl<'a> From<&'a Report> for Ending<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            marketplace: &report.marketplace,
            outcome: report.outcome,
            pages: report.pages,
            postings: report.postings,
            fetched_by: report.fetched_by,
            elapsed_ms: u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
            evidence: &report.evidence,
        }
    }
}

/// One object a line; each is flushed, so that a reader sees it at once.
pub(crate) struct JsonLines<W: Write> {
    writer: W,
}

impl<W: Write> JsonLines<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer }
    }

    pub(super) fn posting(&mut self, marketplace: &Url, posting: &Posting) -> io::Result<()> {
        self.line(&Line::Posting {
            marketplace,
            posting,
        })
    }

    pub(super) fn outcome(&mut self, report: &Report) -> io::Result<()> {
        self.line(&Line::Outcome(report.into()))
    }

    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.writer.write_all(&text)?;
        self.writer.flush()
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// One document: `{"postings": […], "outcomes": […]}`.
pub(crate) struct JsonDocument<W: Write> {
    writer: W,
    postings: Vec<(Url, Posting)>,
    reports: Vec<Report>,
}

impl<W: Write> JsonDocument<W> {
    pub(super) fn new(writer: W) -> Self {
        Self {
            writer,
            postings: Vec::new(),
            reports: Vec::new(),
        }
    }

    pub(super) fn posting(&mut self, marketplace: Url, posting: Posting) {
        self.postings.push((marketplace, posting));
    }

    pub(super) fn outcome(&mut self, report: Report) {
        self.reports.push(report);
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        #[derive(Serialize)]
        struct Found<'a> {
            marketplace: &'a Url,
            #[serde(flatten)]
            posting: &'a Posting,
        }
        #[derive(Serialize)]
        struct Whole<'a> {
            postings: Vec<Found<'a>>,
            outcomes: Vec<Ending<'a>>,
        }
        let postings = self
            .postings
            .iter()
            .map(|(marketplace, posting)| Found {
                marketplace,
                posting,
            })
            .collect();
        let whole = Whole {
            postings,
            outcomes: self.reports.iter().map(Ending::from).collect(),
        };
        let text = serde_json::to_string_pretty(&whole)?;
        writeln!(self.writer, "{text}")?;
        self.writer.flush()
    }
}
