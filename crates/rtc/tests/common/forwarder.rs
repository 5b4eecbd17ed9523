//! A server of another make that passes on what it gets: it stands in for ours, so that a channel's transport is tested alone.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use str0m::change::SdpOffer;
use str0m::media::{Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpPacket, RtpWrite, SeqNo};
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};

/// What a device sends by: its first sections.
const SENDING_SECTIONS: u8 = 4;

enum Order {
    Admit { offer: String, answer: oneshot::Sender<String> },
    Route { from: (usize, u8), to: (usize, u8) },
}

/// The handle of a server on loopback; it ends with it.
pub(crate) struct Forwarder {
    orders: mpsc::UnboundedSender<Order>,
    admitted: usize,
    loudness: Told,
    layers: watch::Receiver<Layers>,
}

/// The sizes of which a packet came whose section was known, by the names that the packets say.
type Layers = BTreeSet<String>;

/// How loud the latest packet was that was passed on, and whether it was said to be speech.
type Told = Arc<Mutex<Option<(i8, bool)>>>;

impl Forwarder {
    pub(crate) async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (orders, orders_rx) = mpsc::unbounded_channel();
        let (loudness, (layers_tx, layers)) = (Told::default(), watch::channel(Layers::new()));
        let server = Server {
            socket,
            address,
            devices: Vec::new(),
            routes: HashMap::new(),
            sent: HashMap::new(),
            loudness: Arc::clone(&loudness),
            layers: layers_tx,
        };
        tokio::spawn(server.run(orders_rx));
        Self { orders, admitted: 0, loudness, layers }
    }

    /// Lets a device in by its offer; which one it is, and the answer.
    pub(crate) async fn admit(&mut self, offer: String) -> (usize, String) {
        let (answer, answer_rx) = oneshot::channel();
        assert!(self.orders.send(Order::Admit { offer, answer }).is_ok(), "the server is there");
        self.admitted += 1;
        (self.admitted - 1, answer_rx.await.unwrap())
    }

    /// How loud the latest packet was that was passed on, and whether it was said to be speech; `None` if it said nothing of it.
    pub(crate) fn loudness(&self) -> Option<(i8, bool)> {
        *self.loudness.lock().unwrap()
    }

    /// The sizes in which pictures have come, once there are so many.
    pub(crate) async fn layers(&mut self, count: usize) -> Layers {
        self.layers.wait_for(|layers| layers.len() == count).await.unwrap().clone()
    }

    /// Passes on what a device sends in one of its sections: to another device, in one of the slots that it receives by.
    pub(crate) fn route(&self, from: (usize, u8), to: (usize, u8)) {
        assert!(self.orders.send(Order::Route { from, to }).is_ok(), "the server is there");
    }
}

struct Server {
    socket: UdpSocket,
    address: SocketAddr,
    devices: Vec<Rtc>,
    routes: HashMap<(usize, Mid), (usize, Mid)>,
    /// How many packets have left by each section of each device.
    sent: HashMap<(usize, Mid), u64>,
    loudness: Told,
    layers: watch::Sender<Layers>,
}

impl Server {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let mut buffer = [0; 2_000];
        loop {
            let wake_at = self.drain().await;
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                received = self.socket.recv_from(&mut buffer) => {
                    let (bytes, from) = received.unwrap();
                    self.receive(from, &buffer[..bytes]);
                }
                () = tokio::time::sleep_until(wake_at.into()) => {
                    self.devices.iter_mut().for_each(|device| device.handle_input(Input::Timeout(Instant::now())).unwrap());
                }
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Admit { offer, answer } => {
                let mut device = Rtc::builder()
                    .set_ice_lite(true)
                    .set_rtp_mode(true)
                    .clear_codecs()
                    .enable_opus(true, false)
                    .enable_h264(true)
                    .build(Instant::now());
                device.add_local_candidate(Candidate::host(self.address, "udp").unwrap());
                let offer = SdpOffer::from_sdp_string(&offer).unwrap();
                let answered = device.sdp_api().accept_offer(offer).unwrap();
                self.devices.push(device);
                answer.send(answered.to_sdp_string()).unwrap();
            }
            Order::Route { from, to } => {
                let to = (to.0, name(SENDING_SECTIONS + to.1));
                self.routes.insert((from.0, name(from.1)), to);
            }
        }
    }

    fn receive(&mut self, from: SocketAddr, bytes: &[u8]) {
        let Ok(contents) = Receive::new(Protocol::Udp, from, self.address, bytes) else { return };
        let input = Input::Receive(Instant::now(), contents);
        if let Some(device) = self.devices.iter_mut().find(|device| device.accepts(&input)) {
            device.handle_input(input).unwrap();
        }
    }

    /// Lets out all that the devices' connections have to say; when they want to be asked again.
    async fn drain(&mut self) -> Instant {
        let mut wake_at = Instant::now() + std::time::Duration::from_secs(1);
        let mut at = 0;
        while at < self.devices.len() {
            match self.devices[at].poll_output().unwrap() {
                Output::Transmit(transmit) => drop(self.socket.send_to(&transmit.contents, transmit.destination).await),
                Output::Event(Event::RtpPacket(packet)) => {
                    if let Some(to) = self.forward(at, &packet) {
                        // Its way out has to be asked for again.
                        at = at.min(to);
                    }
                }
                Output::Event(_) => {}
                Output::Timeout(deadline) => {
                    wake_at = wake_at.min(deadline);
                    at += 1;
                }
            }
        }
        wake_at
    }

    fn forward(&mut self, from: usize, packet: &RtpPacket) -> Option<usize> {
        let mut direct = self.devices[from].direct_api();
        let stream = direct.stream_rx(&packet.header.ssrc)?;
        let section = stream.mid();
        let name = stream.rid().map(|rid| rid.to_string());
        self.layers.send_if_modified(|layers| name.is_some_and(|name| layers.insert(name)));
        let (to, out) = *self.routes.get(&(from, section))?;
        let told = &packet.header.ext_vals;
        *self.loudness.lock().unwrap() = told.audio_level.zip(told.voice_activity);
        let number = self.sent.entry((to, out)).or_insert(0);
        *number += 1;
        let (payload_type, now): (Pt, _) = (packet.header.payload_type, Instant::now());
        let write =
            RtpWrite::new(payload_type, SeqNo::from(*number), packet.header.timestamp, now, packet.payload.clone());
        let device = &mut self.devices[to];
        device.direct_api().stream_tx_by_mid(out, None)?.write_rtp(write.marker(packet.header.marker));
        device.handle_input(Input::Timeout(now)).unwrap();
        Some(to)
    }
}

fn name(section: u8) -> Mid {
    section.to_string().as_str().into()
}
