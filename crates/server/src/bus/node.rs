//! Which process something belongs to that is not in the database: its links, and later its media.

use std::ops::RangeInclusive;

/// The bits of a link's number that count; those above them name the node.
const COUNTED_BITS: u32 = 48;

/// One of the processes that serve the same database. There is one so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node(u16);

impl Node {
    /// The only one.
    pub(crate) const FIRST: Self = Self(0);

    /// As the rows of calls name it whose media it forwards.
    pub(crate) const fn number(self) -> u16 {
        self.0
    }

    /// The numbers of its links, which no other node's links have.
    pub(crate) fn links(self) -> RangeInclusive<u64> {
        let first = u64::from(self.0) << COUNTED_BITS;
        first..=first + (1 << COUNTED_BITS) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_is_of_two_nodes_and_the_database_has_a_number_for_each() {
        let (first, second, last) = (Node::FIRST.links(), Node(1).links(), Node(i16::MAX.unsigned_abs()).links());

        assert_eq!(*first.start(), 0);
        assert_eq!(first.end() + 1, *second.start());
        assert!(i64::try_from(*last.end()).is_ok());
    }
}
