//! Why a caller was turned away.

use std::time::Duration;

use crate::State;

/// The circuit let nobody through; tells when it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
#[non_exhaustive]
pub struct Rejected {
    /// The time until a caller may be admitted: until the end of the cooldown, or until the oldest probe loses its place.
    ///
    /// A probe that ends sooner makes room sooner. Of a circuit that is forced open nobody knows: it is one cooldown.
    pub retry_after: Duration,
    /// The state that rejected, [`State::Open`] or [`State::HalfOpen`].
    pub state: State,
    /// What stood in the way.
    pub reason: Reason,
}

/// What stood in the way of a rejected caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The circuit is open and its cooldown has not passed.
    #[error("circuit is open")]
    CoolingDown,
    /// The circuit is half-open and as many probes as it admits are under way.
    #[error("circuit is half-open and is being probed")]
    Probing,
    /// The circuit was opened by order, and stays open until the next order.
    #[error("circuit is forced open")]
    ForcedOpen,
}

impl Rejected {
    /// Of a circuit that is forced open nobody knows for how long.
    fn text(&self) -> String {
        match self.reason {
            Reason::ForcedOpen => self.reason.to_string(),
            reason => format!("{reason}; retry in {:?}", self.retry_after),
        }
    }

    pub(crate) fn cooling_down(retry_after: Duration) -> Self {
        Self {
            retry_after,
            state: State::Open,
            reason: Reason::CoolingDown,
        }
    }

    pub(crate) fn forced(retry_after: Duration) -> Self {
        Self {
            retry_after,
            state: State::Open,
            reason: Reason::ForcedOpen,
        }
    }

    pub(crate) fn probing(retry_after: Duration) -> Self {
        Self {
            retry_after,
            state: State::HalfOpen,
            reason: Reason::Probing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_happened_and_when_to_come_back() {
        let second = Duration::from_secs(1);
        assert_eq!(
            Rejected::cooling_down(second).to_string(),
            "circuit is open; retry in 1s"
        );
        assert_eq!(
            Rejected::probing(second).to_string(),
            "circuit is half-open and is being probed; retry in 1s"
        );
        assert_eq!(
            Rejected::forced(second).to_string(),
            "circuit is forced open"
        );
    }
}
