//! What a run found, as a table for people.

use std::{fmt, num::NonZeroUsize, path::PathBuf, time::Duration};

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use serde::Serialize;

use super::{Figures, Holdings, Stage};

/// What a run found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The browser's name and version.
    pub chromium: String,
    /// The program that all started.
    pub program: PathBuf,
    /// Processors that this process may use.
    pub processors: NonZeroUsize,
    /// Whether this process is root, under which some drivers work only without Chrome's sandbox.
    pub is_root: bool,
    /// What was found of each, the one that the others are compared with first.
    pub drivers: Vec<Results>,
}

/// What was found of one driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Results {
    /// What it is called.
    pub name: &'static str,
    /// Whether Chrome's sandbox was on.
    pub sandbox: bool,
    /// From the start of the program until it could be used.
    pub launch: Figures,
    /// One evaluate round trip.
    pub evaluate: Figures,
    /// A list of 20 cards loaded in a page that was open, and its cards counted.
    pub visit: Figures,
    /// A page opened, such a list loaded, its cards counted, the page closed.
    pub page: Figures,
    /// What this process worked for a visit, in microseconds of its processors.
    pub own_processor_us: u64,
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
        let open: Vec<_> = self
            .drivers
            .iter()
            .filter(|driver| !driver.sandbox)
            .collect();
        for driver in open {
            writeln!(
                f,
                "{}: without Chrome's sandbox, as root needs it",
                driver.name
            )?;
        }
        writeln!(f, "{}", self.table())
    }
}

/// What a row is called, and which part of the results it shows.
type Row<From, To> = (&'static str, fn(&From) -> To);

impl Report {
    fn table(&self) -> Table {
        let mut table = Table::new();
        let mut header = vec!["what".to_owned()];
        header.extend(self.drivers.iter().map(|driver| driver.name.to_owned()));
        table.load_style(ASCII_MARKDOWN).set_header(header);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let figures: [Row<Results, Figures>; 4] = [
            ("launch", |driver| driver.launch),
            ("evaluate", |driver| driver.evaluate),
            ("visit in an open page", |driver| driver.visit),
            ("open, visit, close", |driver| driver.page),
        ];
        for (what, figures) in figures {
            let p50: Vec<_> = self.of(|driver| figures(driver).p50_us);
            let p99: Vec<_> = self.of(|driver| figures(driver).p99_us);
            let rounds: Vec<_> = self.of(|driver| figures(driver).rounds);
            table.add_row(row(&format!("{what}: p50"), times(&p50)));
            table.add_row(row(&format!("{what}: p99"), times(&p99)));
            table.add_row(row(&format!("{what}: rounds"), counts(&rounds)));
        }
        let worked = self.of(|driver| driver.own_processor_us);
        table.add_row(row("own processor time a visit", times(&worked)));
        let stages: [Row<Holdings, Stage>; 5] = [
            ("before the browser", |holdings| holdings.before),
            ("with the browser", |holdings| holdings.started),
            ("with all pages open", |holdings| holdings.open),
            ("after the pages", |holdings| holdings.closed),
            ("after the browser", |holdings| holdings.ended),
        ];
        for (when, stage) in stages {
            let threads = self.of(|driver| stage(&driver.holdings).threads);
            table.add_row(row(&format!("own threads {when}"), counts(&threads)));
        }
        for (when, stage) in stages {
            let fds = self.of(|driver| stage(&driver.holdings).fds);
            table.add_row(row(&format!("own descriptors {when}"), counts(&fds)));
        }
        let left = self.of(|driver| driver.holdings.processes_left);
        table.add_row(row("processes left", counts(&left)));
        let left = self.of(|driver| driver.holdings.temp_entries_left);
        table.add_row(row("temporary entries left", counts(&left)));
        table
    }

    fn of<T>(&self, what: impl Fn(&Results) -> T) -> Vec<T> {
        self.drivers.iter().map(what).collect()
    }
}

fn row(what: &str, cells: Vec<String>) -> Vec<String> {
    [vec![what.to_owned()], cells].concat()
}

fn counts(counts: &[impl ToString]) -> Vec<String> {
    counts.iter().map(ToString::to_string).collect()
}

/// Times, each with how many times longer than the first it is.
fn times(micros: &[u64]) -> Vec<String> {
    let first = Duration::from_micros(micros.first().copied().unwrap_or_default());
    let cell = |micros: &u64| {
        let time = Duration::from_micros(*micros);
        if first.is_zero() {
            return format!("{time:.1?}");
        }
        format!("{time:.1?} ({:.2})", time.div_duration_f64(first))
    };
    micros.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_how_many_times_longer_than_the_first_it_takes() {
        assert_eq!(
            times(&[250, 100_000]),
            ["250.0µs (1.00)", "100.0ms (400.00)"]
        );
        assert_eq!(times(&[0, 1]), ["0.0ns", "1.0µs"]);
    }
}
