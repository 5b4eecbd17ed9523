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

/// Decides how far an estimate is believed where it leaves no room for pictures that are sent.
///
/// An estimate that falls while little is sent falls to a part of that little, also where the network carries much more: when pictures begin,
/// and on a busy machine. What is sent goes on for a while, therefore. Where that is too much, the estimate falls again.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    phase: Phase,
    denied_since: Option<Instant>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// There are no pictures to send.
    #[default]
    Rests,
    /// There are some, until then too shortly for an estimate.
    Begins(Instant),
    /// There have been some for long enough.
    Goes,
}

impl Patience {
    /// So long pictures have been there before an estimate says anything.
    const BEGINS_FOR: Duration = Duration::from_secs(3);
    /// How long later ones go on in any case: some rounds of feedback.
    const AT_LEAST: Duration = Duration::from_secs(1);
    /// And how long at most, in which an estimate that was too low has grown.
    const AT_MOST: Duration = Duration::from_secs(6);

    /// There are pictures to send, or none. Says whether they have been there for long enough just now, so that the estimate begins anew.
    pub(crate) fn look(&mut self, has_pictures: bool, now: Instant) -> bool {
        let before = self.phase;
        self.phase = match before {
            _ if !has_pictures => Phase::Rests,
            Phase::Rests => Phase::Begins(now + Self::BEGINS_FOR),
            Phase::Begins(until) if now >= until => Phase::Goes,
            Phase::Begins(_) | Phase::Goes => before,
        };
        matches!(before, Phase::Begins(_)) && self.phase == Phase::Goes
    }

    /// Whether pictures have not been there for long enough.
    pub(crate) fn begins(&self) -> bool {
        matches!(self.phase, Phase::Begins(_))
    }

    /// What a picture that is sent and now denied may take to be kept, in bits a second, where the estimate fell last at that time.
    pub(crate) fn kept(&mut self, is_denied: bool, fell_at: Option<Instant>, now: Instant) -> u64 {
        if !is_denied || self.begins() {
            self.denied_since = None;
            return if is_denied { u64::MAX } else { 0 };
        }
        let since = *self.denied_since.get_or_insert(now);
        let falls = fell_at.is_some_and(|at| at >= since + Self::AT_LEAST);
        if falls || now >= since + Self::AT_MOST { 0 } else { LITTLE }
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
    fn one_fall_costs_no_little_picture_and_falls_that_go_on_do() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);

        assert_eq!(patience.kept(true, Some(at(0)), at(0)), LITTLE);
        assert_eq!(patience.kept(true, Some(at(500)), at(600)), LITTLE, "it may be of what was sent before");
        assert_eq!(patience.kept(true, Some(at(500)), at(4_000)), LITTLE, "what is sent arrives");
        assert_eq!(patience.kept(true, Some(at(4_100)), at(4_100)), 0);
        assert_eq!(patience.kept(true, Some(at(500)), at(6_000)), 0, "it has not grown");

        assert_eq!(patience.kept(false, Some(at(500)), at(6_200)), 0);
        assert_eq!(patience.kept(true, Some(at(6_300)), at(6_300)), LITTLE, "and anew");
    }

    #[test]
    fn no_picture_is_given_up_in_the_first_seconds_of_each_time_that_there_are_some() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        for begin in [60_000, 90_000] {
            assert!(!patience.look(false, at(begin - 500)));
            assert!(!patience.look(true, at(begin)));
            assert!(!patience.look(true, at(begin + 2_900)));
            assert_eq!(patience.kept(true, Some(at(begin + 2_800)), at(begin + 2_900)), u64::MAX);

            assert!(patience.look(true, at(begin + 3_000)), "the estimate begins anew");
            assert!(!patience.look(true, at(begin + 3_500)), "once");
            assert_eq!(patience.kept(true, Some(at(begin + 2_800)), at(begin + 3_500)), LITTLE);
        }
    }

    fn wish(now: Option<usize>) -> Wish {
        Wish { sizes: SIZES.to_vec(), now }
    }
}
