//! Pictures: who wants which, where a key frame begins, and how often one is asked for.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use str0m::media::Rid;

/// A source is asked for a key frame no more often, however many lack one.
pub(crate) const ASK_EVERY: Duration = Duration::from_millis(500);

const SINGLE_TIME_AGGREGATE: u8 = 24;
const FRAGMENT: u8 = 28;
const KEY_SLICE: u8 = 5;
const PARAMETERS: u8 = 7;

/// Whether a receiver may begin with this packet of H.264: it carries the parameters of a sequence, or begins a key slice (RFC 6184).
pub(crate) fn begins_key_frame(payload: &[u8]) -> bool {
    let Some(first) = payload.first() else { return false };
    let begins = |kind: u8| kind == KEY_SLICE || kind == PARAMETERS;
    match first & 0x1f {
        SINGLE_TIME_AGGREGATE => aggregated(&payload[1..]).any(begins),
        FRAGMENT => payload.get(1).is_some_and(|header| header & 0x80 != 0 && begins(header & 0x1f)),
        kind => begins(kind),
    }
}

fn aggregated(mut rest: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let [high, low, after @ ..] = rest else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let kind = after.first()? & 0x1f;
        rest = after.get(length..)?;
        Some(kind)
    })
}

/// When sources were asked for key frames.
#[derive(Debug)]
pub(crate) struct KeyFrames<K> {
    asked: HashMap<K, Instant>,
}

impl<K: Eq + Hash> KeyFrames<K> {
    pub(crate) fn new() -> Self {
        Self { asked: HashMap::new() }
    }

    /// Whether a source is to be asked now. Those who lack a key frame say so again as long as packets come.
    pub(crate) fn ask(&mut self, source: K, now: Instant) -> bool {
        let may = self.asked.get(&source).is_none_or(|at| now.saturating_duration_since(*at) >= ASK_EVERY);
        if may {
            self.asked.insert(source, now);
        }
        may
    }

    /// Keeps nothing of sources that have gone.
    pub(crate) fn retain(&mut self, is_there: impl Fn(&K) -> bool) {
        self.asked.retain(|source, _| is_there(source));
    }
}

/// What is in a slot for pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PictureSlot<O> {
    pub(crate) slot: usize,
    pub(crate) origin: O,
    /// How many lines of it are shown.
    pub(crate) height: u16,
    /// The encoding of which a key frame has been passed on; `None`: before one, nothing is.
    pub(crate) open: Option<Option<Rid>>,
    /// The encoding that is to be sent.
    pub(crate) target: Target,
}

/// Which of a source's encodings is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// It is not known yet what there is: the first that begins.
    Any,
    /// This one.
    Only(Option<Rid>),
    /// None: there is no room for it.
    Paused,
}

/// What becomes of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is passed on.
    Pass,
    /// It is, and is the first, of another encoding or after a pause.
    Switch,
    /// It is not.
    Drop,
    /// It is not, because a key frame of its encoding has to come first.
    Lack,
}

impl<O> PictureSlot<O> {
    /// What becomes of a packet of this encoding, with which a receiver may begin or not.
    pub(crate) fn step(&mut self, rid: Option<Rid>, can_begin: bool) -> Step {
        let is_open = self.open == Some(rid);
        let is_wanted = match self.target {
            Target::Any => self.open.is_none() || is_open,
            Target::Only(target) => target == rid,
            Target::Paused => {
                self.open = None;
                return Step::Drop;
            }
        };
        match (is_wanted, is_open) {
            (_, true) => Step::Pass,
            (false, false) => Step::Drop,
            (true, false) if !can_begin => Step::Lack,
            // Also after a pause: what was held back meanwhile left no packets, so its numbers must leave no gap.
            (true, false) => {
                self.open = Some(rid);
                Step::Switch
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_may_begin_with_parameters_and_with_key_slices() {
        let aggregate = [&[24, 0, 2][..], &[0x67, 1], &[0, 2, 0x68, 1]].concat();
        for payload in [&[0x67, 1][..], &[0x65, 1], &aggregate, &[0x7c, 0x85, 1]] {
            assert!(begins_key_frame(payload), "{payload:x?}");
        }

        let of_other_slices = [&[24, 0, 2][..], &[0x61, 1], &[0, 2, 0x61, 1]].concat();
        for payload in
            [&[][..], &[0x61, 1], &[0x7c, 0x05, 1], &[0x7c, 0x81, 1], &[0x7c], &of_other_slices, &[24], &[24, 0]]
        {
            assert!(!begins_key_frame(payload), "{payload:x?}");
        }
    }

    #[test]
    fn the_former_size_is_passed_on_until_the_next_begins() {
        let (high, low) = (Some(Rid::from("h")), Some(Rid::from("l")));
        let mut slot = PictureSlot { slot: 5, origin: "camera", height: 720, open: None, target: Target::Only(low) };

        let steps = [(low, false), (high, true), (low, true), (low, false), (high, true)];
        assert_eq!(
            steps.map(|(rid, begins)| slot.step(rid, begins)),
            [Step::Lack, Step::Drop, Step::Switch, Step::Pass, Step::Drop]
        );
        slot.target = Target::Only(high);
        let steps = [(low, false), (high, false), (low, false), (high, true), (low, false), (high, false)];
        assert_eq!(
            steps.map(|(rid, begins)| slot.step(rid, begins)),
            [Step::Pass, Step::Lack, Step::Pass, Step::Switch, Step::Drop, Step::Pass]
        );

        slot.target = Target::Paused;
        assert_eq!((slot.step(high, true), slot.open), (Step::Drop, None));
    }

    #[test]
    fn what_goes_on_after_a_pause_is_as_another_source() {
        let mut slot = PictureSlot { slot: 5, origin: "camera", height: 720, open: None, target: Target::Only(None) };
        assert_eq!((slot.step(None, true), slot.step(None, false)), (Step::Switch, Step::Pass));

        slot.target = Target::Paused;
        assert_eq!(slot.step(None, false), Step::Drop);
        slot.target = Target::Only(None);

        assert_eq!([slot.step(None, false), slot.step(None, true)], [Step::Lack, Step::Switch]);
    }

    #[test]
    fn a_source_is_asked_once_in_a_while_however_many_lack_a_key_frame() {
        let (mut key_frames, now) = (KeyFrames::new(), Instant::now());

        let asked = (0..100).filter(|ms| key_frames.ask("camera", now + Duration::from_millis(10 * ms))).count();

        assert_eq!(asked, 2, "in a second");
        assert!(key_frames.ask("another", now));
    }
}
