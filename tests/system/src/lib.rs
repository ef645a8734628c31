//! What the cross-crate tests share: the fixture [`market`] they scan.

pub mod market;
