//! Devices, a network that loses and delays, and the one under test: all in virtual time.

#![allow(dead_code, reason = "each test needs a part of it")]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use carillon_protocol::{CallId, DeviceId, MediaSlot, UserId, Wants};
use carillon_sfu::{Addresses, Event, Output, Peer, Sfu};
use str0m::change::SdpAnswer;
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{Extension, ExtensionValues, RtpWrite, SeqNo};
use str0m::{Candidate, Input, Output as ClientOutput, Rtc};
use uuid::Uuid;

pub(crate) const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 4748);
pub(crate) const MICROPHONE: usize = 0;
pub(crate) const CAMERA: usize = 1;
/// Where the sections of cameras begin among a device's receiving slots.
pub(crate) const FIRST_PICTURE: usize = 5;

/// One packet that a device has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) number: u64,
    pub(crate) time: u32,
    pub(crate) marker: bool,
    pub(crate) payload: Vec<u8>,
    pub(crate) at: Instant,
}

/// A device with its connection.
pub(crate) struct Client {
    pub(crate) device: DeviceId,
    pub(crate) user: UserId,
    rtc: Rtc,
    address: SocketAddr,
    own: Vec<Mid>,
    slots: Vec<Mid>,
    numbers: [u64; 4],
    due: Instant,
    pub(crate) is_connected: bool,
    /// What came in each slot.
    pub(crate) received: HashMap<usize, Vec<Received>>,
    pub(crate) key_frames_wanted: usize,
    /// The same by size.
    pub(crate) wanted_of: HashMap<String, usize>,
    is_in_sizes: bool,
    numbers_of: HashMap<String, u64>,
    /// What was said to be in its slots, the latest last.
    pub(crate) told: Vec<Vec<MediaSlot>>,
    /// What it was told last that is wanted of its pictures.
    pub(crate) wants: Wants,
}

struct Flying {
    at: Instant,
    order: u64,
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

/// A call with its devices.
pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) sfu: Sfu,
    pub(crate) clients: Vec<Client>,
    pub(crate) events: Vec<Event>,
    pub(crate) delay: Duration,
    /// Of a thousand packets, so many are lost; never of those that make a connection.
    pub(crate) lost_per_mille: u64,
    /// What the way to a device carries, in bits a second; and when it has carried all that was sent.
    pub(crate) narrow: HashMap<SocketAddr, (u64, Instant)>,
    flying: BinaryHeap<Reverse<Flying>>,
    order: u64,
    random: u64,
}

pub(crate) const CALL: CallId = CallId::new(Uuid::from_u128(0xca11));

impl World {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        Self {
            now,
            sfu: Sfu::new(Addresses { udp: vec![SERVER.into()], tcp: Vec::new() }).expect("a certificate"),
            clients: Vec::new(),
            events: Vec::new(),
            delay: Duration::from_millis(10),
            lost_per_mille: 0,
            narrow: HashMap::new(),
            flying: BinaryHeap::new(),
            order: 0,
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// The way to a device carries so many bits a second from now on.
    pub(crate) fn narrow(&mut self, who: usize, rate: u64) {
        self.narrow.insert(self.clients[who].address, (rate, self.now));
    }

    /// A call of so many devices, all connected.
    pub(crate) fn of(count: u16) -> Self {
        let mut world = Self::new();
        (0..count).for_each(|number| {
            world.join(number);
        });
        world.run(Duration::from_secs(2));
        assert!(world.clients.iter().all(|client| client.is_connected), "all are connected");
        world
    }

    /// One more device is admitted and connects.
    pub(crate) fn join(&mut self, number: u16) -> usize {
        let client = Client::new(number, self.now);
        self.sfu.admit(CALL, client.device, client.user.clone());
        self.clients.push(client);
        self.offer(self.clients.len() - 1);
        self.clients.len() - 1
    }

    /// A device makes another connection.
    pub(crate) fn rejoin(&mut self, who: usize, number: u16) {
        self.rejoin_from(who, SocketAddr::from(([198, 51, 100, 9], 20_000 + number)));
    }

    /// The same, from this address.
    pub(crate) fn rejoin_from(&mut self, who: usize, address: SocketAddr) {
        let told = std::mem::take(&mut self.clients[who].told);
        let device = self.clients[who].device;
        let user = self.clients[who].user.clone();
        self.clients[who] = Client { device, user, told, ..Client::at(address, 0, self.now) };
        self.offer(who);
    }

    /// One more device is admitted, whose offer names another certificate than its own.
    pub(crate) fn join_lying(&mut self, number: u16) -> usize {
        let mut client = Client::new(number, self.now);
        self.sfu.admit(CALL, client.device, client.user.clone());
        let (offer, pending) = client.offer();
        let (before, after) = offer.split_once("a=fingerprint:sha-256 ").expect("a fingerprint");
        let another = if after.starts_with('0') { "1" } else { "0" };
        let lie = format!("{before}a=fingerprint:sha-256 {another}{}", &after[1..]);
        let answer = self.sfu.connect(CALL, client.device, &lie, self.now).expect("an answer");
        let answer = SdpAnswer::from_sdp_string(&answer).expect("it can be read");
        client.rtc.sdp_api().accept_answer(pending, answer).expect("it is taken");
        self.clients.push(client);
        self.settle();
        self.clients.len() - 1
    }

    fn offer(&mut self, who: usize) {
        let (offer, pending) = self.clients[who].offer();
        let answer = self.sfu.connect(CALL, self.clients[who].device, &offer, self.now).expect("an answer");
        let answer = SdpAnswer::from_sdp_string(&answer).expect("it can be read");
        self.clients[who].rtc.sdp_api().accept_answer(pending, answer).expect("it is taken");
        self.settle();
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, span: Duration) {
        let until = self.now + span;
        loop {
            self.settle();
            let next = self.next().filter(|next| *next <= until);
            self.now = next.unwrap_or(until).max(self.now);
            let Some(_) = next else { return };
            self.step();
        }
    }

    fn next(&self) -> Option<Instant> {
        let flying = self.flying.peek().map(|Reverse(flying)| flying.at);
        let clients = self.clients.iter().map(|client| client.due);
        clients.chain(flying).chain(self.sfu.poll_timeout()).min()
    }

    fn step(&mut self) {
        while let Some(Reverse(flying)) = self.flying.peek().filter(|Reverse(flying)| flying.at <= self.now) {
            let (from, to, bytes) = (flying.from, flying.to, flying.bytes.clone());
            self.flying.pop();
            if to == SERVER.into() {
                self.sfu.handle_datagram(self.now, Peer::udp(from), &bytes);
            } else if let Some(client) = self.clients.iter_mut().find(|client| client.address == to) {
                client.receive(&bytes, self.now);
            }
            // The library keeps only one of what it has to say.
            self.settle();
        }
        for client in self.clients.iter_mut().filter(|client| client.due <= self.now) {
            client.rtc.handle_input(Input::Timeout(self.now)).expect("a device that lives");
        }
        self.sfu.handle_timeout(self.now);
    }

    pub(crate) fn settle(&mut self) {
        let mut sent = Vec::new();
        while let Some(output) = self.sfu.poll_output() {
            match output {
                Output::Transmit { to, bytes } => sent.push((SERVER.into(), to.address, bytes)),
                Output::Event(Event::Slots { device, slots, wants, .. }) => {
                    if let Some(client) = self.clients.iter_mut().find(|client| client.device == device) {
                        client.told.push(slots);
                        client.wants = wants;
                    }
                }
                Output::Event(event) => self.events.push(event),
            }
        }
        for client in &mut self.clients {
            client.drain(&mut sent);
        }
        for (from, to, bytes) in sent {
            self.send(from, to, bytes);
        }
    }

    /// Sends a datagram, as anybody may.
    pub(crate) fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let is_media = bytes.first().is_some_and(|first| *first >= 128);
        if is_media && self.roll() % 1_000 < self.lost_per_mille {
            return;
        }
        let mut at = self.now;
        if let Some((rate, free_at)) = self.narrow.get_mut(&to) {
            let begins = self.now.max(*free_at);
            if begins.saturating_duration_since(self.now) > Duration::from_millis(300) {
                return;
            }
            let bits = (bytes.len() as u64 + 28) * 8;
            *free_at = begins + Duration::from_micros(bits * 1_000_000 / *rate);
            at = *free_at;
        }
        self.order += 1;
        let at = at + self.delay;
        self.flying.push(Reverse(Flying { at, order: self.order, from, to, bytes }));
    }

    /// What is on its way to the server.
    pub(crate) fn flying_to_server(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        self.settle();
        let to_server = self.flying.iter().filter(|Reverse(flying)| flying.to == SERVER.into());
        to_server.map(|Reverse(flying)| (flying.from, flying.bytes.clone())).collect()
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    /// A device says something with its microphone: a packet of 20 ms.
    pub(crate) fn speak(&mut self, who: usize, level: i8, payload: &[u8]) {
        self.clients[who].write(MICROPHONE, None, level, payload, self.now);
    }

    /// A device sends a packet of its camera.
    pub(crate) fn film(&mut self, who: usize, payload: &[u8]) {
        self.clients[who].write(CAMERA, None, 0, payload, self.now);
    }

    /// A device sends a packet of one of its camera's sizes.
    pub(crate) fn film_in(&mut self, who: usize, rid: &str, payload: &[u8]) {
        self.clients[who].write(CAMERA, Some(rid), 0, payload, self.now);
    }

    /// One more device, whose camera is sent in three sizes.
    pub(crate) fn join_with_sizes(&mut self, number: u16) -> usize {
        let client = Client { is_in_sizes: true, ..Client::new(number, self.now) };
        self.sfu.admit(CALL, client.device, client.user.clone());
        self.clients.push(client);
        self.offer(self.clients.len() - 1);
        self.clients.len() - 1
    }

    /// In which slot a device has another's voice, by what it was told.
    pub(crate) fn slot_of(&self, who: usize, other: usize) -> Option<usize> {
        let device = self.clients[other].device;
        let told = self.clients[who].told.last()?;
        told.iter().find(|slot| slot.device == device).map(|slot| usize::from(slot.slot))
    }

    /// What a device heard of another.
    pub(crate) fn heard(&self, who: usize, other: usize) -> Vec<Vec<u8>> {
        let slot = self.slot_of(who, other).and_then(|slot| self.clients[who].received.get(&slot));
        slot.into_iter().flatten().map(|packet| packet.payload.clone()).collect()
    }
}

impl Client {
    fn new(number: u16, now: Instant) -> Self {
        Self::at(SocketAddr::from(([198, 51, 100, 7], 10_000 + number)), number, now)
    }

    fn at(address: SocketAddr, number: u16, now: Instant) -> Self {
        let mut config = Rtc::builder()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .clear_extension_map()
            .set_extension(1, Extension::AudioLevel)
            .set_extension(2, Extension::RtpMid)
            .set_extension(3, Extension::TransportSequenceNumber)
            .set_extension(4, Extension::RtpStreamId)
            .set_extension(5, Extension::RepairedRtpStreamId);
        config.codec_config().add_h264(102.into(), Some(103.into()), true, 0x42_e0_1f);
        let mut rtc = config.build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("a good address"));
        Self {
            device: DeviceId::new(Uuid::from_u128(u128::from(number) + 1)),
            user: UserId::new(format!("user{number}")).expect("a good name"),
            rtc,
            address,
            own: Vec::new(),
            slots: Vec::new(),
            numbers: [u64::from(number) * 1_000; 4],
            due: now,
            is_connected: false,
            received: HashMap::new(),
            key_frames_wanted: 0,
            wanted_of: HashMap::new(),
            is_in_sizes: false,
            numbers_of: HashMap::new(),
            told: Vec::new(),
            wants: Wants::default(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn offer(&mut self) -> (String, str0m::change::SdpPendingOffer) {
        use MediaKind::{Audio, Video};
        let mut sizes = Simulcast::new();
        ["h", "m", "l"].into_iter().for_each(|rid| sizes.add_send_layer(SimulcastLayer::new(rid)));
        let is_in_sizes = self.is_in_sizes;
        let mut api = self.rtc.sdp_api();
        let mut of_camera = Some(sizes).filter(|_| is_in_sizes);
        let mut own = |kind| {
            let sizes = if kind == Video { of_camera.take() } else { None };
            api.add_media(kind, Direction::SendOnly, None, None, sizes)
        };
        self.own = [Audio, Video, Video, Audio].map(&mut own).to_vec();
        let mut add = |kind, direction| api.add_media(kind, direction, None, None, None);
        let pools = [(Audio, 5), (Video, 16), (Video, 1), (Audio, 1)];
        let slots = pools.into_iter().flat_map(|(kind, count)| (0..count).map(move |_| kind));
        self.slots = slots.map(|kind| add(kind, Direction::RecvOnly)).collect();
        let (offer, pending) = api.apply().expect("there is something to offer");
        (offer.to_sdp_string(), pending)
    }

    fn receive(&mut self, bytes: &[u8], now: Instant) {
        let Ok(received) = Receive::new(Protocol::Udp, SERVER.into(), self.address, bytes) else { return };
        self.rtc.handle_input(Input::Receive(now, received)).expect("a device that lives");
    }

    fn drain(&mut self, sent: &mut Vec<(SocketAddr, SocketAddr, Vec<u8>)>) {
        loop {
            match self.rtc.poll_output().expect("a device that lives") {
                ClientOutput::Timeout(due) => {
                    self.due = due;
                    return;
                }
                ClientOutput::Transmit(transmit) => {
                    sent.push((self.address, transmit.destination, transmit.contents.into()));
                }
                ClientOutput::Event(event) => self.hear(event),
            }
        }
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "a device hears what a test is about")]
    fn hear(&mut self, event: str0m::Event) {
        match event {
            str0m::Event::Connected => self.is_connected = true,
            str0m::Event::KeyframeRequest(request) => {
                self.key_frames_wanted += 1;
                let rid = request.rid.map(|rid| rid.to_string()).unwrap_or_default();
                *self.wanted_of.entry(rid).or_default() += 1;
            }
            str0m::Event::RtpPacket(packet) => {
                let mid = self.rtc.direct_api().stream_rx(&packet.header.ssrc).map(|stream| stream.mid());
                let slot = self.slots.iter().position(|slot| Some(*slot) == mid).expect("in a slot");
                self.received.entry(slot).or_default().push(Received {
                    number: *packet.seq_no,
                    time: packet.header.timestamp,
                    marker: packet.header.marker,
                    payload: packet.payload.to_vec(),
                    at: packet.timestamp,
                });
            }
            _ => {}
        }
    }

    fn write(&mut self, source: usize, rid: Option<&str>, level: i8, payload: &[u8], now: Instant) {
        let codec = if source == MICROPHONE { Codec::Opus } else { Codec::H264 };
        let params = self.rtc.codec_config().params().iter().find(|params| params.spec().codec == codec);
        let payload_type = params.expect("it is there").pt();
        let next = match rid {
            Some(rid) => self.numbers_of.entry(rid.to_owned()).or_insert(500),
            None => &mut self.numbers[source],
        };
        *next += 1;
        let number = *next - 1;
        let time = u32::try_from(number * 960).expect("a short test");
        let sound =
            ExtensionValues { audio_level: Some(level), voice_activity: Some(level > -60), ..Default::default() };
        let extensions = if source == MICROPHONE { sound } else { ExtensionValues::default() };
        let mut direct = self.rtc.direct_api();
        let stream = direct.stream_tx_by_mid(self.own[source], rid.map(Rid::from)).expect("it sends");
        let write = RtpWrite::new(payload_type, SeqNo::from(number), time, now, payload.to_vec());
        stream.write_rtp(write.ext_vals(extensions).nackable(source != MICROPHONE));
        self.rtc.handle_input(Input::Timeout(now)).expect("a device that lives");
    }
}

/// An offer of a device that has no connection yet.
pub(crate) fn fresh_offer(number: u16) -> (String, str0m::change::SdpPendingOffer) {
    Client::new(number, Instant::now()).offer()
}

impl PartialEq for Flying {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl Eq for Flying {}

impl PartialOrd for Flying {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Flying {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
