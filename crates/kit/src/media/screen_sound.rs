//! The sound of a shared screen on its way out: what other programs play, as long as this end's user wants it heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use carillon_media::{EncodedPacket, MediaError, ScreenSound, ScreenSoundStream};
use carillon_rtc::{SendingTrack, Source, Transport};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::{MediaDevice, MediaNotice, published::PublishedSender, tracks};

/// Half a second: what is later than that is no use any more.
const PACKET_QUEUE: usize = 25;
/// Each time it is turned on it fails at most twice.
const NOTICE_QUEUE: usize = 4;

/// This end's half of the slot.
pub(super) struct SharedSound {
    /// By which it is sent: another one with another transport. `None` where there is no such slot.
    track: Option<watch::Sender<SendingTrack>>,
    published: PublishedSender,
    /// What this device's user wants heard. What failed stays wanted, and is opened again by another wish only.
    wanted: Option<ScreenSound>,
    open: Option<OpenSound>,
    notices_tx: mpsc::Sender<MediaNotice>,
    notices: mpsc::Receiver<MediaNotice>,
}

/// Dropping it turns it off, also where the call's media end by a panic.
struct OpenSound {
    track: watch::Receiver<SendingTrack>,
    stream: ScreenSoundStream,
    sending: JoinHandle<()>,
    published: PublishedSender,
    /// What it tells from now on is not told of what may be on after it.
    is_over: Arc<AtomicBool>,
}

impl Drop for OpenSound {
    fn drop(&mut self) {
        self.stream.turn_off();
        self.track.borrow().set_shut(true);
        self.sending.abort();
        self.is_over.store(true, Ordering::Release);
        self.published.screen_sound(false, || false);
    }
}

impl SharedSound {
    /// Listens to nothing.
    pub(super) fn prepare(transport: &Transport, published: &PublishedSender) -> Self {
        let (notices_tx, notices) = mpsc::channel(NOTICE_QUEUE);
        let track = transport.publish(Source::ScreenSound).map(watch::Sender::new);
        Self { track, published: published.clone(), wanted: None, open: None, notices_tx, notices }
    }

    /// What is on stays so, and is sent by another transport from now on.
    pub(super) fn move_to(&self, transport: &Transport) {
        if let Some((track, another)) = self.track.as_ref().zip(transport.publish(Source::ScreenSound)) {
            track.send_replace(another).set_shut(true);
        }
    }

    /// Begins or ends. Only after this device's own user has consented.
    pub(super) fn set(&mut self, wanted: Option<ScreenSound>) {
        if self.wanted == wanted {
            return;
        }
        (self.open, self.wanted) = (None, wanted.clone());
        let Some((chosen, track)) = wanted.zip(self.track.as_ref().map(watch::Sender::subscribe)) else { return };
        let is_over = Arc::new(AtomicBool::new(false));
        let (packets_tx, packets) = mpsc::channel::<EncodedPacket>(PACKET_QUEUE);
        let (notices, published) = (self.notices_tx.clone(), self.published.clone());
        let failed = {
            let is_over = Arc::clone(&is_over);
            move |error| {
                published.screen_sound(false, || is_over.load(Ordering::Acquire));
                note(&notices, error);
            }
        };
        // Before it can fail.
        self.published.screen_sound(true, || false);
        match ScreenSoundStream::open(&chosen, packets_tx, failed) {
            Ok(stream) => {
                track.borrow().set_shut(false);
                let sending = tokio::spawn(tracks::send(track.clone(), packets));
                let published = self.published.clone();
                self.open = Some(OpenSound { track, stream, sending, published, is_over });
            }
            Err(error) => {
                self.published.screen_sound(false, || false);
                note(&self.notices_tx, error);
            }
        }
    }

    /// What the user should know.
    pub(super) async fn notice(&mut self) -> MediaNotice {
        match self.notices.recv().await {
            Some(notice) => notice,
            None => std::future::pending().await, // this end holds a sender
        }
    }
}

fn note(notices: &mpsc::Sender<MediaNotice>, error: MediaError) {
    // Beyond the queue's length the user knows enough.
    let _ = notices.try_send(MediaNotice::of(MediaDevice::ScreenSound, error));
}
