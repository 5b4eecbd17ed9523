//! How the media of a call are doing, in figures for people who want to know.

use std::time::{Duration, Instant};

use carillon_protocol::{CallPath, UserId};
use carillon_rtc::{End, Layer, Source, TrackId, TrackStats, TransportStats};
use serde::Serialize;

use super::{Levels, PictureSource};
use crate::json;

/// How the media of a call are doing. Counters run from the call's beginning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallStats {
    /// How long a packet takes to the other end and back; `None` until it is measured. In JSON `round_trip_ms`.
    #[serde(rename = "round_trip_ms", serialize_with = "json::maybe_milliseconds")]
    pub round_trip: Option<Duration>,
    /// Which way the packets go; `None` until one is found.
    pub path: Option<MediaPath>,
    /// What this end sends.
    pub sent: StreamStats,
    /// What comes from the other end.
    pub received: StreamStats,
    /// What the path carries of this end's pictures, as far as it is known: bits a second.
    pub available_bitrate: u32,
    /// Each camera and screen that is sent or shown now.
    pub pictures: Vec<PictureStats>,
}

/// One direction of one camera's or screen's pictures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PictureStats {
    /// Whose they are. In JSON `end`: `this` sends them, `other` is seen here.
    #[serde(serialize_with = "serialize_end")]
    pub end: End,
    /// Which of the others shows them, in a group call. Counters are those of the slot that they come in by, whoever was in it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// What they show.
    pub source: PictureSource,
    /// Which of several sizes that are sent side by side, each of which has an entry of its own for as long as it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<PictureLayer>,
    /// How they are encoded.
    pub codec: PictureCodec,
    /// In pixels; zero before the first.
    pub width: u32,
    /// In pixels; zero before the first.
    pub height: u32,
    /// Pictures in the last second.
    pub frame_rate: f32,
    /// Bits in the last second, without headers.
    pub bitrate: u32,
    /// How many pictures were sent, or came in whole.
    pub pictures: u64,
    /// How many packets did not reach their end at first; most of them were sent again.
    pub lost: u64,
    /// How many of the latest packets did not: 0 (none) to 1 (all).
    pub loss: f32,
    /// How many times no picture of a camera came for much longer than usual. Screens stand still by themselves: of them none is counted.
    pub freezes: u32,
    /// The path carries too little for any picture, so that none is sent.
    pub is_paused: bool,
}

/// How pictures are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureCodec {
    /// H.264, constrained baseline.
    H264,
}

/// One of the sizes in which a camera is sent in a group call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureLayer {
    /// For small tiles and narrow networks.
    Small,
    /// Between the two.
    Medium,
    /// As large as it is sent.
    Large,
}

impl From<Layer> for PictureLayer {
    fn from(layer: Layer) -> Self {
        match layer {
            Layer::Small => Self::Small,
            Layer::Medium => Self::Medium,
            Layer::Large => Self::Large,
        }
    }
}

fn serialize_end<S: serde::Serializer>(end: &End, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(match end {
        End::This => "this",
        End::Other => "other",
    })
}

/// What is known of pictures where they are made and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PictureFigures {
    pub(super) id: TrackId,
    pub(super) source: PictureSource,
    pub(super) user: Option<UserId>,
    pub(super) size: (u32, u32),
    pub(super) freezes: u32,
    pub(super) is_paused: bool,
}

/// Makes rates of counters that are looked at once a second.
#[derive(Debug, Default)]
pub(super) struct Rates {
    before: Option<(Instant, TransportStats)>,
}

impl Rates {
    /// How the pictures are doing now, and since the last time.
    pub(super) fn pictures(
        &mut self,
        figures: Vec<PictureFigures>,
        stats: &TransportStats,
        now: Instant,
    ) -> Vec<PictureStats> {
        let before = self.before.replace((now, stats.clone()));
        let passed = before.as_ref().map_or(0.0, |(then, _)| now.saturating_duration_since(*then).as_secs_f64());
        let a_second = |now: u64, before: u64| if passed > 0.0 { (now - before.min(now)) as f64 / passed } else { 0.0 };
        let of = |figures: PictureFigures| {
            let PictureFigures { id, source, user, size: (width, height), freezes, is_paused } = figures;
            let (track, earlier) = (stats.of(id), before.as_ref().map_or(stats.of(id), |(_, stats)| stats.of(id)));
            PictureStats {
                end: id.end,
                source,
                user,
                layer: id.layer.map(PictureLayer::from),
                codec: PictureCodec::H264,
                width,
                height,
                frame_rate: a_second(track.frames, earlier.frames) as f32,
                bitrate: (a_second(track.bytes, earlier.bytes) * 8.0) as u32,
                pictures: track.frames,
                lost: u64::try_from(track.lost).unwrap_or(0),
                loss: track.loss,
                freezes,
                is_paused,
            }
        };
        figures.into_iter().map(of).collect()
    }
}

/// One direction of a call's sound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StreamStats {
    /// How it is encoded.
    pub codec: Codec,
    /// How loud it is right now: 0 (silence) to 1 (full scale), as in [`Levels`].
    pub level: f32,
    /// How many packets were sent, or came in.
    pub packets: u64,
    /// How many bytes they had, without headers.
    pub bytes: u64,
    /// How many packets did not reach their end.
    pub lost: u64,
    /// How many of the latest packets did not reach their end: 0 (none) to 1 (all).
    pub loss: f32,
    /// How unevenly packets reach their end (RFC 3550 §6.4.1). In JSON `jitter_ms`.
    #[serde(rename = "jitter_ms", serialize_with = "json::fractional_milliseconds")]
    pub jitter: Duration,
}

/// How sound is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// Opus (RFC 6716), at 48 kHz.
    Opus,
}

/// Which way the packets of a call go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct MediaPath {
    /// Whether they go to the other device, or to the server: then the other end below is the server.
    pub way: CallPath,
    /// Where they leave this end.
    pub local: CandidateKind,
    /// Where they reach the other end.
    pub remote: CandidateKind,
    /// What carries them.
    pub wire: Wire,
}

/// What carries packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Wire {
    /// UDP, as it should be.
    Udp,
    /// TCP to the server, where the network lets no UDP through: what is lost on the way comes late.
    Tcp,
}

/// What kind of address a path has at one end (RFC 8445 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CandidateKind {
    /// An interface of the machine itself.
    Host,
    /// An address outside of a NAT, which the server saw.
    Srflx,
    /// An address outside of a NAT, which only the other end saw.
    Prflx,
    /// A relay between the two.
    Relay,
}

impl CallStats {
    pub(super) fn new(way: CallPath, stats: &TransportStats, levels: Levels, pictures: Vec<PictureStats>) -> Self {
        let microphone = |end| stats.of(TrackId::of(end, Source::Microphone));
        Self {
            round_trip: stats.round_trip,
            path: stats.path.map(|path| MediaPath::new(way, path)),
            sent: StreamStats::new(microphone(End::This), levels.microphone),
            received: StreamStats::new(microphone(End::Other), levels.speaker),
            available_bitrate: stats.available,
            pictures,
        }
    }
}

impl StreamStats {
    fn new(track: TrackStats, level: f32) -> Self {
        let TrackStats { id: _, frames: packets, bytes, lost, loss, jitter } = track;
        // Late copies of packets can make the count negative for a while.
        Self { codec: Codec::Opus, level, packets, bytes, lost: u64::try_from(lost).unwrap_or(0), loss, jitter }
    }
}

impl MediaPath {
    const fn new(way: CallPath, path: carillon_rtc::Path) -> Self {
        let wire = match path.wire {
            carillon_rtc::Wire::Udp => Wire::Udp,
            carillon_rtc::Wire::Tcp => Wire::Tcp,
        };
        Self { way, local: CandidateKind::new(path.local), remote: CandidateKind::new(path.remote), wire }
    }
}

impl CandidateKind {
    const fn new(kind: carillon_rtc::CandidateKind) -> Self {
        match kind {
            carillon_rtc::CandidateKind::Host => Self::Host,
            carillon_rtc::CandidateKind::ServerReflexive => Self::Srflx,
            carillon_rtc::CandidateKind::PeerReflexive => Self::Prflx,
            carillon_rtc::CandidateKind::Relay => Self::Relay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_have_their_rates_from_what_was_counted_since_the_last_look() {
        let (mut rates, now) = (Rates::default(), Instant::now());
        let figures = PictureFigures {
            id: TrackId::sent(Source::Screen),
            source: PictureSource::Screen,
            user: None,
            size: (1280, 720),
            freezes: 0,
            is_paused: false,
        };
        rates.pictures(vec![figures.clone()], &counted(100, 50_000), now);

        let told = rates.pictures(vec![figures], &counted(130, 150_000), now + Duration::from_secs(2));

        let stats = told.first().expect("one");
        assert_eq!((stats.frame_rate, stats.bitrate, stats.pictures), (15.0, 400_000, 130));
        let json = serde_json::to_value(stats).expect("it serialises");
        assert!(json["end"] == "this" && json["source"] == "screen" && json["codec"] == "h264", "{json}");
        assert!(json.get("layer").is_none(), "{json}");
    }

    #[test]
    fn each_of_several_sizes_has_figures_of_its_own() {
        let of_layer = |layer| PictureFigures {
            id: TrackId::sent(Source::Camera).in_layer(Some(layer)),
            source: PictureSource::Camera,
            user: None,
            size: (320, 180),
            freezes: 0,
            is_paused: false,
        };
        let track = |layer, frames| TrackStats { frames, ..TransportStats::default().of(of_layer(layer).id) };
        let tracks = vec![track(Layer::Small, 9), track(Layer::Large, 5)];
        let stats = TransportStats { tracks, ..TransportStats::default() };

        let figures = [Layer::Large, Layer::Small].map(of_layer).to_vec();
        let told = Rates::default().pictures(figures, &stats, Instant::now());

        let seen: Vec<_> = told.iter().map(|stats| (stats.layer, stats.pictures)).collect();
        assert_eq!(seen, [(Some(PictureLayer::Large), 5), (Some(PictureLayer::Small), 9)]);
        assert_eq!(serde_json::to_value(&told[0]).expect("it serialises")["layer"], "large");
    }

    fn counted(frames: u64, bytes: u64) -> TransportStats {
        let id = TrackId::sent(Source::Screen);
        let track = TrackStats { frames, bytes, ..TransportStats::default().of(id) };
        TransportStats { tracks: vec![track], ..TransportStats::default() }
    }
}
