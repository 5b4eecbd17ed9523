//! Next to the wire: of a track that is shut not one more packet leaves, neither one that is queued in the library nor one that the other
//! end asks for again. Nor does one from before, once the track is open again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtc::interceptor::{Packet, StreamInfo, TaggedPacket};

use crate::interceptor::{Packets, Stage, Staged};

/// Half of the numbers that packets have: those of the other half lie before.
const HALF: u16 = 1 << 15;
/// More packets than are kept to be sent again.
const SENT_AGAIN: u16 = 1 << 13;

/// The tracks that are shut or were so, by their SSRC.
#[derive(Debug, Clone, Default)]
pub(crate) struct ShutTracks {
    tracks: Arc<Mutex<BTreeMap<u32, Shutter>>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Shutter {
    is_shut: bool,
    times: u32,
}

impl ShutTracks {
    pub(crate) fn set_shut(&self, ssrc: u32, is_shut: bool) {
        let mut tracks = self.lock();
        let shutter = tracks.entry(ssrc).or_default();
        shutter.is_shut = is_shut;
        shutter.times += u32::from(is_shut);
    }

    /// How many times this track was shut so far. What waits to leave belongs to the time in which it began to wait.
    pub(crate) fn times_shut(&self, ssrc: u32) -> u32 {
        self.lock().get(&ssrc).map_or(0, |shutter| shutter.times)
    }

    pub(crate) fn gate(&self) -> Staged<Gate> {
        Staged::new(Gate { shut: self.clone(), again: BTreeMap::new(), firsts: BTreeMap::new() })
    }

    pub(crate) fn is_shut(&self, ssrc: u32) -> bool {
        self.lock().get(&ssrc).is_some_and(|shutter| shutter.is_shut)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Shutter>> {
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where all packets of a connection pass.
pub(crate) struct Gate {
    shut: ShutTracks,
    /// The track of the packets that are sent again, by their own SSRC.
    again: BTreeMap<u32, u32>,
    /// The first packet of each track since it was opened the last time, and how many times it was shut by then.
    firsts: BTreeMap<u32, (u32, u16)>,
}

impl Gate {
    fn may_leave(&mut self, packet: &rtc::rtp::Packet) -> bool {
        let Some(track) = self.again.get(&packet.header.ssrc).copied() else {
            let ssrc = packet.header.ssrc;
            if self.shut.is_shut(ssrc) {
                return false;
            }
            self.note(ssrc, self.shut.times_shut(ssrc), packet.header.sequence_number);
            return true;
        };
        // What is sent again begins with the number that it had (RFC 4588 §4).
        let Some(number) = packet.payload.first_chunk().map(|bytes| u16::from_be_bytes(*bytes)) else { return true };
        let times = self.shut.times_shut(track);
        let first = self.firsts.get(&track).filter(|(then, _)| *then == times).map(|(_, first)| *first);
        !self.shut.is_shut(track) && first.is_some_and(|first| number.wrapping_sub(first) < HALF)
    }

    /// Numbers begin again after 65 536 packets, so the first one follows, far behind.
    fn note(&mut self, ssrc: u32, times: u32, number: u16) {
        let first = self.firsts.get(&ssrc).filter(|(then, _)| *then == times).map(|(_, first)| *first);
        let next = match first {
            Some(first) if (HALF / 2..HALF).contains(&number.wrapping_sub(first)) => number.wrapping_sub(SENT_AGAIN),
            Some(first) => first,
            None => number,
        };
        self.firsts.insert(ssrc, (times, next));
    }
}

impl Stage for Gate {
    fn write(&mut self, message: TaggedPacket, on: &mut Packets) {
        let may_leave = if let Packet::Rtp(packet) = &message.message.packet { self.may_leave(packet) } else { true };
        if may_leave {
            on.push_back(message);
        }
    }

    fn begin_sending(&mut self, stream: &StreamInfo) {
        if let Some(again) = stream.ssrc_rtx {
            self.again.insert(again, stream.ssrc);
        }
    }

    fn end_sending(&mut self, stream: &StreamInfo) {
        if let Some(again) = stream.ssrc_rtx {
            self.again.remove(&again);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rtc::interceptor::AttributedPacket;
    use rtc::rtp;
    use rtc::shared::TransportContext;

    use super::*;

    const CAMERA: u32 = 2;
    const AGAIN: u32 = 3;

    #[test]
    fn what_was_sent_before_a_track_was_shut_is_not_sent_again_after_it_is_opened() {
        let mut gate = Passage::new();
        assert!(gate.passes(CAMERA, 65_530, &[]));
        assert!(gate.passes(AGAIN, 0, &65_530_u16.to_be_bytes()));

        gate.shut.set_shut(CAMERA, true);
        assert!(!gate.passes(CAMERA, 65_531, &[]) && !gate.passes(AGAIN, 1, &65_530_u16.to_be_bytes()));
        gate.shut.set_shut(CAMERA, false);
        assert!(!gate.passes(AGAIN, 2, &65_530_u16.to_be_bytes()), "nothing is known of the new time yet");
        assert!(gate.passes(CAMERA, 65_535, &[]) && gate.passes(CAMERA, 0, &[]));

        let again = [65_530, 65_531, 65_535, 0].map(|number: u16| gate.passes(AGAIN, 3, &number.to_be_bytes()));
        assert_eq!(again, [false, false, true, true]);
    }

    #[test]
    fn what_is_missing_of_a_long_call_is_sent_again() {
        let mut gate = Passage::new();
        for number in 0..200_000_u32 {
            gate.passes(CAMERA, number as u16, &[]);
        }

        let newest = 199_999_u32 as u16;
        let again = [0, 1_000].map(|ago| gate.passes(AGAIN, 0, &newest.wrapping_sub(ago).to_be_bytes()));

        assert_eq!(again, [true, true]);
    }

    struct Passage {
        shut: ShutTracks,
        gate: Gate,
    }

    impl Passage {
        fn new() -> Self {
            let shut = ShutTracks::default();
            let mut gate = Gate { shut: shut.clone(), again: BTreeMap::new(), firsts: BTreeMap::new() };
            gate.begin_sending(&StreamInfo { ssrc: CAMERA, ssrc_rtx: Some(AGAIN), ..StreamInfo::default() });
            Self { shut, gate }
        }

        fn passes(&mut self, ssrc: u32, sequence_number: u16, payload: &[u8]) -> bool {
            let header = rtp::header::Header { version: 2, ssrc, sequence_number, ..rtp::header::Header::default() };
            let packet = Packet::Rtp(rtp::Packet { header, payload: payload.to_vec().into() });
            let message = AttributedPacket::new(packet);
            let mut left = Packets::new();
            let transport = TransportContext::default();
            self.gate.write(TaggedPacket { now: Instant::now(), transport, message }, &mut left);
            !left.is_empty()
        }
    }
}
