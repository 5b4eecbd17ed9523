//! Which packets are left out while the user does not speak (discontinuous transmission).
//!
//! Opus leaves out what it finds silent by itself; this leaves out what is no speech, in the same way: empty packets, then nothing but a packet now and then.

use crate::sound::codec::DTX_PACKET_BYTES;

/// So many packets without speech are sent before silence begins: between words there is none.
const PACKETS_BEFORE_SILENCE: u32 = 10;

/// So many empty packets begin a silence after speech. Where packets repeat the ones before them, the later ones carry the end of what was
/// said and the beginning of the silence, which one lost packet would else take away for good.
const EMPTY_AFTER_SPEECH: u32 = 3;

/// Fewer packets with sound in a row are the noise of a silence.
const PACKETS_OF_SPEECH: u32 = 3;

/// In silence every so many packets one is sent, from which the other side knows what it sounds like.
const SILENT_PACKETS: u32 = 20;

/// The two bits that say how many frames a packet has (RFC 6716 §3.1); none of them set is one.
const FRAME_COUNT: u8 = 0b11;

/// Since when the user does not speak.
#[derive(Default)]
pub(super) struct Pause {
    /// Packets with speech, one after the other. What was a moment's noise is followed by less than a word.
    spoken: u32,
    /// Packets that are still sent for that.
    left: u32,
    /// Packets since one with sound was sent.
    unsent: u32,
    /// Packets with sound that were sent, one after the other, before the silence.
    sounded: u32,
    /// How the last packet began.
    toc: u8,
}

impl Pause {
    /// What is to be sent of a packet (`None`: Opus found it silent): itself, one that says that silence begins, or nothing.
    pub(super) fn filter<'a>(
        &mut self,
        packet: Option<&'a [u8]>,
        is_speech: bool,
        room: &'a mut [u8; 1],
    ) -> Option<&'a [u8]> {
        let may_be_left_out = self.may_be_left_out(is_speech);
        if let Some(toc) = packet.and_then(|packet| packet.first()) {
            self.toc = *toc;
        }
        let sound = packet.filter(|packet| packet.len() > DTX_PACKET_BYTES && !may_be_left_out);
        if sound.is_some() {
            self.sounded = if self.unsent > 0 { 1 } else { self.sounded.saturating_add(1) };
        }
        self.unsent = if sound.is_some() { 0 } else { self.unsent + 1 };
        let empty = if self.sounded < PACKETS_OF_SPEECH { 1 } else { EMPTY_AFTER_SPEECH };
        *room = [self.toc & !FRAME_COUNT];
        sound.or_else(|| (self.unsent <= empty).then_some(room.as_slice()))
    }

    fn may_be_left_out(&mut self, is_speech: bool) -> bool {
        if is_speech {
            self.spoken = (self.spoken + 1).min(PACKETS_BEFORE_SILENCE);
            self.left = self.left.max(2 * self.spoken).min(PACKETS_BEFORE_SILENCE);
            return false;
        }
        self.spoken = 0;
        self.left = self.left.saturating_sub(1);
        self.left == 0 && self.unsent < SILENT_PACKETS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &[u8] = &[0x79, 1, 2, 3];
    const EMPTY: &[u8] = &[0x78];

    #[test]
    fn after_speech_packets_are_sent_for_a_while_then_empty_ones_then_one_now_and_then() {
        let mut pause = Pause::default();
        (0..50).for_each(|_| assert_eq!(sent(&mut pause, Some(SOUND), true), Some(4)));

        let lengths: Vec<_> = (0..60).map(|_| sent(&mut pause, Some(SOUND), false)).collect();

        let at = |length| (0..60).filter(|at| lengths[*at] == Some(length)).collect::<Vec<_>>();
        assert_eq!(at(SOUND.len()), [0, 1, 2, 3, 4, 5, 6, 7, 8, 29, 50]);
        assert_eq!(at(EMPTY.len()), [9, 10, 11, 30, 51]);
    }

    #[test]
    fn a_moments_noise_is_followed_by_little() {
        let mut pause = Pause::default();
        let before = (0..30).filter_map(|_| sent(&mut pause, Some(SOUND), false)).count();
        assert!(before < 10, "{before}");

        let after = [true, false, false, false].map(|is_speech| sent(&mut pause, Some(SOUND), is_speech));

        assert_eq!(after, [Some(4), Some(4), Some(1), None]);
    }

    #[test]
    fn what_opus_leaves_out_is_left_out_and_told_once() {
        let mut pause = Pause::default();
        assert_eq!(sent(&mut pause, Some(SOUND), true), Some(4));

        assert_eq!(sent(&mut pause, Some(EMPTY), true), Some(1));
        assert_eq!(sent(&mut pause, None, true), None);
    }

    /// How long what is sent is.
    fn sent(pause: &mut Pause, packet: Option<&[u8]>, is_speech: bool) -> Option<usize> {
        let mut room = [0];
        let sent = pause.filter(packet, is_speech, &mut room);
        assert!(sent.is_none_or(|sent| sent.len() > 1 || sent == EMPTY), "{sent:?}");
        sent.map(<[u8]>::len)
    }
}
