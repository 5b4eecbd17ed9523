//! A task for each track, which waits for nothing but that track: neither for another one, nor for what the call is told or asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use carillon_media::EncodedPacket;
use carillon_rtc::{SendingTrack, Transport, TransportStats};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::{KnownNetworks, frames};

/// Of sound.
const TICKS_PER_SECOND: u32 = 48_000;
/// As often as the other end reports.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Sends what the microphone's encoder makes, until that ends, by the track of the transport that there is.
pub(super) async fn send(track: watch::Receiver<SendingTrack>, mut packets: mpsc::Receiver<EncodedPacket>) {
    while let Some(packet) = packets.recv().await {
        let lasts = Duration::from_secs(1) * packet.samples / TICKS_PER_SECOND;
        let loudness = frames::loudness(&packet);
        let Some(frame) = frames::leave(packet) else { continue };
        let track = track.borrow().clone();
        // Its first sound was heard when the one before was encoded.
        let (now, earlier) = (Instant::now(), Instant::now().checked_sub(lasts));
        if let Err(error) = track.send_heard(frame, earlier.unwrap_or(now), Some(loudness)).await {
            tracing::debug!(%error, track = ?track.id(), "a frame is lost");
        }
    }
}

/// Tells the transport what this network carried the last time.
pub(super) async fn recall(transport: Arc<Transport>, networks: KnownNetworks) {
    let address = transport.stats().await.local_address;
    if let Some(rate) = address.and_then(|address| networks.recall(address)) {
        transport.expect_available(rate);
    }
}

/// Asks the transport how it is doing, beside the tracks: the answer may take as long as it likes.
pub(super) async fn watch(transport: Arc<Transport>, latest: watch::Sender<TransportStats>) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        look.tick().await;
        if latest.send(transport.stats().await).is_err() {
            return;
        }
    }
}
