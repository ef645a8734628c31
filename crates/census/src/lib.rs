#![doc = include_str!("../README.md")]

mod fds;
#[cfg(feature = "metrics")]
mod gauges;
mod growth;
mod procfs;
mod take;

pub use fds::FdKinds;
pub use growth::Growth;
pub use take::{
    Census, CensusError, Scope, group_of, members_of_group, memory_of_group, running_in_group,
};
