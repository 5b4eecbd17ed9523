//! From the library's callbacks to [`TransportEvent`]s, in an order that the other end can use.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::time::Instant;
use webrtc::media_stream::track_remote::TrackRemote;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionEventHandler, RTCIceConnectionState, RTCIceGatheringState, RTCPeerConnectionIceEvent,
    RTCPeerConnectionState,
};

use crate::flow::Flow;
use crate::pacing::Pacing;
use crate::receiving::IncomingStreams;
use crate::runtime::Waker;
use crate::watch::{PathState, PathWatch};
use crate::{Candidate, Description, TransportEvent};

/// Events that wait for their consumer: more than a gathering makes.
const EVENT_QUEUE: usize = 128;

/// Callbacks that wait for the reporter: far more than a gathering makes, in case the machine stalls.
const UPDATE_QUEUE: usize = 256;

/// What the reporter hears.
#[derive(Debug)]
pub(crate) enum Update {
    /// A new description is being made: candidates from now on belong to it, and wait for it.
    Describing,
    /// The description to be told.
    Described(Description),
    Candidate(String),
    Gathered,
    Path(PathState),
    Closed,
}

/// Takes what the callbacks tell.
pub(crate) type UpdateSender = mpsc::Sender<Update>;

/// The way to the transport's owner.
#[derive(Clone)]
pub(crate) struct Events {
    tx: mpsc::Sender<TransportEvent>,
}

impl Events {
    fn tell(&self, event: TransportEvent) {
        if let Err(error) = self.tx.try_send(event) {
            // Only an owner that has stopped listening lets it come to this.
            tracing::error!(%error, "transport event lost");
        }
    }
}

/// Makes the two ends of the queue of updates and of the queue of events.
pub(crate) fn channels() -> (UpdateSender, mpsc::Receiver<Update>, Events, mpsc::Receiver<TransportEvent>) {
    let (updates_tx, updates_rx) = mpsc::channel(UPDATE_QUEUE);
    let (tx, events_rx) = mpsc::channel(EVENT_QUEUE);
    (updates_tx, updates_rx, Events { tx }, events_rx)
}

/// The library's callbacks. They run on its driver: each only sends an update and returns.
pub(crate) struct Handler {
    pub(crate) updates: UpdateSender,
    pub(crate) waker: Waker,
    pub(crate) arrivals: IncomingStreams,
}

impl Handler {
    fn send_update(&self, update: Update) {
        if let Err(error) = self.updates.try_send(update) {
            tracing::debug!(%error, "transport update lost");
        }
    }

    fn send_path(&self, state: PathState) {
        self.send_update(Update::Path(state));
        // The library has just queued what it wants to send on this state, and would let it lie until its next timer.
        self.waker.wake();
    }
}

#[async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        if let Ok(init) = event.candidate.to_json() {
            self.send_update(Update::Candidate(init.candidate));
        }
    }

    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.send_update(Update::Gathered);
        }
    }

    async fn on_ice_connection_state_change(&self, state: RTCIceConnectionState) {
        if matches!(state, RTCIceConnectionState::Connected | RTCIceConnectionState::Completed) {
            self.send_path(PathState::Found);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum is not exhaustive")]
        match state {
            RTCPeerConnectionState::Connected => self.send_path(PathState::Connected),
            RTCPeerConnectionState::Disconnected => self.send_path(PathState::Silent),
            RTCPeerConnectionState::Failed => self.send_path(PathState::Failed),
            _ => {}
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        self.arrivals.add(track).await;
    }
}

/// Owns the order of events and the watch over the path.
pub(crate) struct Reporter {
    updates: mpsc::Receiver<Update>,
    events: Events,
    watch: PathWatch,
    candidates: LocalCandidates,
    owned: Owned,
}

/// What a reporter acts on.
pub(crate) struct Owned {
    pub(crate) peer: Weak<dyn PeerConnection>,
    pub(crate) flow: Arc<Flow>,
    pub(crate) pacing: Pacing,
}

impl Reporter {
    pub(crate) fn new(
        updates: mpsc::Receiver<Update>,
        events: Events,
        handshake_within: Duration,
        owned: Owned,
    ) -> Self {
        let (watch, candidates) = (PathWatch::new(handshake_within), LocalCandidates::default());
        Self { updates, events, watch, candidates, owned }
    }

    /// Runs until the connection closes or fails.
    pub(crate) async fn run(mut self) {
        loop {
            let deadline = self.watch.poll_timeout();
            let event = tokio::select! {
                update = self.updates.recv() => match update {
                    None | Some(Update::Closed) => return,
                    Some(update) => self.handle_update(update),
                },
                () = sleep_until(deadline) => self.watch.handle_timeout(Instant::now().into_std()),
            };
            match event {
                Some(TransportEvent::Failed) => return self.fail().await,
                Some(event) => self.tell_path(event),
                None => {}
            }
        }
    }

    fn handle_update(&mut self, update: Update) -> Option<TransportEvent> {
        match update {
            Update::Describing => self.candidates.describing(),
            Update::Described(description) => self.candidates.described(description),
            Update::Candidate(text) => self.candidates.found(text),
            Update::Gathered => self.candidates.gathered(),
            Update::Path(state) => return self.watch.handle_state(state, Instant::now().into_std()),
            Update::Closed => {}
        }
        for event in self.candidates.outputs.drain(..) {
            self.events.tell(event);
        }
        None
    }

    fn tell_path(&self, event: TransportEvent) {
        if event == TransportEvent::Connected {
            self.owned.pacing.begin_anew(Instant::now().into_std());
            self.owned.flow.set_connected(true);
        }
        self.events.tell(event);
    }

    async fn fail(self) {
        self.owned.flow.set_connected(false);
        self.events.tell(TransportEvent::Failed);
        if let Some(peer) = self.owned.peer.upgrade() {
            let _ = peer.close().await;
        }
    }
}

async fn sleep_until(deadline: Option<std::time::Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Our own candidates: none is told before the description that it belongs to, and none twice.
#[derive(Debug, Default)]
struct LocalCandidates {
    described: bool,
    gathered: bool,
    told: HashSet<String>,
    waiting: Vec<String>,
    outputs: Vec<TransportEvent>,
}

impl LocalCandidates {
    fn describing(&mut self) {
        *self = Self { outputs: std::mem::take(&mut self.outputs), ..Self::default() };
    }

    fn described(&mut self, description: Description) {
        let inside = description.sdp.lines().filter_map(|line| line.strip_prefix("a="));
        self.told = inside.filter(|line| line.starts_with("candidate:")).map(str::to_owned).collect();
        self.outputs.push(TransportEvent::LocalDescription(description));
        self.described = true;
        for text in std::mem::take(&mut self.waiting) {
            self.tell(text);
        }
        if self.gathered {
            self.outputs.push(TransportEvent::EndOfCandidates);
        }
    }

    fn found(&mut self, text: String) {
        if self.described { self.tell(text) } else { self.waiting.push(text) }
    }

    fn gathered(&mut self) {
        if self.described && !self.gathered {
            self.outputs.push(TransportEvent::EndOfCandidates);
        }
        self.gathered = true;
    }

    fn tell(&mut self, text: String) {
        if self.told.insert(text.clone()) {
            let candidate = Candidate { candidate: text, sdp_mid: None, sdp_m_line_index: Some(0) };
            self.outputs.push(TransportEvent::LocalCandidate(candidate));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DescriptionKind;
    use TransportEvent::{EndOfCandidates, LocalCandidate, LocalDescription};

    #[test]
    fn candidates_follow_their_description_and_then_the_end() {
        let mut candidates = LocalCandidates::default();

        candidates.found("candidate:1".to_owned());
        candidates.gathered();
        assert!(candidates.outputs.is_empty());
        candidates.described(description("v=0\r\n"));

        let told = candidates.outputs;
        assert!(matches!(&told[..], [LocalDescription(_), LocalCandidate(_), EndOfCandidates]), "{told:?}");
    }

    #[test]
    fn a_candidate_inside_the_description_is_not_told_again() {
        let mut candidates = LocalCandidates::default();

        candidates.found("candidate:1".to_owned());
        candidates.described(description("v=0\r\na=candidate:1\r\n"));
        candidates.found("candidate:1".to_owned());
        candidates.found("candidate:2".to_owned());
        candidates.found("candidate:2".to_owned());

        let told = candidates.outputs;
        assert!(
            matches!(&told[..], [LocalDescription(_), LocalCandidate(second)] if second.candidate == "candidate:2")
        );
    }

    #[test]
    fn a_new_round_of_gathering_waits_for_the_new_description() {
        let mut candidates = LocalCandidates::default();
        candidates.described(description("v=0\r\n"));
        candidates.gathered();
        candidates.outputs.clear();

        candidates.describing();
        candidates.found("candidate:new".to_owned());
        assert!(candidates.outputs.is_empty());
        candidates.described(description("v=0\r\n"));
        candidates.gathered();

        let told = candidates.outputs;
        assert!(matches!(&told[..], [LocalDescription(_), LocalCandidate(_), EndOfCandidates]), "{told:?}");
    }

    fn description(sdp: &str) -> Description {
        Description { kind: DescriptionKind::Offer, sdp: sdp.to_owned() }
    }
}
