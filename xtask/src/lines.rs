//! Lines of source: which are tests, and which of the others no test reaches.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// How often each line was executed, of the lines that can be.
pub(crate) type Counts = BTreeMap<usize, u64>;

/// Reads the counts of every file from a report in the format of lcov.
///
/// # Errors
/// A count is not where the format has it.
pub(crate) fn parse(lcov: &str) -> anyhow::Result<BTreeMap<PathBuf, Counts>> {
    let mut files = BTreeMap::new();
    let mut counts = None;
    for line in lcov.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            counts = Some(files.entry(PathBuf::from(path)).or_insert_with(Counts::new));
        } else if let Some(data) = line.strip_prefix("DA:") {
            let (number, count) = number_and_count(data)
                .with_context(|| format!("the report has a line that is not lcov's: {line}"))?;
            let counts = counts
                .as_mut()
                .context("the report counts lines of no file")?;
            *counts.entry(number).or_default() += count;
        }
    }
    Ok(files)
}

fn number_and_count(data: &str) -> Option<(usize, u64)> {
    let mut fields = data.split(',');
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The lines of every item behind `#[cfg(test)]`, from the attribute to the end of the item.
///
/// It knows the layout that rustfmt gives: an item ends with the first line of the attribute's own indentation that ends in
/// a brace, a semicolon or a comma.
pub(crate) fn tests(source: &str) -> Vec<RangeInclusive<usize>> {
    let mut found = Vec::new();
    let mut lines = source.lines().zip(1..);
    while let Some((line, first)) = lines.next() {
        let code = line.trim_start();
        if !is_test_attribute(code) {
            continue;
        }
        let indentation = line.len() - code.len();
        let ends = |line: &str| {
            line.len() - line.trim_start().len() == indentation && line.ends_with(['}', ';', ','])
        };
        let last = lines.by_ref().find(|(line, _)| ends(line));
        found.push(first..=last.map_or(usize::MAX, |(_, number)| number));
    }
    found
}

fn is_test_attribute(code: &str) -> bool {
    code.starts_with("#[cfg(test)]") || code.starts_with("#[cfg(all(test,")
}

/// Where the modules lie that are tests and have a file of their own, without the `.rs`; `path` is that of the source.
pub(crate) fn test_modules(path: &Path, source: &str) -> Vec<PathBuf> {
    let is_root = ["lib.rs", "main.rs", "mod.rs"]
        .iter()
        .any(|name| path.ends_with(name));
    let dir = if is_root {
        path.parent().unwrap_or(path).to_owned()
    } else {
        path.with_extension("")
    };
    let tests = tests(source);
    source
        .lines()
        .zip(1..)
        .filter(|(_, number)| tests.iter().any(|range| range.contains(number)))
        .filter_map(|(line, _)| {
            let declared = line.strip_suffix(';')?;
            let (_, name) = declared.split_once("mod ")?;
            Some(dir.join(name))
        })
        .collect()
}

/// Whether `path` is one of `modules` or in one of them.
pub(crate) fn is_in(path: &Path, modules: &[PathBuf]) -> bool {
    let module = path.with_extension("");
    modules.iter().any(|test| module.starts_with(test))
}

/// What the tests reach of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Lines that can be executed and are no tests.
    pub(crate) lines: usize,
    /// Those of them that no test executed.
    pub(crate) missed: Vec<usize>,
}

impl Reached {
    /// Counts the lines of a file that are no tests.
    pub(crate) fn of(source: &str, counts: &Counts) -> Self {
        let tests = tests(source);
        let is_test = |number: &usize| tests.iter().any(|range| range.contains(number));
        let mut reached = Self::default();
        for (number, count) in counts.iter().filter(|(number, _)| !is_test(number)) {
            reached.lines += 1;
            if *count == 0 {
                reached.missed.push(*number);
            }
        }
        reached
    }
}

#[cfg(test)]
mod test {
    use super::*;

    const SOURCE: &str = "\
fn one() {
    two();
}

#[cfg(test)]
mod tests {
    #[test]
    fn it() {
        one();
    }
}

impl X {
    #[cfg(test)]
    #[must_use]
    fn for_tests(
        a: u8,
    ) -> Self {
        Self { a }
    }

    fn two() {}
}

#[cfg(all(test, unix))]
use std::fs;

#[cfg(test)]
pub(crate) mod more;

fn three() {}
";

    #[test]
    fn an_item_behind_the_attribute_is_a_test_from_there_to_its_end() {
        assert_eq!(tests(SOURCE), [5..=11, 14..=20, 25..=26, 28..=29]);
        assert!(tests("#[cfg(feature = \"serde\")]\nmod saved {\n}\n").is_empty());
        assert_eq!(tests("#[cfg(test)]\nmod tests {\n"), [1..=usize::MAX]);
    }

    #[test]
    fn a_test_module_with_a_file_of_its_own_is_found_beside_the_source() {
        let table = test_modules(Path::new("src/table.rs"), SOURCE);
        assert_eq!(table, [Path::new("src/table/more")]);
        let root = test_modules(Path::new("src/lib.rs"), SOURCE);
        assert_eq!(root, [Path::new("src/more")]);
        assert!(is_in(Path::new("src/more.rs"), &root));
        assert!(is_in(Path::new("src/more/deep.rs"), &root));
        assert!(!is_in(Path::new("src/more_or_less.rs"), &root));
        assert!(test_modules(Path::new("src/lib.rs"), "mod tests;\n").is_empty());
    }

    #[test]
    fn lines_of_tests_count_neither_as_reached_nor_as_missed() {
        let counts = Counts::from([(1, 3), (2, 0), (9, 0), (19, 1), (22, 0)]);
        let expected = Reached {
            lines: 3,
            missed: vec![2, 22],
        };
        assert_eq!(Reached::of(SOURCE, &counts), expected);
    }

    #[test]
    fn counts_are_read_by_file() {
        let lcov = "SF:/w/a.rs\nFN:1,one\nDA:1,3\nDA:2,0\nLF:2\nend_of_record\nSF:/w/b.rs\nDA:7,1\n\
                    end_of_record\n";
        let files = parse(lcov).unwrap();
        assert_eq!(files[Path::new("/w/a.rs")], Counts::from([(1, 3), (2, 0)]));
        assert_eq!(files[Path::new("/w/b.rs")], Counts::from([(7, 1)]));
        assert!(parse("SF:/w/a.rs\nDA:one,3\n").is_err());
        assert!(parse("DA:1,3\n").is_err());
    }
}
