//! One connection of a participant, without I/O: it sends what its sources have, and counts what comes.

mod drops;
mod setup;

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use str0m::{
    Event, IceConnectionState, Input, Output, Rtc,
    change::{SdpAnswer, SdpOffer, SdpPendingOffer},
    format::Codec,
    media::Pt,
    net::{Protocol, Receive},
    rtp::{ExtensionValues, RtpPacket, RtpWrite, SeqNo},
};

pub(crate) use self::{
    drops::Drops,
    setup::{Sections, Sending},
};
use crate::{
    flow::Expected,
    media::{Kind, Sent, Source, payload},
    tally::{Stream, Tally, unwrapped},
};

/// What everybody says of the loudness of what they send, in dBov: speech.
const LEVEL: i8 = -30;

const RTP_HEADER_BYTES: usize = 12;

/// A connection that comes about during the measurement is expected to have all that it receives after so long.
const SETTLES_IN: Duration = Duration::from_secs(1);

/// Why a connection does not come about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    #[error("the server's description cannot be read: {0}")]
    Unreadable(String),
    #[error("the server's description cannot be taken: {0}")]
    Untaken(String),
    #[error("there is nothing to offer")]
    Nothing,
}

/// A connection.
pub(crate) struct Connection {
    rtc: Rtc,
    address: SocketAddr,
    pending: Option<SdpPendingOffer>,
    opus: Option<Pt>,
    h264: Option<Pt>,
    sources: Vec<Source>,
    streams: HashMap<u32, Stream>,
    /// What the times in payloads count from.
    origin: Instant,
    decrypts: bool,
    /// Where the join is timed: since when.
    asked_at: Option<Instant>,
    expects: Expected,
    /// From when on what it does not receive is missing.
    counts_from: Instant,
    /// When the measurement was over.
    frozen_at: Option<Instant>,
    drops: Drops,
    due: Instant,
    pub(crate) is_connected: bool,
    pub(crate) is_lost: bool,
}

/// What a connection is to do, beyond its sections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Duty {
    pub(crate) origin: Instant,
    pub(crate) decrypts: bool,
    pub(crate) lost_per_mille: u32,
    /// From when on it is counted until the first picture, or sound, has come; `None`: that is of no interest.
    pub(crate) asked_at: Option<Instant>,
    pub(crate) expects: Expected,
    pub(crate) seed: u64,
}

/// A packet, by its header.
struct Arrived {
    ssrc: u32,
    number: u64,
    is_sound: bool,
    /// Whether a picture, or sound, is complete with it, if nothing of it is missing.
    ends_frame: bool,
}

impl Connection {
    fn new(address: SocketAddr, duty: Duty, rtc: Rtc) -> Self {
        Self {
            opus: payload_type(&rtc, Codec::Opus),
            h264: payload_type(&rtc, Codec::H264),
            rtc,
            address,
            pending: None,
            sources: Vec::new(),
            streams: HashMap::new(),
            origin: duty.origin,
            decrypts: duty.decrypts,
            asked_at: duty.asked_at,
            expects: duty.expects,
            counts_from: Instant::now() + SETTLES_IN,
            frozen_at: None,
            drops: Drops::new(duty.lost_per_mille, duty.seed),
            due: Instant::now(),
            is_connected: false,
            is_lost: false,
        }
    }

    /// Offers these sections. What it sends begins when it is connected.
    pub(crate) fn offer(
        address: SocketAddr,
        sections: &Sections,
        duty: Duty,
    ) -> Result<(Self, String), ConnectionError> {
        let now = Instant::now();
        let rtc = setup::rtc(address, duty.decrypts, now);
        let mut connection = Self::new(address, duty, rtc);
        let (offer, pending, sources) =
            setup::offer(&mut connection.rtc, sections, now).ok_or(ConnectionError::Nothing)?;
        connection.pending = Some(pending);
        connection.sources = sources;
        Ok((connection, offer))
    }

    /// Takes the answer to its offer.
    pub(crate) fn take_answer(&mut self, sdp: &str) -> Result<(), ConnectionError> {
        let answer = SdpAnswer::from_sdp_string(sdp).map_err(|error| ConnectionError::Unreadable(error.to_string()))?;
        let pending = self.pending.take().ok_or(ConnectionError::Nothing)?;
        let taken = self.rtc.sdp_api().accept_answer(pending, answer);
        taken.map_err(|error| ConnectionError::Untaken(error.to_string()))?;
        self.note_payload_types();
        Ok(())
    }

    /// Takes an offer of the server, and answers it: it only receives.
    pub(crate) fn answer(address: SocketAddr, sdp: &str, duty: Duty) -> Result<(Self, String), ConnectionError> {
        let offer = SdpOffer::from_sdp_string(sdp).map_err(|error| ConnectionError::Unreadable(error.to_string()))?;
        let mut rtc = setup::rtc(address, duty.decrypts, Instant::now());
        let answer = rtc.sdp_api().accept_offer(offer).map_err(|error| ConnectionError::Untaken(error.to_string()))?;
        let mut connection = Self::new(address, duty, rtc);
        connection.note_payload_types();
        Ok((connection, answer.to_sdp_string()))
    }

    /// An offer of the server may give them other numbers.
    fn note_payload_types(&mut self) {
        (self.opus, self.h264) = (payload_type(&self.rtc, Codec::Opus), payload_type(&self.rtc, Codec::H264));
    }

    /// When it wants to be advanced.
    pub(crate) fn due(&self) -> Instant {
        let sources = self.sources.iter().filter(|_| self.is_connected).map(Source::due);
        sources.chain([self.due]).min().unwrap_or(self.due)
    }

    /// Takes a datagram.
    pub(crate) fn receive(&mut self, from: SocketAddr, bytes: &[u8], now: Instant, tally: &mut Tally) {
        if is_media(bytes) {
            if self.drops.roll() {
                return;
            }
            tally.receive(bytes.len());
            if !self.decrypts && self.is_connected {
                self.count(bytes, now, tally);
                return;
            }
        }
        let Ok(received) = Receive::new(Protocol::Udp, from, self.address, bytes) else { return };
        self.is_lost |= self.rtc.handle_input(Input::Receive(now, received)).is_err();
    }

    /// Time has passed.
    pub(crate) fn advance(&mut self, now: Instant, tally: &mut Tally) {
        if self.is_connected {
            let mut sources = std::mem::take(&mut self.sources);
            for source in &mut sources {
                let sent_us = micros(now.saturating_duration_since(self.origin));
                for sent in source.poll(now, sent_us) {
                    self.write(source, sent, now, tally);
                }
            }
            self.sources = sources;
        }
        self.is_lost |= self.rtc.handle_input(Input::Timeout(now)).is_err();
    }

    fn write(&mut self, source: &Source, sent: Sent, now: Instant, tally: &mut Tally) {
        let is_sound = source.kind == Kind::Sound;
        let Some(payload_type) = (if is_sound { self.opus } else { self.h264 }) else { return };
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_tx_by_mid(source.mid, source.rid) else { return };
        let loud =
            ExtensionValues { audio_level: Some(LEVEL), voice_activity: Some(true), ..ExtensionValues::default() };
        let extensions = if is_sound { loud } else { ExtensionValues::default() };
        let write = RtpWrite::new(payload_type, SeqNo::from(sent.number), sent.time, now, sent.payload);
        stream.write_rtp(write.marker(sent.marker).ext_vals(extensions).nackable(!is_sound));
        tally.send();
    }

    /// Gives away what is to be sent, until there is nothing left to do.
    pub(crate) fn drain(&mut self, now: Instant, tally: &mut Tally, mut send: impl FnMut(SocketAddr, &[u8])) {
        while !self.is_lost {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(due)) => {
                    self.due = due;
                    return;
                }
                Ok(Output::Transmit(transmit)) => {
                    let bytes: Vec<u8> = transmit.contents.into();
                    if !is_media(&bytes) || !self.drops.roll() {
                        send(transmit.destination, &bytes);
                    }
                }
                Ok(Output::Event(event)) => self.event(event, now, tally),
                Err(_) => self.is_lost = true,
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the library has events for what is not used here")]
    fn event(&mut self, event: Event, now: Instant, tally: &mut Tally) {
        match event {
            Event::Connected => self.is_connected = true,
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => self.is_lost = true,
            Event::KeyframeRequest(request) => {
                let wanted = |source: &&mut Source| (source.mid, source.rid) == (request.mid, request.rid);
                self.sources.iter_mut().filter(wanted).for_each(|source| source.key_is_wanted = true);
            }
            Event::RtpPacket(packet) => self.arrive(&packet, now, tally),
            _ => {}
        }
    }

    fn arrive(&mut self, packet: &RtpPacket, now: Instant, tally: &mut Tally) {
        let is_sound = Some(packet.header.payload_type) == self.opus;
        let arrived = Arrived {
            ssrc: *packet.header.ssrc,
            number: *packet.seq_no,
            is_sound,
            ends_frame: is_sound || packet.header.marker,
        };
        if !self.note(arrived, now, tally) {
            return;
        }
        if let Some(sent_us) = payload::sent_us(&packet.payload) {
            let took = micros(now.saturating_duration_since(self.origin)).saturating_sub(sent_us);
            tally.of(is_sound).delays.saturating_record(took);
        }
    }

    /// Counts a packet by its header, which is not encrypted.
    fn count(&mut self, bytes: &[u8], now: Instant, tally: &mut Tally) {
        let payload_type = Some(Pt::from(bytes[1] & 0x7f));
        if payload_type != self.opus && payload_type != self.h264 {
            return; // one that is sent again
        }
        let short = u16::from_be_bytes([bytes[2], bytes[3]]);
        let ssrc = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        let number = unwrapped(short, self.streams.get(&ssrc).map(Stream::highest));
        let (is_sound, is_marked) = (payload_type == self.opus, bytes[1] & 0x80 != 0);
        self.note(Arrived { ssrc, number, is_sound, ends_frame: is_sound || is_marked }, now, tally);
    }

    /// Says whether it is a packet that counts.
    fn note(&mut self, arrived: Arrived, now: Instant, tally: &mut Tally) -> bool {
        let Arrived { ssrc, number, is_sound, ends_frame } = arrived;
        let is_over = self.frozen_at.is_some();
        let is_first_frame = ends_frame && is_sound != (self.expects.pictures.count > 0);
        if let Some(asked_at) = self.asked_at.take_if(|_| is_first_frame && !is_over) {
            tally.first_frames.push(now.saturating_duration_since(asked_at));
        }
        match self.streams.get_mut(&ssrc) {
            Some(stream) => {
                if !is_over {
                    stream.flow.note(now, self.counts_from);
                }
                stream.take(number)
            }
            None if is_over => false,
            None => {
                self.streams.insert(ssrc, Stream::beginning(number, is_sound, now));
                true
            }
        }
    }

    /// Counts from now on.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.counts_from = now;
        self.streams.values_mut().for_each(Stream::begin);
    }

    /// Counts nothing that begins from now on.
    pub(crate) fn freeze(&mut self, now: Instant) {
        self.frozen_at = Some(now);
        self.streams.values_mut().for_each(Stream::freeze);
    }

    /// Adds what it has counted, and what it should have received of streams that were paused or never began.
    pub(crate) fn tell(&self, now: Instant, tally: &mut Tally) {
        let until = self.frozen_at.unwrap_or(now);
        let span = until.saturating_duration_since(self.counts_from);
        for (is_sound, expected) in [(true, self.expects.sound), (false, self.expects.pictures)] {
            let streams = self.streams.values().filter(|stream| stream.is_sound == is_sound);
            let flowed = streams.map(|stream| stream.flow.flowed(self.counts_from, until)).sum();
            tally.of(is_sound).expected += expected.missing(span, flowed);
        }
        self.streams.values().for_each(|stream| tally.take(stream));
    }
}

fn payload_type(rtc: &Rtc, codec: Codec) -> Option<Pt> {
    rtc.codec_config().params().iter().find(|params| params.spec().codec == codec).map(|params| params.pt())
}

/// Whether a datagram is RTP, and not RTCP (RFC 5761 §4).
fn is_media(bytes: &[u8]) -> bool {
    bytes.len() >= RTP_HEADER_BYTES && (128..192).contains(&bytes[0]) && !(192..224).contains(&bytes[1])
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
