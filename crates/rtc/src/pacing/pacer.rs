//! Holds back packets of pictures until it is their turn. Sound and reports pass at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bytes::{BufMut as _, Bytes, BytesMut};
use rtc::interceptor::{Attribute, AttributedPacket, Packet, StreamInfo, TaggedPacket};
use rtc::rtp;
use rtc::shared::TransportContext;
use rtc::shared::marshal::MarshalSize as _;

use super::departures::is_picture;
use super::queue::{Leaving, LeftOut, Queue, Waiting};
use super::{Pacing, PartOfTrain};
use crate::interceptor::{Packets, Stage};
use crate::picture::{KeyFrameRequests, ShutTracks, begins_with_parameters, key_frames_wanted};

/// Packets that were left out and may be asked for: what a second has.
const LEFT_OUT: usize = 1024;
/// After so many more packets a number that was left out is asked for no more; later it comes again and means another packet.
const ASKED_FOR_WITHIN: u16 = 1 << 14;
/// What is sent to probe the path is as long as this at least, or it would not be worth its header.
const PADDING: usize = 500;
/// Before the payload of a packet that is sent again: the number that it had.
const NUMBER: usize = 2;

/// Sits above what numbers packets and below what sends them again.
pub(crate) struct Pacer {
    pacing: Pacing,
    shut: ShutTracks,
    requests: KeyFrameRequests,
    queue: Queue<Held>,
    pictures: BTreeMap<u32, Track>,
    /// The tracks of packets that are sent again.
    again: BTreeMap<u32, u32>,
    padding: Option<Padding>,
}

/// A packet that may be sent once more, as it was, and how: its copy is made when it is sent.
struct Padding {
    original: rtp::Packet,
    again: (u32, u8),
    track: u32,
    times_shut: u32,
}

/// A packet that waits.
struct Held {
    message: TaggedPacket,
    track: u32,
    /// How many times its track had been shut when it began to wait.
    times_shut: u32,
}

/// What is known of a track of pictures.
#[derive(Default)]
struct Track {
    /// How its packets are sent again, if the other end takes that.
    again: Option<(u32, u8)>,
    left_out: VecDeque<u16>,
    /// The number of the latest key frame's first packet, as long as it can be told from the next with the same.
    key_frame: Option<u16>,
    /// How many times it had been shut when it was last looked at.
    times_shut: u32,
}

impl Track {
    fn leave_out(&mut self, number: u16) {
        self.left_out.push_back(number);
        if self.left_out.len() > LEFT_OUT {
            self.left_out.pop_front();
        }
    }

    /// A packet with this number comes.
    fn forget_before(&mut self, number: u16) {
        while self.left_out.front().is_some_and(|old| number.wrapping_sub(*old) > ASKED_FOR_WITHIN) {
            self.left_out.pop_front();
        }
        self.key_frame.take_if(|key| number.wrapping_sub(*key) > ASKED_FOR_WITHIN);
    }
}

impl Padding {
    fn bytes(&self) -> usize {
        NUMBER + self.original.marshal_size()
    }
}

impl Pacer {
    pub(super) fn new(pacing: Pacing, shut: ShutTracks, requests: KeyFrameRequests) -> Self {
        let (pictures, again) = (BTreeMap::new(), BTreeMap::new());
        Self { pacing, shut, requests, queue: Queue::new(), pictures, again, padding: None }
    }

    /// What is to be sent again is not, if it was never sent, for a key frame comes instead; nor what came before the latest key frame.
    fn is_missed(&self, packet: &rtp::Packet, track: u32) -> bool {
        let number = packet.payload.first_chunk().map(|number| u16::from_be_bytes(*number));
        let Some((number, track)) = number.zip(self.pictures.get(&track)) else { return true };
        let is_older = track.key_frame.is_some_and(|key| key.wrapping_sub(number) <= ASKED_FOR_WITHIN && key != number);
        !is_older && !track.left_out.contains(&number)
    }

    fn hold(&mut self, message: TaggedPacket, on: &mut Packets) {
        let Packet::Rtp(packet) = &message.message.packet else { return on.push_back(message) };
        let (ssrc, bytes) = (packet.header.ssrc, packet.marshal_size());
        let track = self.again.get(&ssrc).copied().unwrap_or(ssrc);
        if !self.pictures.contains_key(&track) {
            return on.push_back(message);
        }
        if self.shut.is_shut(track) {
            return; // it would take the place of what may be seen
        }
        let times_shut = self.shut.times_shut(track);
        if track != ssrc {
            if self.is_missed(packet, track) {
                self.queue.push_again(Held { message, track, times_shut }, bytes, track);
            }
        } else if message.message.has(&Attribute::Retransmission) {
            // To an end that takes no stream of repetitions the library sends the very packet again. It would be numbered anew for the
            // other end's feedback, and SRTP's nonce, which the packet's own number makes, is for one header only (RFC 7714 §8.1).
            self.requests.notify(track);
        } else {
            self.hold_picture(message, track, times_shut);
        }
    }

    fn hold_picture(&mut self, message: TaggedPacket, track: u32, times_shut: u32) {
        let Packet::Rtp(packet) = &message.message.packet else { return };
        let Some(known) = self.pictures.get_mut(&track) else { return };
        known.forget_before(packet.header.sequence_number);
        if packet.payload.len() >= PADDING
            && let Some(again) = known.again
        {
            self.padding = Some(Padding { original: packet.clone(), again, track, times_shut });
        }
        let begins_anew = begins_with_parameters(&packet.payload);
        if begins_anew {
            known.key_frame = Some(packet.header.sequence_number);
        }
        let waiting = Waiting {
            bytes: packet.marshal_size(),
            picture: (track, packet.header.timestamp),
            begins_anew,
            is_last: packet.header.marker,
            packet: Held { message, track, times_shut },
        };
        let LeftOut { packets, needs_key_frame } = self.queue.push(waiting);
        self.note_left_out(packets);
        if let Some(track) = needs_key_frame {
            self.requests.notify(track);
        }
    }

    fn note_left_out(&mut self, packets: Vec<Waiting<Held>>) {
        for Waiting { packet: Held { message, track, .. }, .. } in packets {
            if let (Some(known), Packet::Rtp(packet)) = (self.pictures.get_mut(&track), message.message.packet) {
                known.leave_out(packet.header.sequence_number);
            }
        }
    }

    /// What was seen before its track was shut stays here, and does not take the time of what may be seen.
    fn forget_what_was_shut(&mut self) {
        let mut is_new = false;
        for (ssrc, track) in &mut self.pictures {
            let times_shut = self.shut.times_shut(*ssrc);
            is_new |= std::mem::replace(&mut track.times_shut, times_shut) != times_shut;
        }
        if is_new {
            let shut = &self.shut;
            self.queue.retain(|held| shut.times_shut(held.track) == held.times_shut);
            self.padding.take_if(|padding| shut.times_shut(padding.track) != padding.times_shut);
        }
    }

    fn release(&mut self, now: Instant, on: &mut Packets) {
        self.forget_what_was_shut();
        let (rate, is_known) = self.pacing.current_rate();
        self.queue.set_rate(rate, is_known);
        self.queue.set_padding(self.padding.as_ref().map_or(0, Padding::bytes));
        if !self.queue.has_train()
            && self.padding.is_some()
            && let Some(probe) = self.pacing.poll_probe(now)
        {
            self.queue.begin_train(probe);
        }
        while let Some(leaving) = self.queue.pop(now) {
            on.extend(self.leaves(leaving, now));
        }
        self.pacing.waits(self.queue.wait(), self.queue.need_key_frames());
    }

    fn leaves(&self, leaving: Leaving<Held>, now: Instant) -> Option<TaggedPacket> {
        let (mut message, train) = match leaving {
            // What was seen before its track was shut stays here.
            Leaving::Packet(held, _) if self.shut.times_shut(held.track) != held.times_shut => return None,
            Leaving::Packet(held, train) => (held.message, train),
            Leaving::Padding(train) => {
                let Padding { original, again, .. } = self.padding.as_ref()?;
                let message = AttributedPacket::new(Packet::Rtp(sent_again(original, *again)));
                (TaggedPacket { now, transport: TransportContext::default(), message }, train)
            }
        };
        message.now = now;
        if let Some(train) = train {
            message.message.add(Attribute::Custom(Arc::new(PartOfTrain(train))));
        }
        Some(message)
    }
}

impl Stage for Pacer {
    fn read(&mut self, message: TaggedPacket, on: &mut Packets) {
        if let Packet::Rtcp(packets) = &message.message.packet {
            let wanted = packets.iter().flat_map(|packet| key_frames_wanted(packet.as_ref()));
            for track in wanted.filter(|track| self.pictures.contains_key(track)).collect::<Vec<_>>() {
                if let Some(left_out) = self.queue.want_key_frame(track) {
                    self.note_left_out(left_out);
                    self.requests.notify(track);
                    self.pacing.waits(self.queue.wait(), self.queue.need_key_frames());
                }
            }
        }
        on.push_back(message);
    }

    fn write(&mut self, message: TaggedPacket, on: &mut Packets) {
        let now = message.now;
        self.hold(message, on);
        self.release(now, on);
    }

    fn pass_time(&mut self, now: Instant, on: &mut Packets) {
        self.release(now, on);
    }

    fn next_time(&self) -> Option<Instant> {
        self.queue.next_time()
    }

    fn begin_sending(&mut self, stream: &StreamInfo) {
        if !is_picture(stream) {
            return;
        }
        let again = stream.ssrc_rtx.zip(stream.payload_type_rtx);
        self.pictures.entry(stream.ssrc).or_default().again = again;
        if let Some((again, _)) = again {
            self.again.insert(again, stream.ssrc);
        }
    }

    fn end_sending(&mut self, stream: &StreamInfo) {
        self.pictures.remove(&stream.ssrc);
        self.again.retain(|_, track| *track != stream.ssrc);
        self.padding = None;
        self.queue.forget(stream.ssrc);
    }
}

/// A packet as it is sent again (RFC 4588 §4): to probe the path, one that has arrived already is as good as any.
fn sent_again(packet: &rtp::Packet, (ssrc, payload_type): (u32, u8)) -> rtp::Packet {
    let mut payload = BytesMut::with_capacity(NUMBER + packet.payload.len());
    payload.put_u16(packet.header.sequence_number);
    payload.put_slice(&packet.payload);
    let header = rtp::header::Header {
        version: 2,
        marker: packet.header.marker,
        timestamp: packet.header.timestamp,
        ssrc,
        payload_type,
        ..rtp::header::Header::default()
    };
    rtp::Packet { header, payload: Bytes::from(payload) }
}

#[cfg(test)]
mod tests;
