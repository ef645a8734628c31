//! What a permit stands for.

use std::fmt;

/// The right to make one call, and to report its result once.
///
/// A number with its kind in the lowest two bits, so that it travels in a register. The numbers are counted one by one, so
/// 62 bits are never used up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

/// A ticket, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Admitted by a closed circuit in this epoch, and nobody keeps count.
    Uncounted(u64),
    /// Admitted by a closed circuit in this epoch, and counted as outstanding.
    Counted(u64),
    /// Admitted by a half-open circuit, under this serial number.
    Probe(u64),
    /// Given back.
    Spent,
}

const UNCOUNTED: u64 = 0;
const COUNTED: u64 = 1;
const PROBE: u64 = 2;
const SPENT: u64 = 3;

impl Ticket {
    /// What is left of a ticket that was given back.
    pub(crate) const SPENT: Self = Self(SPENT);

    #[inline]
    pub(crate) fn uncounted(epoch: u64) -> Self {
        // Its kind is 0.
        Self(epoch << 2)
    }

    pub(crate) fn counted(epoch: u64) -> Self {
        Self((epoch << 2) + COUNTED)
    }

    pub(crate) fn probe(serial: u64) -> Self {
        Self((serial << 2) + PROBE)
    }

    /// The epoch, or the serial number.
    #[inline]
    pub(crate) fn number(self) -> u64 {
        self.0 >> 2
    }

    #[inline]
    pub(crate) fn kind(self) -> Kind {
        let number = self.number();
        match self.0 & 3 {
            UNCOUNTED => Kind::Uncounted(number),
            COUNTED => Kind::Counted(number),
            PROBE => Kind::Probe(number),
            _ => Kind::Spent,
        }
    }

    #[inline]
    pub(crate) fn is_uncounted(self) -> bool {
        self.0 & 3 == UNCOUNTED
    }

    /// Whether it has to be given back even where there is no result.
    #[inline]
    pub(crate) fn is_owed(self) -> bool {
        matches!(self.kind(), Kind::Counted(_) | Kind::Probe(_))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_what_it_was_made_as() {
        for number in [0, 1, 1 << 61] {
            let ticket = Ticket::uncounted(number);
            assert_eq!(ticket.kind(), Kind::Uncounted(number));
            assert!(ticket.is_uncounted() && !ticket.is_owed());
            assert_eq!(Ticket::counted(number).kind(), Kind::Counted(number));
            assert!(!Ticket::counted(number).is_uncounted());
            assert!(Ticket::counted(number).is_owed() && Ticket::probe(number).is_owed());
            assert_eq!(Ticket::probe(number).kind(), Kind::Probe(number));
            assert!(!Ticket::probe(number).is_uncounted());
        }
        assert_eq!(Ticket::SPENT.kind(), Kind::Spent);
        assert!(!Ticket::SPENT.is_owed() && !Ticket::SPENT.is_uncounted());
        assert_eq!(format!("{:?}", Ticket::counted(7)), "Counted(7)");
    }
}
