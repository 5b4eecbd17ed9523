//! A device's media: one connection with the server's forwarder, over a real socket.

use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use str0m::{
    Candidate, Event, Input, Output, Rtc,
    change::{SdpAnswer, SdpPendingOffer},
    format::Codec,
    media::{Direction, MediaKind, Mid},
    net::{Protocol, Receive, TcpType},
    rtp::{Extension, ExtensionValues, RtpWrite, SeqNo},
};

/// One connection.
pub(crate) struct MediaPeer {
    rtc: Rtc,
    wire: Wire,
    address: SocketAddr,
    microphone: Mid,
    slots: Vec<Mid>,
    pending: Option<SdpPendingOffer>,
    number: u64,
    pub(crate) is_connected: bool,
    /// What came in each slot.
    pub(crate) received: HashMap<usize, Vec<Vec<u8>>>,
}

/// What carries its datagrams.
enum Wire {
    Udp(UdpSocket),
    /// With what has come of the next datagrams.
    Tcp(TcpStream, Vec<u8>),
}

impl Wire {
    fn send(&mut self, to: SocketAddr, bytes: &[u8]) {
        match self {
            Self::Udp(socket) => {
                socket.send_to(bytes, to).unwrap();
            }
            Self::Tcp(stream, _) => {
                let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
                stream.write_all(&[&length, bytes].concat()).unwrap();
            }
        }
    }

    /// Waits for a millisecond.
    fn receive(&mut self) -> Option<(Protocol, SocketAddr, Vec<u8>)> {
        let mut buffer = [0; 2_000];
        match self {
            Self::Udp(socket) => {
                let (length, from) = socket.recv_from(&mut buffer).ok()?;
                Some((Protocol::Udp, from, buffer[..length].to_vec()))
            }
            Self::Tcp(stream, came) => {
                if let Ok(length) = stream.read(&mut buffer) {
                    came.extend(&buffer[..length]);
                }
                let length = usize::from(u16::from_be_bytes(*came.first_chunk()?));
                let is_whole = came.len() >= 2 + length;
                let datagram = is_whole.then(|| came.drain(..2 + length).skip(2).collect())?;
                Some((Protocol::Tcp, stream.peer_addr().unwrap(), datagram))
            }
        }
    }
}

impl MediaPeer {
    /// A connection that is to be, with its offer.
    pub(crate) fn offering() -> (Self, String) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let address = socket.local_addr().unwrap();
        Self::offering_by(Wire::Udp(socket), address, Candidate::host(address, "udp").unwrap())
    }

    /// The same of a device whose network lets no UDP through.
    pub(crate) fn offering_by_tcp(server: SocketAddr) -> (Self, String) {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let address = stream.local_addr().unwrap();
        let candidate = Candidate::builder().tcp().host(address).tcptype(TcpType::Active).build().unwrap();
        Self::offering_by(Wire::Tcp(stream, Vec::new()), address, candidate)
    }

    fn offering_by(wire: Wire, address: SocketAddr, candidate: Candidate) -> (Self, String) {
        use MediaKind::{Audio, Video};
        let mut config = Rtc::builder()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .clear_extension_map()
            .set_extension(1, Extension::AudioLevel)
            .set_extension(2, Extension::RtpMid);
        config.codec_config().add_h264(102.into(), Some(103.into()), true, 0x42_e0_1f);
        let mut rtc = config.build(Instant::now());
        rtc.add_local_candidate(candidate);
        let mut api = rtc.sdp_api();
        let mut add = |kind, direction| api.add_media(kind, direction, None, None, None);
        let own = [Audio, Video, Video, Audio].map(|kind| add(kind, Direction::SendOnly));
        let pools = [(Audio, 5), (Video, 16), (Video, 1), (Audio, 1)];
        let slots = pools.into_iter().flat_map(|(kind, count)| (0..count).map(move |_| kind));
        let slots = slots.map(|kind| add(kind, Direction::RecvOnly)).collect();
        let (offer, pending) = api.apply().unwrap();
        let (pending, received) = (Some(pending), HashMap::new());
        let peer =
            Self { rtc, wire, address, microphone: own[0], slots, pending, number: 0, is_connected: false, received };
        (peer, offer.to_sdp_string())
    }

    pub(crate) fn take_answer(&mut self, sdp: &str) {
        let answer = SdpAnswer::from_sdp_string(sdp).unwrap();
        self.rtc.sdp_api().accept_answer(self.pending.take().unwrap(), answer).unwrap();
    }

    /// Sends and receives what there is, and waits for a millisecond.
    pub(crate) fn turn(&mut self) {
        self.drain();
        while let Some((protocol, from, bytes)) = self.wire.receive() {
            if let Ok(received) = Receive::new(protocol, from, self.address, &bytes) {
                self.rtc.handle_input(Input::Receive(Instant::now(), received)).unwrap();
                self.drain();
            }
        }
        self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => {
                    let bytes: Vec<u8> = transmit.contents.into();
                    self.wire.send(transmit.destination, &bytes);
                }
                Output::Event(Event::Connected) => self.is_connected = true,
                Output::Event(Event::RtpPacket(packet)) => {
                    let mid = self.rtc.direct_api().stream_rx(&packet.header.ssrc).map(|stream| stream.mid());
                    let slot = self.slots.iter().position(|slot| Some(*slot) == mid).unwrap();
                    self.received.entry(slot).or_default().push(packet.payload.to_vec());
                }
                Output::Event(_) => {}
            }
        }
    }

    /// Says something: a packet of 20 ms.
    pub(crate) fn speak(&mut self, payload: &[u8]) {
        let params = self.rtc.codec_config().params().iter().find(|params| params.spec().codec == Codec::Opus);
        let payload_type = params.unwrap().pt();
        self.number += 1;
        let time = u32::try_from(self.number * 960).unwrap();
        let level = ExtensionValues { audio_level: Some(-30), voice_activity: Some(true), ..Default::default() };
        let write = RtpWrite::new(payload_type, SeqNo::from(self.number), time, Instant::now(), payload.to_vec());
        let mut direct = self.rtc.direct_api();
        direct.stream_tx_by_mid(self.microphone, None).unwrap().write_rtp(write.ext_vals(level));
        self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
    }

    /// How often this came.
    pub(crate) fn heard(&self, payload: &[u8]) -> usize {
        self.received.values().flatten().filter(|received| received.as_slice() == payload).count()
    }
}

/// Turns all of them until something is so. Says whether it became so in time.
pub(crate) fn until(peers: &mut [MediaPeer], mut is_so: impl FnMut(&mut [MediaPeer]) -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        peers.iter_mut().for_each(MediaPeer::turn);
        if is_so(peers) {
            return true;
        }
    }
    false
}
