//! Which voice is in which of a participant's receiving slots. A voice keeps its slot for as long as it is passed on.

/// The slots for voices of one participant.
#[derive(Debug)]
pub(crate) struct VoiceSlots<K> {
    slots: Vec<Option<K>>,
}

impl<K: Copy + Eq> VoiceSlots<K> {
    pub(crate) fn new(count: usize) -> Self {
        Self { slots: vec![None; count] }
    }

    /// Makes room for the voices that are passed on, as far as it goes: the first count. Says which slots have another voice now.
    pub(crate) fn assign(&mut self, voices: impl Iterator<Item = K> + Clone) -> Vec<usize> {
        for slot in &mut self.slots {
            if slot.is_some_and(|voice| !voices.clone().any(|chosen| chosen == voice)) {
                *slot = None;
            }
        }
        let mut changed = Vec::new();
        for voice in voices {
            if self.slot_of(voice).is_some() {
                continue;
            }
            let Some(free) = self.slots.iter().position(Option::is_none) else { break };
            self.slots[free] = Some(voice);
            changed.push(free);
        }
        changed
    }

    pub(crate) fn slot_of(&self, voice: K) -> Option<usize> {
        self.slots.iter().position(|slot| *slot == Some(voice))
    }

    /// Each slot that is not empty.
    pub(crate) fn taken(&self) -> impl Iterator<Item = (usize, K)> {
        self.slots.iter().enumerate().filter_map(|(slot, voice)| Some((slot, (*voice)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_keeps_its_slot_and_a_newcomer_takes_the_one_that_is_free() {
        let mut slots = VoiceSlots::new(3);

        assert_eq!(slots.assign([1, 2, 3].into_iter()), [0, 1, 2]);
        assert_eq!(slots.assign([3, 4, 1].into_iter()), [1]);

        assert_eq!(slots.taken().collect::<Vec<_>>(), [(0, 1), (1, 4), (2, 3)]);
        assert_eq!((slots.slot_of(4), slots.slot_of(2)), (Some(1), None));
    }

    #[test]
    fn who_finds_no_room_waits_until_there_is_some() {
        let mut slots = VoiceSlots::new(2);

        assert_eq!(slots.assign([1, 2, 3].into_iter()), [0, 1]);
        assert_eq!(slots.assign([2, 3].into_iter()), [0]);
        assert_eq!(slots.slot_of(3), Some(0));
    }
}
