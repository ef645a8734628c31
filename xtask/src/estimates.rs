//! What criterion wrote of one round.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// How long one operation of one contestant took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Estimate {
    pub(crate) operation: String,
    pub(crate) contestant: String,
    /// The median of criterion's samples.
    pub(crate) ns: f64,
}

/// The part of `benchmark.json` that names what was measured.
#[derive(Debug, Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Estimates {
    median: Point,
}

#[derive(Debug, Deserialize)]
struct Point {
    point_estimate: f64,
}

/// Reads every estimate below `dir`, in the order in which they were made.
///
/// # Errors
/// There is none, or a file cannot be read or does not follow criterion's schema.
pub(crate) fn read(dir: &Path) -> anyhow::Result<Vec<Estimate>> {
    let mut found = Vec::new();
    collect(dir, &mut found)
        .with_context(|| format!("could not read what criterion wrote in {}", dir.display()))?;
    anyhow::ensure!(
        !found.is_empty(),
        "criterion wrote no estimate in {}",
        dir.display()
    );
    // Criterion names its directories after what was measured, so only the time tells what came first.
    found.sort_by_key(|(written, _)| *written);
    Ok(found.into_iter().map(|(_, estimate)| estimate).collect())
}

fn collect(dir: &Path, found: &mut Vec<(SystemTime, Estimate)>) -> anyhow::Result<()> {
    for entry in dir.read_dir()? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        // `base` beside it holds the round before, where there was one.
        if path.ends_with("new") {
            found.push(estimate(&path)?);
        } else {
            collect(&path, found)?;
        }
    }
    Ok(())
}

fn estimate(dir: &Path) -> anyhow::Result<(SystemTime, Estimate)> {
    let path = dir.join("estimates.json");
    let written = path.metadata().and_then(|meta| meta.modified());
    let written = written.with_context(|| format!("could not read {}", path.display()))?;
    let benchmark: Benchmark = parse(dir.join("benchmark.json"))?;
    let estimates: Estimates = parse(path)?;
    let estimate = Estimate {
        operation: benchmark.group_id,
        contestant: benchmark.function_id.unwrap_or_default(),
        ns: estimates.median.point_estimate,
    };
    Ok((written, estimate))
}

fn parse<T: DeserializeOwned>(path: PathBuf) -> anyhow::Result<T> {
    let text = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} does not follow criterion's schema", path.display()))
}

#[cfg(test)]
mod tests {
    use std::{fs::File, time::Duration};

    use super::*;

    /// Writes what criterion writes, as of so many seconds after a fixed time.
    fn write(dir: &Path, operation: &str, contestant: &str, ns: f64, second: u64) {
        for (name, ns) in [("new", ns), ("base", ns * 2.0)] {
            let dir = dir.join(operation).join(contestant).join(name);
            fs::create_dir_all(&dir).unwrap();
            let benchmark = format!(
                r#"{{"group_id":"{operation}","function_id":"{contestant}","value_str":null,"throughput":null}}"#
            );
            fs::write(dir.join("benchmark.json"), benchmark).unwrap();
            let path = dir.join("estimates.json");
            let point =
                |value: f64| format!(r#"{{"point_estimate":{value},"standard_error":0.1}}"#);
            let (mean, median) = (point(ns * 3.0), point(ns));
            fs::write(&path, format!(r#"{{"mean":{mean},"median":{median}}}"#)).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + second);
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
    }

    #[test]
    fn estimates_are_the_new_medians_in_the_order_of_measuring() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "next delay", "ours", 4.5, 0);
        write(dir.path(), "a sequence", "ours", 35.0, 2);
        write(dir.path(), "next delay", "backon", 14.0, 1);
        let estimate = |operation: &str, contestant: &str, ns| Estimate {
            operation: operation.to_owned(),
            contestant: contestant.to_owned(),
            ns,
        };
        assert_eq!(
            read(dir.path()).unwrap(),
            [
                estimate("next delay", "ours", 4.5),
                estimate("next delay", "backon", 14.0),
                estimate("a sequence", "ours", 35.0),
            ]
        );
    }

    #[test]
    fn nothing_and_nonsense_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        let error = read(dir.path()).unwrap_err();
        assert!(error.to_string().starts_with("criterion wrote no estimate"));
        write(dir.path(), "next delay", "ours", 4.5, 0);
        let path = dir.path().join("next delay/ours/new/estimates.json");
        fs::write(path, "{}").unwrap();
        let error = format!("{:#}", read(dir.path()).unwrap_err());
        assert!(
            error.contains("does not follow criterion's schema"),
            "{error}"
        );
    }
}
