//! Numbers packets of pictures as they leave, and learns from the other end's feedback what became of each.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use rtc::interceptor::{Packet, StreamInfo, TaggedPacket, convert_twcc};
use rtc::rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc::rtp;
use rtc::shared::marshal::MarshalSize as _;

use super::{Pacing, PartOfTrain};
use crate::congestion::PacketFate;
use crate::interceptor::{Packets, Stage};

/// Packets that the other end may still tell of: some seconds of the highest rate.
const REMEMBERED: usize = 4096;

/// Sits next to the wire: what passes here leaves.
pub(crate) struct Departures {
    pacing: Pacing,
    history: History,
    /// Streams of pictures.
    pictures: BTreeMap<u32, Stream>,
}

/// How packets are numbered within their stream.
#[derive(Debug, Clone, Copy)]
enum Stream {
    /// As they were made.
    Made,
    /// In the order in which they leave: those that the other end asked for and those that probe the path share it. The next number.
    Again(u16),
}

impl Departures {
    pub(super) fn new(pacing: Pacing) -> Self {
        Self { pacing, history: History::default(), pictures: BTreeMap::new() }
    }

    fn number(&mut self, packet: &mut rtp::Packet) -> bool {
        let Some(stream) = self.pictures.get_mut(&packet.header.ssrc) else { return false };
        if let Stream::Again(next) = stream {
            packet.header.sequence_number = *next;
            *next = next.wrapping_add(1);
        }
        let Some(extension) = self.pacing.extension() else { return false };
        let number = self.history.next as u16;
        packet.header.set_extension(extension, Bytes::copy_from_slice(&number.to_be_bytes())).is_ok()
    }
}

impl Stage for Departures {
    fn write(&mut self, mut message: TaggedPacket, on: &mut Packets) {
        let probe = message.message.custom::<PartOfTrain>().map(|part| part.0);
        if let Packet::Rtp(packet) = &mut message.message.packet
            && self.number(packet)
        {
            let left_at = self.pacing.lock().since_begin(message.now);
            self.history.leave(left_at, packet.marshal_size(), probe);
        }
        on.push_back(message);
    }

    fn read(&mut self, message: TaggedPacket, on: &mut Packets) {
        if let Packet::Rtcp(packets) = &message.message.packet {
            for feedback in packets.iter().filter_map(|packet| packet.as_any().downcast_ref::<TransportLayerCc>()) {
                let told = convert_twcc(feedback).into_iter().map(|told| (told.sequence_number, told.arrival));
                let fates = self.history.told(told);
                self.pacing.on_report(message.now, &fates);
            }
        }
        on.push_back(message);
    }

    fn begin_sending(&mut self, stream: &StreamInfo) {
        if is_picture(stream) {
            self.pictures.entry(stream.ssrc).or_insert(Stream::Made);
            // In the lower half, as every first number; see `Packetizer`. One that was given is never given again: SRTP's keystream is
            // made of it.
            let first = rand::random::<u16>() & 0x7fff;
            if let Some(again) = stream.ssrc_rtx {
                self.pictures.entry(again).or_insert(Stream::Again(first));
            }
        }
    }
}

/// Whether a stream is paced and numbered.
pub(super) fn is_picture(stream: &StreamInfo) -> bool {
    stream.mime_type.to_ascii_lowercase().starts_with("video/")
}

/// What has left, and was not told of yet.
#[derive(Debug, Default)]
struct History {
    next: u64,
    /// The last of them is the one before `next`.
    left: VecDeque<Option<Departed>>,
}

#[derive(Debug, Clone, Copy)]
struct Departed {
    at: Duration,
    bytes: usize,
    probe: Option<u32>,
}

impl History {
    fn leave(&mut self, at: Duration, bytes: usize, probe: Option<u32>) {
        self.left.push_back(Some(Departed { at, bytes, probe }));
        self.next += 1;
        if self.left.len() > REMEMBERED {
            self.left.pop_front();
        }
    }

    /// What became of those that are told of, in the order in which they left. Each is told of once; of what never left nothing is.
    fn told(&mut self, told: impl Iterator<Item = (u16, Option<Duration>)>) -> Vec<PacketFate> {
        let mut fates: Vec<PacketFate> = told
            .filter_map(|(number, arrived_at)| {
                let ago = usize::from((self.next as u16).wrapping_sub(number));
                let at = self.left.len().checked_sub(ago).filter(|_| ago > 0)?;
                let Departed { at: left_at, bytes, probe } = self.left.get_mut(at)?.take()?;
                Some(PacketFate { left_at, arrived_at, bytes, probe })
            })
            .collect();
        fates.sort_by_key(|fate| fate.left_at);
        while self.left.front().is_some_and(Option::is_none) {
            self.left.pop_front();
        }
        fates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_packet_is_told_of_once_and_none_that_never_left() {
        let mut history = left(5);

        let fates = history.told([(1, Some(ms(50))), (2, None), (3, Some(ms(51))), (5, None), (900, None)].into_iter());
        let again = history.told([(1, None), (2, Some(ms(60))), (4, Some(ms(70)))].into_iter());

        let seen = |fates: Vec<PacketFate>| -> Vec<_> {
            fates.into_iter().map(|fate| (fate.left_at.as_millis(), fate.arrived_at.is_some())).collect()
        };
        assert_eq!(seen(fates), [(1, true), (2, false), (3, true)]);
        assert_eq!(seen(again), [(4, true)]);
    }

    #[test]
    fn numbers_wrap_around_and_the_oldest_are_forgotten() {
        let mut history = left(70_000);

        let fates = history.told([((69_999_u32 % 65_536) as u16, Some(ms(0))), (100, Some(ms(0)))].into_iter());

        assert_eq!(fates.len(), 1);
        assert_eq!(fates[0].left_at, ms(69_999));
        assert!(history.left.len() <= REMEMBERED);
    }

    fn left(packets: u64) -> History {
        let mut history = History::default();
        (0..packets).for_each(|number| history.leave(ms(number), 1200, None));
        history
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }
}
