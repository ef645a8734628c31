//! Text in columns.

/// Lines of cells under a heading: the first column is left-aligned, the others right-aligned, two spaces between them.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    rows: Vec<Vec<String>>,
}

impl Columns {
    /// Columns with these headings.
    pub(crate) fn new(heading: Vec<String>) -> Self {
        Self {
            rows: vec![heading],
        }
    }

    /// Adds a line; cells that it lacks stay empty.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines, as wide as their widest cells.
    pub(crate) fn text(&self) -> String {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..count)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        self.rows.iter().map(|row| line(row, &widths)).collect()
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(column, (cell, &width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        })
        .collect();
    format!("{}\n", cells.join("  ").trim_end())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The cells of every line, as somebody reads them.
    pub(crate) fn words(text: &str) -> Vec<Vec<&str>> {
        text.lines()
            .map(|line| line.split("  ").filter(|word| !word.is_empty()))
            .map(|words| words.map(str::trim).collect())
            .collect()
    }

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_column_is_as_wide_as_its_widest_cell() {
        let mut columns = Columns::new(cells(&["what", "ours", "a peer"]));
        columns.row(cells(&["a long operation", "1", "2"]));
        columns.row(cells(&["µs", "12345"]));
        assert_eq!(
            columns.text(),
            "what               ours  a peer\n\
             a long operation      1       2\n\
             µs                12345\n"
        );
    }
}
