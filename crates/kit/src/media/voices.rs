//! Whom one hears. Each slot that voices come in by has a task, which gives everyone who is in it a decoder of their own.
//!
//! In a call of two there is one slot and the same voice in it all the time. In a group call the server says who is in which, and moves
//! them.

use std::time::{Duration, Instant};

use carillon_media::{HeardControl, Listener, SoundSink};
use carillon_protocol::{DeviceId, MediaSlot, PublishedSource, UserId};
use carillon_rtc::{ReceivingTrack, Source, TrackId};
use serde::Serialize;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{
    CallSettings,
    frames::{self, ArrivedSound},
    lip_sync::LipSync,
    shown_level,
    slots::{Occupant, ToldSlots, number},
};

/// How loud one of those is who are heard in a group call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VoiceLevel {
    /// Whose voice it is.
    pub user: UserId,
    /// By which of their devices.
    pub device: DeviceId,
    /// 0 (silence) to 1 (full scale), on a scale that looks even to the eye; as it comes, whatever its volume here.
    pub level: f32,
}

/// All voices of a call.
pub(super) struct Voices {
    hearing: Hearing,
    heard: Vec<watch::Receiver<Option<HeardPerson>>>,
}

/// What each slot's task hears with.
#[derive(Clone)]
struct Hearing {
    listener: Listener,
    /// For which the voice of a call of two leads.
    lip_sync: LipSync,
    /// Before it is told who is in one, what comes there is heard meanwhile.
    slots: ToldSlots,
    settings: watch::Receiver<CallSettings>,
    begun: mpsc::Sender<TrackId>,
}

/// Somebody whose voice is decoded.
#[derive(Clone)]
struct HeardPerson {
    user: UserId,
    device: DeviceId,
    control: HeardControl,
}

impl Voices {
    /// The first frame of each microphone is told to `begun`.
    pub(super) fn new(
        listener: Listener,
        lip_sync: LipSync,
        settings: watch::Receiver<CallSettings>,
        begun: mpsc::Sender<TrackId>,
        slots: ToldSlots,
    ) -> Self {
        let hearing = Hearing { listener, lip_sync, slots, settings, begun };
        Self { hearing, heard: Vec::new() }
    }

    /// Hears what comes by these tracks of one transport, until it ends, and by no others any more.
    pub(super) fn hear(&mut self, tracks: Vec<ReceivingTrack>, tasks: &mut JoinSet<()>) {
        self.heard.clear();
        for track in tracks {
            let (heard_tx, heard) = watch::channel(None);
            self.heard.push(heard);
            tasks.spawn(receive(track, self.hearing.clone(), heard_tx));
        }
    }

    /// How loud those are whose names are known.
    pub(super) fn levels(&self) -> Vec<VoiceLevel> {
        let level = |heard: &watch::Receiver<Option<HeardPerson>>| {
            let HeardPerson { user, device, control } = heard.borrow().clone()?;
            Some(VoiceLevel { user, device, level: shown_level(control.level_dbov()) })
        };
        self.heard.iter().filter_map(level).collect()
    }
}

/// Gives what comes in a slot to where it is heard, until the transport ends.
async fn receive(mut track: ReceivingTrack, mut hearing: Hearing, heard: watch::Sender<Option<HeardPerson>>) {
    let mut ear = Ear { slot: number(track.id()), occupant: Occupant::Unknown, sink: None, heard };
    let mut first = Some(hearing.begun.clone()).filter(|_| track.id().source == Source::Microphone);
    ear.look(&mut hearing);
    loop {
        tokio::select! {
            biased;
            Ok(()) = hearing.slots.changed() => ear.look(&mut hearing),
            Ok(()) = hearing.settings.changed() => ear.set_volume(&hearing.settings.borrow_and_update()),
            frame = track.next() => {
                let Some(frame) = frame else { return };
                let (came_at, taken_at) = (frame.arrived_at, track.taken_at(frame.timestamp));
                ear.hear(frames::arrive(frame), &hearing);
                if ear.leads_pictures(&track) {
                    ear.lead(&hearing.lip_sync, taken_at, came_at);
                }
                if let Some(begun) = first.take() {
                    // There is room for each track's first.
                    let _ = begun.try_send(track.id());
                }
            }
        }
    }
}

/// One slot, and the decoder of who is in it.
struct Ear {
    slot: u8,
    occupant: Occupant,
    sink: Option<SoundSink>,
    heard: watch::Sender<Option<HeardPerson>>,
}

impl Ear {
    /// Another voice gets another decoder: this one's delay and pitch are not theirs.
    fn look(&mut self, hearing: &mut Hearing) {
        let occupant = Occupant::of(hearing.slots.borrow_and_update().as_deref(), self.slot);
        if occupant == self.occupant {
            return;
        }
        // What came before its name was told is the voice of who has it now.
        let was_unknown = std::mem::replace(&mut self.occupant, occupant) == Occupant::Unknown;
        if !was_unknown || self.occupant == Occupant::Nobody {
            self.sink = None;
        }
        if let Occupant::Known(_) = self.occupant {
            self.open(hearing);
        }
        self.tell();
    }

    /// Whether the pictures of this transport belong to this voice: in a call of two they do.
    fn leads_pictures(&self, track: &ReceivingTrack) -> bool {
        self.occupant == Occupant::Unknown && track.id().source == Source::Microphone
    }

    /// Tells when this voice is heard.
    fn lead(&self, lip_sync: &LipSync, taken_at: Option<Duration>, came_at: Instant) {
        if let (Some(sink), Some(taken_at)) = (&self.sink, taken_at) {
            lip_sync.sound_came(taken_at, came_at);
            lip_sync.plays_after(sink.control().delay());
        }
    }

    fn hear(&mut self, sound: ArrivedSound, hearing: &Hearing) {
        if self.occupant == Occupant::Unknown {
            self.open(hearing);
        }
        if let Some(sink) = &self.sink {
            sink.push(sound);
        }
    }

    fn open(&mut self, hearing: &Hearing) {
        if self.sink.is_none() {
            self.sink =
                hearing.listener.hear().inspect_err(|error| tracing::debug!(%error, "a voice is not heard")).ok();
        }
        self.set_volume(&hearing.settings.borrow());
    }

    fn set_volume(&self, settings: &CallSettings) {
        if let (Some(sink), Occupant::Known(MediaSlot { user, .. })) = (&self.sink, &self.occupant) {
            sink.control().set_volume(settings.volume(user));
        }
    }

    fn tell(&self) {
        let person = match (&self.occupant, &self.sink) {
            (Occupant::Known(MediaSlot { user, device, source: PublishedSource::Microphone, .. }), Some(sink)) => {
                Some(HeardPerson { user: user.clone(), device: *device, control: sink.control() })
            }
            (Occupant::Known(_) | Occupant::Unknown | Occupant::Nobody, _) => None,
        };
        self.heard.send_replace(person);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use carillon_media::{Voice, VoiceConfig, Volume};

    use super::*;
    use crate::media::MediaOptions;

    #[test]
    fn what_comes_before_its_name_is_heard_and_keeps_its_decoder() {
        let mut slot = Slot::new();
        assert!(slot.ear.sink.is_none(), "nothing came");

        slot.frame();
        assert!(slot.ear.sink.is_some() && slot.named().is_none());
        slot.told(Some("bob"));

        assert_eq!(slot.named().as_deref(), Some("bob"));
    }

    #[test]
    fn a_slot_that_is_empty_has_no_decoder_whatever_still_comes() {
        let mut slot = Slot::new();
        slot.told(Some("bob"));
        assert!(slot.ear.sink.is_some());

        slot.told(None);
        slot.frame();

        assert!(slot.ear.sink.is_none() && slot.named().is_none());
    }

    #[test]
    fn whoever_comes_into_a_slot_is_as_loud_as_they_were_set() {
        let mut slot = Slot::new();
        slot.settings.send_modify(|settings| {
            settings.set_volume(user("carol"), Volume::percent(0));
        });
        assert_eq!(slot.settings.borrow().volume(&user("bob")), Volume::FULL);
        assert_eq!(slot.settings.borrow().volume(&user("carol")), Volume::percent(0));

        slot.told(Some("bob"));
        slot.told(Some("carol"));

        assert_eq!(slot.named().as_deref(), Some("carol"));
    }

    struct Slot {
        ear: Ear,
        hearing: Hearing,
        slots: watch::Sender<Option<Vec<MediaSlot>>>,
        settings: watch::Sender<CallSettings>,
        heard: watch::Receiver<Option<HeardPerson>>,
        _voice: Voice,
    }

    impl Slot {
        fn new() -> Self {
            let voice = Voice::prepare(VoiceConfig::default()).expect("a voice");
            let ((slots, slots_rx), (begun, _)) = (watch::channel(None), mpsc::channel(1));
            let (settings, settings_rx) = watch::channel(CallSettings::new(MediaOptions::default()));
            let (listener, lip_sync) = (voice.listener(), LipSync::new(Instant::now()));
            let hearing = Hearing { listener, lip_sync, slots: slots_rx, settings: settings_rx, begun };
            let (heard_tx, heard) = watch::channel(None);
            let ear = Ear { slot: 0, occupant: Occupant::Unknown, sink: None, heard: heard_tx };
            Self { ear, hearing, slots, settings, heard, _voice: voice }
        }

        fn told(&mut self, who: Option<&str>) {
            self.slots.send_replace(Some(who.map(|who| in_slot(0, who)).into_iter().collect()));
            self.ear.look(&mut self.hearing);
        }

        fn frame(&mut self) {
            let payload = Bytes::from_static(&[0xF8, 0xFF, 0xFE]);
            let frame = ArrivedSound { sequence: 1, timestamp: 960, payload, arrived_at: Instant::now() };
            self.ear.hear(frame, &self.hearing);
        }

        fn named(&self) -> Option<String> {
            self.heard.borrow().as_ref().map(|heard| heard.user.to_string())
        }
    }

    fn in_slot(slot: u8, name: &str) -> MediaSlot {
        let device = DeviceId::new(uuid::Uuid::from_u128(7));
        MediaSlot { slot, user: user(name), device, source: PublishedSource::Microphone }
    }

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a good name")
    }
}
