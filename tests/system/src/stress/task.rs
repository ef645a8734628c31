//! What one task of a suite does, and how it must end.

use scanner::{Outcome, Report, Stored};

/// Postings on a list of the fixture market.
const POSTINGS: usize = 20;

/// A task: one scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Task {
    /// From 1; 0 is a task of a warm-up.
    pub(super) number: usize,
    pub(super) kind: Kind,
    /// What decides where it is interrupted, if it is.
    pub(super) chance: u64,
}

/// What a task meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A list, whole.
    List,
    /// Status 404.
    NotFound,
    /// Status 500, again and again.
    ServerError,
    /// A connection that is reset.
    Reset,
    /// A server that never answers.
    Timeout,
    /// A certificate that nobody has signed.
    BadTls,
    /// A list whose script throws.
    Throws,
    /// A page that crashes its renderer.
    Crash,
    /// A list that opens a dialog.
    Dialog,
    /// A list that opens a window.
    Popup,
    /// A file instead of a page.
    Download,
    /// A list; the scan is dropped in the middle of its fetch.
    Cancel,
    /// A list; the fetch panics in its middle.
    Panic,
    /// A page that wants more memory than its browser may have.
    Greedy,
    /// A list, while no byte more fits on the disk.
    FullDisk,
    /// A list, where no browser may be started.
    Refused,
}

/// How a scan ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// With a report.
    Reported(Box<Report>),
    /// It was dropped.
    Dropped,
    /// It ended without a word, which no scan may.
    Silent,
}

/// The kinds that fail without anybody's doing.
pub(super) const ERRORS: [Kind; 10] = [
    Kind::NotFound,
    Kind::ServerError,
    Kind::Reset,
    Kind::Timeout,
    Kind::BadTls,
    Kind::Throws,
    Kind::Crash,
    Kind::Dialog,
    Kind::Popup,
    Kind::Download,
];

impl Kind {
    /// Its name in a report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::NotFound => "404",
            Self::ServerError => "500",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::BadTls => "tls",
            Self::Throws => "exception",
            Self::Crash => "crash",
            Self::Dialog => "dialog",
            Self::Popup => "popup",
            Self::Download => "download",
            Self::Cancel => "cancel",
            Self::Panic => "panic",
            Self::Greedy => "greedy",
            Self::FullDisk => "full-disk",
            Self::Refused => "refused",
        }
    }

    /// The path on the fixture market; no two tasks have the same address.
    pub(super) fn path(self, number: usize) -> String {
        let path = match self {
            Self::List | Self::Cancel | Self::Panic | Self::FullDisk | Self::Refused => "/single",
            Self::NotFound => "/fail/404",
            Self::ServerError => "/fail/500",
            Self::Reset => "/fail/reset",
            Self::Timeout => "/fail/hang",
            Self::BadTls => "/fail/tls",
            Self::Throws => "/js/throws",
            Self::Crash => "/js/crash",
            Self::Dialog => "/js/dialog",
            Self::Popup => "/js/popup",
            Self::Download => "/download",
            Self::Greedy => "/js/greedy",
        };
        format!("{path}?n={number}")
    }

    /// Whether a task of this kind may end so.
    pub(super) fn may_end(self, ended: &Ended) -> bool {
        let report = match (self, ended) {
            (Self::Cancel, Ended::Dropped) => return true,
            (_, Ended::Reported(report)) => report,
            _ => return false,
        };
        match self {
            Self::List | Self::Throws | Self::Dialog | Self::Popup => is_whole(report),
            Self::NotFound => fails(report, &["http_status"], "404"),
            Self::ServerError => fails(report, &["http_status"], "500"),
            Self::Reset => fails(report, &["connection_reset", "network"], ""),
            Self::Timeout => fails(report, &["timeout"], ""),
            Self::BadTls => fails(report, &["tls"], ""),
            Self::Crash => fails(report, &["page_crashed"], ""),
            Self::Download => {
                report.outcome == Outcome::NotABoard && says(report, &["not_a_page"], "")
            }
            Self::Cancel => false,
            Self::Panic => report.outcome == Outcome::Unreachable && says(report, &["panic"], ""),
            // The kernel ends the greediest process of a group, we end the whole browser; who is first is open. Where pages have
            // little time, that may be over first.
            Self::Greedy => fails(report, &["browser_failed", "page_crashed", "timeout"], ""),
            Self::FullDisk => survives_full_disk(report),
            Self::Refused => fails(report, &["browser_unavailable"], "hard descriptor limit is"),
        }
    }
}

impl Kind {
    /// Whether a task of this kind may end so where browsers are disturbed all the time: what fails at every attempt anyway may
    /// fail at the last for that reason. What can succeed must, as it is tried often enough.
    pub(super) fn may_end_disturbed(self, ended: &Ended) -> bool {
        let fails_anyway = matches!(
            self,
            Self::NotFound
                | Self::ServerError
                | Self::Reset
                | Self::Timeout
                | Self::BadTls
                | Self::Crash
                | Self::Greedy
        );
        // A load whose browser is ended under it is aborted, if that is still told.
        let codes = [
            "browser_failed",
            "browser_unavailable",
            "page_crashed",
            "timeout",
            "network",
        ];
        matches!(ended, Ended::Reported(report) if fails_anyway && fails(report, &codes, ""))
    }
}

impl Ended {
    /// The outcome, as a report counts it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Reported(report) => report.outcome.as_str(),
            Self::Dropped => "Cancelled",
            Self::Silent => "Silent",
        }
    }
}

/// Whether a scan found everything there is and could keep it.
fn is_whole(report: &Report) -> bool {
    report.outcome == Outcome::Ok && report.postings == POSTINGS && is_recorded(report)
}

fn is_recorded(report: &Report) -> bool {
    matches!(report.stored, Stored::Recorded(_))
}

/// Whether a scan failed for one of these reasons and could keep that.
fn fails(report: &Report, codes: &[&str], detail: &str) -> bool {
    report.outcome == Outcome::Unreachable && says(report, codes, detail) && is_recorded(report)
}

fn says(report: &Report, codes: &[&str], detail: &str) -> bool {
    let mut evidence = report.evidence.iter();
    evidence.any(|found| codes.contains(&&*found.code) && found.detail.contains(detail))
}

/// A browser that runs may go on, one that is missing cannot be started, and the store may have no room.
fn survives_full_disk(report: &Report) -> bool {
    let codes = [
        "browser_unavailable",
        "browser_failed",
        "page_crashed",
        "timeout",
        "network",
    ];
    let read = report.outcome == Outcome::Ok && report.postings == POSTINGS;
    let typed = report.outcome == Outcome::Unreachable && says(report, &codes, "");
    (read || typed) && matches!(report.stored, Stored::Recorded(_) | Stored::Failed(_))
}
