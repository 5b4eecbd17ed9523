//! Which pictures a participant is sent, and in which size, so that what its network carries is enough: sound first, then what was wanted
//! first.

/// How much of the estimate is given away: it is one, and repairs need room too.
const USED_PERCENT: u64 = 90;

/// By how much there has to be room for more than there is, so that a picture does not change its size all the time.
const ROOM_PERCENT: u64 = 115;

/// Where there is so much of what the smallest size takes, one that is sent goes on: an estimate that has just fallen is too low, and a
/// picture that stops is worse than one that comes late. What takes more than this, in bits a second, would be late for the sound too.
const ENOUGH_TO_GO_ON_PERCENT: u64 = 50;
const LITTLE: u64 = 300_000;

/// What stands for an estimate without an end.
const MOST: u64 = 1 << 40;

/// A picture that is wanted: what each of its sizes takes, in bits a second, the smallest first; and which one is sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) sizes: Vec<u64>,
    pub(crate) now: Option<usize>,
}

/// The size of each picture; `None`: it is not sent. Each is there before any is larger.
pub(crate) fn allocate(estimate: u64, sound: u64, wishes: &[Wish]) -> Vec<Option<usize>> {
    let mut left = (estimate.min(MOST) * USED_PERCENT / 100).saturating_sub(sound);
    let mut given: Vec<Option<usize>> = vec![None; wishes.len()];
    let largest = wishes.iter().map(|wish| wish.sizes.len()).max().unwrap_or(0);
    for size in 0..largest {
        for (wish, given) in wishes.iter().zip(&mut given) {
            let is_next = size == given.map_or(0, |given| given + 1);
            let Some(takes) = wish.sizes.get(size).copied().filter(|_| is_next) else { continue };
            let more = takes.saturating_sub(given.map_or(0, |given| wish.sizes[given]));
            let is_kept = wish.now.is_some_and(|now| size <= now);
            let needed = match is_kept {
                true if size == 0 && more <= LITTLE => more * ENOUGH_TO_GO_ON_PERCENT / 100,
                true => more,
                false => more * ROOM_PERCENT / 100,
            };
            if needed <= left {
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

        assert_eq!(allocate(10_000, 0, &wishes), [Some(2); 3]);
        assert_eq!(allocate(2_000, 0, &wishes), [Some(2), Some(1), Some(1)]);
        assert_eq!(allocate(500, 0, &wishes), [Some(0); 3]);
        assert_eq!(allocate(250, 0, &wishes), [Some(0), Some(0), None]);
        assert_eq!(allocate(50, 0, &wishes), [None; 3]);
    }

    #[test]
    fn sound_comes_first() {
        assert_eq!(allocate(500, 200, &[wish(None), wish(None)]), [Some(0), Some(0)]);
        assert_eq!(allocate(500, 400, &[wish(None), wish(None)]), [None, None]);
    }

    #[test]
    fn a_picture_keeps_its_size_where_there_is_hardly_room_and_does_not_grow_there() {
        let estimate = 340;

        assert_eq!(allocate(estimate, 0, &[wish(Some(1))]), [Some(1)]);
        assert_eq!(allocate(estimate, 0, &[wish(Some(0))]), [Some(0)]);
    }

    #[test]
    fn the_smallest_goes_on_where_an_estimate_has_just_fallen_and_ends_where_there_is_next_to_nothing() {
        let of = |estimate, now| allocate(estimate, 0, &[wish(now)]);

        assert_eq!((of(80, Some(1)), of(80, None)), (vec![Some(0)], vec![None]));
        assert_eq!(of(50, Some(0)), [None]);
        let large = Wish { sizes: vec![1_000_000], now: Some(0) };
        assert_eq!(allocate(800_000, 0, &[large]), [None], "it would hold up the sound");
    }

    #[test]
    fn who_has_one_size_has_that_or_nothing() {
        let wishes = [Wish { sizes: vec![1_500], now: None }, Wish { sizes: vec![1_500], now: None }];

        assert_eq!(allocate(2_500, 0, &wishes), [Some(0), None]);
        assert_eq!(allocate(1_000, 0, &[Wish { sizes: vec![], now: None }]), [None]);
    }

    fn wish(now: Option<usize>) -> Wish {
        Wish { sizes: SIZES.to_vec(), now }
    }
}
