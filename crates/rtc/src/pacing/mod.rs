//! What leaves when: sound and reports at once, pictures evenly and as much of them as the path carries.
//!
//! Two interceptors share a [`Pacing`]. The [pacer](pacer) lets pictures wait, and sends trains of packets to probe the path. Next to the
//! wire the [departures](departures) number what leaves for the other end's feedback (transport-wide congestion control,
//! draft-holmer-rmcat-transport-wide-cc-extensions-01), and give what comes back to the estimator.

mod departures;
mod pacer;
mod queue;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

use crate::congestion::{Estimator, EstimatorConfig, PacketFate, Probe};
use crate::interceptor::Staged;
use crate::picture::{KeyFrameRequests, ShutTracks};

/// Sound beside a picture that can hardly be recognised.
const LEAST_RATE: u32 = 50_000;
/// What the best picture of ours needs, and a screen beside it.
const MOST_RATE: u32 = 8_000_000;
/// With an end that gives no feedback nothing is known of the path; what 720p needs.
const BLIND_RATE: u32 = 1_500_000;
/// The next picture may come when what waits has so long to go.
const ROOM: Duration = Duration::from_millis(100);
/// A track waits no longer for room: in this time the first picture of a large screen has left on a narrow path.
const ROOM_PATIENCE: Duration = Duration::from_secs(3);

/// What the two interceptors share with each other and with the transport.
#[derive(Clone)]
pub(crate) struct Pacing(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// What the path carries, in bits a second.
    rate: watch::Sender<u32>,
    wait: watch::Sender<Wait>,
}

/// How long what waits takes to leave, and the tracks of which nothing but a key frame is of use, which waits for nothing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wait {
    lasts: Duration,
    need_key_frames: Vec<u32>,
}

struct State {
    estimator: Estimator,
    began_at: Instant,
    /// The number of the header extension that the two ends have agreed on. `None`: there is no feedback.
    extension: Option<u8>,
}

impl Pacing {
    pub(crate) fn new(first: u32, now: Instant) -> Self {
        let config = EstimatorConfig { first: first.clamp(LEAST_RATE, MOST_RATE), least: LEAST_RATE, most: MOST_RATE };
        let estimator = Estimator::new(config);
        let rate = watch::Sender::new(estimator.target());
        let state = Mutex::new(State { estimator, began_at: now, extension: None });
        Self(Arc::new(Shared { state, rate, wait: watch::Sender::new(Wait::default()) }))
    }

    /// Holds back pictures.
    pub(crate) fn pacer(&self, shut: &ShutTracks, requests: &KeyFrameRequests) -> Staged<pacer::Pacer> {
        Staged::new(pacer::Pacer::new(self.clone(), shut.clone(), requests.clone()))
    }

    /// Numbers what leaves.
    pub(crate) fn departures(&self) -> Staged<departures::Departures> {
        Staged::new(departures::Departures::new(self.clone()))
    }

    pub(crate) fn rate(&self) -> watch::Receiver<u32> {
        self.0.rate.subscribe()
    }

    /// The two ends have agreed on feedback, or on none.
    pub(crate) fn agree(&self, extension: Option<u8>) {
        let mut state = self.lock();
        state.extension = extension;
        self.publish(&state);
    }

    /// What this path carried the last time, if nothing better is known yet.
    pub(crate) fn begin_with(&self, rate: u32) {
        let mut state = self.lock();
        state.estimator.begin_with(rate);
        self.publish(&state);
    }

    /// The path is there, for the first time or again.
    pub(crate) fn begin_anew(&self, now: Instant) {
        let mut state = self.lock();
        let now = state.since_begin(now);
        state.estimator.begin_anew(now);
    }

    /// Waits until a track may send its next picture.
    pub(crate) async fn room(&self, ssrc: u32) {
        let mut wait = self.0.wait.subscribe();
        let has_room = |wait: &Wait| wait.lasts <= ROOM || wait.need_key_frames.contains(&ssrc);
        // Without room for so long the oldest pictures are left out.
        let _ = timeout(ROOM_PATIENCE, wait.wait_for(has_room)).await;
    }

    fn waits(&self, lasts: Duration, need_key_frames: impl Iterator<Item = u32>) {
        let wait = Wait { lasts, need_key_frames: need_key_frames.collect() };
        self.0.wait.send_if_modified(|told| {
            let is_new = *told != wait;
            *told = wait;
            is_new
        });
    }

    fn extension(&self) -> Option<u8> {
        self.lock().extension
    }

    /// In bits a second, and whether it is more than a guess.
    fn current_rate(&self) -> (u32, bool) {
        let is_known = self.lock().estimator.is_known();
        (*self.0.rate.borrow(), is_known)
    }

    fn poll_probe(&self, now: Instant) -> Option<Probe> {
        let mut state = self.lock();
        let now = state.since_begin(now);
        state.estimator.poll_probe(now).filter(|_| state.extension.is_some())
    }

    fn on_report(&self, now: Instant, fates: &[PacketFate]) {
        let mut state = self.lock();
        let now = state.since_begin(now);
        state.estimator.on_report(now, fates);
        self.publish(&state);
    }

    fn publish(&self, state: &State) {
        let rate = state.extension.map_or(BLIND_RATE, |_| state.estimator.target());
        self.0.rate.send_if_modified(|told| std::mem::replace(told, rate) != rate);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn since_begin(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.began_at)
    }
}

/// Which train a packet is part of, as the pacer tells it to the departures.
struct PartOfTrain(u32);

#[cfg(test)]
mod simulation;
