//! The pools of browsers and of pages.
//!
//! A page lease keeps the browser of its page leased. Pages stay warm: a lease for the site that a page was last
//! used for gets it as it is; a lease for another site gets it with a new, empty context.

mod browsers;
mod facade;
mod pages;
#[cfg(test)]
mod tests;

pub use facade::{PageLease, Pages, PagesConfig};
pub use pages::{Isolation, PageManager, PooledPage};
