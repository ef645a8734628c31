//! A table for people.

use std::io::{self, IsTerminal, Write, stdout};

use comfy_table::{ContentArrangement, presets::UTF8_FULL_CONDENSED};
use scanner::Posting;

use super::{plain, printer::counted};

pub(crate) struct Table<W: Write> {
    writer: W,
    table: comfy_table::Table,
    rows: usize,
}

impl<W: Write> Table<W> {
    pub(super) fn new(writer: W) -> Self {
        let mut table = comfy_table::Table::new();
        table
            .load_style(UTF8_FULL_CONDENSED)
            .set_header(["Title", "Budget", "Employer", "Location", "Posted", "URL"]);
        if stdout().is_terminal() {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        Self {
            writer,
            table,
            rows: 0,
        }
    }

    pub(super) fn posting(&mut self, posting: &Posting) {
        let text = |value: Option<&str>| plain(value.unwrap_or_default());
        self.rows += 1;
        self.table.add_row([
            plain(&posting.title),
            text(posting.budget.as_ref().map(|budget| budget.raw.as_str())),
            text(posting.employer.as_deref()),
            text(posting.location.as_deref()),
            text(posting.posted_at.as_deref()),
            text(posting.url.as_ref().map(url::Url::as_str)),
        ]);
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            writeln!(self.writer, "{}", self.table)?;
        }
        writeln!(self.writer, "{}", counted(self.rows, "posting"))?;
        self.writer.flush()
    }
}
