//! Numbers frames: RTP sequence, timestamp and marker (RFC 3550 §5.1, RFC 7587 §4).

use bytes::Bytes;

use crate::Frame;

/// What the next packet's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) payload: Bytes,
}

/// Turns frames into packets on one SSRC.
///
/// The sequence counts packets and never jumps: a gap would be taken for loss, and a jump over half its range breaks the rollover
/// count that SRTP derives its keystream from. The timestamp counts ticks, sent or not, so the receiver can tell silence from loss.
#[derive(Debug)]
pub(crate) struct Packetizer {
    sequence: u16,
    timestamp: u32,
    speaking: bool,
}

impl Packetizer {
    /// Starts at random numbers, as RFC 3550 §5.1 asks. The sequence starts in the lower half, so that its first rollover comes
    /// only after the other end has surely seen a packet.
    pub(crate) fn new(sequence: u16, timestamp: u32) -> Self {
        Self { sequence: sequence & 0x7fff, timestamp, speaking: false }
    }

    /// The packet for `frame`.
    pub(crate) fn number(&mut self, frame: Frame) -> Numbered {
        self.pass(frame.skipped);
        let numbered = Numbered {
            sequence: self.sequence,
            timestamp: self.timestamp,
            marker: !self.speaking,
            payload: frame.payload,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(frame.ticks);
        self.speaking = true;
        numbered
    }

    /// The packets for one picture, which share its moment; the last one is marked. `skipped` ticks have passed since the picture before.
    pub(crate) fn number_parts(&mut self, skipped: u32, parts: Vec<Bytes>) -> Vec<Numbered> {
        self.pass(skipped);
        let last = parts.len().saturating_sub(1);
        let number = |(at, payload)| {
            let sequence = self.sequence;
            self.sequence = self.sequence.wrapping_add(1);
            Numbered { sequence, timestamp: self.timestamp, marker: at == last, payload }
        };
        parts.into_iter().enumerate().map(number).collect()
    }

    /// Lets the clock run on over a frame that is not sent.
    pub(crate) fn drop_frame(&mut self, frame: &Frame) {
        self.pass(frame.skipped.saturating_add(frame.ticks));
    }

    fn pass(&mut self, ticks: u32) {
        if ticks > 0 {
            self.timestamp = self.timestamp.wrapping_add(ticks);
            self.speaking = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_packet_of_a_talkspurt_is_marked_and_the_others_are_not() {
        let mut packetizer = Packetizer::new(7, 1000);

        let marks: Vec<bool> = [0, 0, 4800, 0].map(|skipped| packetizer.number(frame(skipped)).marker).into();

        assert_eq!(marks, [true, false, true, false]);
    }

    #[test]
    fn silence_moves_the_timestamp_but_never_the_sequence() {
        let mut packetizer = Packetizer::new(7, 1000);

        let numbers: Vec<(u16, u32)> = [0, 0, 19_200, 0]
            .map(|skipped| packetizer.number(frame(skipped)))
            .map(|packet| (packet.sequence, packet.timestamp))
            .into();

        assert_eq!(numbers, [(7, 1000), (8, 1960), (9, 22_120), (10, 23_080)]);
    }

    #[test]
    fn a_frame_that_is_not_sent_passes_on_the_sample_clock_only() {
        let mut packetizer = Packetizer::new(7, 1000);

        packetizer.drop_frame(&frame(480));
        let first = packetizer.number(frame(0));

        assert_eq!((first.sequence, first.timestamp, first.marker), (7, 2440, true));
    }

    #[test]
    fn numbers_wrap_around() {
        let mut packetizer = Packetizer { sequence: u16::MAX, timestamp: u32::MAX - 959, speaking: true };

        let last = packetizer.number(frame(0));
        let next = packetizer.number(frame(0));

        assert_eq!((last.sequence, last.timestamp), (u16::MAX, u32::MAX - 959));
        assert_eq!((next.sequence, next.timestamp), (0, 0));
    }

    #[test]
    fn the_packets_of_a_picture_share_its_moment_and_the_last_is_marked() {
        let mut packetizer = Packetizer::new(7, 1000);
        let parts = |count| vec![Bytes::from_static(b"h264"); count];

        let first = packetizer.number_parts(0, parts(3));
        let second = packetizer.number_parts(3000, parts(1));

        let numbers = |packets: Vec<Numbered>| -> Vec<_> {
            packets.into_iter().map(|packet| (packet.sequence, packet.timestamp, packet.marker)).collect()
        };
        assert_eq!(numbers(first), [(7, 1000, false), (8, 1000, false), (9, 1000, true)]);
        assert_eq!(numbers(second), [(10, 4000, true)]);
    }

    fn frame(skipped: u32) -> Frame {
        Frame { payload: Bytes::from_static(b"opus"), ticks: 960, skipped }
    }
}
