//! Small operations: how long they take, what they allocate, how large their values are.
//!
//! A suite is a file in `benches` that shows every operation of every contestant to a [`Meter`]. What is measured depends on
//! how it is built: [`meter`] is a [`Stopwatch`], or with the feature `allocations` a `Counter`. So what is timed and what is
//! counted is the same code, and the time is that of an allocator that does not count.
//!
//! What is no operation to be repeated, as a wait for something slow, or has more to it than a time, as what many tasks get out of
//! it, the suite measures by itself and hands over as [`Figure`]s.

#[cfg(feature = "allocations")]
mod counter;
mod figure;
mod meter;
mod polling;
mod stopwatch;

#[cfg(feature = "allocations")]
pub use counter::Counter;
pub use figure::{Better, Figure};
pub use meter::{Meter, meter};
pub use polling::poll_to_end;
pub use stopwatch::Stopwatch;
