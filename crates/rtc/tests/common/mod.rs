//! Two transports and the signalling between them.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part of this")]

pub mod relay;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use carillon_rtc::{
    Candidate, Description, Frame, ReceivedFrame, ReceivingTrack, SendingTrack, Source, Transport, TransportConfig,
    TransportEvent,
};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// No step of a connection on loopback takes so long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One end: a transport, what it told, and its microphone's track each way.
pub struct End {
    pub transport: Arc<Transport>,
    pub events: mpsc::Receiver<TransportEvent>,
    pub sending: SendingTrack,
    pub receiving: ReceivingTrack,
}

impl End {
    pub async fn prepare(config: TransportConfig) -> Self {
        let (transport, events) = Transport::prepare(config).await.expect("a transport starts");
        let sending = transport.publish(Source::Microphone).expect("a slot");
        let receiving = transport.receive(Source::Microphone).expect("a slot");
        Self { transport: Arc::new(transport), events, sending, receiving }
    }

    pub async fn on_loopback() -> Self {
        Self::prepare(TransportConfig { loopback: true, ..TransportConfig::default() }).await
    }

    /// The next event, of any kind.
    pub async fn next(&mut self) -> TransportEvent {
        let event = timeout(PATIENCE, self.events.recv()).await.expect("an event in time");
        event.expect("an open transport")
    }

    /// Passes over events until `wanted` comes.
    pub async fn until(&mut self, wanted: &TransportEvent) {
        while self.next().await != *wanted {}
    }

    /// The next frame of the other end's microphone.
    pub async fn frame(&mut self) -> ReceivedFrame {
        let frame = timeout(PATIENCE, self.receiving.next()).await.expect("a frame in time");
        frame.expect("an open transport")
    }

    /// A frame that is there already.
    pub async fn frame_now(&mut self) -> Option<ReceivedFrame> {
        tokio::select! {
            biased;
            frame = self.receiving.next() => frame,
            () = std::future::ready(()) => None,
        }
    }

    /// Leaves out the frames that came so far.
    pub async fn forget_frames(&mut self) {
        while self.frame_now().await.is_some() {}
    }

    /// How many frames have left, and how many have come in.
    pub async fn counted(&self) -> (u64, u64) {
        let stats = self.transport.stats().await;
        (stats.of(self.sending.id()).frames, stats.of(self.receiving.id()).frames)
    }

    /// Gathers all that goes to the other end, up to the end of candidates.
    pub async fn local(&mut self) -> Local {
        let mut local = Local::default();
        loop {
            match self.next().await {
                TransportEvent::LocalDescription(description) => local.description = Some(description),
                TransportEvent::LocalCandidate(candidate) => local.candidates.push(candidate),
                TransportEvent::EndOfCandidates => return local,
                TransportEvent::Failed => panic!("failed while gathering"),
                TransportEvent::Connected | TransportEvent::Lost | TransportEvent::Left => {}
            }
        }
    }
}

/// A description and its candidates.
#[derive(Debug, Default, Clone)]
pub struct Local {
    pub description: Option<Description>,
    pub candidates: Vec<Candidate>,
}

impl Local {
    pub async fn give_to(self, transport: &Transport) {
        transport.set_remote(self.description.expect("a description")).await.expect("a good description");
        for candidate in self.candidates {
            transport.add_candidate(candidate).await.expect("a good candidate");
        }
    }
}

/// Connects two prepared ends.
pub async fn connect(offerer: &mut End, answerer: &mut End) {
    offerer.transport.create_offer().await.expect("an offer");
    offerer.local().await.give_to(&answerer.transport).await;
    answerer.local().await.give_to(&offerer.transport).await;
    offerer.until(&TransportEvent::Connected).await;
    answerer.until(&TransportEvent::Connected).await;
}

/// Two connected ends on loopback.
pub async fn connected() -> (End, End) {
    let (mut offerer, mut answerer) = (End::on_loopback().await, End::on_loopback().await);
    connect(&mut offerer, &mut answerer).await;
    (offerer, answerer)
}

/// A frame of 20 ms that carries `number`.
pub fn frame(number: u32) -> Frame {
    Frame { payload: Bytes::copy_from_slice(&number.to_be_bytes()), ticks: 960, skipped: 0 }
}
