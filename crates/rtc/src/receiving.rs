//! [`ReceivingTrack`]: packets from the library to frames.

use std::collections::VecDeque;
use std::sync::Arc;

use rtc::rtp;
use tokio::sync::mpsc;
use tokio::time::Instant;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

use crate::redundancy::{self, Part, PayloadTypes, SeenSequences};
use crate::stats::Counters;
use crate::{End, ReceivedFrame, Source, TrackId};

/// Streams that wait in a slot to be read: one, unless the other end begins anew.
const STREAM_QUEUE: usize = 4;

/// What the library makes of one of the other end's streams.
type Remote = Arc<dyn TrackRemote>;

/// The way into the receiving tracks: one for each slot, in their order.
#[derive(Clone)]
pub(crate) struct IncomingStreams {
    slots: Vec<mpsc::Sender<Remote>>,
}

/// The receiving tracks of a session with these slots, and the way into them.
pub(crate) fn tracks(
    slots: &[Source],
    agreed: &[Arc<PayloadTypes>],
    counted: &[Arc<Counters>],
) -> (IncomingStreams, Vec<ReceivingTrack>) {
    let made = slots.iter().zip(agreed).zip(counted).map(|((source, payload_types), counters)| {
        let (arrivals, streams) = mpsc::channel(STREAM_QUEUE);
        let id = TrackId { end: End::Other, source: *source };
        (arrivals, ReceivingTrack::new(id, streams, Arc::clone(payload_types), Arc::clone(counters)))
    });
    let (slots, tracks) = made.unzip();
    (IncomingStreams { slots }, tracks)
}

impl IncomingStreams {
    /// Takes a stream to its slot. Its first event, which is there as soon as the stream is, names the receiver that it came in by.
    pub(crate) async fn add(&self, stream: Remote) {
        let first = tokio::select! {
            biased;
            event = stream.poll() => event,
            () = std::future::ready(()) => None,
        };
        let Some(TrackRemoteEvent::OnOpen(opened)) = first else {
            return tracing::warn!("a stream that nothing is said of is not received");
        };
        // The library numbers its receivers as they were made, and they were made slot by slot.
        let slot: usize = opened.receiver_id.into();
        if self.slots.get(slot).is_none_or(|slot| slot.try_send(stream).is_err()) {
            tracing::debug!(slot, "a stream without a slot is not received");
        }
    }
}

/// A track of the other end. It is there from the beginning, and silent until the other end sends something.
pub struct ReceivingTrack {
    id: TrackId,
    streams: mpsc::Receiver<Remote>,
    /// The newest of them.
    stream: Option<Remote>,
    seen: SeenSequences,
    unpacked: VecDeque<ReceivedFrame>,
    payload_types: Arc<PayloadTypes>,
    counters: Arc<Counters>,
}

impl ReceivingTrack {
    fn new(
        id: TrackId,
        streams: mpsc::Receiver<Remote>,
        payload_types: Arc<PayloadTypes>,
        counters: Arc<Counters>,
    ) -> Self {
        let unpacked = VecDeque::new();
        Self { id, streams, stream: None, seen: SeenSequences::default(), unpacked, payload_types, counters }
    }

    /// Which track this is.
    #[must_use]
    pub fn id(&self) -> TrackId {
        self.id
    }

    /// The next frame, as it comes from the network; `None` once the transport is gone. A reader that is slow loses frames: the library
    /// keeps 256 packets.
    pub async fn next(&mut self) -> Option<ReceivedFrame> {
        loop {
            if let Some(frame) = self.unpacked.pop_front() {
                return Some(frame);
            }
            let packet = self.packet().await?;
            self.unpack(packet);
        }
    }

    async fn packet(&mut self) -> Option<rtp::Packet> {
        loop {
            let Some(stream) = &self.stream else {
                self.stream = Some(self.streams.recv().await?);
                self.seen = SeenSequences::default();
                continue;
            };
            tokio::select! {
                biased;
                Some(newer) = self.streams.recv() => {
                    self.stream = Some(newer);
                    self.seen = SeenSequences::default();
                }
                event = stream.poll() => match event {
                    Some(TrackRemoteEvent::OnRtpPacket(packet)) => return Some(packet),
                    Some(_) => {}
                    None => self.stream = None,
                },
            }
        }
    }

    fn unpack(&mut self, packet: rtp::Packet) {
        let (header, arrived_at) = (packet.header, Instant::now().into_std());
        self.counters.heard_from(header.ssrc);
        let parts = if Some(header.payload_type) == self.payload_types.red() {
            redundancy::split(packet.payload, self.payload_types.opus()).unwrap_or_default()
        } else {
            vec![Part { packets_ago: 0, ticks_ago: 0, payload: packet.payload }]
        };
        for Part { packets_ago, ticks_ago, payload } in parts {
            let sequence = header.sequence_number.wrapping_sub(packets_ago);
            if !payload.is_empty() && self.seen.is_new(sequence) {
                self.counters.count(payload.len());
                let timestamp = header.timestamp.wrapping_sub(ticks_ago);
                self.unpacked.push_back(ReceivedFrame { sequence, timestamp, payload, arrived_at });
            }
        }
    }
}
