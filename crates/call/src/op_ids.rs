//! Ids for what a device asks.

use carillon_protocol::OpId;
use uuid::Uuid;

/// Ids that count on from one that was drawn at random. As many as a program needs in its life stay UUIDs of the same version.
#[derive(Debug)]
pub struct OpIds {
    next: u128,
}

impl OpIds {
    /// Begins with an id that no other part of the program uses.
    pub fn starting_at(first: OpId) -> Self {
        Self { next: first.uuid().as_u128() }
    }

    /// An id that was not given before.
    pub fn give(&mut self) -> OpId {
        let id = OpId::new(Uuid::from_u128(self.next));
        // Only the random bits at the end are counted up.
        const COUNTED: u128 = (1 << 62) - 1;
        self.next = (self.next & !COUNTED) | (self.next.wrapping_add(1) & COUNTED);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_on_and_stay_uuids_of_the_same_version() {
        let first = Uuid::from_u128(0x018f_3e7a_0000_7000_bfff_ffff_ffff_ffff);
        let mut ids = OpIds::starting_at(OpId::new(first));

        let [a, b, c] = [ids.give(), ids.give(), ids.give()].map(OpId::uuid);

        assert_eq!(a, first);
        assert_eq!(b, Uuid::from_u128(0x018f_3e7a_0000_7000_8000_0000_0000_0000));
        assert_eq!(c.as_u128(), b.as_u128() + 1);
        assert_eq!(c.get_version_num(), 7);
    }
}
