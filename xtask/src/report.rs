//! What `stress` prints, and the table made of it.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;

/// One suite's report, as `stress` prints it (the schema is in the design, "Tasks of xtask").
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    suite: String,
    tasks: u64,
    outcomes: BTreeMap<String, u64>,
    limits: Limits,
    census: Vec<Census>,
    growth: Value,
    evaluate_p50_us: Option<f64>,
    /// What was done to browsers from outside.
    #[serde(default)]
    disturbances: BTreeMap<String, u64>,
    /// What chance was seeded with.
    seed: Option<u64>,
    rss_slope_bytes_per_task: Option<f64>,
    elapsed_ms: u64,
    /// What went wrong, in words.
    #[serde(default)]
    failures: Vec<String>,
    passed: bool,
}

/// The descriptor limits that `stress` ran under; `None` is unlimited.
#[derive(Debug, Deserialize)]
struct Limits {
    soft: Option<u64>,
    hard: Option<u64>,
}

/// What the process tree held at one moment.
#[derive(Debug, Deserialize)]
struct Census {
    /// `cold`, `warm`, a number of tasks, or `end`.
    at: Value,
    fds: u64,
    threads: u64,
    processes: u64,
    zombies: u64,
    temp_entries: u64,
    rss_bytes: u64,
    settle_ms: u64,
}

impl Report {
    /// Reads the one report that a run of `stress` prints.
    ///
    /// # Errors
    /// There is none, or more than one, or it does not follow the schema.
    pub(crate) fn parse(stdout: &str) -> anyhow::Result<Self> {
        let mut reports = serde_json::Deserializer::from_str(stdout).into_iter::<Self>();
        let Some(report) = reports.next() else {
            bail!("stress ended without a report");
        };
        let report = report.context("the report of stress does not follow its schema")?;
        if reports.next().is_some() {
            bail!("stress printed more than its one report");
        }
        Ok(report)
    }

    /// Whether the suite passed, by its own word.
    pub(crate) const fn passed(&self) -> bool {
        self.passed
    }

    /// The report for a person: a row a census, then what came of it.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _written = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        const COLUMNS: [&str; 7] = [
            "fds",
            "threads",
            "processes",
            "zombies",
            "temp entries",
            "MiB",
            "settled ms",
        ];
        writeln!(
            text,
            "{}: {} tasks, descriptor limit {} (hard {})\n",
            self.suite,
            self.tasks,
            limit(self.limits.soft),
            limit(self.limits.hard)
        )?;
        write!(text, "{:<8}", "at")?;
        for column in COLUMNS {
            write!(text, "{column:>14}")?;
        }
        writeln!(text)?;
        for census in &self.census {
            write!(text, "{:<8}", plain(&census.at))?;
            let cells = [
                census.fds,
                census.threads,
                census.processes,
                census.zombies,
                census.temp_entries,
                census.rss_bytes / (1024 * 1024),
                census.settle_ms,
            ];
            for cell in cells {
                write!(text, "{cell:>14}")?;
            }
            writeln!(text)?;
        }
        writeln!(text, "\noutcomes  {}", listed(&self.outcomes))?;
        if !self.disturbances.is_empty() {
            writeln!(text, "disturbed {}", listed(&self.disturbances))?;
        }
        if let Some(seed) = self.seed {
            writeln!(
                text,
                "seed      {seed} (--seed {seed} plays the same again)"
            )?;
        }
        if let Some(slope) = self.rss_slope_bytes_per_task {
            writeln!(
                text,
                "memory    {slope:+.0} bytes a task (rss_slope_bytes_per_task)"
            )?;
        }
        writeln!(text, "growth    {}", self.growth)?;
        match self.evaluate_p50_us {
            Some(p50) => writeln!(text, "evaluate  {p50} µs at p50 (evaluate_p50_us)")?,
            None => writeln!(text, "evaluate  not measured (evaluate_p50_us)")?,
        }
        for failure in &self.failures {
            writeln!(text, "failure   {failure}")?;
        }
        let seconds = std::time::Duration::from_millis(self.elapsed_ms).as_secs_f64();
        let verdict = if self.passed { "PASSED" } else { "FAILED" };
        writeln!(text, "{verdict} in {seconds:.1} s")
    }
}

fn listed(counts: &BTreeMap<String, u64>) -> String {
    let counts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    counts.join(", ")
}

fn limit(limit: Option<u64>) -> String {
    limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string())
}

/// A JSON string without its quotes, anything else as it is.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{"suite":"sequential","tasks":200,"outcomes":{"Ok":199,"Partial":1},
        "limits":{"soft":100,"hard":null},
        "census":[
          {"at":"cold","fds":11,"threads":4,"processes":0,"zombies":0,"temp_entries":0,"rss_bytes":10485760,"settle_ms":0},
          {"at":"warm","fds":31,"threads":9,"processes":7,"zombies":0,"temp_entries":3,"rss_bytes":20971520,"settle_ms":12},
          {"at":100,"fds":32,"threads":9,"processes":7,"zombies":0,"temp_entries":3,"rss_bytes":20971520,"settle_ms":15000},
          {"at":"end","fds":11,"threads":4,"processes":0,"zombies":0,"temp_entries":0,"rss_bytes":10485760,"settle_ms":40}],
        "disturbances":{"kill-browser":2},"seed":7,"rss_slope_bytes_per_task":-12.4,
        "growth":{"fds":1},"evaluate_p50_us":312,"elapsed_ms":4500,"failures":["fds grew"],"passed":false}"#;

    #[test]
    fn the_table_shows_every_census_and_the_verdict() {
        let table = Report::parse(SAMPLE).unwrap().table();
        let lines: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            table.lines().next().unwrap(),
            "sequential: 200 tasks, descriptor limit 100 (hard unlimited)"
        );
        assert_eq!(lines[3], ["cold", "11", "4", "0", "0", "0", "10", "0"]);
        assert_eq!(lines[4], ["warm", "31", "9", "7", "0", "3", "20", "12"]);
        assert_eq!(lines[5], ["100", "32", "9", "7", "0", "3", "20", "15000"]);
        assert_eq!(lines[6], ["end", "11", "4", "0", "0", "0", "10", "40"]);
        assert!(table.contains("outcomes  Ok 199, Partial 1\n"), "{table}");
        assert!(table.contains("disturbed kill-browser 2\n"), "{table}");
        assert!(table.contains("seed      7 (--seed 7 "), "{table}");
        assert!(table.contains("memory    -12 bytes a task"), "{table}");
        assert!(table.contains("growth    {\"fds\":1}\n"), "{table}");
        assert!(table.contains("evaluate  312 µs at p50"), "{table}");
        assert!(table.contains("failure   fds grew\n"), "{table}");
        assert!(table.ends_with("FAILED in 4.5 s\n"), "{table}");
    }

    #[test]
    fn the_verdict_is_taken_from_the_report() {
        assert!(!Report::parse(SAMPLE).unwrap().passed());
        let passed = SAMPLE.replace("\"passed\":false", "\"passed\":true");
        assert!(Report::parse(&passed).unwrap().passed());
    }

    #[test]
    fn anything_but_one_report_is_refused() {
        for (stdout, claim) in [
            ("", "stress ended without a report"),
            (
                "thread panicked",
                "the report of stress does not follow its schema",
            ),
            (
                "{\"suite\":\"sequential\"}",
                "the report of stress does not follow its schema",
            ),
        ] {
            assert_eq!(Report::parse(stdout).unwrap_err().to_string(), claim);
        }
        let twice = format!("{SAMPLE}\n{SAMPLE}");
        assert_eq!(
            Report::parse(&twice).unwrap_err().to_string(),
            "stress printed more than its one report"
        );
    }
}
