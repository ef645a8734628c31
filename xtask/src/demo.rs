//! `demo`: the main job on the fixture market, a newcomer's first command.

use std::{
    fs, io,
    net::SocketAddr,
    path::Path,
    process::{Command, ExitCode, ExitStatus},
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{market::Market, process, setup, workspace};

/// What the board of the fixture market holds at least.
const EXPECTED: Tally = Tally {
    postings: 60,
    pages: 3,
};

/// What a scan found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    postings: u64,
    pages: u64,
}

/// Scans the fixture market with headless Chromium and shows the postings.
///
/// A scan that fails ends the demo with its own exit code.
///
/// # Errors
/// Something is missing or does not build, or the scan found less than the market holds.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    setup::chromium()?;
    process::run(workspace::cargo().args([
        "build",
        "--package",
        "system",
        "--bin",
        "market",
        "--package",
        "marketscan",
        "--bin",
        "marketscan",
    ]))?;
    let dir = workspace::target().join("demo");
    let (database, again) = (dir.join("marketscan.db"), dir.join("again.db"));
    fs::create_dir_all(&dir).with_context(|| format!("could not make {}", dir.display()))?;
    forget(&database)?;
    let market = Market::start()?;

    let mut command = scan(market.addr(), &database, "table");
    eprintln!("running {}\n", process::shown(&command));
    let status = process::status(&mut command)?;
    if !status.success() {
        eprintln!("\nerror: the scan failed: {status}");
        return Ok(forwarded(status));
    }

    // A table is for people, and its layout is free to change. The same scan in the format that is a contract, into a
    // database that nobody looks at, says whether the market was read in full.
    forget(&again)?;
    let found = tally(&mut scan(market.addr(), &again, "jsonl"))?;
    forget(&again)?;
    if found.postings < EXPECTED.postings || found.pages < EXPECTED.pages {
        bail!(
            "the scan found {} postings on {} pages; the fixture market holds at least {} on {}",
            found.postings,
            found.pages,
            EXPECTED.postings,
            EXPECTED.pages
        );
    }
    if !database.is_file() {
        bail!("the scan wrote no database at {}", database.display());
    }
    print!("{}", farewell(found, &database));
    Ok(ExitCode::SUCCESS)
}

fn scan(market: SocketAddr, database: &Path, format: &str) -> Command {
    let mut command = Command::new(workspace::binary("marketscan"));
    command
        .arg("scan")
        .arg(format!("http://{market}/board"))
        .args(["--fetch", "browser", "--host-interval", "0s"])
        .args(["--allow-host", &market.to_string()])
        .arg("--db")
        .arg(database)
        .args(["--format", format]);
    command
}

/// Removes a database of an earlier demo, with the files that SQLite keeps beside it.
fn forget(database: &Path) -> anyhow::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("could not remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn tally(command: &mut Command) -> anyhow::Result<Tally> {
    // Its log would tell a person nothing that the first scan did not, unless it fails.
    let output = command
        .output()
        .with_context(|| format!("could not start `{}`", process::shown(command)))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        bail!("`{}` failed: {}", process::shown(command), output.status);
    }
    count(&String::from_utf8_lossy(&output.stdout))
}

/// Counts the postings and the pages in what `scan --format jsonl` prints.
fn count(jsonl: &str) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    for line in jsonl.lines() {
        let line: Value = serde_json::from_str(line)
            .with_context(|| format!("marketscan printed a line that is no JSON: {line}"))?;
        match line["type"].as_str() {
            Some("posting") => tally.postings += 1,
            Some("outcome") => tally.pages += line["pages"].as_u64().unwrap_or_default(),
            _ => {}
        }
    }
    Ok(tally)
}

/// The exit code of the scan. One that a signal ended counts as failed.
fn forwarded(status: ExitStatus) -> ExitCode {
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}

fn farewell(found: Tally, database: &Path) -> String {
    let shown = |path: &Path| {
        path.strip_prefix(workspace::root())
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let (marketscan, database) = (shown(&workspace::binary("marketscan")), shown(database));
    let next = [
        (
            format!("{marketscan} doctor"),
            "is this machine fit for more?",
        ),
        (
            format!("{marketscan} scan URL --db {database}"),
            "a marketplace of your choice",
        ),
        (
            "cargo xtask stress --tasks 200".to_owned(),
            "many scans in one process, and nothing grows",
        ),
    ];
    let width = next
        .iter()
        .map(|(command, _)| command.len())
        .max()
        .unwrap_or_default();
    let next: String = next
        .iter()
        .map(|(command, why)| format!("    {command:<width$}  # {why}\n"))
        .collect();
    let Tally { postings, pages } = found;
    format!(
        "\n{postings} postings from {pages} pages of the market on this machine, kept in {database}\n\nNext, try\n{next}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scan_is_the_one_a_person_would_type() {
        let market = SocketAddr::from(([127, 0, 0, 1], 4000));
        let shown = process::shown(&scan(market, Path::new("x.db"), "table"));
        assert!(
            shown.ends_with(
                "/debug/marketscan scan http://127.0.0.1:4000/board --fetch browser --host-interval 0s \
                 --allow-host 127.0.0.1:4000 --db x.db --format table"
            ),
            "{shown}"
        );
    }

    #[test]
    fn postings_and_pages_are_counted() {
        let jsonl = "{\"type\":\"posting\",\"title\":\"a\"}\n{\"type\":\"posting\",\"title\":\"b\"}\n\
                     {\"type\":\"outcome\",\"outcome\":\"Ok\",\"pages\":3,\"postings\":2}\n";
        let expected = Tally {
            postings: 2,
            pages: 3,
        };
        assert_eq!(count(jsonl).unwrap(), expected);
        assert_eq!(count("").unwrap(), Tally::default());
        assert!(count("panicked").is_err());
    }

    #[test]
    fn a_database_goes_with_what_lies_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("x.db");
        for name in ["x.db", "x.db-wal", "x.db-shm"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        forget(&database).unwrap();
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
        forget(&database).unwrap();
    }
}
