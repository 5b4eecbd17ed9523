//! The pictures of a call: this end's camera and screen, which are open only while its user wants it, and what the other end shows.

mod receiving;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use carillon_media::{EncodedPicture, MediaError, Picture, PictureEvent, PictureInput, PictureStream};
use carillon_protocol::Published;
use carillon_rtc::{End, SendingTrack, Transport};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::stats::PictureFigures;
use super::{
    MediaDevice, MediaNotice, MediaOptions, PictureSource, ShownPictures, bitrates, frames, lip_sync::LipSync,
    published::PublishedSender,
};
use receiving::View;

/// Encoded pictures that wait for the transport. The encoder leaves out what would wait behind them.
const PICTURE_QUEUE: usize = 2;
/// A screen that is opened fails at most twice, a camera as often as it is unplugged, and each viewer a few times.
const NOTICE_QUEUE: usize = 16;
/// How long the last pictures may take to be written.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The ticks of a picture track, 90 000 a second: they run on while the camera or screen is off.
#[derive(Debug)]
pub(super) struct PictureClock {
    began_at: Instant,
    told: u64,
}

impl PictureClock {
    fn new() -> Self {
        Self { began_at: Instant::now(), told: 0 }
    }

    /// How many ticks have passed since the picture before, for one that was taken then.
    pub(super) fn ticks_until(&mut self, taken_at: Instant) -> u32 {
        let elapsed = taken_at.saturating_duration_since(self.began_at);
        let now = u64::try_from(elapsed.as_nanos() * 9 / 100_000).unwrap_or(u64::MAX);
        let passed = now.saturating_sub(self.told);
        self.told = self.told.max(now);
        u32::try_from(passed).unwrap_or(u32::MAX)
    }
}

/// Both directions of a call's pictures, in each slot that the transport has for them.
pub(super) struct Pictures {
    slots: Vec<Slot>,
    /// What the path carries, in bits a second.
    available: u32,
    notices_tx: mpsc::Sender<MediaNotice>,
    notices: mpsc::Receiver<MediaNotice>,
}

/// One slot: what this end shows in it, and what the other end does.
struct Slot {
    source: PictureSource,
    publisher: Publisher,
    others: watch::Receiver<Option<Picture>>,
    freezes: Arc<AtomicU32>,
    receiving: JoinHandle<()>,
    /// Dropping it ends the receiving.
    stop: oneshot::Sender<()>,
}

/// Shows in a slot what the user wants.
struct Publisher {
    track: SendingTrack,
    clock: Arc<Mutex<PictureClock>>,
    shown: watch::Sender<Option<Picture>>,
    open: Option<OpenInput>,
    published: PublishedPictures,
    /// What the other end says, also of what it wants to see.
    others: watch::Receiver<Published>,
    /// What this device's user wants shown. What failed stays wanted, and is opened again by another wish only.
    wanted: Option<PictureInput>,
    /// In bits a second.
    budget: u32,
    troubles: Troubles,
}

/// Where a slot says what it sends.
#[derive(Clone)]
struct PublishedPictures {
    source: PictureSource,
    sender: PublishedSender,
}

/// Where a slot says what is wrong with its device, and that nothing is any more.
#[derive(Clone)]
struct Troubles {
    device: MediaDevice,
    is_told: Arc<AtomicBool>,
    notices: mpsc::Sender<MediaNotice>,
}

impl Troubles {
    fn are_told(&self) -> bool {
        self.is_told.load(Ordering::Acquire)
    }

    fn tell(&self, error: MediaError) {
        self.is_told.store(true, Ordering::Release);
        note(&self.notices, MediaNotice::of(self.device, error));
    }

    /// It gives pictures: again by itself, or since another try. The name is what people call it; empty if it is not known.
    fn are_over(&self, name: String) {
        if self.is_told.swap(false, Ordering::AcqRel) {
            note(&self.notices, MediaNotice::Restored { device: self.device, name });
        }
    }
}

/// Dropping it turns it off, also where the call's media end by a panic.
struct OpenInput {
    track: SendingTrack,
    stream: Arc<PictureStream>,
    sending: JoinHandle<()>,
    published: PublishedPictures,
}

impl Drop for OpenInput {
    fn drop(&mut self) {
        self.stream.turn_off();
        self.track.set_shut(true);
        self.sending.abort();
        self.published.sender.no_picture(self.published.source);
    }
}

impl Pictures {
    /// Opens no camera and looks at no screen.
    pub(super) fn prepare(
        transport: &Transport,
        options: &MediaOptions,
        shown: &ShownPictures,
        published: &PublishedSender,
        lip_sync: &LipSync,
    ) -> Self {
        let (notices_tx, notices) = mpsc::channel(NOTICE_QUEUE);
        let slot = |source| {
            let published = PublishedPictures { source, sender: published.clone() };
            // A screen stands beside what is said, and has no lips.
            let lip_sync = (source == PictureSource::Camera).then(|| lip_sync.clone());
            Slot::prepare(published, transport, (options, lip_sync), shown, &notices_tx)
        };
        let slots = PictureSource::ALL.into_iter().filter_map(slot).collect();
        Self { slots, available: *transport.available().borrow(), notices_tx, notices }
    }

    /// The path carries so much now, in bits a second.
    pub(super) fn set_available(&mut self, available: u32) {
        self.available = available;
        let has = |source| self.slots.iter().any(|slot| slot.source == source && slot.publisher.wanted.is_some());
        let bitrates = bitrates::part(available, has(PictureSource::Camera), has(PictureSource::Screen));
        for slot in &mut self.slots {
            slot.publisher.set_budget(match slot.source {
                PictureSource::Camera => bitrates.camera,
                PictureSource::Screen => bitrates.screen,
            });
        }
    }

    /// How the pictures of each slot and end are doing.
    pub(super) fn figures(&self) -> Vec<PictureFigures> {
        self.slots.iter().flat_map(Slot::figures).collect()
    }

    /// Opens this camera or screen, or closes the one that is open. Only after this device's own user has consented.
    pub(super) fn set(&mut self, source: PictureSource, wanted: Option<PictureInput>) {
        let Some(at) = self.slots.iter().position(|slot| slot.source == source) else {
            return tracing::debug!(?source, "the transport has no slot for it");
        };
        if self.slots[at].publisher.wanted != wanted {
            self.slots[at].publisher.want(wanted);
            self.set_available(self.available);
            self.slots[at].publisher.open();
        }
    }

    /// Whether what is wanted there does not come, of which the user was told.
    pub(super) fn has_failed(&self, source: PictureSource) -> bool {
        let slot = self.slots.iter().find(|slot| slot.source == source);
        slot.is_some_and(|slot| slot.publisher.wanted.is_some() && slot.publisher.troubles.are_told())
    }

    /// The path is there, or there again: what was sent before may be lost.
    pub(super) fn refresh(&self) {
        for open in self.slots.iter().filter_map(|slot| slot.publisher.open.as_ref()) {
            open.stream.begin_anew();
        }
    }

    /// What the user should know.
    pub(super) async fn notice(&mut self) -> MediaNotice {
        match self.notices.recv().await {
            Some(notice) => notice,
            None => std::future::pending().await, // this end holds a sender
        }
    }

    /// Cameras and screens first: they are what people want closed. What has come in is written to its end.
    pub(super) async fn close(mut self) -> Vec<MediaNotice> {
        self.slots.iter_mut().for_each(|slot| slot.publisher.open = None);
        let (stops, receiving): (Vec<_>, Vec<_>) =
            self.slots.into_iter().map(|slot| (slot.stop, slot.receiving)).unzip();
        drop(stops);
        let all_ended = async {
            for ended in receiving {
                // Of a panic its thread has told.
                let _ = ended.await;
            }
        };
        if timeout(CLOSE_TIMEOUT, all_ended).await.is_err() {
            tracing::warn!("the pictures did not end in time");
        }
        drop(self.notices_tx);
        std::iter::from_fn(|| self.notices.try_recv().ok()).collect()
    }
}

impl Slot {
    /// `None` where the transport has no such slot.
    fn prepare(
        published: PublishedPictures,
        transport: &Transport,
        (options, lip_sync): (&MediaOptions, Option<LipSync>),
        shown: &ShownPictures,
        notices: &mpsc::Sender<MediaNotice>,
    ) -> Option<Self> {
        let source = published.source;
        let (track, receiving) = transport.publish(source.track()).zip(transport.receive(source.track()))?;
        let (device, recording) = match source {
            PictureSource::Camera => (MediaDevice::Camera, options.picture_recording.clone()),
            PictureSource::Screen => (MediaDevice::Screen, options.screen_recording.clone()),
        };
        let (stop, stopped) = oneshot::channel();
        let others = shown.sender(End::Other, source).clone();
        let (others_rx, freezes) = (others.subscribe(), Arc::new(AtomicU32::new(0)));
        let view = View {
            source,
            recording,
            published: shown.published(),
            wants: shown.wants(),
            published_tx: published.sender.clone(),
            shown: others,
            needs_key_frame: Arc::default(),
            notices: notices.clone(),
            freezes: Arc::clone(&freezes),
            lip_sync,
        };
        let clock = Arc::new(Mutex::new(PictureClock::new()));
        let own = shown.sender(End::This, source).clone();
        let troubles = Troubles { device, is_told: Arc::default(), notices: notices.clone() };
        let publisher = Publisher {
            track,
            clock,
            shown: own,
            open: None,
            wanted: None,
            budget: 0,
            published,
            others: shown.published(),
            troubles,
        };
        let receiving = tokio::spawn(view.receive(receiving, stopped));
        Some(Self { source, publisher, others: others_rx, freezes, receiving, stop })
    }

    /// Of what this end sends and of what the other end shows, each while there is some.
    fn figures(&self) -> impl Iterator<Item = PictureFigures> {
        let source = self.source;
        let sent = self.publisher.open.as_ref().map(|open| open.stream.sent());
        let sent = sent.map(|sent| PictureFigures {
            end: End::This,
            source,
            size: sent.size,
            freezes: 0,
            is_paused: sent.is_paused,
        });
        let size = self.others.borrow().as_ref().map(Picture::size);
        let seen = size.map(|size| PictureFigures {
            end: End::Other,
            source,
            size: (size.width() as u32, size.height() as u32),
            freezes: self.freezes.load(Ordering::Relaxed),
            is_paused: false,
        });
        sent.into_iter().chain(seen)
    }
}

impl Publisher {
    fn set_budget(&mut self, budget: u32) {
        self.budget = budget;
        if let Some(open) = &self.open {
            open.stream.set_bitrate(budget);
        }
    }

    /// What was open before is off.
    fn want(&mut self, wanted: Option<PictureInput>) {
        (self.open, self.wanted) = (None, wanted);
    }

    fn open(&mut self) {
        let Some(wanted) = &self.wanted else { return };
        let (pictures_tx, pictures) = mpsc::channel(PICTURE_QUEUE);
        let (troubles, told, silent) = (self.troubles.clone(), self.troubles.clone(), self.published.clone());
        let others = self.others.clone();
        let tell = move |event| match event {
            PictureEvent::Failed(error) => {
                silent.sender.no_picture(silent.source);
                told.tell(error);
            }
            PictureEvent::Restored(name) => told.are_over(name),
        };
        match PictureStream::open(wanted, self.budget, self.shown.clone(), pictures_tx, tell) {
            Ok(stream) => {
                let (stream, track) = (Arc::new(stream), self.track.clone());
                track.set_shut(false);
                let (clock, published) = (Arc::clone(&self.clock), self.published.clone());
                let sending = send(
                    track.clone(),
                    Arc::clone(&stream),
                    pictures,
                    clock,
                    Told { published: published.clone(), others, troubles },
                );
                self.open = Some(OpenInput { track, stream, sending: tokio::spawn(sending), published });
            }
            Err(error) => troubles.tell(error),
        }
    }
}

fn note(notices: &mpsc::Sender<MediaNotice>, notice: MediaNotice) {
    // Beyond the queue's length the user knows enough.
    let _ = notices.try_send(notice);
}

/// What the sending of pictures says, and what it is told.
struct Told {
    published: PublishedPictures,
    others: watch::Receiver<Published>,
    troubles: Troubles,
}

/// Sends what the encoder makes, and as much as the other end wants, until that ends.
async fn send(
    track: SendingTrack,
    stream: Arc<PictureStream>,
    mut pictures: mpsc::Receiver<EncodedPicture>,
    clock: Arc<Mutex<PictureClock>>,
    mut told: Told,
) {
    let source = told.published.source;
    let rows = |others: &Published| source.rows(others.wants).map(u32::from);
    stream.set_most_rows(rows(&told.others.borrow_and_update()));
    loop {
        tokio::select! {
            () = track.key_frame_requested() => stream.request_key_frame(),
            Ok(()) = told.others.changed() => stream.set_most_rows(rows(&told.others.borrow_and_update())),
            picture = pictures.recv() => {
                let Some(picture) = picture else { break };
                if !picture.is_stale() {
                    told.troubles.are_over(String::new());
                }
                frames::publish_picture(&picture, source, &told.published.sender);
                let taken_at = picture.captured_at;
                let frame = frames::leave_picture(picture, &mut clock.lock().unwrap_or_else(PoisonError::into_inner));
                let Some(frame) = frame else { continue };
                if let Err(error) = track.send_taken(frame, taken_at).await {
                    tracing::debug!(%error, "a picture is lost");
                }
            }
        }
    }
    told.published.sender.no_picture(source);
}

#[cfg(test)]
mod tests;
