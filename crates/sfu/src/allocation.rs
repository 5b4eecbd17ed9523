//! Which pictures a participant is sent, and in which size, so that what its network carries is enough: sound first, then what was wanted
//! first.

use std::time::{Duration, Instant};

/// How much of the estimate is given away: it is one, and repairs need room too.
const USED_PERCENT: u64 = 90;

/// By how much there has to be room for more than there is, so that a picture does not change its size all the time.
const ROOM_PERCENT: u64 = 115;

/// A picture of so many bits a second holds up no sound for long where it does not fit.
pub(crate) const LITTLE: u64 = 200_000;

/// What stands for an estimate without an end.
const MOST: u64 = 1 << 40;

/// A picture that is wanted: what each of its sizes takes, in bits a second, the smallest first; and which one is sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) sizes: Vec<u64>,
    pub(crate) now: Option<usize>,
}

/// Decides when an estimate is believed so far that a picture is given up for it.
///
/// An estimate that falls while little is sent falls to a part of that little, also where the network carries much more: at the start, and
/// on a busy machine. What is sent and takes little goes on for a while, therefore. Where that is too much, the estimate falls again.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    denied_since: Option<Instant>,
}

impl Patience {
    /// How long it goes on in any case: some rounds of feedback.
    const AT_LEAST: Duration = Duration::from_secs(1);
    /// And how long at most, in which an estimate that was too low has grown.
    const AT_MOST: Duration = Duration::from_secs(6);

    /// Whether pictures that are sent and now denied are kept, where the estimate fell last at that time.
    pub(crate) fn keeps(&mut self, is_denied: bool, fell_at: Option<Instant>, now: Instant) -> bool {
        if !is_denied {
            self.denied_since = None;
            return false;
        }
        let since = *self.denied_since.get_or_insert(now);
        fell_at.is_none_or(|at| at < since + Self::AT_LEAST) && now < since + Self::AT_MOST
    }
}

/// Whether a picture that is sent would not be sent any more.
pub(crate) fn is_denied(wishes: &[Wish], given: &[Option<usize>]) -> bool {
    wishes.iter().zip(given).any(|(wish, given)| wish.now.is_some() && given.is_none())
}

/// The size of each picture; `None`: it is not sent. Each is there before any is larger. What is sent is kept in its smallest size, if
/// that takes no more than `kept`.
pub(crate) fn allocate(estimate: u64, sound: u64, wishes: &[Wish], kept: u64) -> Vec<Option<usize>> {
    let mut left = (estimate.min(MOST) * USED_PERCENT / 100).saturating_sub(sound);
    let mut given: Vec<Option<usize>> = vec![None; wishes.len()];
    let largest = wishes.iter().map(|wish| wish.sizes.len()).max().unwrap_or(0);
    for size in 0..largest {
        for (wish, given) in wishes.iter().zip(&mut given) {
            let is_next = size == given.map_or(0, |given| given + 1);
            let Some(takes) = wish.sizes.get(size).copied().filter(|_| is_next) else { continue };
            let more = takes.saturating_sub(given.map_or(0, |given| wish.sizes[given]));
            let is_kept = wish.now.is_some_and(|now| size <= now);
            let needed = if is_kept { more } else { more * ROOM_PERCENT / 100 };
            if needed <= left || (size == 0 && is_kept && takes <= kept) {
                left = left.saturating_sub(more);
                *given = Some(size);
            }
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [u64; 3] = [100, 300, 1_000];

    #[test]
    fn all_are_there_before_one_is_large_and_the_first_is_large_first() {
        let wishes = [wish(None), wish(None), wish(None)];

        assert_eq!(allocate(10_000, 0, &wishes, 0), [Some(2); 3]);
        assert_eq!(allocate(2_000, 0, &wishes, 0), [Some(2), Some(1), Some(1)]);
        assert_eq!(allocate(500, 0, &wishes, 0), [Some(0); 3]);
        assert_eq!(allocate(250, 0, &wishes, 0), [Some(0), Some(0), None]);
        assert_eq!(allocate(50, 0, &wishes, 0), [None; 3]);
    }

    #[test]
    fn sound_comes_first() {
        assert_eq!(allocate(500, 200, &[wish(None), wish(None)], 0), [Some(0), Some(0)]);
        assert_eq!(allocate(500, 400, &[wish(None), wish(None)], 0), [None, None]);
    }

    #[test]
    fn a_picture_keeps_its_size_where_there_is_hardly_room_and_does_not_grow_there() {
        let estimate = 340;

        assert_eq!(allocate(estimate, 0, &[wish(Some(1))], 0), [Some(1)]);
        assert_eq!(allocate(estimate, 0, &[wish(Some(0))], 0), [Some(0)]);
    }

    #[test]
    fn who_has_one_size_has_that_or_nothing() {
        let wishes = [Wish { sizes: vec![1_500], now: None }, Wish { sizes: vec![1_500], now: None }];

        assert_eq!(allocate(2_500, 0, &wishes, 0), [Some(0), None]);
        assert_eq!(allocate(1_000, 0, &[Wish { sizes: vec![], now: None }], 0), [None]);
    }

    #[test]
    fn what_is_sent_is_kept_in_its_smallest_size_if_so_wished() {
        let wishes = [wish(Some(2)), wish(None)];

        assert_eq!(allocate(50, 0, &wishes, LITTLE), [Some(0), None]);
        let large = [Wish { sizes: vec![LITTLE + 1], now: Some(0) }];
        assert_eq!(allocate(50, 0, &large, LITTLE), [None], "it would hold up the sound");
        assert!(is_denied(&wishes, &allocate(50, 0, &wishes, 0)));
        assert!(!is_denied(&wishes, &allocate(150, 0, &wishes, 0)), "who was sent nothing is denied nothing");
    }

    #[test]
    fn one_fall_costs_no_picture_and_falls_that_go_on_do() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);

        assert!(patience.keeps(true, Some(at(0)), at(0)));
        assert!(patience.keeps(true, Some(at(500)), at(600)), "it may be of what was sent before");
        assert!(patience.keeps(true, Some(at(500)), at(4_000)), "what is sent arrives");
        assert!(!patience.keeps(true, Some(at(4_100)), at(4_100)));
        assert!(!patience.keeps(true, Some(at(500)), at(6_000)), "it has not grown");

        assert!(!patience.keeps(false, Some(at(500)), at(6_200)));
        assert!(patience.keeps(true, Some(at(6_300)), at(6_300)), "and anew");
    }

    fn wish(now: Option<usize>) -> Wish {
        Wish { sizes: SIZES.to_vec(), now }
    }
}
