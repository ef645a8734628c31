//! What the cross-crate tests share: the fixture [`market`] they scan, the [`stress`] suites, the
//! scenarios of one process with a browser ([`browse`]), the [`runtime()`] of
//! what counts its own threads, and the ways to [`program`]s and processes.

pub mod browse;
mod chrome_with_port;
pub mod market;
pub mod namespace;
mod programs;
mod runtime;
mod scratch;
pub mod stress;

pub use chrome_with_port::ChromeWithPort;
pub use programs::{groups_of, processes_of, program, running_in};
pub use runtime::runtime;
pub use scratch::Scratch;
