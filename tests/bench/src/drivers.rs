//! Our `browser` beside other drivers of Chrome: what a call, a visit and a page cost, and what is left behind.
//!
//! All drive the same program. First each opens and closes many pages alone, and its holdings are counted at every stage; then
//! they are timed in turns, one browser at a time. The raw protocol, which does nothing for its caller, is the limit that the
//! others are compared with; its Chrome gets the command line, the user and the environment of ours.

mod contestant;
mod driver;
mod figures;
mod holdings;
mod ours;
mod oxide;
mod raw;
mod report;
mod run;
mod scratch;
mod stock;

pub use figures::Figures;
pub use holdings::{Holdings, Stage};
pub use report::{Report, Results};
pub use run::{Plan, run};
