//! The stress suites: many scans in one process, and proof that they leave nothing.
//!
//! Every suite runs in one process with one scanner that is never restarted: a process that ended after each
//! task would hide every leak. A census is taken cold, before the scanner is built; warm, after every pool was
//! filled; at every 100th task, which must equal warm; and at the end, after the scanner and the runtime are gone,
//! which must equal cold.
//!
//! | module | what |
//! | --- | --- |
//! | `suite` | which suites there are, and what is particular to each |
//! | `run` | the course of a suite, from one census to the next |
//! | `stage` | the scanner of a suite, its pools filled, its tasks played |
//! | `task` | what a task does, and how it must end |
//! | `interrupt` | cancels or panics in the middle of a fetch |
//! | `disturb` | signals to browsers and renderers |
//! | `hard_limit`, `parent_kill`, `child` | suites of several processes |
//! | `ledger`, `settle`, `report`, `slope` | what was counted |
//! | `plant` | leaks on purpose |

mod child;
mod disturb;
mod hard_limit;
mod interrupt;
mod ledger;
mod parent_kill;
mod plant;
mod report;
mod run;
mod settle;
mod slope;
mod stage;
mod suite;
mod task;

pub use plant::Plant;
pub use report::{At, Limits, Row, SuiteReport};
pub use run::{Order, run};
pub use suite::{Part, Suite};
