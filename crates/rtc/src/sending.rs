//! [`SendingTrack`]: frames to packets, and packets to the library.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rtc::{rtcp, rtp};
use webrtc::error::Error as StackError;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;

use crate::connection::LocalTrack;
use crate::flow::Flow;
use crate::packetizer::{Numbered, Packetizer};
use crate::redundancy::{MAX_EARLIER, PayloadTypes, Repeater};
use crate::reports::Reports;
use crate::stats::{Counters, TrackStats};
use crate::{End, Frame, TrackId, TransportError};

/// How long a packet may wait for a driver that is behind. What is older than that is better lost.
pub(crate) const SEND_PATIENCE: Duration = Duration::from_millis(100);

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
    flow: Arc<Flow>,
    counters: Counters,
}

/// Numbers what is sent.
struct Numbering {
    packetizer: Packetizer,
    repeater: Repeater,
}

impl SendingTrack {
    pub(crate) fn new(local: LocalTrack, payload_types: Arc<PayloadTypes>, flow: Arc<Flow>) -> Self {
        let LocalTrack { source, ssrc, track } = local;
        let packetizer = Packetizer::new(rand::random(), rand::random());
        let numbering = Mutex::new(Numbering { packetizer, repeater: Repeater::default() });
        let (id, counters) = (TrackId { end: End::This, source }, Counters::default());
        Self { state: Arc::new(TrackState { id, ssrc, track, payload_types, numbering, flow, counters }) }
    }

    /// Which track this is.
    #[must_use]
    pub fn id(&self) -> TrackId {
        self.state.id
    }

    /// Sends one frame. Before `Connected` it is dropped: nothing waits for a connection.
    ///
    /// # Errors
    ///
    /// [`TransportError::Closed`] after close.
    pub async fn send(&self, frame: Frame) -> Result<(), TransportError> {
        self.state.flow.check_open()?;
        let Some(packet) = self.state.packet(frame) else { return Ok(()) };
        let bytes = packet.payload.len();
        if let Ok(sent) = tokio::time::timeout(SEND_PATIENCE, self.state.track.write_rtp(packet)).await {
            sent?;
            self.state.counters.count(bytes);
        }
        Ok(())
    }

    /// Lets each packet carry so many earlier frames beside its own from now on, at most two, and answers whether the other end reads
    /// such packets (RFC 2198). If not, nothing changes.
    pub fn set_redundancy(&self, earlier_frames: usize) -> bool {
        self.state.numbering().repeater.earlier = earlier_frames.min(MAX_EARLIER);
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
    /// The packet for a frame; `None` while nothing may be sent.
    fn packet(&self, frame: Frame) -> Option<rtp::Packet> {
        let mut numbering = self.numbering();
        if !self.flow.is_connected() {
            numbering.packetizer.drop_frame(&frame);
            return None;
        }
        let mut numbered = numbering.packetizer.number(frame);
        let (opus, red) = (self.payload_types.opus(), self.payload_types.red());
        let with_earlier = numbering.repeater.add(numbered.timestamp, &numbered.payload, opus);
        let mut payload_type = opus;
        if let Some((red, payload)) = red.zip(with_earlier) {
            (payload_type, numbered.payload) = (red, payload);
        }
        Some(self.with_header(numbered, payload_type))
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
