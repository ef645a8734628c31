//! Peers measured beside our own crates: one run, one machine, one Chromium.
//!
//! | module | run by | what |
//! | --- | --- | --- |
//! | [`micro`] | `cargo xtask bench micro` | small operations of our crates and of their peers, in the suites of `benches` |
//! | `drivers` | `cargo xtask bench browser` | our `browser` beside other drivers of Chrome (feature `drivers`) |
//! | `pools` | `cargo xtask bench pools` | our pool of pages by itself (feature `drivers`) |
//!
//! Figures of two runs say little about each other, so every binary measures all parties itself, in turns.

#[cfg(feature = "drivers")]
pub mod drivers;
pub mod micro;
#[cfg(feature = "drivers")]
pub mod pools;
