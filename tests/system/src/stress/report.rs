//! What a suite prints: one JSON object.

use std::{collections::BTreeMap, fmt};

use census::{Census, Growth};
use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};

/// One suite's result.
#[derive(Debug, Serialize, Deserialize)]
pub struct SuiteReport {
    /// The suite.
    pub suite: String,
    /// How many tasks there were, most of them scans.
    pub tasks: usize,
    /// How they ended.
    pub outcomes: BTreeMap<String, usize>,
    /// What they met.
    pub kinds: BTreeMap<String, usize>,
    /// What was done to browsers from outside.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub disturbances: BTreeMap<String, usize>,
    /// What chance was seeded with, where there was any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The descriptor limits they ran under.
    pub limits: Limits,
    /// The censuses, in order.
    pub census: Vec<Row>,
    /// Of each count the growth farthest from zero.
    pub growth: Growth,
    /// By how many bytes the resident memory of this process grew with each task: the slope by least squares over the
    /// censuses of a soak, the warm one included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rss_slope_bytes_per_task: Option<f64>,
    /// Half of the evaluate round trips took at most so many microseconds; absent where no browser could be started.
    pub evaluate_p50_us: Option<u64>,
    /// How long the suite took.
    pub elapsed_ms: u64,
    /// What went wrong, if anything.
    pub failures: Vec<String>,
    /// Whether every task ended as it should and nothing grew.
    pub passed: bool,
    /// The reports of its parts, of which each had a process of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

/// The descriptor limits of a process; `None` is unlimited.
#[derive(Debug, Serialize, Deserialize)]
pub struct Limits {
    /// The soft limit.
    pub soft: Option<u64>,
    /// The hard limit.
    pub hard: Option<u64>,
}

impl Limits {
    pub(super) fn now() -> Self {
        let limit = getrlimit(Resource::Nofile);
        Self {
            soft: limit.current,
            hard: limit.maximum,
        }
    }
}

/// One census.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// When it was taken.
    pub at: At,
    /// What it counted.
    #[serde(flatten)]
    pub census: Census,
    /// How long it took until the counts were what they should be, or did not change any more.
    pub settle_ms: u64,
}

/// When a census was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum At {
    /// At a fixed moment: `cold`, `warm` or `end`.
    Moment(String),
    /// After so many tasks.
    Task(usize),
}

impl At {
    pub(super) fn moment(name: &str) -> Self {
        Self::Moment(name.to_owned())
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moment(name) => f.write_str(name),
            Self::Task(number) => write!(f, "task {number}"),
        }
    }
}

/// Of each count the one farther from zero.
pub(super) fn worse(one: Growth, other: Growth) -> Growth {
    let farther = |a: i64, b: i64| if b.abs() > a.abs() { b } else { a };
    Growth {
        fds: farther(one.fds, other.fds),
        fds_by_kind: one.fds_by_kind.zip(other.fds_by_kind, farther),
        threads: farther(one.threads, other.threads),
        processes: farther(one.processes, other.processes),
        zombies: farther(one.zombies, other.zombies),
        temp_entries: farther(one.temp_entries, other.temp_entries),
        unknown: one.unknown.max(other.unknown),
    }
}
