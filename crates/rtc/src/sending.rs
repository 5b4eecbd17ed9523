//! [`SendingTrack`]: frames to packets, and packets to the library.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc::rtp::codec::h264::H264Payloader;
use rtc::rtp::packetizer::Payloader as _;
use rtc::{rtcp, rtp};
use tokio::sync::Notify;
use webrtc::error::Error as StackError;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;

use crate::connection::LocalTrack;
use crate::flow::Flow;
use crate::pacing::Pacing;
use crate::packetizer::{Numbered, Packetizer};
use crate::payload_types::PayloadTypes;
use crate::picture::{ShutTracks, begins_with_parameters};
use crate::redundancy::{MAX_EARLIER, Repeater};
use crate::reports::Reports;
use crate::stats::{Counters, TrackStats};
use crate::track::Kind;
use crate::{Frame, Loudness, TrackId, TransportError};

/// How long a packet may wait for a driver that is behind. What is older than that is better lost.
pub(crate) const SEND_PATIENCE: Duration = Duration::from_millis(100);

/// The longest payload of a packet with a part of a picture: with all headers and the tag of SRTP it fits the smallest MTU of IPv6, also in
/// a tunnel.
const MAX_PART: usize = 1150;

/// A track that this end publishes: one for the whole life of its transport, also when the source behind it changes. Clones of it
/// are the same track.
#[derive(Clone)]
pub struct SendingTrack {
    state: Arc<TrackState>,
}

struct TrackState {
    id: TrackId,
    ssrc: u32,
    track: Arc<TrackLocalStaticRTP>,
    payload_types: Arc<PayloadTypes>,
    numbering: Mutex<Numbering>,
    gates: Gates,
    counters: Counters,
}

/// What a track shares with its transport.
pub(crate) struct Gates {
    pub(crate) flow: Arc<Flow>,
    pub(crate) shut: ShutTracks,
    pub(crate) pacing: Pacing,
    pub(crate) reports: Reports,
    pub(crate) key_frame_requests: Arc<Notify>,
}

/// Numbers what is sent.
struct Numbering {
    packetizer: Packetizer,
    packing: Packing,
}

/// How frames become payloads.
enum Packing {
    Sound(Repeater),
    Picture {
        payloader: H264Payloader,
        /// The picture before was sent, so that this one may refer to it.
        is_begun: bool,
    },
}

impl Packing {
    /// A picture was not sent: nothing that refers to it is of use.
    fn interrupt(&mut self) {
        if let Self::Picture { is_begun, .. } = self {
            *is_begun = false;
        }
    }
}

impl SendingTrack {
    pub(crate) fn new(local: LocalTrack, payload_types: Arc<PayloadTypes>, gates: Gates) -> Self {
        let LocalTrack { source, layer, ssrc, track } = local;
        let packing = match source.kind() {
            Kind::Sound => Packing::Sound(Repeater::default()),
            Kind::Picture => Packing::Picture { payloader: H264Payloader::default(), is_begun: false },
        };
        let numbering = Numbering { packetizer: Packetizer::new(rand::random(), rand::random()), packing };
        let state = TrackState {
            id: TrackId::sent(source).in_layer(layer),
            ssrc,
            track,
            payload_types,
            numbering: Mutex::new(numbering),
            gates,
            counters: Counters::default(),
        };
        Self { state: Arc::new(state) }
    }

    /// Which track this is.
    #[must_use]
    pub fn id(&self) -> TrackId {
        self.state.id
    }

    /// Sends one frame; a picture as soon as most of those before it have left, so that whoever encodes has none waiting. Before `Connected`, and where the other end does not use this slot, it is dropped: nothing waits for a connection;
    /// of pictures what comes after it too, up to a key frame. Of a picture that cannot be sent whole the rest is dropped too, and a key frame is requested.
    ///
    /// # Errors
    ///
    /// [`TransportError::Closed`] after close.
    pub async fn send(&self, frame: Frame) -> Result<(), TransportError> {
        self.send_taken(frame, Instant::now()).await
    }

    /// The same of a frame that was heard or seen then: the other end is told, so that it can show pictures with their sound.
    ///
    /// # Errors
    ///
    /// [`TransportError::Closed`] after close.
    pub async fn send_taken(&self, frame: Frame, taken_at: Instant) -> Result<(), TransportError> {
        self.send_heard(frame, taken_at, None).await
    }

    /// The same of sound of which a server is told how loud it is, if it wants to know.
    ///
    /// # Errors
    ///
    /// [`TransportError::Closed`] after close.
    pub async fn send_heard(
        &self,
        frame: Frame,
        taken_at: Instant,
        loudness: Option<Loudness>,
    ) -> Result<(), TransportError> {
        self.state.gates.flow.check_open()?;
        if self.state.id.source.kind() == Kind::Picture {
            self.state.gates.pacing.room(self.state.ssrc).await;
        }
        let bytes = frame.payload.len();
        let mut packets = self.state.packets(frame);
        self.state.mark(&mut packets, loudness);
        let Some(first) = packets.first() else { return Ok(()) };
        self.state.gates.reports.note_taken(self.state.ssrc, first.header.timestamp, taken_at);
        for packet in packets {
            let Ok(sent) = tokio::time::timeout(SEND_PATIENCE, self.state.track.write_rtp(packet)).await else {
                self.state.numbering().packing.interrupt();
                self.state.gates.key_frame_requests.notify_one();
                return Ok(());
            };
            sent?;
        }
        self.state.counters.count(bytes);
        Ok(())
    }

    /// Shuts this track, or opens it again; at first it is open. A track that is shut sends not one more packet: neither one that the
    /// library has queued nor one that the other end asks for again.
    pub fn set_shut(&self, is_shut: bool) {
        self.state.gates.shut.set_shut(self.state.ssrc, is_shut);
    }

    /// Waits until the other end needs a key frame of this track. Several requests before it is waited for again are one.
    pub async fn key_frame_requested(&self) {
        self.state.gates.key_frame_requests.notified().await;
    }

    /// Lets each packet carry so many earlier frames beside its own from now on, at most two, and answers whether the other end reads
    /// such packets (RFC 2198). If not, nothing changes.
    pub fn set_redundancy(&self, earlier_frames: usize) -> bool {
        match &mut self.state.numbering().packing {
            Packing::Sound(repeater) => repeater.earlier = earlier_frames.min(MAX_EARLIER),
            Packing::Picture { .. } => return false,
        }
        self.state.payload_types.red().is_some()
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.state.ssrc
    }

    pub(crate) fn stats(&self, reports: &Reports) -> TrackStats {
        self.state.counters.of(self.state.id, reports.of_sending(self.state.ssrc))
    }

    /// Beside the track's packets, for the other end's transport.
    pub(crate) async fn write_rtcp(&self, packets: Vec<Box<dyn rtcp::Packet>>) -> Result<(), StackError> {
        self.state.track.write_rtcp(packets).await
    }
}

impl TrackState {
    /// The packets for a frame; none while nothing may be sent.
    fn packets(&self, frame: Frame) -> Vec<rtp::Packet> {
        let mut numbering = self.numbering();
        let Some(payload_type) = self.payload_types.frames().filter(|_| self.gates.flow.is_connected()) else {
            numbering.packetizer.drop_frame(&frame);
            numbering.packing.interrupt();
            return Vec::new();
        };
        let Numbering { packetizer, packing } = &mut *numbering;
        match packing {
            Packing::Sound(repeater) => {
                let mut numbered = packetizer.number(frame);
                let with_earlier = repeater.add(numbered.timestamp, &numbered.payload, payload_type);
                let red = self.payload_types.red().zip(with_earlier);
                let used = red.as_ref().map_or(payload_type, |(red, _)| *red);
                numbered.payload = red.map_or(numbered.payload, |(_, payload)| payload);
                vec![self.with_header(numbered, used)]
            }
            Packing::Picture { payloader, is_begun } => {
                let parts: Vec<Bytes> = payloader.payload(MAX_PART, &frame.payload).unwrap_or_default();
                *is_begun |= parts.first().is_some_and(|part| begins_with_parameters(part));
                if !*is_begun {
                    packetizer.drop_frame(&frame);
                    return Vec::new(); // nothing decodes it, and a key frame would wait behind it
                }
                let numbered = packetizer.number_parts(frame.skipped.saturating_add(frame.ticks), parts);
                numbered.into_iter().map(|part| self.with_header(part, payload_type)).collect()
            }
        }
    }

    fn mark(&self, packets: &mut [rtp::Packet], loudness: Option<Loudness>) {
        let Some((extension, loudness)) = self.payload_types.loudness().zip(loudness) else { return };
        for packet in packets {
            // The extension's number is one that may be, and a byte always fits.
            let _ = packet.header.set_extension(extension, Bytes::copy_from_slice(&[loudness.to_byte()]));
        }
    }

    fn with_header(&self, numbered: Numbered, payload_type: u8) -> rtp::Packet {
        rtp::Packet {
            header: rtp::header::Header {
                version: 2,
                marker: numbered.marker,
                payload_type,
                sequence_number: numbered.sequence,
                timestamp: numbered.timestamp,
                ssrc: self.ssrc,
                ..rtp::header::Header::default()
            },
            payload: numbered.payload,
        }
    }

    fn numbering(&self) -> MutexGuard<'_, Numbering> {
        self.numbering.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
