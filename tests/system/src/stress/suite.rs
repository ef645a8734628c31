//! The suites, and what is particular to each.

use std::time::Duration;

use clap::ValueEnum;
use fastrand::Rng;
use scanner::{
    Config,
    backoff::Backoff,
    breaker::{self, Trip},
};

use super::{
    disturb::Disturbance,
    task::{ERRORS, Kind},
};

/// A suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// One scan after the other, each of another list of jobs.
    Sequential,
    /// Under hard descriptor limits: refused at 100, and scans at 256, at 100 in one process, and at 100 with a browser elsewhere.
    HardLimit,
    /// As many scans at once as there are pages.
    Concurrent,
    /// Every task meets something that fails.
    Errors,
    /// Every scan is dropped at a random await of its fetch.
    Cancel,
    /// Every fetch panics at a random await.
    Panic,
    /// A browser is killed at every 10th task, a renderer at every 5th.
    Crash,
    /// A browser, or a part of it, is stopped now and then.
    Freeze,
    /// The process with the scanner is killed, each time at another moment.
    ParentKill,
    /// Pages want more memory than their browser may have.
    Memory,
    /// The disk of the profiles and the database is full now and then, and a browser killed meanwhile.
    DiskFull,
    /// As process 1, with browsers killed.
    Pid1,
    /// All of it at random, for so many minutes.
    Soak,
}

/// A part of `hard-limit`: a process of its own under a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The limit is too low, and no browser is started.
    Refused,
    /// The whole tree under 256.
    Whole,
    /// Under 100, each browser in one process.
    SingleProcess,
    /// Under 100, with a browser that runs elsewhere.
    Remote,
}

/// Chrome's memory limit in `memory`.
const SMALL: u64 = 512 << 20;
/// The same where four pages share a browser.
const SMALL_FOR_FOUR: u64 = 1 << 30;

impl Suite {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::HardLimit => "hard-limit",
            Self::Concurrent => "concurrent",
            Self::Errors => "errors",
            Self::Cancel => "cancel",
            Self::Panic => "panic",
            Self::Crash => "crash",
            Self::Freeze => "freeze",
            Self::ParentKill => "parent-kill",
            Self::Memory => "memory",
            Self::DiskFull => "disk-full",
            Self::Pid1 => "pid1",
            Self::Soak => "soak",
        }
    }

    /// How many tasks prove it, where nobody asks for another number.
    #[must_use]
    pub fn tasks(self) -> usize {
        match self {
            Self::Sequential | Self::HardLimit | Self::Concurrent => 1000,
            Self::Cancel | Self::Panic | Self::Crash => 300,
            Self::Errors => 200,
            Self::Freeze | Self::Memory | Self::DiskFull | Self::Pid1 => 100,
            Self::ParentKill => 20,
            // By time.
            Self::Soak => 0,
        }
    }

    /// Tasks under way at once.
    pub(super) fn at_once(self) -> usize {
        match self {
            Self::Sequential | Self::HardLimit | Self::Pid1 => 1,
            Self::Crash | Self::Freeze | Self::DiskFull | Self::Memory => 6,
            _ => 12,
        }
    }

    /// Whether chance has a part in it.
    pub(super) fn is_random(self) -> bool {
        !matches!(
            self,
            Self::Sequential | Self::HardLimit | Self::Concurrent | Self::Errors
        )
    }

    /// Whether so many tasks are enough for browsers to be disturbed. Then they must have been, or nothing is proved.
    pub(super) fn must_disturb(self, tasks: usize) -> bool {
        matches!(
            self,
            Self::Crash | Self::Freeze | Self::DiskFull | Self::Pid1
        ) && tasks >= 10
    }

    /// What differs from a scanner's usual configuration.
    pub(super) fn configure(self, config: &mut Config) {
        let patient = Backoff::constant(Duration::from_millis(100)).attempts(10);
        match self {
            Self::Errors => {
                config.page_timeout = Duration::from_secs(8);
                config.backoff = Backoff::constant(Duration::from_millis(50)).attempts(2);
                config.breaker = never_open();
                config.launch.extra_flags.push(SMALL_HEAP.to_owned());
            }
            Self::Crash | Self::Pid1 | Self::DiskFull => config.backoff = patient,
            Self::Freeze => {
                config.backoff = patient;
                config.page_timeout = Duration::from_secs(3);
                config.breaker = never_open();
            }
            Self::Memory => {
                config.backoff = patient.attempts(3);
                config.launch.memory_limit = Some(SMALL);
                config.pages.pages_per_browser = 1;
            }
            Self::Soak => {
                config.backoff = patient.attempts(8);
                config.page_timeout = Duration::from_secs(3);
                config.breaker = never_open();
                config.launch.memory_limit = Some(SMALL_FOR_FOUR);
                config.launch.extra_flags.push(SMALL_HEAP.to_owned());
            }
            _ => {}
        }
    }

    /// What the next task meets.
    pub(super) fn kind(self, number: usize, rng: &mut Rng) -> Kind {
        match self {
            Self::Errors => ERRORS[number % ERRORS.len()],
            Self::Cancel => Kind::Cancel,
            Self::Panic => Kind::Panic,
            Self::Memory if number % 5 == 1 => Kind::Greedy,
            Self::Soak => match rng.u16(..1000) {
                0..400 => Kind::List,
                400..600 => ERRORS[rng.usize(..ERRORS.len())],
                600..800 => Kind::Cancel,
                800..995 => Kind::Panic,
                _ => Kind::Greedy,
            },
            _ => Kind::List,
        }
    }

    /// What is done to a browser when so many tasks have ended.
    pub(super) fn disturbance(self, ended: usize, rng: &mut Rng) -> Option<Disturbance> {
        const STOPS: [Disturbance; 3] = [
            Disturbance::StopBrowser,
            Disturbance::StopRenderer,
            Disturbance::StopBrowserAlone,
        ];
        match self {
            Self::Crash | Self::Pid1 if ended.is_multiple_of(10) => Some(Disturbance::KillBrowser),
            Self::Crash | Self::Pid1 if ended.is_multiple_of(5) => Some(Disturbance::KillRenderer),
            Self::Freeze if ended % 10 == 5 => Some(STOPS[ended / 10 % STOPS.len()]),
            Self::Soak => match rng.u16(..1000) {
                0..10 => Some(Disturbance::KillBrowser),
                10..30 => Some(Disturbance::KillRenderer),
                30..35 => rng.choice(STOPS),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Part {
    /// What differs from a scanner's usual configuration.
    pub(super) fn configure(self, config: &mut Config) {
        if self == Self::SingleProcess {
            config.launch.single_process = true;
            // A launch under so low a limit may die; it is tried again.
            config.backoff = Backoff::constant(Duration::from_millis(100)).attempts(5);
        }
    }
}

/// So little room for scripts that a page can crash its renderer at once.
const SMALL_HEAP: &str = "--js-flags=--max-old-space-size=64";

/// Every task of these suites must meet its own failure, not the breaker that others have opened.
fn never_open() -> breaker::Config {
    breaker::Config {
        trip: Trip::Consecutive { count: u32::MAX },
        ..breaker::Config::default()
    }
}
