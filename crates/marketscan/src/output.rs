//! Results on standard output.

mod csv;
mod json;
mod printer;
mod table;

use std::io::{self, ErrorKind, Write};

use scanner::{Posting, Report};
use url::Url;

pub(crate) use self::printer::Printer;
use self::{csv::Csv, json::JsonLines, table::Table};
use crate::cli::Format;

/// Writes results in the form that was asked for.
pub(crate) enum Output<W: Write> {
    Table(Table<W>),
    JsonLines(JsonLines<W>),
    Csv(Csv<W>),
    Json(json::JsonDocument<W>),
}

impl<W: Write> Output<W> {
    pub(crate) fn new(format: Format, writer: W) -> Self {
        match format {
            Format::Table => Self::Table(Table::new(writer)),
            Format::Jsonl => Self::JsonLines(JsonLines::new(writer)),
            Format::Csv => Self::Csv(Csv::new(writer)),
            Format::Json => Self::Json(json::JsonDocument::new(writer)),
        }
    }

    pub(crate) fn posting(&mut self, marketplace: Url, posting: Posting) -> io::Result<()> {
        match self {
            Self::Table(table) => {
                table.posting(&posting);
                Ok(())
            }
            Self::JsonLines(lines) => lines.posting(&marketplace, &posting),
            Self::Csv(csv) => csv.posting(&marketplace, &posting),
            Self::Json(document) => {
                document.posting(marketplace, posting);
                Ok(())
            }
        }
    }

    pub(crate) fn outcome(&mut self, report: Report) -> io::Result<()> {
        match self {
            Self::JsonLines(lines) => lines.outcome(&report),
            Self::Json(document) => {
                document.outcome(report);
                Ok(())
            }
            // A table and a list of values hold postings; outcomes are told on standard error.
            Self::Table(_) | Self::Csv(_) => Ok(()),
        }
    }

    /// Writes what is written only at the end.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Table(table) => table.finish(),
            Self::JsonLines(lines) => lines.finish(),
            Self::Csv(csv) => csv.finish(),
            Self::Json(document) => document.finish(),
        }
    }
}

/// Whether the reader of our output has gone, as `head` does.
pub(crate) fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

/// Text of a page, fit for a terminal: no control character of it reaches one, and it stays on its line.
pub(crate) fn plain(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_a_page_do_not_reach_the_terminal() {
        assert_eq!(
            plain("a\u{1b}[31mred\u{1b}]0;title\u{7} b\r\n\tc"),
            "a [31mred ]0;title b c"
        );
        assert_eq!(plain("\u{9b}2J"), "2J");
    }
}
