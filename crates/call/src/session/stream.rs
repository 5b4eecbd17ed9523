//! What the server keeps of a session, and what follows from it.

/// What is kept of a session's signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The number of the last signal that was ever put into it.
    pub last_seq: u64,
    /// How many are kept of those after the one that is asked for.
    pub after: u64,
}

impl Kept {
    /// Whether a session goes on after this signal: all that follow are still there.
    pub const fn goes_on_after(self, seq: u64) -> bool {
        seq <= self.last_seq && self.last_seq - seq == self.after
    }
}

/// Up to which signal a session's stream is cut, so that it keeps at most so many: `last` is its last one, after `added` were put into
/// it. A long stream is cut a little shorter than it need be, and then not again for as many signals.
pub const fn cut(last: u64, added: u64, keep: u64) -> Option<u64> {
    let every = if keep < 64 { 1 } else { keep / 32 };
    if last > keep && (last - keep - 1) % every < added { Some(last - keep + every - 1) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_goes_on_if_nothing_after_what_was_processed_is_lost() {
        let kept = |after| Kept { last_seq: 9, after };

        assert!(kept(0).goes_on_after(9), "everything was processed");
        assert!(kept(4).goes_on_after(5));
        assert!(!kept(3).goes_on_after(5), "one of them is gone");
        assert!(!kept(0).goes_on_after(10), "it has never been told so much");
    }

    #[test]
    fn a_stream_never_keeps_more_than_it_should_and_is_cut_now_and_then() {
        for (keep, added) in [(256, 1), (256, 3), (10, 1), (1, 1)] {
            let (mut first, mut last, mut cuts) = (1, 0, 0);
            while last < 4 * keep {
                last += added;
                if let Some(up_to) = cut(last, added, keep) {
                    assert!(up_to < last, "the last one stays");
                    (first, cuts) = (up_to + 1, cuts + 1);
                }
                assert!(last + 1 - first <= keep, "{keep} {added}: {first} to {last}");
            }
            assert!(cuts > 0);
            assert!(keep < 64 || cuts * 4 < last, "{cuts} of {last}");
        }
    }
}
