//! The stress suites: many scans in one process, and proof that they leave nothing.
//!
//! Every suite runs in this one process with one scanner that is never restarted: a process that ended after each
//! task would hide every leak. A census is taken cold, before the scanner is built; warm, after every pool was
//! filled; at every 100th task, which must equal warm; and at the end, after the scanner and the runtime are gone,
//! which must equal cold.

mod plant;
mod report;
mod settle;
mod suite;

pub use plant::Plant;
pub use report::{At, Limits, Row, SuiteReport};
pub use suite::{Suite, run};
