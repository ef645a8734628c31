//! Stock headless_chrome against our `browser`: what a call and a page cost, and what is left behind.
//!
//! Both drive the same program. First each opens and closes many pages alone, and its holdings are counted at
//! every stage; then both run at once and their calls and pages are timed in turns.

mod figures;
mod holdings;
mod ours;
mod peer;
mod report;
mod run;
mod scratch;
mod stock;

pub use figures::Figures;
pub use holdings::{Holdings, Stage};
pub use report::{Report, Results};
pub use run::{Plan, run};
