//! The one bell that sounds.

use std::sync::Arc;

use tokio::sync::watch;

use crate::{backend::Backend, desktop::PlayingBell};

/// Keeps the bell in step with what should sound, until the owner of `sounds` goes.
pub(crate) async fn follow(backend: Arc<dyn Backend>, mut sounds: watch::Receiver<Option<PlayingBell>>) {
    let mut playing = None;
    while sounds.changed().await.is_ok() {
        drop(playing.take());
        let Some(sound) = sounds.borrow_and_update().clone() else { continue };
        match backend.bell(sound).await {
            Ok(player) => playing = Some(player),
            // A call without a bell is still a call: the window and the notification say it.
            Err(error) => tracing::warn!(?error, "the bell is silent"),
        }
    }
}
