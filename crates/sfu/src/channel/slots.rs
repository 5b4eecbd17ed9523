//! What is in everybody's receiving slots, and who is told of it.

use std::collections::{HashMap, HashSet};

use carillon_protocol::{DeviceId, MediaSlot, PublishedSource, UserId, Wants};

use super::{
    Channel, Origin, SCREEN, SCREEN_SOUND, Sink, VOICES,
    member::{FADES_AFTER, Member},
};
use crate::output::Event;
use crate::pictures::{PictureSlot, Target};

/// How exactly it is told how large a picture is wanted, and how large at most.
const ROWS_STEP: u16 = 90;
const MOST_ROWS: u16 = 2160;

impl Channel {
    /// What comes from a device comes from another connection of it from now on.
    pub(super) fn origin_is_new(&mut self, device: DeviceId) {
        for member in self.members.values_mut() {
            let Member { connection: Some(connection), voices, pictures, .. } = member else { continue };
            if let Some(slot) = voices.slot_of(device) {
                connection.switch(slot);
            }
            for picture in pictures.iter_mut().filter(|picture| picture.origin.0 == device) {
                picture.open = None;
                connection.switch(picture.slot);
            }
        }
    }

    /// Gives the voices that are passed on to everybody's slots.
    pub(super) fn assign_voices(&mut self, sink: &mut impl Sink) {
        let sounds = self.sounds();
        for (device, member) in &mut self.members {
            let mut others = self.loudness.chosen().filter(|voice| voice != device).collect::<Vec<_>>();
            // To a device that is not chosen itself there is one more than it has slots for: the one that is silent waits.
            while others.len() > VOICES {
                let keeps = |voice: &DeviceId| (sounds.contains(voice), member.voices.slot_of(*voice).is_some());
                let Some(at) = (0..others.len()).min_by_key(|at| keeps(&others[*at])) else { break };
                others.remove(at);
            }
            for slot in member.voices.assign(others.into_iter()) {
                if let Some(connection) = &mut member.connection {
                    connection.switch(slot);
                }
            }
        }
        self.tell_slots(sink);
    }

    /// The devices whose microphones have sound now.
    fn sounds(&self) -> HashSet<DeviceId> {
        let latest = self.members.values().filter_map(|member| member.sounded_at).max();
        let is_now = |member: &Member| {
            let silent = latest.zip(member.sounded_at).map(|(latest, at)| latest.saturating_duration_since(at));
            silent.is_some_and(|silent| silent < FADES_AFTER)
        };
        self.members.iter().filter(|(_, member)| is_now(member)).map(|(device, _)| *device).collect()
    }

    /// Gives the pictures that are wanted, and are there, to the slots in which they are.
    pub(super) fn assign_pictures(&mut self, sink: &mut impl Sink) {
        let devices: HashMap<UserId, DeviceId> =
            self.members.iter().map(|(device, member)| (member.user.clone(), *device)).collect();
        for (device, member) in &mut self.members {
            let mut pictures: Vec<PictureSlot<Origin>> = Vec::new();
            for wanted in &member.wanted {
                let (slot, from) = (usize::from(wanted.slot), devices.get(&wanted.user));
                let Some(from) = from.filter(|from| *from != device) else { continue };
                if pictures.iter().any(|picture| picture.slot == slot) {
                    continue; // a slot has one picture
                }
                match slot {
                    VOICES..SCREEN => pictures.push(closed(slot, (*from, PublishedSource::Camera), wanted.height)),
                    SCREEN => {
                        pictures.push(closed(SCREEN, (*from, PublishedSource::Screen), wanted.height));
                        pictures.push(closed(SCREEN_SOUND, (*from, PublishedSource::ScreenSound), 0));
                    }
                    _ => {}
                }
            }
            for picture in &mut pictures {
                let same =
                    |before: &&PictureSlot<Origin>| (before.slot, before.origin) == (picture.slot, picture.origin);
                match member.pictures.iter().find(same) {
                    Some(before) => (picture.open, picture.target) = (before.open, before.target),
                    None => {
                        if let Some(connection) = &mut member.connection {
                            connection.switch(picture.slot);
                        }
                    }
                }
            }
            member.pictures = pictures;
        }
        self.tell_slots(sink);
    }

    /// Tells those whose slots have changed what is in them, and those of whom more or less is wanted how much.
    pub(super) fn tell_slots(&mut self, sink: &mut impl Sink) {
        let users: HashMap<DeviceId, UserId> =
            self.members.iter().map(|(device, member)| (*device, member.user.clone())).collect();
        let heights = self.wanted_heights();
        for (device, member) in self.members.iter_mut().filter(|(_, member)| member.is_connected()) {
            let voices = member.voices.taken().map(|(slot, from)| (slot, (from, PublishedSource::Microphone)));
            let taken = voices.chain(member.pictures.iter().map(|picture| (picture.slot, picture.origin)));
            let slots: Vec<MediaSlot> = taken.filter_map(|(slot, origin)| media_slot(slot, origin, &users)).collect();
            // Nobody makes what nobody wants.
            let rows = |source| Some(heights.get(&(*device, source)).copied().unwrap_or(0));
            let wants = Wants {
                camera_rows: rows(PublishedSource::Camera),
                screen_rows: rows(PublishedSource::Screen),
                camera_layers: self.layers.of(&(*device, PublishedSource::Camera)),
            };
            let now = (slots, wants);
            if member.told.as_ref() != Some(&now) {
                member.told = Some(now.clone());
                let (slots, wants) = now;
                sink.event(Event::Slots { call: self.call, device: *device, slots, wants });
            }
        }
    }

    /// How large each picture is shown where it is largest.
    fn wanted_heights(&self) -> HashMap<Origin, u16> {
        let mut heights = HashMap::new();
        let pictures = self.members.values().filter(|member| member.is_connected()).flat_map(|member| &member.pictures);
        for picture in pictures {
            let most = heights.entry(picture.origin).or_insert(0);
            // In steps, so that who changes a size a little makes nobody hear of it.
            *most = picture.height.min(MOST_ROWS).next_multiple_of(ROWS_STEP).max(*most);
        }
        heights
    }
}

fn closed(slot: usize, origin: Origin, height: u16) -> PictureSlot<Origin> {
    PictureSlot { slot, origin, height, open: None, target: Target::Any }
}

fn media_slot(slot: usize, (device, source): Origin, users: &HashMap<DeviceId, UserId>) -> Option<MediaSlot> {
    Some(MediaSlot { slot: u8::try_from(slot).ok()?, user: users.get(&device)?.clone(), device, source })
}
