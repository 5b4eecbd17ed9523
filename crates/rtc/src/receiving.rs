//! [`ReceivingTrack`]: packets from the library to frames.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rtc::rtp;
use tokio::sync::mpsc;
use tokio::time::Instant;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

use crate::layout::Section;
use crate::payload_types::PayloadTypes;
use crate::picture::{Assembler, Unit, request_key_frame};
use crate::redundancy::{self, Part, SeenSequences};
use crate::reports::Reports;
use crate::sending::SEND_PATIENCE;
use crate::stats::Counters;
use crate::track::Kind;
use crate::{ReceivedFrame, TrackId};

/// Streams that wait in a slot to be read: one, unless the other end begins anew.
const STREAM_QUEUE: usize = 4;

/// What the library makes of one of the other end's streams.
type Remote = Arc<dyn TrackRemote>;

/// The way into the receiving tracks: one for each media section that receives, in their order.
#[derive(Clone)]
pub(crate) struct IncomingStreams {
    sections: Vec<Option<mpsc::Sender<Remote>>>,
}

/// A media section, as its received track needs it.
#[derive(Clone, Default)]
pub(crate) struct Agreed {
    pub(crate) payload_types: Arc<PayloadTypes>,
    pub(crate) received: Arc<Counters>,
}

/// The receiving tracks of a session with these sections, and the way into them.
pub(crate) fn tracks(
    sections: &[Section],
    agreed: &[Agreed],
    reports: &Reports,
) -> (IncomingStreams, Vec<ReceivingTrack>) {
    let mut tracks = Vec::with_capacity(sections.len());
    let ways_in = sections.iter().zip(agreed).map(|(section, agreed)| {
        let id = TrackId::received_in(section.source, section.received_in()?);
        let (arrivals, streams) = mpsc::channel(STREAM_QUEUE);
        tracks.push(ReceivingTrack::new(id, streams, agreed.clone(), reports.clone()));
        Some(arrivals)
    });
    let sections = ways_in.collect();
    (IncomingStreams { sections }, tracks)
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
        // The library numbers its receivers as the sections were made, those that only send too.
        let section: usize = opened.receiver_id.into();
        let way_in = self.sections.get(section).and_then(Option::as_ref);
        if way_in.is_none_or(|way_in| way_in.try_send(stream).is_err()) {
            tracing::debug!(section, "a stream without a slot is not received");
        }
    }
}

/// A track of the other end. It is there from the beginning, and silent until the other end sends something.
pub struct ReceivingTrack {
    id: TrackId,
    streams: mpsc::Receiver<Remote>,
    /// The newest of them.
    stream: Option<Remote>,
    unpacking: Unpacking,
    payload_types: Arc<PayloadTypes>,
    counters: Arc<Counters>,
    reports: Reports,
}

/// From packets to frames.
enum Unpacking {
    Sound { seen: SeenSequences, unpacked: VecDeque<ReceivedFrame> },
    Picture(Assembler),
}

impl Unpacking {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Sound => Self::Sound { seen: SeenSequences::default(), unpacked: VecDeque::new() },
            Kind::Picture => Self::Picture(Assembler::default()),
        }
    }

    fn next_frame(&mut self) -> Option<ReceivedFrame> {
        match self {
            Self::Sound { unpacked, .. } => unpacked.pop_front(),
            Self::Picture(assembler) => {
                let unit = assembler.next_unit(Instant::now().into_std())?;
                let Unit { sequence, timestamp, payload, arrived_at } = unit;
                Some(ReceivedFrame { sequence, timestamp, payload, arrived_at })
            }
        }
    }
}

impl ReceivingTrack {
    fn new(id: TrackId, streams: mpsc::Receiver<Remote>, agreed: Agreed, reports: Reports) -> Self {
        let Agreed { payload_types, received: counters } = agreed;
        let unpacking = Unpacking::of(id.source.kind());
        Self { id, streams, stream: None, unpacking, payload_types, counters, reports }
    }

    /// Which track this is.
    #[must_use]
    pub fn id(&self) -> TrackId {
        self.id
    }

    /// When the frame with this timestamp was heard or seen, by the clock of the other end, which all its tracks share; `None` before it has
    /// reported of its clock.
    #[must_use]
    pub fn taken_at(&self, timestamp: u32) -> Option<Duration> {
        self.reports.taken_at(self.counters.ssrc(), timestamp)
    }

    /// The next frame, as it comes from the network; `None` once the transport is gone. A reader that is slow loses frames: the library
    /// keeps 256 packets. For a picture that is missing it asks the other end for a key frame, at most once a second.
    ///
    /// Cancel safe: nothing is lost when it is not waited for any more.
    pub async fn next(&mut self) -> Option<ReceivedFrame> {
        loop {
            if let Some(frame) = self.unpacking.next_frame() {
                self.counters.count(frame.payload.len());
                return Some(frame);
            }
            self.request_what_is_needed().await;
            let timeout = self.unpacking.poll_timeout();
            tokio::select! {
                packet = packet(&mut self.streams, &mut self.stream, &mut self.unpacking) => self.unpack(packet?),
                () = until(timeout) => {}
            }
        }
    }

    /// Of a picture track: what came last does not decode, so that nothing is told before the next key frame, which is asked for.
    pub fn need_key_frame(&mut self) {
        match &mut self.unpacking {
            Unpacking::Sound { .. } => {}
            Unpacking::Picture(assembler) => assembler.needs_key_frame(),
        }
    }

    /// Of a picture track: since when what comes is no use, because a key frame is waited for.
    #[must_use]
    pub fn useless_since(&self) -> Option<std::time::Instant> {
        match &self.unpacking {
            Unpacking::Sound { .. } => None,
            Unpacking::Picture(assembler) => assembler.useless_since(),
        }
    }

    async fn request_what_is_needed(&mut self) {
        let Unpacking::Picture(assembler) = &mut self.unpacking else { return };
        let Some(stream) = self.stream.clone().filter(|_| assembler.asks_for_key_frame(Instant::now().into_std()))
        else {
            return;
        };
        let request = request_key_frame(self.counters.ssrc());
        // A driver that is behind has more to do than this, and it is asked again.
        if tokio::time::timeout(SEND_PATIENCE, stream.write_rtcp(request)).await.is_err() {
            tracing::debug!("a key frame was not asked for in time");
        }
    }

    fn unpack(&mut self, packet: rtp::Packet) {
        let (header, arrived_at) = (packet.header, Instant::now().into_std());
        self.counters.heard_from(header.ssrc);
        match &mut self.unpacking {
            Unpacking::Sound { seen, unpacked } => {
                let frames = self.payload_types.frames().unwrap_or(header.payload_type);
                let parts = if Some(header.payload_type) == self.payload_types.red() {
                    redundancy::split(packet.payload, frames).unwrap_or_default()
                } else {
                    vec![Part { packets_ago: 0, ticks_ago: 0, payload: packet.payload }]
                };
                for Part { packets_ago, ticks_ago, payload } in parts {
                    let sequence = header.sequence_number.wrapping_sub(packets_ago);
                    if !payload.is_empty() && seen.is_new(sequence) {
                        let timestamp = header.timestamp.wrapping_sub(ticks_ago);
                        unpacked.push_back(ReceivedFrame { sequence, timestamp, payload, arrived_at });
                    }
                }
            }
            // What probes the path has no payload, and a picture in another encoding is not for us.
            Unpacking::Picture(assembler) if Some(header.payload_type) == self.payload_types.frames() => {
                assembler.insert(header.sequence_number, header.timestamp, header.marker, packet.payload, arrived_at);
            }
            Unpacking::Picture(_) => {}
        }
    }
}

impl Unpacking {
    fn poll_timeout(&self) -> Option<std::time::Instant> {
        match self {
            Self::Sound { .. } => None,
            Self::Picture(assembler) => assembler.poll_timeout(),
        }
    }

    /// Another stream comes in, with numbers of its own.
    fn begin_anew(&mut self) {
        match self {
            Self::Sound { seen, .. } => *seen = SeenSequences::default(),
            Self::Picture(assembler) => *assembler = Assembler::default(),
        }
    }
}

/// The next packet of the newest stream.
async fn packet(
    streams: &mut mpsc::Receiver<Remote>,
    newest: &mut Option<Remote>,
    unpacking: &mut Unpacking,
) -> Option<rtp::Packet> {
    loop {
        let Some(stream) = newest else {
            *newest = Some(streams.recv().await?);
            unpacking.begin_anew();
            continue;
        };
        tokio::select! {
            biased;
            Some(newer) = streams.recv() => {
                *newest = Some(newer);
                unpacking.begin_anew();
            }
            event = stream.poll() => match event {
                Some(TrackRemoteEvent::OnRtpPacket(packet)) => return Some(packet),
                Some(_) => {}
                None => {
                    *newest = None;
                    unpacking.begin_anew();
                }
            },
        }
    }
}

async fn until(then: Option<std::time::Instant>) {
    match then {
        Some(then) => tokio::time::sleep_until(then.into()).await,
        None => std::future::pending().await,
    }
}
