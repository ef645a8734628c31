//! What the cross-crate tests share: the fixture [`market`] they scan, the [`stress`] suites, and the ways to
//! [`program`]s and processes.

pub mod market;
mod programs;
pub mod stress;

pub use programs::{groups_of, processes_of, program, running_in};
