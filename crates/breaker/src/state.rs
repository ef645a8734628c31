//! The three states of a circuit.

/// The state of a circuit. Closed means that traffic flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Everybody is admitted.
    Closed,
    /// Everybody is rejected until the cooldown has passed.
    Open,
    /// The cooldown has passed: a bounded number of probes is admitted, and their results decide.
    HalfOpen,
}
