//! Peers measured beside our own crates: one run, one machine, one Chromium.
//!
//! | module | run by | what |
//! | --- | --- | --- |
//! | [`micro`] | `cargo xtask bench micro` | small operations of our crates and of their peers, in the suites of `benches` |
//! | `transport` | `cargo run -p bench --bin transport` | stock headless_chrome against our `browser` (feature `transport`) |
//!
//! Figures of two runs say little about each other, so every binary measures all parties itself, in turns.

pub mod micro;
#[cfg(feature = "transport")]
pub mod transport;
