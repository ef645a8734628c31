#![doc = include_str!("../README.md")]

mod growth;
mod procfs;
mod take;

pub use growth::Growth;
pub use take::{Census, CensusError, Scope, group_of, running_in_group};
