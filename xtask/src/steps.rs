//! Headings and the time each step took.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::Context as _;

/// The steps of a task so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    taken: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: String,
    took: Duration,
    passed: bool,
}

impl Steps {
    /// Takes a step under its heading.
    ///
    /// # Errors
    /// The step's own error, with its name.
    pub(crate) fn take<T>(
        &mut self,
        name: &str,
        step: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        eprintln!("\n==> {name}");
        let start = Instant::now();
        let result = step();
        self.taken.push(Step {
            name: name.to_owned(),
            took: start.elapsed(),
            passed: result.is_ok(),
        });
        result.with_context(|| format!("{name}: failed"))
    }

    /// One line a step, with the seconds it took, and the sum.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        let mut line = |verdict: &str, took: Duration, name: &str| {
            // Writing to a string cannot fail.
            let _written = writeln!(text, "{verdict:<6} {:>7.1} s  {name}", took.as_secs_f64());
        };
        for step in &self.taken {
            line(
                if step.passed { "ok" } else { "FAILED" },
                step.took,
                &step.name,
            );
        }
        line("", self.taken.iter().map(|step| step.took).sum(), "in all");
        text
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn the_summary_tells_what_failed() {
        let mut steps = Steps::default();
        steps.take("fmt", || Ok(())).unwrap();
        let error = steps
            .take("clippy", || -> anyhow::Result<()> { bail!("it warned") })
            .unwrap_err();
        assert_eq!(format!("{error:#}"), "clippy: failed: it warned");
        let summary = steps.summary();
        let lines: Vec<&str> = summary.lines().collect();
        assert!(lines[0].starts_with("ok ") && lines[0].ends_with(" s  fmt"));
        assert!(lines[1].starts_with("FAILED ") && lines[1].ends_with(" s  clippy"));
        assert!(lines[2].ends_with(" s  in all"));
    }
}
