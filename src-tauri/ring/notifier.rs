//! The system's notification of a ring, on any system.

use std::future::pending;

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};

use super::{RingContent, RingPress};

/// A system's way to show a ring with *Accept* and *Decline*, and to take it back: the notifications of a Linux desktop, Windows' toasts,
/// macOS' notification centre.
#[async_trait]
pub trait RingNotifier: Send {
    /// Shows a ring. The one before has been withdrawn.
    async fn show(&mut self, ring: &RingContent);
    /// Takes back what is on show.
    async fn withdraw(&mut self);
    /// Waits for the next press. Dropping it halfway loses none.
    async fn pressed(&mut self) -> RingPress;
}

/// Where the system has no such notification: the ring window says it all.
#[derive(Debug, Clone, Copy)]
pub struct NoNotifier;

#[async_trait]
impl RingNotifier for NoNotifier {
    async fn show(&mut self, _: &RingContent) {}
    async fn withdraw(&mut self) {}
    async fn pressed(&mut self) -> RingPress {
        pending().await
    }
}

/// Keeps a notifier in step with what rings, until the rings' owner goes.
pub async fn follow(
    mut notifier: impl RingNotifier,
    mut rings: watch::Receiver<Option<RingContent>>,
    presses: mpsc::Sender<RingPress>,
) {
    rings.mark_changed();
    loop {
        tokio::select! {
            changed = rings.changed() => {
                notifier.withdraw().await;
                if changed.is_err() {
                    return;
                }
                let ring = rings.borrow_and_update().clone();
                if let Some(ring) = ring.filter(|ring| ring.notification) {
                    notifier.show(&ring).await;
                }
            }
            press = notifier.pressed() => {
                if presses.send(press).await.is_err() {
                    return;
                }
            }
        }
    }
}
