//! Tracks: what flows over a transport, one way each.

use std::time::Instant;

use bytes::Bytes;

use crate::Layer;

/// Where a track's sound or picture comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// What a microphone hears.
    Microphone,
    /// What a camera sees.
    Camera,
    /// What a screen or a window shows.
    Screen,
    /// What is heard along with a screen.
    ScreenSound,
}

/// What can be done with a track's frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sound,
    Picture,
}

impl Source {
    /// The order in which a session has them.
    pub(crate) const IN_ORDER: [Self; 4] = [Self::Microphone, Self::Camera, Self::Screen, Self::ScreenSound];

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Microphone | Self::ScreenSound => Kind::Sound,
            Self::Camera | Self::Screen => Kind::Picture,
        }
    }

    pub(crate) fn is_of_screen(self) -> bool {
        matches!(self, Self::Screen | Self::ScreenSound)
    }
}

/// Which end of a transport a track comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// This one: it sends.
    This,
    /// The other one: it is received here.
    Other,
}

/// Names a track within its transport: whose, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId {
    /// Who sends it.
    pub end: End,
    /// What it shows or lets hear.
    pub source: Source,
    /// By which slot of that source's pool it comes, where there are several. Zero otherwise.
    pub slot: u8,
    /// Which of the sizes it has, where one source is sent in several.
    pub layer: Option<Layer>,
}

impl TrackId {
    /// What this end sends from `source`.
    #[must_use]
    pub const fn sent(source: Source) -> Self {
        Self::of(End::This, source)
    }

    /// What comes from `source` of the only other end.
    #[must_use]
    pub const fn received(source: Source) -> Self {
        Self::received_in(source, 0)
    }

    /// What comes by a slot of a pool.
    #[must_use]
    pub const fn received_in(source: Source, slot: u8) -> Self {
        Self { end: End::Other, source, slot, layer: None }
    }

    /// At the only other end of a pair, or here.
    #[must_use]
    pub const fn of(end: End, source: Source) -> Self {
        Self { end, source, slot: 0, layer: None }
    }

    /// The same track in one of its sizes.
    #[must_use]
    pub const fn in_layer(self, layer: Option<Layer>) -> Self {
        Self { layer, ..self }
    }
}

/// One encoded frame to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What the encoder made: of sound, one Opus packet (RFC 6716); of pictures, one access unit of H.264 with start codes (Annex B).
    pub payload: Bytes,
    /// How long this frame is, in ticks of the track's clock: 960 for 20 ms of sound. Zero for a picture, which is one moment.
    pub ticks: u32,
    /// Ticks that passed unsent before this frame, in silence (DTX) or muted; since the picture before, 90 000 a second.
    pub skipped: u32,
}

/// How loud the sound of a frame is (RFC 6464), which a server may read that cannot hear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loudness {
    /// In dB relative to full scale: 0 to -127.
    pub dbov: i8,
    /// Whether it may be speech.
    pub is_speech: bool,
}

impl Loudness {
    pub(crate) fn to_byte(self) -> u8 {
        u8::from(self.is_speech) << 7 | self.dbov.clamp(-127, 0).unsigned_abs()
    }
}

/// One encoded frame as it came in: of sound, before any jitter buffer, and what came only as a copy in a later packet like a frame that
/// was late; of pictures, whole and in order, and none that refers to one that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedFrame {
    /// RTP sequence number, of a picture's first packet.
    pub sequence: u16,
    /// RTP timestamp in ticks of the track's clock: 48 kHz for sound, 90 kHz for pictures.
    pub timestamp: u32,
    /// What the decoder wants: of sound, one Opus packet (RFC 6716); of pictures, one access unit of H.264 with start codes (Annex B).
    pub payload: Bytes,
    /// When it was taken from the network.
    pub arrived_at: Instant,
}
