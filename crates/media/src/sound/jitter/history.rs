//! Which of the newest packets have come, to tell one that is doubled from one that is late.

/// The newest sequence number and the 127 before it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct History {
    newest: i64,
    /// Bit `n` is `newest - n`; empty before the first packet.
    seen: u128,
}

impl History {
    /// The highest sequence number so far, 0 before there is one.
    pub(super) fn newest(&self) -> i64 {
        self.newest
    }

    /// Notes a packet; says whether it had come already. What is too old to be known counts as new.
    pub(super) fn saw_before(&mut self, sequence: i64) -> bool {
        let ahead = sequence - self.newest;
        if self.seen == 0 || ahead > 0 {
            let shifted = u32::try_from(ahead).ok().and_then(|ahead| self.seen.checked_shl(ahead));
            self.seen = shifted.unwrap_or(0) | 1;
            self.newest = sequence;
            return false;
        }
        let bit = u32::try_from(-ahead).ok().and_then(|behind| 1_u128.checked_shl(behind)).unwrap_or(0);
        let before = self.seen & bit != 0;
        self.seen |= bit;
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_that_comes_twice_is_known() {
        let mut history = History::default();

        let known: Vec<bool> = [5, 7, 6, 7, 5, 8, 6].map(|sequence| history.saw_before(sequence)).into();

        assert_eq!(known, [false, false, false, true, true, false, true]);
    }

    #[test]
    fn a_long_gap_forgets_what_was_before_it() {
        let mut history = History::default();
        history.saw_before(1);

        assert!(!history.saw_before(1_000));
        assert!(!history.saw_before(1));
        assert!(history.saw_before(1_000));
    }
}
