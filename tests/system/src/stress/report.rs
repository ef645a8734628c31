//! What a suite prints: one JSON object.

use std::collections::BTreeMap;

use census::{Census, Growth};
use rustix::process::{Resource, getrlimit};
use serde::Serialize;

/// One suite's result.
#[derive(Debug, Serialize)]
pub struct SuiteReport {
    /// The suite.
    pub suite: &'static str,
    /// How many scans were made.
    pub tasks: usize,
    /// How they ended.
    pub outcomes: BTreeMap<String, usize>,
    /// The descriptor limits they ran under.
    pub limits: Limits,
    /// The censuses, in order.
    pub census: Vec<Row>,
    /// Of each count the growth farthest from zero.
    pub growth: Growth,
    /// Half of the evaluate round trips took at most so many microseconds.
    pub evaluate_p50_us: u64,
    /// How long the suite took.
    pub elapsed_ms: u64,
    /// What went wrong, if anything.
    pub failures: Vec<String>,
    /// Whether every scan ended as it should and nothing grew.
    pub passed: bool,
}

/// The descriptor limits of a process; `None` is unlimited.
#[derive(Debug, Serialize)]
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
#[derive(Debug, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum At {
    /// At a fixed moment: `cold`, `warm` or `end`.
    Moment(&'static str),
    /// After so many tasks.
    Task(usize),
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
