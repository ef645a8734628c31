//! `coverage`: which lines no test reaches.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::{
    columns::Columns,
    lines::{self, Counts, Reached},
    process,
    setup::{self, Llvm},
    workspace,
};

/// The packages whose every line must be reached.
const PACKAGES: [&str; 3] = ["backoff", "breaker", "pool"];

/// Whose lines to look at.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Look at this package; may be repeated
    #[arg(short, long = "package", value_name = "NAME", default_values = PACKAGES)]
    packages: Vec<String>,
}

/// Runs the tests of each package and prints what they reach.
///
/// # Errors
/// Something is missing, a test fails, or a line is not reached.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let sources: Vec<(&String, PathBuf)> = args
        .packages
        .iter()
        .map(|name| Ok((name, source_of(name)?)))
        .collect::<anyhow::Result<_>>()?;
    let llvm = setup::coverage()?;
    let mut missing = Vec::new();
    for (name, source) in sources {
        let report = workspace::target()
            .join("coverage")
            .join(format!("{name}.lcov"));
        fs::create_dir_all(report.parent().unwrap_or(&report))
            .with_context(|| format!("could not make the directory of {}", report.display()))?;
        // What the tests print is no result of ours.
        process::run(measure(name, &llvm, &report).stdout(io::stderr()))?;
        let lcov = fs::read_to_string(&report)
            .with_context(|| format!("could not read {}", report.display()))?;
        let package = Package::of(name, &source, lines::parse(&lcov)?)?;
        print!("{}", package.text());
        if !package.is_reached() {
            missing.push(name.as_str());
        }
    }
    if !missing.is_empty() {
        bail!(
            "the tests do not reach every line of {}",
            missing.join(", ")
        );
    }
    Ok(())
}

/// The directory of a package's source.
fn source_of(name: &str) -> anyhow::Result<PathBuf> {
    let crates = workspace::root().join("crates");
    let source = crates.join(name).join("src");
    if !source.is_dir() {
        bail!("there is no package {name} in {}", crates.display());
    }
    Ok(source)
}

fn measure(package: &str, llvm: &Llvm, report: &Path) -> Command {
    let mut command = workspace::cargo();
    command
        .args(["llvm-cov", "--package", package, "--all-features"])
        .args(["--lcov", "--output-path"])
        .arg(report);
    if let Llvm::At { cov, profdata } = llvm {
        command.env("LLVM_COV", cov).env("LLVM_PROFDATA", profdata);
    }
    command
}

/// What the tests of a package reach of its source.
#[derive(Debug)]
struct Package {
    name: String,
    /// By the path from the root of the workspace.
    files: BTreeMap<String, Reached>,
}

impl Package {
    /// Leaves out what is not below `source`, and the tests.
    fn of(name: &str, source: &Path, counts: BTreeMap<PathBuf, Counts>) -> anyhow::Result<Self> {
        let own = counts
            .into_iter()
            .filter(|(path, _)| path.starts_with(source));
        let own: Vec<(PathBuf, String, Counts)> = own
            .map(|(path, counts)| {
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("could not read {}", path.display()))?;
                Ok((path, text, counts))
            })
            .collect::<anyhow::Result<_>>()?;
        if own.is_empty() {
            bail!("the report has no file below {}", source.display());
        }
        let tests: Vec<PathBuf> = own
            .iter()
            .flat_map(|(path, text, _)| lines::test_modules(path, text))
            .collect();
        let files = own
            .iter()
            .filter(|(path, ..)| !lines::is_in(path, &tests))
            .map(|(path, text, counts)| (shown(path), Reached::of(text, counts)))
            .collect();
        Ok(Self {
            name: name.to_owned(),
            files,
        })
    }

    fn is_reached(&self) -> bool {
        self.files.values().all(|file| file.missed.is_empty())
    }

    /// A line for each file, one for all of them, and one for each line that is not reached.
    fn text(&self) -> String {
        let heading = [self.name.as_str(), "lines", "covered", "%"];
        let mut table = Columns::new(heading.map(str::to_owned).to_vec());
        let mut row = |name: &str, lines: usize, missed: usize| {
            let covered = lines - missed;
            table.row(vec![
                name.to_owned(),
                lines.to_string(),
                covered.to_string(),
                percentage(covered, lines),
            ]);
        };
        let files = || self.files.values();
        for (path, file) in &self.files {
            row(path, file.lines, file.missed.len());
        }
        row(
            "all",
            files().map(|file| file.lines).sum(),
            files().map(|file| file.missed.len()).sum(),
        );
        let missed = self.files.iter().flat_map(|(path, file)| {
            let lines = file.missed.iter();
            lines.map(move |line| format!("not reached  {path}:{line}\n"))
        });
        format!("\n{}{}", table.text(), missed.collect::<String>())
    }
}

fn shown(path: &Path) -> String {
    path.strip_prefix(workspace::root())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Rounded down, so that 100.00 means all.
fn percentage(covered: usize, lines: usize) -> String {
    let hundredths = (covered * 10_000).checked_div(lines).unwrap_or(10_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn the_packages_named_replace_the_default_ones() {
        let packages = |line: &[&str]| Cli::parse_from(line).args.packages;
        assert_eq!(packages(&["coverage"]), PACKAGES);
        assert_eq!(
            packages(&["coverage", "-p", "pool", "-p", "census"]),
            ["pool", "census"]
        );
    }

    #[test]
    fn only_tests_of_the_package_run() {
        let llvm = Llvm::At {
            cov: "/usr/bin/llvm-cov-22".into(),
            profdata: "/usr/bin/llvm-profdata-22".into(),
        };
        let command = measure("pool", &llvm, Path::new("/x/pool.lcov"));
        let shown = process::shown(&command);
        assert!(
            shown.ends_with(
                " llvm-cov --package pool --all-features --lcov --output-path /x/pool.lcov"
            ),
            "{shown}"
        );
        let cov = command.get_envs().find(|(name, _)| *name == "LLVM_COV");
        assert_eq!(cov.unwrap().1.unwrap(), "/usr/bin/llvm-cov-22");
    }

    #[test]
    fn other_packages_and_tests_are_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("pool/src");
        fs::create_dir_all(source.join("table")).unwrap();
        let write = |name: &str, text: &str| {
            let path = source.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let lib = write("lib.rs", "fn a() {}\nfn b() {}\n");
        let table = write("table.rs", "fn c() {}\n\n#[cfg(test)]\nmod tests;\n");
        let tests = write("table/tests.rs", "fn d() {}\n");
        let counts = BTreeMap::from([
            (lib.clone(), Counts::from([(1, 1), (2, 0)])),
            (table.clone(), Counts::from([(1, 1)])),
            (tests, Counts::from([(1, 0)])),
            (dir.path().join("census/src/lib.rs"), Counts::from([(1, 0)])),
        ]);
        let package = Package::of("pool", &source, counts).unwrap();
        assert!(!package.is_reached());
        let (lib, table) = (lib.display(), table.display());
        let text = package.text();
        let words: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(words[1], ["pool", "lines", "covered", "%"]);
        assert_eq!(words[2], [&lib.to_string(), "2", "1", "50.00"]);
        assert_eq!(words[3], [&table.to_string(), "1", "1", "100.00"]);
        assert_eq!(words[4], ["all", "3", "2", "66.66"]);
        assert_eq!(words[5], ["not", "reached", &format!("{lib}:2")]);
        assert_eq!(words.len(), 6);
        assert!(Package::of("pool", &source, BTreeMap::new()).is_err());
    }

    #[test]
    fn a_percentage_is_never_rounded_up_to_all() {
        assert_eq!(percentage(99_999, 100_000), "99.99");
        assert_eq!(percentage(3, 3), "100.00");
        assert_eq!(percentage(0, 0), "100.00");
        assert_eq!(percentage(1, 200), "0.50");
    }

    #[test]
    fn a_package_that_is_not_there_is_named() {
        let error = source_of("nonsense").unwrap_err().to_string();
        assert!(
            error.starts_with("there is no package nonsense in "),
            "{error}"
        );
    }
}
