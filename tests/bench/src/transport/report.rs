//! What a run found, as a table for people.

use std::{fmt, num::NonZeroUsize, path::PathBuf, time::Duration};

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use serde::Serialize;

use super::{Figures, Holdings};

/// What a run found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The browser's name and version.
    pub chromium: String,
    /// The program that both started.
    pub program: PathBuf,
    /// Processors that this process may use.
    pub processors: NonZeroUsize,
    /// Whether this process is root, under which stock headless_chrome works only without Chrome's sandbox.
    pub is_root: bool,
    /// Stock headless_chrome.
    pub stock: Results,
    /// Our `browser`.
    pub ours: Results,
}

/// What was found of one party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Results {
    /// Whether Chrome's sandbox was on.
    pub sandbox: bool,
    /// From the start of the program until it could be used, once.
    pub launch_us: u64,
    /// One evaluate round trip.
    pub evaluate: Figures,
    /// A page opened, a list of 20 cards loaded, its cards counted, the page closed.
    pub page: Figures,
    /// What was held at every stage.
    pub holdings: Holdings,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} ({}), {} processors",
            self.chromium,
            self.program.display(),
            self.processors
        )?;
        if self.is_root {
            writeln!(
                f,
                "run as root: stock headless_chrome starts only with sandbox(false); ours runs Chrome as nobody, sandbox on"
            )?;
        }
        writeln!(f, "{}", self.table())
    }
}

impl Report {
    fn table(&self) -> Table {
        let (stock, ours) = (&self.stock, &self.ours);
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header([
            "what",
            "stock headless_chrome",
            "browser",
            "ratio",
        ]);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for (what, stock, ours) in [
            ("evaluate", stock.evaluate, ours.evaluate),
            ("open, load, count, close", stock.page, ours.page),
        ] {
            table.add_row(times(&format!("{what}: p50"), stock.p50_us, ours.p50_us));
            table.add_row(times(&format!("{what}: p99"), stock.p99_us, ours.p99_us));
            table.add_row(counts(
                &format!("{what}: rounds"),
                stock.rounds,
                ours.rounds,
            ));
        }
        table.add_row(times("launch, once", stock.launch_us, ours.launch_us));
        let (stock, ours) = (&stock.holdings, &ours.holdings);
        let pages = stock.pages;
        let moments = [
            ("before the browser".to_owned(), stock.before, ours.before),
            ("with the browser".to_owned(), stock.started, ours.started),
            (format!("with {pages} pages"), stock.open, ours.open),
            (format!("after {pages} pages"), stock.closed, ours.closed),
            ("after the browser".to_owned(), stock.ended, ours.ended),
        ];
        for (when, stock, ours) in &moments {
            table.add_row(counts(
                &format!("own threads {when}"),
                stock.threads,
                ours.threads,
            ));
        }
        for (when, stock, ours) in &moments {
            table.add_row(counts(
                &format!("own descriptors {when}"),
                stock.fds,
                ours.fds,
            ));
        }
        table.add_row(counts(
            "processes left",
            stock.processes_left,
            ours.processes_left,
        ));
        table.add_row(counts(
            "temporary entries left",
            stock.temp_entries_left,
            ours.temp_entries_left,
        ));
        table
    }
}

fn counts(what: &str, stock: impl ToString, ours: impl ToString) -> [String; 4] {
    [
        what.to_owned(),
        stock.to_string(),
        ours.to_string(),
        String::new(),
    ]
}

/// Two times and how many times longer the first is.
fn times(what: &str, stock_us: u64, ours_us: u64) -> [String; 4] {
    let (stock, ours) = (
        Duration::from_micros(stock_us),
        Duration::from_micros(ours_us),
    );
    let ratio = if ours.is_zero() {
        String::new()
    } else {
        format!("{:.1}", stock.div_duration_f64(ours))
    };
    [
        what.to_owned(),
        format!("{stock:.1?}"),
        format!("{ours:.1?}"),
        ratio,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_how_many_times_longer_stock_takes() {
        assert_eq!(
            times("call", 100_000, 250),
            ["call", "100.0ms", "250.0µs", "400.0"]
        );
        assert_eq!(times("call", 1, 0)[3], "");
    }
}
