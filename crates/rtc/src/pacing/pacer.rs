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
use super::queue::{Leaving, Queue, Waiting};
use super::{Pacing, PartOfTrain};
use crate::interceptor::{Packets, Stage};
use crate::picture::{KeyFrameRequests, ShutTracks, begins_with_parameters};

/// Packets that were left out and may be asked for: what a second has.
const LEFT_OUT: usize = 1024;
/// What is sent to probe the path is as long as this at least, or it would not be worth its header.
const PADDING: usize = 500;

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

/// A packet that may be sent once more.
struct Padding {
    packet: rtp::Packet,
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
}

impl Pacer {
    pub(super) fn new(pacing: Pacing, shut: ShutTracks, requests: KeyFrameRequests) -> Self {
        let (pictures, again) = (BTreeMap::new(), BTreeMap::new());
        Self { pacing, shut, requests, queue: Queue::new(), pictures, again, padding: None }
    }

    /// What is to be sent again is not, if it was never sent: a key frame comes instead.
    fn was_left_out(&self, packet: &rtp::Packet, track: u32) -> bool {
        let original = packet.payload.first_chunk().map(|number| u16::from_be_bytes(*number));
        let left_out = self.pictures.get(&track).map(|track| &track.left_out);
        original.zip(left_out).is_some_and(|(number, left_out)| left_out.contains(&number))
    }

    fn hold(&mut self, message: TaggedPacket, on: &mut Packets) {
        let Packet::Rtp(packet) = &message.message.packet else { return on.push_back(message) };
        let (ssrc, bytes) = (packet.header.ssrc, packet.marshal_size());
        if let Some(track) = self.again.get(&ssrc).copied() {
            if !self.was_left_out(packet, track) {
                let held = Held { message, track, times_shut: self.shut.times_shut(track) };
                self.queue.push_again(held, bytes);
            }
        } else if let Some(known) = self.pictures.get(&ssrc) {
            if packet.payload.len() >= PADDING
                && let Some(again) = known.again
            {
                let times_shut = self.shut.times_shut(ssrc);
                self.padding = Some(Padding { packet: sent_again(packet, again), track: ssrc, times_shut });
            }
            let (picture, begins_anew) = ((ssrc, packet.header.timestamp), begins_with_parameters(&packet.payload));
            let packet = Held { message, track: ssrc, times_shut: self.shut.times_shut(ssrc) };
            let left_out = self.queue.push(Waiting { packet, bytes, picture, begins_anew });
            self.leave_out(left_out);
        } else {
            on.push_back(message);
        }
    }

    fn leave_out(&mut self, left_out: Vec<Waiting<Held>>) {
        for Waiting { packet: Held { message, track, .. }, .. } in left_out {
            if let (Some(known), Packet::Rtp(packet)) = (self.pictures.get_mut(&track), message.message.packet) {
                known.left_out.push_back(packet.header.sequence_number);
                if known.left_out.len() > LEFT_OUT {
                    known.left_out.pop_front();
                }
            }
            self.requests.notify(track);
        }
    }

    fn release(&mut self, now: Instant, on: &mut Packets) {
        self.queue.set_rate(self.pacing.current_rate());
        if self.padding.as_ref().is_some_and(|padding| self.shut.times_shut(padding.track) != padding.times_shut) {
            self.padding = None;
        }
        self.queue.set_padding(self.padding.as_ref().map_or(0, |padding| padding.packet.marshal_size()));
        if !self.queue.has_train()
            && self.padding.is_some()
            && let Some(probe) = self.pacing.poll_probe(now)
        {
            self.queue.begin_train(probe);
        }
        while let Some(leaving) = self.queue.pop(now) {
            on.extend(self.leaves(leaving, now));
        }
        self.pacing.waits(self.queue.wait());
    }

    fn leaves(&self, leaving: Leaving<Held>, now: Instant) -> Option<TaggedPacket> {
        let (mut message, train) = match leaving {
            // What was seen before its track was shut stays here.
            Leaving::Packet(held, _) if self.shut.times_shut(held.track) != held.times_shut => return None,
            Leaving::Packet(held, train) => (held.message, train),
            Leaving::Padding(train) => {
                let message = AttributedPacket::new(Packet::Rtp(self.padding.as_ref()?.packet.clone()));
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
    }
}

/// A packet as it is sent again (RFC 4588 §4): to probe the path, one that has arrived already is as good as any.
fn sent_again(packet: &rtp::Packet, (ssrc, payload_type): (u32, u8)) -> rtp::Packet {
    let mut payload = BytesMut::with_capacity(2 + packet.payload.len());
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
mod tests {
    use std::time::Duration;

    use super::*;

    const VOICE: u32 = 1;
    const CAMERA: u32 = 2;
    const AGAIN: u32 = 3;

    #[test]
    fn while_a_key_frame_of_ten_times_the_size_waits_sound_and_reports_do_not_wait_at_all() {
        let mut end = End::new();
        // At 600 kb/s and thirty pictures a second one has 2500 bytes.
        for number in 0..25 {
            end.write(picture(CAMERA, number, 1));
        }

        let mut waited = Vec::new();
        for millisecond in 0..130 {
            end.now += Duration::from_millis(1);
            end.pacer.pass_time(end.now, &mut end.left);
            if millisecond % 20 == 0 {
                let left = end.write(sound(millisecond));
                assert!(end.pacer.next_time().is_some(), "the picture waits still");
                waited.push(left.first() == Some(&VOICE));
                assert!(end.write(Packet::Rtcp(Vec::new())).starts_with(&[0]));
            }
        }

        assert_eq!(waited, [true; 7]);
    }

    #[test]
    fn of_a_track_that_is_shut_and_opened_again_nothing_leaves_that_waited() {
        let mut end = End::new();
        for number in 0..20 {
            end.write(picture(CAMERA, number, 1));
        }

        end.shut.set_shut(CAMERA, true);
        end.shut.set_shut(CAMERA, false);
        end.left.clear();
        end.run(Duration::from_secs(2));
        assert!(end.left.is_empty());

        end.write(picture(CAMERA, 20, 2));
        end.run(Duration::from_secs(1));
        assert_eq!(end.left.len(), 1);
    }

    #[test]
    fn what_was_left_out_is_not_sent_again_and_a_key_frame_is_requested() {
        let mut end = End::new();
        // More than the 1.5 Mb that leave in a second.
        for number in 0..200 {
            end.write(picture(CAMERA, number, u32::from(number) / 50));
        }
        let requested = end.requests.of(CAMERA);
        end.run(Duration::from_secs(2));
        end.left.clear();

        end.write(again(199));
        end.write(again(0));
        end.run(Duration::from_millis(50));

        assert_eq!(end.left.len(), 1, "what left may leave again");
        let mut waiting = std::pin::pin!(requested.notified());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_ready());
    }

    struct End {
        pacer: Pacer,
        shut: ShutTracks,
        requests: KeyFrameRequests,
        now: Instant,
        left: Packets,
    }

    impl End {
        fn new() -> Self {
            let (shut, requests, now) = (ShutTracks::default(), KeyFrameRequests::default(), Instant::now());
            let pacing = Pacing::new(600_000, now);
            pacing.agree(Some(1));
            let mut pacer = Pacer::new(pacing, shut.clone(), requests.clone());
            let camera = StreamInfo {
                ssrc: CAMERA,
                ssrc_rtx: Some(AGAIN),
                payload_type_rtx: Some(103),
                mime_type: "video/H264".to_owned(),
                ..StreamInfo::default()
            };
            pacer.begin_sending(&camera);
            pacer.begin_sending(&StreamInfo { ssrc: VOICE, mime_type: "audio/opus".to_owned(), ..camera });
            requests.of(CAMERA);
            Self { pacer, shut, requests, now, left: Packets::new() }
        }

        /// What leaves at once, by SSRC; zero for reports.
        fn write(&mut self, packet: Packet) -> Vec<u32> {
            let message = AttributedPacket::new(packet);
            let mut left = Packets::new();
            let transport = TransportContext::default();
            self.pacer.write(TaggedPacket { now: self.now, transport, message }, &mut left);
            let ssrc = |message: &TaggedPacket| {
                if let Packet::Rtp(packet) = &message.message.packet { packet.header.ssrc } else { 0 }
            };
            let told = left.iter().map(ssrc).collect();
            self.left.extend(left);
            told
        }

        fn run(&mut self, lasts: Duration) {
            let until = self.now + lasts;
            while self.now < until {
                self.now += Duration::from_millis(1);
                self.pacer.pass_time(self.now, &mut self.left);
            }
        }
    }

    fn picture(ssrc: u32, sequence_number: u16, timestamp: u32) -> Packet {
        // The first begins with its parameters.
        let kind = if sequence_number == 0 { 0x67 } else { 0x61 };
        rtp_packet(ssrc, sequence_number, timestamp, vec![kind; 1000])
    }

    fn sound(number: u16) -> Packet {
        rtp_packet(VOICE, number, 0, vec![0; 80])
    }

    fn again(original: u16) -> Packet {
        rtp_packet(AGAIN, 0, 0, [&original.to_be_bytes()[..], &[0; 1000]].concat())
    }

    fn rtp_packet(ssrc: u32, sequence_number: u16, timestamp: u32, payload: Vec<u8>) -> Packet {
        let header =
            rtp::header::Header { version: 2, ssrc, sequence_number, timestamp, ..rtp::header::Header::default() };
        Packet::Rtp(rtp::Packet { header, payload: payload.into() })
    }
}
