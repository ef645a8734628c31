//! The censuses of a suite, its tasks, and what they showed.

use std::{collections::BTreeMap, path::Path, time::Instant};

use census::{Census, CensusError, Growth, Scope};

use super::{
    plant::{Plant, Planted},
    report::{At, Limits, Row, SuiteReport, worse},
    settle::{Settled, until_equal, until_stable},
    task::{Ended, Task},
};

/// Failures that are told in words; the others are only counted.
const TOLD: usize = 20;

/// What has been counted so far.
pub(super) struct Ledger {
    began: Instant,
    scope: Scope,
    plants: Vec<Plant>,
    planted: Planted,
    tasks: usize,
    outcomes: BTreeMap<String, usize>,
    kinds: BTreeMap<String, usize>,
    disturbances: BTreeMap<String, usize>,
    rows: Vec<Row>,
    growth: Growth,
    failures: Vec<String>,
    untold: usize,
}

impl Ledger {
    pub(super) fn new(temp: &Path, plants: &[Plant]) -> Self {
        Self {
            began: Instant::now(),
            scope: Scope {
                temp_dirs: vec![temp.to_owned()],
            },
            plants: plants.to_owned(),
            planted: Planted::default(),
            tasks: 0,
            outcomes: BTreeMap::new(),
            kinds: BTreeMap::new(),
            disturbances: BTreeMap::new(),
            rows: Vec::new(),
            growth: Growth::default(),
            failures: Vec::new(),
            untold: 0,
        }
    }

    /// How many tasks have ended.
    pub(super) fn tasks(&self) -> usize {
        self.tasks
    }

    /// Notes the end of a scan, during which browsers may have been disturbed that had nothing to do with its kind.
    pub(super) fn note(&mut self, task: Task, ended: &Ended, disturbed: bool) {
        self.count(task.kind.name(), ended.name());
        if !(task.kind.may_end(ended) || disturbed && task.kind.may_end_disturbed(ended)) {
            let (number, kind) = (task.number, task.kind.name());
            self.fail(format!("task {number} ({kind}): {ended:?}"));
        }
    }

    /// Notes the end of a task that is no scan.
    pub(super) fn count(&mut self, kind: &str, outcome: &str) {
        self.tasks += 1;
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
    }

    /// Notes what was done to a browser.
    pub(super) fn disturbed(&mut self, name: &str) {
        *self.disturbances.entry(name.to_owned()).or_default() += 1;
    }

    /// Whether nothing was done to any browser.
    pub(super) fn is_undisturbed(&self) -> bool {
        self.disturbances.is_empty()
    }

    /// Notes that the suite has not passed.
    pub(super) fn fail(&mut self, why: String) {
        if self.failures.len() < TOLD {
            self.failures.push(why);
        } else {
            self.untold += 1;
        }
    }

    /// Leaks what is to be leaked on purpose.
    pub(super) fn plant(&mut self, temp: &Path) -> std::io::Result<()> {
        for plant in &self.plants {
            self.planted.leak(*plant, temp, self.tasks)?;
        }
        Ok(())
    }

    /// A census of what nothing is compared with yet.
    pub(super) fn take_stable(&mut self, moment: &str) -> anyhow::Result<Census> {
        let Settled { row, in_time } = until_stable(At::moment(moment), &self.scope)?;
        if !in_time {
            // What is compared with it would be compared with chance.
            self.fail(format!("census at {}: it did not come to rest", row.at));
        }
        let census = row.census;
        self.rows.push(row);
        Ok(census)
    }

    /// A census that must equal `reference`.
    pub(super) fn take_equal(&mut self, at: At, reference: &Census) -> anyhow::Result<Census> {
        let Settled { row, .. } = until_equal(at, &self.scope, reference, self.plants.is_empty())?;
        let census = row.census;
        let growth = census.growth_since(reference);
        if !growth.is_zero() {
            self.fail(format!("census at {}: {growth}", row.at));
        }
        self.growth = worse(self.growth, growth);
        self.rows.push(row);
        Ok(census)
    }

    /// Whether fewer processes run than in `reference`.
    pub(super) fn misses_processes(&self, reference: &Census) -> Result<bool, CensusError> {
        let now = Census::take(&self.scope)?;
        Ok(now.processes < reference.processes)
    }

    /// A census at the end of so many tasks.
    pub(super) fn take_at_task(&mut self, reference: &Census) -> anyhow::Result<Census> {
        self.take_equal(At::Task(self.tasks), reference)
    }

    /// The last census, which must equal the first.
    pub(super) fn take_end(&mut self, cold: &Census) -> anyhow::Result<Census> {
        self.take_equal(At::moment("end"), cold)
    }

    /// Everything, for a suite that was asked for `tasks`, where it was asked for a number.
    pub(super) fn close(mut self, suite: &str, asked: Option<usize>) -> SuiteReport {
        if let Some(asked) = asked.filter(|asked| *asked != self.tasks) {
            self.fail(format!("{} of {asked} tasks ended", self.tasks));
        }
        if self.untold > 0 {
            self.failures.push(format!("and {} more", self.untold));
        }
        SuiteReport {
            suite: suite.to_owned(),
            tasks: self.tasks,
            outcomes: self.outcomes,
            kinds: self.kinds,
            disturbances: self.disturbances,
            seed: None,
            limits: Limits::now(),
            census: self.rows,
            growth: self.growth,
            rss_slope_bytes_per_task: None,
            evaluate_p50_us: None,
            elapsed_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            passed: self.failures.is_empty(),
            failures: self.failures,
            parts: Vec::new(),
        }
    }
}
