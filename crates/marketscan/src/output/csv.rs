//! Comma-separated values.

use std::io::{self, Write};

use scanner::{Budget, Posting};
use url::Url;

/// The columns, in this order.
const HEADER: [&str; 20] = [
    "marketplace",
    "id",
    "title",
    "url",
    "employer",
    "location",
    "remote",
    "employment_type",
    "budget_min",
    "budget_max",
    "budget_currency",
    "budget_unit",
    "budget_raw",
    "skills",
    "posted_at",
    "valid_through",
    "client_name",
    "bids",
    "confidence",
    "description",
];

pub(crate) struct Csv<W: Write> {
    writer: csv::Writer<W>,
    begun: bool,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(writer: W) -> Self {
        Self {
            writer: csv::Writer::from_writer(writer),
            begun: false,
        }
    }

    pub(super) fn posting(&mut self, marketplace: &Url, posting: &Posting) -> io::Result<()> {
        self.begin()?;
        let row = row(marketplace, posting);
        self.writer
            .write_record(row.map(|value| harmless(&value)))
            .map_err(io_error)?;
        self.writer.flush()
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            self.writer.write_record(HEADER).map_err(io_error)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.begin()?;
        self.writer.flush()
    }
}

fn row(marketplace: &Url, posting: &Posting) -> [String; 20] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let budget = posting.budget.as_ref();
    let amount = |pick: fn(&Budget) -> Option<f64>| {
        budget
            .and_then(pick)
            .map(|amount| amount.to_string())
            .unwrap_or_default()
    };
    let unit = budget
        .and_then(|budget| budget.unit)
        .map(|unit| format!("{unit:?}").to_lowercase());
    [
        marketplace.to_string(),
        posting.id.clone(),
        posting.title.clone(),
        posting
            .url
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        text(&posting.employer),
        text(&posting.location),
        posting
            .remote
            .map(|remote| remote.to_string())
            .unwrap_or_default(),
        text(&posting.employment_type),
        amount(|budget| budget.min),
        amount(|budget| budget.max),
        budget
            .and_then(|budget| budget.currency.clone())
            .unwrap_or_default(),
        unit.unwrap_or_default(),
        budget.map(|budget| budget.raw.clone()).unwrap_or_default(),
        posting.skills.join("; "),
        text(&posting.posted_at),
        text(&posting.valid_through),
        text(&posting.client.name),
        posting
            .bids
            .map(|bids| bids.to_string())
            .unwrap_or_default(),
        posting.confidence.to_string(),
        text(&posting.description),
    ]
}

/// The system's own error, whose kind tells a reader that left from a full disk.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A value that no spreadsheet takes for a formula: text of strangers that begins like one is quoted.
fn harmless(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    // A number may well begin with its sign.
    if formula && value.parse::<f64>().is_err() {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_neutralised_and_numbers_are_not() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(harmless("-5.5"), "-5.5");
        assert_eq!(harmless("Rust, C++"), "Rust, C++");
    }

    #[test]
    fn a_reader_that_left_is_told_from_other_faults() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut writer = csv::WriterBuilder::new()
            .buffer_capacity(1)
            .from_writer(Gone);
        let error = writer.write_record(HEADER).map_err(io_error).unwrap_err();
        assert!(crate::output::is_broken_pipe(&error), "{error:?}");
    }

    #[test]
    fn a_header_is_written_even_when_nothing_was_found() {
        let mut bytes = Vec::new();
        Csv::new(&mut bytes).finish().unwrap();
        assert!(
            String::from_utf8(bytes)
                .unwrap()
                .starts_with("marketplace,id,title,")
        );
    }
}
