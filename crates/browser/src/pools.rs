//! The pools of browsers and of pages.
//!
//! A page lease keeps the browser of its page leased. Pages stay warm: a lease for the site that a page was last
//! used for gets it as it is; a lease for another site gets it with a new, empty context.
//!
//! ```text
//!            launch          a page is placed        the last page is gone
//!   (none) ─────────▶ idle ───────────────────▶ serving ─────────────────▶ idle
//!                                                 │  ▲                       │ due
//!                     due, and its turn has come  │  │ due, not its turn     ▼
//!                                                 ▼  └─ (goes on serving)  ended ─▶ (none), the next turn
//!                                              retiring ─────────────────────▲
//!                              no new page; idle pages end at once,          │ the last page is gone
//!                              leased ones when they come back ──────────────┘
//! ```
//!
//! A browser that is dead, or did not do at once what a healthy one does, waits for no turn: it gets no new page.

mod browsers;
mod facade;
mod fleet;
mod lease;
mod page;
mod pages;
mod record;
mod retirement;
mod share;
mod steward;
#[cfg(test)]
mod tests;

pub use facade::{Pages, PagesConfig};
pub use lease::PageLease;
pub use pages::Isolation;
pub use retirement::Retirement;
