//! One call's participants, and what goes between them.

mod bandwidth;
mod member;
mod slots;

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use carillon_protocol::{CallId, DeviceId, PublishedSource, RECEIVING_SLOTS, UserId, WantedPicture};
use str0m::media::Rid;

use self::member::{FADES_AFTER, Member};
use crate::Counters;
use crate::connection::{Connection, Polled};
use crate::forward::Packet;
use crate::layers::{Layer, LayerWishes};
use crate::loudness::Loudness;
use crate::output::{Event, Peer};
use crate::pictures::{KeyFrames, Step, Target, begins_key_frame};
use crate::rates::Rates;

/// Receiving slots for voices, for cameras, for a screen and for its sound: these come first, in this order.
const VOICES: usize = RECEIVING_SLOTS[0].1 as usize;
const SCREEN: usize = VOICES + RECEIVING_SLOTS[1].1 as usize;
const SCREEN_SOUND: usize = SCREEN + RECEIVING_SLOTS[2].1 as usize;

/// What is taken of a packet whose sender says no level, by its length: Opus takes few bytes where there is little to be heard.
const UNSAID_LEVEL: i8 = -40;
const UNSAID_SILENCE: i8 = -90;
const BYTES_OF_SILENCE: usize = 12;

/// Where packets come from: a participant's source.
type Origin = (DeviceId, PublishedSource);

/// One of the sizes in which a source is encoded.
type Encoding = (Origin, Option<Rid>);

/// What comes out of a channel, and where to.
pub(crate) trait Sink {
    fn transmit(&mut self, from: DeviceId, to: Peer, bytes: Vec<u8>);
    fn event(&mut self, event: Event);
    fn counters(&mut self) -> &mut Counters;
}

/// One call.
pub(crate) struct Channel {
    call: CallId,
    members: HashMap<DeviceId, Member>,
    loudness: Loudness<DeviceId>,
    key_frames: KeyFrames<Encoding>,
    rates: Rates<Encoding>,
    /// Which sizes of cameras are wanted.
    layers: LayerWishes<Origin>,
    /// When it is looked again which sizes of pictures there is room for.
    allocate_at: Option<Instant>,
    /// Those whose connections have something to say.
    waiting: VecDeque<DeviceId>,
    /// Whether something was done in it since it was settled.
    pub(crate) is_unsettled: bool,
}

impl Channel {
    pub(crate) fn new(call: CallId) -> Self {
        Self {
            call,
            members: HashMap::new(),
            // One more than a participant hears: its own voice may be among them.
            loudness: Loudness::new(VOICES + 1),
            key_frames: KeyFrames::new(),
            rates: Rates::new(),
            layers: LayerWishes::new(),
            allocate_at: None,
            waiting: VecDeque::new(),
            is_unsettled: false,
        }
    }

    pub(crate) fn admit(&mut self, device: DeviceId, user: UserId) {
        self.members.entry(device).or_insert_with(|| Member::new(user));
    }

    pub(crate) fn is_admitted(&self, device: DeviceId) -> bool {
        self.members.contains_key(&device)
    }

    pub(crate) fn connections(&self) -> usize {
        self.members.values().filter(|member| member.connection.is_some()).count()
    }

    /// Another connection of a device takes the place of its former one.
    pub(crate) fn connections_besides(&self, device: DeviceId) -> usize {
        self.members.iter().filter(|(other, member)| **other != device && member.connection.is_some()).count()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The answer that a device was given to the same offer.
    pub(crate) fn answer_to(&self, device: DeviceId, offer: &str) -> Option<String> {
        self.members.get(&device)?.connection.as_ref()?.answer_to(offer).map(str::to_owned)
    }

    /// Puts a connection in the place of the one that a device had.
    pub(crate) fn connect(&mut self, device: DeviceId, connection: Connection, now: Instant) {
        let Some(member) = self.members.get_mut(&device) else { return };
        let (user, wanted) = (member.user.clone(), std::mem::take(&mut member.wanted));
        *member = Member { connection: Some(connection), wanted, ..Member::new(user) };
        self.origin_is_new(device);
        self.wake(device, now);
    }

    /// Takes a device out, with all that is sent to it and comes from it.
    pub(crate) fn expel(&mut self, device: DeviceId, sink: &mut impl Sink) {
        self.members.remove(&device);
        self.leave(device, sink);
    }

    /// Nothing comes from a device any more.
    fn leave(&mut self, device: DeviceId, sink: &mut impl Sink) {
        self.loudness.forget(device);
        self.key_frames.retain(|((other, _), _)| *other != device);
        self.rates.retain(|((other, _), _)| *other != device);
        self.layers.retain(|(other, _)| *other != device);
        self.assign_voices(sink);
        self.assign_pictures(sink);
    }

    /// The pictures that a device wants from now on.
    pub(crate) fn want(&mut self, device: DeviceId, wanted: Vec<WantedPicture>, now: Instant, sink: &mut impl Sink) {
        let Some(member) = self.members.get_mut(&device) else { return };
        member.wanted = wanted;
        // In return it hears what is in its slots: it may have missed the last word on that.
        member.told = None;
        self.assign_pictures(sink);
        self.allocate(now, sink);
        self.ask_for_missing(device, now, sink);
    }

    /// When the first of its connections wants to be woken.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.members.values().filter_map(|member| member.connection.as_ref()).map(Connection::due).min()
    }

    /// Wakes all connections that want to be.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let due = |member: &Member| member.connection.as_ref().is_some_and(|connection| connection.due() <= now);
        let due: Vec<DeviceId> = self.members.iter().filter(|(_, member)| due(member)).map(|(id, _)| *id).collect();
        for device in due {
            self.wake(device, now);
        }
    }

    /// Gives a device's connection a datagram; `false` if it is nothing that one sends.
    pub(crate) fn receive(
        &mut self,
        device: DeviceId,
        source: Peer,
        bytes: &[u8],
        now: Instant,
        sink: &mut impl Sink,
    ) -> bool {
        let Some(member) = self.members.get_mut(&device) else { return false };
        let Some(connection) = member.connection.as_mut() else { return false };
        let is_taken = connection.receive(source, bytes, now);
        member.is_written = false; // it has looked at the time
        // At once: a connection has room for one packet that came.
        self.drain(device, now, sink);
        is_taken
    }

    fn wake(&mut self, device: DeviceId, now: Instant) {
        if let Some(connection) = self.members.get_mut(&device).and_then(|member| member.connection.as_mut()) {
            connection.advance(now);
        }
        self.wait(device);
    }

    fn wait(&mut self, device: DeviceId) {
        if let Some(member) = self.members.get_mut(&device).filter(|member| !member.is_waiting) {
            member.is_waiting = true;
            self.waiting.push_back(device);
        }
    }

    /// Does all that connections want, which may make others want something. After the last datagram of those that came together, so that
    /// what leaves for one participant leaves together too.
    pub(crate) fn settle(&mut self, now: Instant, sink: &mut impl Sink) {
        while let Some(device) = self.waiting.pop_front() {
            if let Some(member) = self.members.get_mut(&device) {
                member.is_waiting = false;
                if std::mem::take(&mut member.is_written) {
                    member.connection.iter_mut().for_each(|connection| connection.advance(now));
                }
            }
            self.drain(device, now, sink);
        }
    }

    /// Takes all that a connection has to say.
    fn drain(&mut self, device: DeviceId, now: Instant, sink: &mut impl Sink) {
        while let Some(polled) = self.poll(device, now, sink) {
            match polled {
                Polled::Packet(packet) => self.forward(device, &packet, now, sink),
                Polled::Excessive => sink.counters().packets_excessive += 1,
                Polled::KeyFrameWanted(slot) => self.key_frame_wanted(device, slot, now, sink),
                Polled::Connected => self.connected(device, now, sink),
                Polled::Estimated => self.allocate_soon(now),
                Polled::Idle => return,
                Polled::Dead => self.lost(device, sink),
            }
        }
    }

    fn poll(&mut self, device: DeviceId, now: Instant, sink: &mut impl Sink) -> Option<Polled> {
        let connection = self.members.get_mut(&device)?.connection.as_mut()?;
        Some(connection.poll(now, |to, bytes| sink.transmit(device, to, bytes)))
    }

    fn connected(&mut self, device: DeviceId, now: Instant, sink: &mut impl Sink) {
        let Some(user) = self.members.get(&device).map(|member| member.user.clone()) else { return };
        sink.counters().connected += 1;
        sink.event(Event::Connected { call: self.call, device, user });
        self.assign_voices(sink);
        self.assign_pictures(sink);
        self.ask_for_missing(device, now, sink);
    }

    fn lost(&mut self, device: DeviceId, sink: &mut impl Sink) {
        let Some(member) = self.members.get_mut(&device) else { return };
        member.connection = None;
        member.told = None;
        sink.counters().lost += 1;
        sink.event(Event::Lost { call: self.call, device, user: member.user.clone() });
        self.leave(device, sink);
    }

    fn forward(&mut self, from: DeviceId, packet: &Packet, now: Instant, sink: &mut impl Sink) {
        sink.counters().packets_in += 1;
        match packet.source {
            PublishedSource::Microphone => self.forward_voice(from, packet, now, sink),
            PublishedSource::Camera | PublishedSource::Screen | PublishedSource::ScreenSound => {
                self.forward_picture(from, packet, now, sink);
            }
        }
    }

    fn forward_voice(&mut self, from: DeviceId, packet: &Packet, now: Instant, sink: &mut impl Sink) {
        if self.loudness.hear(from, packet.level.unwrap_or_else(|| unsaid_level(packet.payload.len())), now) {
            self.assign_voices(sink);
        }
        let is_heard = self.members.get_mut(&from).is_some_and(|member| member.is_heard(packet));
        if !self.loudness.is_chosen(from) {
            return;
        }
        if is_heard && self.has_a_place_for(from, packet.at) {
            self.assign_voices(sink);
        }
        for (device, member) in self.members.iter_mut().filter(|(device, _)| **device != from) {
            let Some(slot) = member.voices.slot_of(from) else { continue };
            let Some(connection) = member.connection.as_mut().filter(|connection| connection.is_connected) else {
                continue;
            };
            if !is_heard {
                connection.skip(slot, packet);
                sink.counters().packets_silent += 1;
            } else if connection.write(slot, packet, now) {
                sink.counters().packets_forwarded += 1;
                member.is_written = true;
                if !std::mem::replace(&mut member.is_waiting, true) {
                    self.waiting.push_back(*device);
                }
            }
        }
    }

    /// Whether a member without a slot for this voice has one in which another voice is silent. Nothing else would change.
    fn has_a_place_for(&self, voice: DeviceId, at: Instant) -> bool {
        let is_silent = |other| {
            let sounded_at = self.members.get(&other).and_then(|member| member.sounded_at);
            sounded_at.is_none_or(|then| at.saturating_duration_since(then) >= FADES_AFTER)
        };
        self.members.iter().any(|(device, member)| {
            *device != voice
                && member.is_connected()
                && member.voices.slot_of(voice).is_none()
                && member.voices.taken().any(|(_, other)| is_silent(other))
        })
    }

    fn forward_picture(&mut self, from: DeviceId, packet: &Packet, now: Instant, sink: &mut impl Sink) {
        let origin = (from, packet.source);
        if packet.source != PublishedSource::ScreenSound {
            let is_size = packet.rid.and_then(Layer::named).is_some();
            let is_first = self.rates.count((origin, packet.rid), is_size, packet.payload.len(), now);
            if is_size && is_first {
                // It begins with a key frame, which is not to pass before somebody is chosen to see it.
                self.allocate(now, sink);
            }
            self.allocate_if_due(now, sink);
        }
        let can_begin = packet.source == PublishedSource::ScreenSound || begins_key_frame(&packet.payload);
        let mut lacks_key_frame = false;
        for (device, member) in self.members.iter_mut().filter(|(device, _)| **device != from) {
            let Some(connection) = member.connection.as_mut().filter(|connection| connection.is_connected) else {
                continue;
            };
            for picture in member.pictures.iter_mut().filter(|picture| picture.origin == origin) {
                let step = picture.step(packet.rid, can_begin);
                lacks_key_frame |= step == Step::Lack;
                if step == Step::Switch {
                    connection.switch(picture.slot);
                }
                if matches!(step, Step::Pass | Step::Switch) && connection.write(picture.slot, packet, now) {
                    sink.counters().packets_forwarded += 1;
                    member.is_written = true;
                    if !std::mem::replace(&mut member.is_waiting, true) {
                        self.waiting.push_back(*device);
                    }
                }
            }
        }
        if lacks_key_frame {
            self.ask_for_key_frame((origin, packet.rid), now, sink);
        }
    }

    fn key_frame_wanted(&mut self, by: DeviceId, slot: usize, now: Instant, sink: &mut impl Sink) {
        let pictures = self.members.get(&by).map(|member| member.pictures.as_slice()).unwrap_or_default();
        let picture = pictures.iter().find(|picture| picture.slot == slot);
        if let Some(encoding) = picture.and_then(|picture| Some((picture.origin, picture.open?))) {
            self.ask_for_key_frame(encoding, now, sink);
        }
    }

    /// Asks for the key frames without which a device sees nothing of what it wants.
    fn ask_for_missing(&mut self, of: DeviceId, now: Instant, sink: &mut impl Sink) {
        let pictures = self.members.get(&of).map(|member| member.pictures.clone()).unwrap_or_default();
        for picture in pictures {
            match picture.target {
                Target::Only(rid) if picture.open != Some(rid) => {
                    self.ask_for_key_frame((picture.origin, rid), now, sink)
                }
                Target::Any if picture.open.is_none() => self.ask_for_any_key_frame(picture.origin, now, sink),
                Target::Any | Target::Only(_) | Target::Paused => {}
            }
        }
    }

    /// Of every size that its source is encoded in: it is not known yet which there are.
    fn ask_for_any_key_frame(&mut self, origin: Origin, now: Instant, sink: &mut impl Sink) {
        for rid in [None, Some("h"), Some("m"), Some("l")] {
            self.ask_for_key_frame((origin, rid.map(Rid::from)), now, sink);
        }
    }

    fn ask_for_key_frame(&mut self, encoding: Encoding, now: Instant, sink: &mut impl Sink) {
        let ((device, source), rid) = encoding;
        if source == PublishedSource::ScreenSound || !self.key_frames.ask(encoding, now) {
            return;
        }
        let connection = self.members.get_mut(&device).and_then(|member| member.connection.as_mut());
        if connection.is_some_and(|connection| connection.ask_for_key_frame(source, rid)) {
            sink.counters().key_frame_requests += 1;
            self.wake(device, now);
        }
    }
}

const fn unsaid_level(bytes: usize) -> i8 {
    if bytes <= BYTES_OF_SILENCE { UNSAID_SILENCE } else { UNSAID_LEVEL }
}
