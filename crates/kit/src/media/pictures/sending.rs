//! This end's half: a camera or screen that its user wants shown is open, and its pictures leave by the track that there is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use carillon_media::{EncodedPicture, MediaError, Picture, PictureEvent, PictureInput, PictureStream};
use carillon_protocol::Published;
use carillon_rtc::{End, SendingTrack, TrackId};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::super::{
    MediaDevice, MediaNotice, PictureSource, ShownPictures, frames, published::PublishedSender, stats::PictureFigures,
};
use super::note;

/// Encoded pictures that wait for the transport. The encoder leaves out what would wait behind them.
const PICTURE_QUEUE: usize = 2;

/// So many rows are made of what is not published yet, also where nobody wants any: the others hear of it by its first picture.
const FIRST_ROWS: u16 = 180;

/// The ticks of a picture track, 90 000 a second: they run on while the camera or screen is off.
#[derive(Debug)]
pub(in super::super) struct PictureClock {
    pub(super) began_at: Instant,
    told: u64,
}

impl PictureClock {
    pub(super) fn new() -> Self {
        Self { began_at: Instant::now(), told: 0 }
    }

    /// How many ticks have passed since the picture before, for one that was taken then.
    pub(in super::super) fn ticks_until(&mut self, taken_at: Instant) -> u32 {
        let elapsed = taken_at.saturating_duration_since(self.began_at);
        let now = u64::try_from(elapsed.as_nanos() * 9 / 100_000).unwrap_or(u64::MAX);
        let passed = now.saturating_sub(self.told);
        self.told = self.told.max(now);
        u32::try_from(passed).unwrap_or(u32::MAX)
    }
}

/// Shows of one source what the user wants.
pub(super) struct Publisher {
    /// By which it is sent: another one with another transport.
    track: watch::Sender<SendingTrack>,
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

/// Where a source says what it sends.
#[derive(Clone)]
struct PublishedPictures {
    source: PictureSource,
    sender: PublishedSender,
}

/// Where a source says what is wrong with its device, and that nothing is any more.
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

    fn chosen(&self, name: String) {
        note(&self.notices, MediaNotice::Chosen { device: self.device, name });
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
    track: watch::Receiver<SendingTrack>,
    stream: Arc<PictureStream>,
    sending: JoinHandle<()>,
    published: PublishedPictures,
    /// The user has yet to choose what is shown. Each opening has its own: a choice in a former picker is none in this one.
    is_to_be_chosen: Arc<AtomicBool>,
}

impl Drop for OpenInput {
    fn drop(&mut self) {
        self.stream.turn_off();
        self.track.borrow().set_shut(true);
        self.sending.abort();
        self.published.sender.no_picture(self.published.source);
    }
}

impl Publisher {
    /// Opens nothing.
    pub(super) fn new(
        source: PictureSource,
        track: SendingTrack,
        shown: &ShownPictures,
        sender: &PublishedSender,
        notices: &mpsc::Sender<MediaNotice>,
    ) -> Self {
        let device = match source {
            PictureSource::Camera => MediaDevice::Camera,
            PictureSource::Screen => MediaDevice::Screen,
        };
        Self {
            track: watch::Sender::new(track),
            clock: Arc::new(Mutex::new(PictureClock::new())),
            shown: shown.sender(End::This, source).clone(),
            open: None,
            published: PublishedPictures { source, sender: sender.clone() },
            others: shown.published(),
            wanted: None,
            budget: 0,
            troubles: Troubles { device, is_told: Arc::default(), notices: notices.clone() },
        }
    }

    pub(super) const fn source(&self) -> PictureSource {
        self.published.source
    }

    pub(super) const fn wanted(&self) -> Option<&PictureInput> {
        self.wanted.as_ref()
    }

    /// Whether what is wanted is not shown: it does not come, of which the user was told, or the user has yet to choose it.
    pub(super) fn is_held_back(&self) -> bool {
        let is_to_be_chosen = |open: &OpenInput| open.is_to_be_chosen.load(Ordering::Acquire);
        self.wanted.is_some() && (self.troubles.are_told() || self.open.as_ref().is_some_and(is_to_be_chosen))
    }

    pub(super) fn set_budget(&mut self, budget: u32) {
        self.budget = budget;
        if let Some(open) = &self.open {
            open.stream.set_bitrate(budget);
        }
    }

    /// What was open before is off.
    pub(super) fn want(&mut self, wanted: Option<PictureInput>) {
        (self.open, self.wanted) = (None, wanted);
    }

    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// What is open stays so, and is sent by this track from now on.
    pub(super) fn send_by(&self, track: SendingTrack) {
        self.track.send_replace(track).set_shut(true);
        self.refresh();
    }

    /// What was sent before may be lost.
    pub(super) fn refresh(&self) {
        if let Some(open) = &self.open {
            open.stream.begin_anew();
        }
    }

    pub(super) fn open(&mut self) {
        let Some(wanted) = &self.wanted else { return };
        let is_to_be_chosen = Arc::new(AtomicBool::new(wanted.is_to_be_chosen()));
        let has_chosen = Arc::clone(&is_to_be_chosen);
        let (pictures_tx, pictures) = mpsc::channel(PICTURE_QUEUE);
        let (troubles, told, silent) = (self.troubles.clone(), self.troubles.clone(), self.published.clone());
        let tell = move |event| match event {
            PictureEvent::Failed(error) => {
                silent.sender.no_picture(silent.source);
                told.tell(error);
            }
            PictureEvent::Restored(name) => told.are_over(name),
            PictureEvent::Chosen(name) => {
                has_chosen.store(false, Ordering::Release);
                told.chosen(name);
            }
        };
        match PictureStream::open(wanted, self.budget, self.shown.clone(), pictures_tx, tell) {
            Ok(stream) => {
                let (stream, track) = (Arc::new(stream), self.track.subscribe());
                track.borrow().set_shut(false);
                let (clock, published) = (Arc::clone(&self.clock), self.published.clone());
                let told = Told { published: published.clone(), others: self.others.clone(), troubles };
                let sending = tokio::spawn(send(track.clone(), Arc::clone(&stream), pictures, clock, told));
                self.open = Some(OpenInput { track, stream, sending, published, is_to_be_chosen });
            }
            Err(error) => troubles.tell(error),
        }
    }

    /// Of what is sent, while something is.
    pub(super) fn figures(&self) -> Option<PictureFigures> {
        let sent = self.open.as_ref()?.stream.sent();
        Some(PictureFigures {
            id: TrackId::sent(self.source().track()),
            source: self.source(),
            user: None,
            size: sent.size,
            freezes: 0,
            is_paused: sent.is_paused,
        })
    }
}

/// What the sending of pictures says, and what it is told.
struct Told {
    published: PublishedPictures,
    others: watch::Receiver<Published>,
    troubles: Troubles,
}

/// Sends what the encoder makes, and as much as the others want, until that ends.
async fn send(
    mut tracks: watch::Receiver<SendingTrack>,
    stream: Arc<PictureStream>,
    mut pictures: mpsc::Receiver<EncodedPicture>,
    clock: Arc<Mutex<PictureClock>>,
    mut told: Told,
) {
    let source = told.published.source;
    let mut own = told.published.sender.subscribe();
    loop {
        let track = tracks.borrow_and_update().clone();
        stream.set_most_rows(rows(source, &told.others.borrow_and_update(), &own.borrow_and_update()));
        tokio::select! {
            () = track.key_frame_requested() => stream.request_key_frame(),
            Ok(()) = tracks.changed() => {}
            Ok(()) = told.others.changed() => {}
            Ok(()) = own.changed() => {}
            picture = pictures.recv() => {
                let Some(picture) = picture else { break };
                frames::publish_picture(&picture, source, &told.published.sender);
                let taken_at = picture.captured_at;
                let frame = frames::leave_picture(picture, &mut clock.lock().unwrap_or_else(PoisonError::into_inner));
                let Some(frame) = frame else { continue };
                told.troubles.are_over(String::new());
                tokio::select! {
                    sent = track.send_taken(frame, taken_at) => if let Err(error) = sent {
                        tracing::debug!(%error, "a picture is lost");
                    },
                    // What is under way on the former path is of no use.
                    Ok(()) = tracks.changed() => {}
                }
            }
        }
    }
    told.published.sender.no_picture(source);
}

/// How many rows are to be made, by what the others want and by what this end has published.
fn rows(source: PictureSource, others: &Published, own: &Published) -> Option<u32> {
    let least = if source.is_in(*own) { 0 } else { FIRST_ROWS };
    source.rows(others.wants).map(|rows| u32::from(rows.max(least)))
}

#[cfg(test)]
mod tests {
    use carillon_protocol::{PublishedSize, Wants};

    use super::*;

    #[test]
    fn what_nobody_wants_is_made_until_the_others_have_heard_of_it() {
        let others =
            |camera_rows| Published { wants: Wants { camera_rows, screen_rows: None }, ..Published::default() };
        let (silent, on) =
            (Published::default(), Published { camera: PublishedSize::new(640, 360), ..Published::default() });
        let of_camera = |others: Published, own| rows(PictureSource::Camera, &others, &own);

        assert_eq!(of_camera(others(Some(0)), silent), Some(180));
        assert_eq!(of_camera(others(Some(0)), on), Some(0));
        assert_eq!(of_camera(others(Some(360)), silent), Some(360));
        assert_eq!((of_camera(others(None), silent), of_camera(others(None), on)), (None, None));
    }
}
