//! One participant's connection: the library's, held to what a participant may do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use carillon_protocol::PublishedSource;
use str0m::bwe::{Bitrate, BweKind};
use str0m::change::SdpOffer;
use str0m::config::{CryptoProvider, DtlsCert};
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, Mid, Pt, Rid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{Extension, ExtensionValues, RtpPacket, RtpWrite, SeqNo};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc};

use crate::forward::{MOST_PAYLOAD, Outgoing, Packet, is_sound};
use crate::offer::{self, Layout, OfferError};
use crate::rewriter::Stamp;
use crate::stun;

/// What our own clients call H.264 of constrained baseline, level 3.1, and its packets that are sent again.
const H264_PAYLOAD_TYPE: u8 = 102;
const RTX_PAYLOAD_TYPE: u8 = 103;
const H264_PROFILE: u32 = 0x42_e0_1f;

/// After so long without a sign of life a connection is lost: a client checks its path every second.
pub(crate) const LOST_AFTER: Duration = Duration::from_secs(10);

/// What one participant may send in a second, in packets and in bytes: a screen, a camera in three sizes and sound, with room to spare.
const MOST_PACKETS: f64 = 3_000.0;
const MOST_BYTES: f64 = 2_000_000.0;

/// What the estimate of a participant's bandwidth begins with.
const FIRST_BITRATE: Bitrate = Bitrate::kbps(500);

/// What all connections of a process share.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) crypto: Arc<CryptoProvider>,
    pub(crate) certificate: DtlsCert,
    /// Where participants send to; the first is the one that the library knows.
    pub(crate) addresses: Vec<SocketAddr>,
}

/// A participant's connection.
pub(crate) struct Connection {
    rtc: Rtc,
    layout: Layout,
    opus: Option<Pt>,
    h264: Option<Pt>,
    offer: String,
    answer: String,
    user_fragment: String,
    address: SocketAddr,
    outgoing: Vec<Outgoing>,
    heard_at: Instant,
    due: Instant,
    allowance: Allowance,
    /// What its network carries, in bits a second, where it says what arrives.
    estimate: Option<u64>,
    /// When that became less.
    fell_at: Option<Instant>,
    aim: (u64, u64),
    pub(crate) is_connected: bool,
}

/// What a connection wants or has.
#[derive(Debug)]
pub(crate) enum Polled {
    Transmit(SocketAddr, Vec<u8>),
    Packet(Packet),
    /// A packet that is none of a participant's, or too many.
    Excessive,
    /// The participant lacks a key frame in this slot.
    KeyFrameWanted(usize),
    /// What its network carries is another amount than before.
    Estimated,
    Connected,
    /// Nothing until then, or until something comes.
    Idle,
    Dead,
}

impl Connection {
    /// Takes an offer.
    pub(crate) fn open(sdp: &str, setup: &Setup, now: Instant) -> Result<Self, OfferError> {
        let layout = offer::read(sdp)?;
        let address = *setup.addresses.first().ok_or(OfferError("the server has no address"))?;
        let mut rtc = build(setup, now);
        let candidate = Candidate::host(address, "udp").map_err(|_| OfferError("the server has no address"))?;
        rtc.add_local_candidate(candidate);
        let parsed = SdpOffer::from_sdp_string(sdp).map_err(|_| OfferError("it cannot be read"))?;
        let answer = rtc.sdp_api().accept_offer(parsed).map_err(|_| OfferError("it cannot be answered"))?;
        let answer = with_addresses(&answer.to_sdp_string(), &setup.addresses);
        let user_fragment = rtc.direct_api().local_ice_credentials().ufrag;
        let kinds = carillon_protocol::source_of_slot;
        let outgoing =
            layout.slots.iter().zip(0_u8..).filter_map(|(mid, slot)| Some(Outgoing::new(*mid, kinds(slot)?)));
        Ok(Self {
            opus: payload_type(&rtc, Codec::Opus),
            h264: payload_type(&rtc, Codec::H264),
            outgoing: outgoing.collect(),
            rtc,
            layout,
            offer: sdp.to_owned(),
            answer,
            user_fragment,
            address,
            heard_at: now,
            due: now,
            allowance: Allowance::full(now),
            estimate: None,
            fell_at: None,
            aim: (0, 0),
            is_connected: false,
        })
    }

    pub(crate) fn answer(&self) -> &str {
        &self.answer
    }

    /// The answer, if it is the same offer again.
    pub(crate) fn answer_to(&self, offer: &str) -> Option<&str> {
        (self.offer == offer).then_some(&self.answer)
    }

    pub(crate) fn user_fragment(&self) -> &str {
        &self.user_fragment
    }

    /// When it wants to be woken.
    pub(crate) fn due(&self) -> Instant {
        self.due.min(self.heard_at + LOST_AFTER)
    }

    /// Takes a datagram; `false` if it is nothing of this protocol.
    pub(crate) fn receive(&mut self, source: SocketAddr, bytes: &[u8], now: Instant) -> bool {
        let Ok(received) = Receive::new(Protocol::Udp, source, self.address, bytes) else { return false };
        // What anybody can send from a forged address must not end a connection.
        self.rtc.handle_input(Input::Receive(now, received)).is_ok()
    }

    /// Time has passed, or something is to be sent.
    pub(crate) fn advance(&mut self, now: Instant) {
        if self.rtc.handle_input(Input::Timeout(now)).is_err() {
            self.rtc.disconnect();
        }
    }

    /// What it wants, until it is idle or dead.
    pub(crate) fn poll(&mut self, now: Instant) -> Polled {
        loop {
            if !self.rtc.is_alive() || now.saturating_duration_since(self.heard_at) >= LOST_AFTER {
                return Polled::Dead;
            }
            match self.rtc.poll_output() {
                Ok(Output::Timeout(due)) => {
                    self.due = due;
                    return Polled::Idle;
                }
                Ok(Output::Transmit(transmit)) => {
                    let bytes: Vec<u8> = transmit.contents.into();
                    // It answers only what is signed with its own password.
                    if stun::is_stun(&bytes) {
                        self.heard_at = now;
                    }
                    return Polled::Transmit(transmit.destination, bytes);
                }
                Ok(Output::Event(event)) => {
                    if let Some(polled) = self.event(event, now) {
                        return polled;
                    }
                }
                Err(_) => return Polled::Dead,
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the library has events for what is not used here")]
    fn event(&mut self, event: Event, now: Instant) -> Option<Polled> {
        match event {
            Event::RtpPacket(packet) => Some(self.packet(packet, now)),
            Event::KeyframeRequest(request) => self.slot_of(request.mid).map(Polled::KeyFrameWanted),
            Event::Connected => {
                self.is_connected = true;
                Some(Polled::Connected)
            }
            Event::EgressBitrateEstimate(BweKind::Twcc { estimate, can_probe }) => {
                let before = std::mem::replace(&mut self.estimate, can_probe.then(|| estimate.as_u64()));
                if before.zip(self.estimate).is_some_and(|(before, latest)| latest < before) {
                    self.fell_at = Some(now);
                }
                Some(Polled::Estimated)
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => Some(Polled::Dead),
            _ => None,
        }
    }

    fn slot_of(&self, mid: Mid) -> Option<usize> {
        self.layout.slots.iter().position(|slot| *slot == mid)
    }

    fn packet(&mut self, packet: RtpPacket, now: Instant) -> Polled {
        self.heard_at = now;
        let is_allowed = self.allowance.take(packet.payload.len(), now) && packet.payload.len() <= MOST_PAYLOAD;
        let Some((source, rid)) = self.source_of(&packet).filter(|_| is_allowed) else { return Polled::Excessive };
        Polled::Packet(Packet {
            source,
            rid,
            stamp: Stamp { number: *packet.seq_no, time: packet.header.timestamp },
            marker: packet.header.marker,
            level: packet.header.ext_vals.audio_level,
            is_speech: packet.header.ext_vals.voice_activity,
            payload: packet.payload,
            at: packet.timestamp,
        })
    }

    /// Which of its sources a packet is of, if it is encoded as it should be.
    fn source_of(&mut self, packet: &RtpPacket) -> Option<(PublishedSource, Option<Rid>)> {
        let mut direct = self.rtc.direct_api();
        let stream = direct.stream_rx(&packet.header.ssrc)?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let at = self.layout.own.iter().position(|own| *own == mid)?;
        let source = PublishedSource::ALL[at];
        (self.payload_type(source) == Some(packet.header.payload_type)).then_some((source, rid))
    }

    fn payload_type(&self, source: PublishedSource) -> Option<Pt> {
        if is_sound(source) { self.opus } else { self.h264 }
    }

    /// Another source is in this slot from now on.
    pub(crate) fn switch(&mut self, slot: usize) {
        self.outgoing[slot].rewriter.switch();
    }

    /// A packet of the source in this slot is not passed on.
    pub(crate) fn skip(&mut self, slot: usize, packet: &Packet) {
        self.outgoing[slot].rewriter.skip(packet.stamp.number);
    }

    /// Passes a packet of the source in this slot on. Says whether it leaves.
    pub(crate) fn write(&mut self, slot: usize, packet: &Packet, now: Instant) -> bool {
        let Some(payload_type) = self.payload_type(packet.source).filter(|_| self.is_connected) else { return false };
        let Outgoing { mid, rewriter } = &mut self.outgoing[slot];
        let Some((stamp, is_first)) = rewriter.rewrite(packet.stamp, now) else { return false };
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_tx_by_mid(*mid, None) else { return false };
        let sound = is_sound(packet.source);
        let extensions = ExtensionValues {
            audio_level: packet.level,
            voice_activity: packet.is_speech,
            ..ExtensionValues::default()
        };
        let number = SeqNo::from(stamp.number);
        let write = RtpWrite::new(payload_type, number, stamp.time, packet.at, Arc::clone(&packet.payload));
        // The first packet of a voice begins a talk spurt (RFC 3551 §4.1).
        stream.write_rtp(write.marker(packet.marker || (sound && is_first)).ext_vals(extensions).nackable(!sound));
        true
    }

    /// What its network carries, in bits a second; without an end where that is not known. While pictures begin, what it began with at least.
    pub(crate) fn estimate(&self, while_pictures_begin: bool) -> u64 {
        let least = if while_pictures_begin { FIRST_BITRATE.as_u64() } else { 0 };
        self.estimate.unwrap_or(u64::MAX).max(least)
    }

    /// Begins the estimate anew where it is less than what is `sent` now, in bits a second, with a quarter to spare.
    pub(crate) fn begin_anew(&mut self, sent: u64) {
        let begins_with = FIRST_BITRATE.as_u64().max(sent + sent / 4);
        if self.estimate.is_some_and(|estimate| estimate < begins_with) {
            self.rtc.bwe().reset(Bitrate::from(begins_with));
            self.estimate = Some(begins_with);
            self.aim = (0, 0); // it is to be said again
        }
    }

    /// When that became less.
    pub(crate) fn fell_at(&self) -> Option<Instant> {
        self.fell_at
    }

    /// Looks whether its network carries so much, in bits a second: what is sent and the next step, and all that is wanted.
    /// Says whether that is another aim than before.
    pub(crate) fn aim_at(&mut self, next: u64, all: u64) -> bool {
        let is_new = std::mem::replace(&mut self.aim, (next, all)) != (next, all);
        if is_new {
            self.rtc.bwe().set_bitrate(Bitrate::from(next), Bitrate::from(all));
        }
        is_new
    }

    /// Asks the participant for a key frame of one of its sources. Says whether there was anything to ask for.
    pub(crate) fn ask_for_key_frame(&mut self, source: PublishedSource, rid: Option<Rid>) -> bool {
        let Some(at) = PublishedSource::ALL.into_iter().position(|own| own == source) else { return false };
        let mut direct = self.rtc.direct_api();
        let stream = direct.stream_rx_by_mid(self.layout.own[at], rid);
        stream.map(|stream| stream.request_keyframe(KeyframeRequestKind::Pli)).is_some()
    }
}

fn build(setup: &Setup, now: Instant) -> Rtc {
    let mut config = Rtc::builder()
        .set_crypto_provider(Arc::clone(&setup.crypto))
        .set_dtls_cert(setup.certificate.clone())
        .set_ice_lite(true)
        .set_rtp_mode(true)
        .clear_codecs()
        .enable_opus(true, false)
        .clear_extension_map()
        .set_extension(1, Extension::AudioLevel)
        .set_extension(2, Extension::RtpMid)
        .set_extension(3, Extension::TransportSequenceNumber)
        .set_extension(4, Extension::RtpStreamId)
        .set_extension(5, Extension::RepairedRtpStreamId)
        .enable_bwe(Some(FIRST_BITRATE));
    config.codec_config().add_h264(H264_PAYLOAD_TYPE.into(), Some(RTX_PAYLOAD_TYPE.into()), true, H264_PROFILE);
    config.build(now)
}

fn payload_type(rtc: &Rtc, codec: Codec) -> Option<Pt> {
    rtc.codec_config().params().iter().find(|params| params.spec().codec == codec).map(|params| params.pt())
}

/// The answer's candidates, with those that the library does not know: it takes them for one address, as its socket is one.
fn with_addresses(sdp: &str, addresses: &[SocketAddr]) -> String {
    let mut text = String::with_capacity(sdp.len());
    for line in sdp.lines() {
        text.push_str(line);
        text.push_str("\r\n");
        if !line.starts_with("a=candidate:") {
            continue;
        }
        for (number, address) in addresses.iter().enumerate().skip(1) {
            let priority = 2_113_937_151 - number;
            let (ip, port) = (address.ip(), address.port());
            text.push_str(&format!("a=candidate:more{number} 1 udp {priority} {ip} {port} typ host\r\n"));
        }
    }
    text
}

/// What a participant may send.
#[derive(Debug)]
struct Allowance {
    packets: f64,
    bytes: f64,
    at: Instant,
}

impl Allowance {
    const fn full(now: Instant) -> Self {
        Self { packets: MOST_PACKETS, bytes: MOST_BYTES, at: now }
    }

    #[expect(clippy::cast_precision_loss, reason = "a payload is a few kilobytes at most")]
    fn take(&mut self, bytes: usize, now: Instant) -> bool {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.packets = (self.packets + seconds * MOST_PACKETS).min(MOST_PACKETS);
        self.bytes = (self.bytes + seconds * MOST_BYTES).min(MOST_BYTES);
        let (packets, bytes) = (self.packets - 1.0, self.bytes - bytes as f64);
        if packets < 0.0 || bytes < 0.0 {
            return false;
        }
        (self.packets, self.bytes) = (packets, bytes);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_participant_who_sends_too_much_is_held_to_what_it_may_send() {
        let now = Instant::now();
        let mut allowance = Allowance::full(now);

        let at_once = (0..10_000).filter(|_| allowance.take(100, now)).count();
        let a_second_later = (0..10_000).filter(|_| allowance.take(1_000, now + Duration::from_secs(1))).count();

        assert_eq!((at_once, a_second_later), (3_000, 2_000));
    }

    #[test]
    fn an_answer_names_every_address_in_each_section_that_has_candidates() {
        let addresses = ["192.0.2.1:4748".parse().unwrap(), "[2001:db8::1]:4748".parse().unwrap()];

        let answer =
            with_addresses("v=0\r\nm=audio\r\na=candidate:1 1 udp 1 192.0.2.1 4748 typ host\r\na=x\r\n", &addresses);

        let more = "a=candidate:more1 1 udp 2113937150 2001:db8::1 4748 typ host";
        assert_eq!(answer.lines().nth(3), Some(more));
        assert_eq!(answer.lines().count(), 5);
    }
}
