//! Who is in which of a group call's receiving slots: what the server says of them, as far as this device wants it.

use carillon_protocol::{MediaSlot, PublishedSource, WantedPicture, slots_of, source_of_slot};
use carillon_rtc::{Source, TrackId};
use tokio::sync::watch;

/// What is told of all slots; `None` until it is.
pub(super) type ToldSlots = watch::Receiver<Option<Vec<MediaSlot>>>;

/// The slots of the transport that there is.
#[derive(Debug, Default)]
pub(super) struct Slots {
    told: watch::Sender<Option<Vec<MediaSlot>>>,
    wanted: Vec<WantedPicture>,
}

impl Slots {
    pub(super) fn subscribe(&self) -> ToldSlots {
        self.told.subscribe()
    }

    /// There is another transport, of which nothing is told yet.
    pub(super) fn begin_anew(&self) {
        self.told.send_replace(None);
    }

    /// The server says who is in which. Of pictures it may answer an earlier wish.
    pub(super) fn hear(&self, mut slots: Vec<MediaSlot>) {
        slots.retain(|slot| is_wanted(&self.wanted, slot));
        self.told.send_replace(Some(slots));
    }

    /// This device wants these pictures. A slot in which it wants another one has nobody until the server says that they are in it: what comes
    /// meanwhile may be of either.
    pub(super) fn want(&mut self, wanted: Vec<WantedPicture>) {
        self.wanted = wanted;
        let wanted = &self.wanted;
        self.told.send_if_modified(|told| {
            let Some(slots) = told else { return false };
            let before = slots.len();
            slots.retain(|slot| is_wanted(wanted, slot));
            slots.len() < before
        });
    }
}

/// Voices are the server's choice. The sound of a screen is in the slot beside it.
fn is_wanted(wanted: &[WantedPicture], slot: &MediaSlot) -> bool {
    let is_in = |wanted_in: u8| match slot.source {
        PublishedSource::ScreenSound => source_of_slot(wanted_in) == Some(PublishedSource::Screen),
        PublishedSource::Microphone | PublishedSource::Camera | PublishedSource::Screen => wanted_in == slot.slot,
    };
    let is_voice = slot.source == PublishedSource::Microphone;
    is_voice || wanted.iter().any(|wanted| is_in(wanted.slot) && wanted.user == slot.user)
}

/// Who is in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Occupant {
    /// The other end of a call of two; or the server has not said it yet.
    Unknown,
    /// What still comes is left over.
    Nobody,
    Known(MediaSlot),
}

impl Occupant {
    pub(super) fn of(slots: Option<&[MediaSlot]>, slot: u8) -> Self {
        let Some(slots) = slots else { return Self::Unknown };
        let here = slots.iter().find(|here| here.slot == slot && source_of_slot(slot) == Some(here.source));
        here.map_or(Self::Nobody, |here| Self::Known(here.clone()))
    }
}

/// The slot of a track as the server counts them: all of one source after those of the one before.
pub(super) fn number(track: TrackId) -> u8 {
    let source = match track.source {
        Source::Microphone => PublishedSource::Microphone,
        Source::Camera => PublishedSource::Camera,
        Source::Screen => PublishedSource::Screen,
        Source::ScreenSound => PublishedSource::ScreenSound,
    };
    slots_of(source).start.saturating_add(track.slot)
}

#[cfg(test)]
mod tests {
    use carillon_protocol::{DeviceId, UserId};

    use super::*;

    #[test]
    fn a_slot_in_which_another_one_is_wanted_has_nobody_until_they_are_told_to_be_there() {
        let mut slots = Slots::default();
        let told = slots.subscribe();
        let in_slot = |number| Occupant::of(told.borrow().as_deref(), number);
        slots.want(vec![wanted(5, "bob"), wanted(6, "carol")]);
        assert_eq!(in_slot(5), Occupant::Unknown);
        slots.hear(vec![camera(5, "bob"), camera(6, "carol")]);
        assert_eq!(in_slot(5), Occupant::Known(camera(5, "bob")));

        slots.want(vec![wanted(5, "dora"), wanted(6, "carol")]);

        assert_eq!((in_slot(5), in_slot(6)), (Occupant::Nobody, Occupant::Known(camera(6, "carol"))));
        slots.hear(vec![camera(5, "bob"), camera(6, "carol")]);
        assert_eq!(in_slot(5), Occupant::Nobody, "that answers the wish before");
        slots.hear(vec![camera(5, "dora"), camera(6, "carol")]);
        assert_eq!(in_slot(5), Occupant::Known(camera(5, "dora")));
    }

    #[test]
    fn voices_are_not_asked_for_and_a_screens_sound_goes_with_it() {
        let mut slots = Slots::default();
        let told = slots.subscribe();
        let voice = MediaSlot { source: PublishedSource::Microphone, ..camera(0, "bob") };
        let sound = MediaSlot { source: PublishedSource::ScreenSound, ..camera(22, "bob") };
        slots.want(vec![wanted(21, "bob")]);
        slots.hear(vec![voice.clone(), sound.clone()]);
        assert_eq!(told.borrow().as_deref(), Some(&[voice.clone(), sound][..]));

        slots.want(vec![wanted(21, "carol")]);

        assert_eq!(told.borrow().as_deref(), Some(&[voice][..]));
    }

    #[test]
    fn slots_of_other_sources_are_not_voices() {
        let voice = |slot| MediaSlot { source: PublishedSource::Microphone, ..camera(slot, "bob") };

        assert_eq!(Occupant::of(Some(&[camera(0, "bob")]), 0), Occupant::Nobody);
        assert_eq!(Occupant::of(Some(&[voice(1)]), 0), Occupant::Nobody);
        assert_eq!(Occupant::of(Some(&[voice(1)]), 1), Occupant::Known(voice(1)));
        assert_eq!(Occupant::of(None, 1), Occupant::Unknown);
    }

    #[test]
    fn tracks_have_the_numbers_that_the_server_gives_their_slots() {
        assert_eq!(number(TrackId::received_in(Source::Microphone, 4)), 4);
        assert_eq!(number(TrackId::received_in(Source::Camera, 0)), 5);
        assert_eq!(number(TrackId::received_in(Source::ScreenSound, 0)), 22);
    }

    fn camera(slot: u8, name: &str) -> MediaSlot {
        let device = DeviceId::new(uuid::Uuid::from_u128(7));
        MediaSlot { slot, user: user(name), device, source: PublishedSource::Camera }
    }

    fn wanted(slot: u8, name: &str) -> WantedPicture {
        WantedPicture { slot, user: user(name), height: 360 }
    }

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a good name")
    }
}
