//! A device in a channel.

use std::time::{Duration, Instant};

use carillon_protocol::{DeviceId, MediaSlot, UserId, WantedPicture, Wants};

use super::{Origin, VOICES};
use crate::allocation::Patience;
use crate::connection::Connection;
use crate::forward::Packet;
use crate::pictures::PictureSlot;
use crate::voices::VoiceSlots;

/// At this level, in dBov, or below there is nothing that anybody hears, unless the sender takes it for speech.
const SILENT: i8 = -70;

/// After so long without sound a voice's packets are not passed on.
pub(super) const FADES_AFTER: Duration = Duration::from_millis(400);

/// A device that the record has admitted.
pub(super) struct Member {
    pub(super) user: UserId,
    pub(super) connection: Option<Connection>,
    pub(super) voices: VoiceSlots<DeviceId>,
    pub(super) wanted: Vec<WantedPicture>,
    pub(super) pictures: Vec<PictureSlot<Origin>>,
    pub(super) patience: Patience,
    /// What it was told of its slots, and of what is wanted of it; `None`: it may know nothing, or something else.
    pub(super) told: Option<(Vec<MediaSlot>, Wants)>,
    /// When its microphone had sound last.
    pub(super) sounded_at: Option<Instant>,
    pub(super) is_waiting: bool,
    /// Whether something was given to its connection since it was advanced.
    pub(super) is_written: bool,
}

impl Member {
    pub(super) fn new(user: UserId) -> Self {
        Self {
            user,
            connection: None,
            voices: VoiceSlots::new(VOICES),
            wanted: Vec::new(),
            pictures: Vec::new(),
            patience: Patience::default(),
            told: None,
            sounded_at: None,
            is_waiting: false,
            is_written: false,
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.is_connected)
    }

    /// Whether a packet of its microphone can be heard, or comes so shortly after one that could that it belongs to it.
    pub(super) fn is_heard(&mut self, packet: &Packet) -> bool {
        let is_silent = packet.level.is_some_and(|level| level <= SILENT) && packet.is_speech != Some(true);
        if !is_silent {
            self.sounded_at = Some(packet.at);
        }
        self.sounded_at.is_some_and(|at| packet.at.saturating_duration_since(at) < FADES_AFTER)
    }
}
