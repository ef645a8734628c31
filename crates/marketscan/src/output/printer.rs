//! Printing on a thread of its own: a reader who does not read stops that thread, and nothing else.

use std::{
    io::{self, Write, stderr, stdout},
    thread::{self, JoinHandle},
};

use scanner::{Event, Report, Stored};
use tokio::sync::{mpsc, oneshot};

use super::{Output, plain};
use crate::cli::Format;

/// Events that wait for a slow reader before the scans do.
const QUEUE: usize = 64;

/// Prints events: results to standard output, a word about each outcome to standard error.
pub(crate) struct Printer {
    queue: mpsc::Sender<Event>,
    written: oneshot::Receiver<io::Result<()>>,
    // Not waited for: it may be stuck in a write for ever, and ends with the process.
    _thread: JoinHandle<()>,
}

impl Printer {
    pub(crate) fn start(format: Format) -> Self {
        let (queue, events) = mpsc::channel(QUEUE);
        let (ended, written) = oneshot::channel();
        let thread = thread::spawn(move || {
            // The receiver is gone when nobody waits for us any more.
            let _ = ended.send(print(Output::new(format, stdout()), events));
        });
        Self {
            queue,
            written,
            _thread: thread,
        }
    }

    /// Prints an event, or waits until there is room for it; false when nothing more can be printed.
    pub(crate) async fn print(&self, event: Event) -> bool {
        self.queue.send(event).await.is_ok()
    }

    /// Waits until everything is written, and tells how that went.
    pub(crate) async fn finish(self) -> io::Result<()> {
        drop(self.queue);
        self.written
            .await
            .unwrap_or_else(|_panicked| Err(io::Error::other("the printer panicked")))
    }
}

fn print<W: Write>(mut output: Output<W>, mut events: mpsc::Receiver<Event>) -> io::Result<()> {
    while let Some(event) = events.blocking_recv() {
        match event {
            Event::Posting {
                marketplace,
                posting,
            } => output.posting(marketplace, *posting)?,
            Event::Outcome(report) => {
                tell(&report);
                output.outcome(*report)?;
            }
            _ => {}
        }
    }
    output.finish()
}

/// A line about an outcome, for the person at the terminal or the log of a service, and one for each fact behind it.
fn tell(report: &Report) {
    let by = report
        .fetched_by
        .map_or("nothing", store::FetchedBy::as_str);
    let (postings, pages) = (
        counted(report.postings, "posting"),
        counted(report.pages as usize, "page"),
    );
    let known = match &report.stored {
        Stored::Recorded(recorded) if report.postings > 0 => {
            format!(" ({} new, {} changed)", recorded.new, recorded.updated)
        }
        _ => String::new(),
    };
    let mut text = format!(
        "{}: {}, {postings}{known} from {pages}, fetched by {by} in {:.1?}\n",
        report.marketplace, report.outcome, report.elapsed
    );
    for evidence in &report.evidence {
        text.push_str(&format!(
            "  {}: {}\n",
            evidence.code,
            plain(&evidence.detail)
        ));
    }
    match &report.stored {
        Stored::Failed(error) => text.push_str(&format!("  not stored: {error}\n")),
        Stored::Abandoned => text.push_str("  not stored: the scan ended before it could be\n"),
        _ => {}
    }
    // Whoever has closed standard error does not want to know.
    let _ = stderr().write_all(text.as_bytes());
}

/// A number with its noun.
pub(super) fn counted(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}
