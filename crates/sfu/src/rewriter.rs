//! Numbers and times of what leaves in one section: they go on without a gap for the section's whole life, whatever source is behind it
//! (RFC 3711 §3.3.2: a receiver drops as replayed what begins anew with low numbers).

use std::time::{Duration, Instant};

/// The first number that leaves. Below 2^15, so that a receiver that misses some of the first packets counts as the sender does (RFC 3711
/// §3.3.1).
const FIRST_NUMBER: u64 = 1_000;

/// How far back a late packet may be: further, it is of no use to a receiver.
const MOST_LATE: u64 = 1_000;

/// How far ahead a packet may be: what is missing then is beyond repair, and a receiver that misses the packet itself too would lose count
/// (RFC 3711 §3.3.1).
const MOST_AHEAD: u64 = 1_000;

/// A packet as it comes, or as it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The sequence number, counted on past 65 535.
    pub(crate) number: u64,
    /// The RTP timestamp.
    pub(crate) time: u32,
}

/// One outgoing section's numbers.
#[derive(Debug)]
pub(crate) struct Rewriter {
    clock_rate: u32,
    last: Option<Last>,
    source: Option<Offsets>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    stamp: Stamp,
    at: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Offsets {
    /// What is added to a number of the source, wrapping.
    number: u64,
    /// What is added to its timestamp, wrapping.
    time: u32,
    /// The source's own first and highest number in this section.
    first: u64,
    highest: u64,
}

impl Rewriter {
    pub(crate) const fn new(clock_rate: u32) -> Self {
        Self { clock_rate, last: None, source: None }
    }

    /// Another source follows: its next packet continues what has left.
    pub(crate) fn switch(&mut self) {
        self.source = None;
    }

    /// How a packet of the source leaves, and whether it is the first of it; `None`: it is from before the source's first one here, or
    /// too late.
    pub(crate) fn rewrite(&mut self, packet: Stamp, now: Instant) -> Option<(Stamp, bool)> {
        self.source.take_if(|source| packet.number > source.highest + MOST_AHEAD);
        let is_first = self.source.is_none();
        let source = *self.source.get_or_insert_with(|| Offsets::continuing(self.last, packet, now, self.clock_rate));
        let too_late = source.highest.saturating_sub(packet.number) > MOST_LATE;
        if packet.number < source.first || too_late {
            return None;
        }
        let left =
            Stamp { number: packet.number.wrapping_add(source.number), time: packet.time.wrapping_add(source.time) };
        if is_first || packet.number > source.highest {
            self.last = Some(Last { stamp: left, at: now });
            self.source = Some(Offsets { highest: packet.number, ..source });
        }
        Some((left, is_first))
    }

    /// A packet of the source does not leave, and the receiver is not to miss it.
    pub(crate) fn skip(&mut self, number: u64) {
        if let Some(source) = self.source.as_mut().filter(|source| number > source.highest) {
            // What would have left next leaves in its place: all that lies between is gone with it.
            source.number = source.number.wrapping_sub(1);
            source.highest = number;
            source.first = number;
        }
    }
}

impl Offsets {
    fn continuing(last: Option<Last>, packet: Stamp, now: Instant, clock_rate: u32) -> Self {
        let next = match last {
            None => Stamp { number: FIRST_NUMBER, time: packet.time },
            Some(Last { stamp, at }) => Stamp {
                number: stamp.number + 1,
                time: stamp.time.wrapping_add(ticks(now.saturating_duration_since(at), clock_rate).max(1)),
            },
        };
        Self {
            number: next.number.wrapping_sub(packet.number),
            time: next.time.wrapping_sub(packet.time),
            first: packet.number,
            highest: packet.number,
        }
    }
}

fn ticks(time: Duration, clock_rate: u32) -> u32 {
    let ticks = time.as_micros() * u128::from(clock_rate) / 1_000_000;
    u32::try_from(ticks % (1 << 32)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    #[test]
    fn another_source_goes_on_where_the_former_one_ended() {
        let (mut rewriter, now) = (Rewriter::new(RATE), Instant::now());
        let later = now + Duration::from_millis(20);

        assert_eq!(rewriter.rewrite(at(40_000, 7), now), Some((at(FIRST_NUMBER, 7), true)));
        rewriter.switch();

        assert_eq!(rewriter.rewrite(at(3, 9_000_000), later), Some((at(FIRST_NUMBER + 1, 7 + 960), true)));
        assert_eq!(rewriter.rewrite(at(4, 9_000_960), later), Some((at(FIRST_NUMBER + 2, 7 + 1_920), false)));
    }

    #[test]
    fn what_is_lost_before_the_server_is_missing_behind_it_too_and_may_come_late() {
        let (mut rewriter, now) = (Rewriter::new(RATE), Instant::now());
        rewriter.rewrite(at(10, 0), now);

        assert_eq!(rewriter.rewrite(at(12, 1_920), now), Some((at(FIRST_NUMBER + 2, 1_920), false)));
        assert_eq!(rewriter.rewrite(at(11, 960), now), Some((at(FIRST_NUMBER + 1, 960), false)));
        assert_eq!(rewriter.rewrite(at(9, 0), now), None, "from before it was here");
    }

    #[test]
    fn a_source_whose_numbers_jump_moves_no_receivers_count() {
        let (mut rewriter, now) = (Rewriter::new(RATE), Instant::now());
        let left =
            |rewriter: &mut Rewriter, number| rewriter.rewrite(at(number, 0), now).map(|(stamp, _)| stamp.number);

        let numbers: Vec<_> = [10, 32_010, 64_010, 64_011].map(|number| left(&mut rewriter, number)).into();

        assert_eq!(numbers, [0, 1, 2, 3].map(|n| Some(FIRST_NUMBER + n)));
    }

    #[test]
    fn what_is_held_back_leaves_no_gap_and_time_goes_on() {
        let (mut rewriter, now) = (Rewriter::new(RATE), Instant::now());
        rewriter.rewrite(at(10, 0), now);

        rewriter.skip(11);
        rewriter.skip(12);

        assert_eq!(rewriter.rewrite(at(13, 2_880), now), Some((at(FIRST_NUMBER + 1, 2_880), false)));
        assert_eq!(rewriter.rewrite(at(11, 960), now), None, "it would take another's number");
    }

    #[test]
    fn numbers_never_repeat_whatever_happens() {
        let (mut rewriter, mut now) = (Rewriter::new(RATE), Instant::now());
        let (mut left, mut random) = (std::collections::HashSet::new(), 1_u64);
        let mut number = 0;
        for _ in 0..100_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            number += 1 + (random >> 40) % 2;
            now += Duration::from_millis(20);
            match (random >> 33) % 20 {
                0 => {
                    rewriter.switch();
                    number = random >> 20;
                }
                1..4 => rewriter.skip(number),
                _ => {
                    let (stamp, _) = rewriter.rewrite(at(number, 0), now).expect("it is the latest");
                    assert!(left.insert(stamp.number), "{stamp:?}");
                }
            }
        }
    }

    fn at(number: u64, time: u32) -> Stamp {
        Stamp { number, time }
    }
}
