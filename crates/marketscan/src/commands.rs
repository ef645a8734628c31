//! The commands.

pub(crate) mod doctor;
pub(crate) mod extract;
pub(crate) mod scan;
