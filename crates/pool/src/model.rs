//! Every order in which threads can meet at the ledger and its waiters, tried by a model checker: `cargo xtask model`.
