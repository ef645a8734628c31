//! The resources that are in somebody's hands.

use crate::slot::{Loan, SlotId};

/// Loans, each found at once by whoever has it.
pub(crate) struct Loans<K> {
    places: Vec<Option<Loan<K>>>,
    vacant: Vec<usize>,
}

impl<K> Loans<K> {
    pub(crate) fn new() -> Self {
        Self {
            places: Vec::new(),
            vacant: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.vacant.len()
    }

    pub(crate) fn insert(&mut self, loan: Loan<K>) -> SlotId {
        let serial = loan.slot.serial;
        let index = match self.vacant.pop() {
            Some(index) => {
                self.places[index] = Some(loan);
                index
            }
            None => {
                self.places.push(Some(loan));
                self.places.len() - 1
            }
        };
        SlotId { index, serial }
    }

    /// Ends a loan; nothing if that was done before.
    pub(crate) fn remove(&mut self, id: SlotId) -> Option<Loan<K>> {
        let place = self.places.get_mut(id.index)?;
        let loan = place.take_if(|loan| loan.slot.serial == id.serial)?;
        self.vacant.push(id.index);
        Some(loan)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (SlotId, &Loan<K>)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(index, place)| {
            let loan = place.as_ref()?;
            let serial = loan.slot.serial;
            Some((SlotId { index, serial }, loan))
        })
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (SlotId, &mut Loan<K>)> {
        let places = self.places.iter_mut().enumerate();
        places.filter_map(|(index, place)| {
            let loan = place.as_mut()?;
            let serial = loan.slot.serial;
            Some((SlotId { index, serial }, loan))
        })
    }

    pub(crate) fn contains(&self, id: SlotId) -> bool {
        let loan = self.places.get(id.index).and_then(Option::as_ref);
        loan.is_some_and(|loan| loan.slot.serial == id.serial)
    }
}
