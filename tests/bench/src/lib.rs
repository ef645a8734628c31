//! Peers measured beside our own crates: one run, one machine, one Chromium.
//!
//! | module | binary | what |
//! | --- | --- | --- |
//! | [`transport`] | `transport` | stock headless_chrome against our `browser` |
//!
//! Figures of two runs say little about each other, so every binary measures all parties itself, in turns.

pub mod transport;
