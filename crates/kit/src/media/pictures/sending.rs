//! This end's half: a camera or screen that its user wants shown is open, and its pictures leave by the track that there is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use carillon_media::{
    EncodedPicture, MediaError, PICTURE_LAYERS, Picture, PictureEvent, PictureInput, PictureStream, SentPictures,
};
use carillon_protocol::Published;
use carillon_rtc::{End, Frame, Layer, SendingTrack, TrackId};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::super::{
    MediaDevice, MediaNotice, PictureSource, ShownPictures, frames, published::PublishedSender, stats::PictureFigures,
};
use super::note;

/// Encoded pictures of one size that wait for the transport. The encoder leaves out what would wait behind them.
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
    /// By which each of its sizes is sent, the smallest first.
    ways: Vec<Way>,
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

/// By which one of a source's sizes is sent.
struct Way {
    /// Another one with another transport.
    track: watch::Sender<SendingTrack>,
    clock: Arc<Mutex<PictureClock>>,
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
    tracks: Vec<watch::Receiver<SendingTrack>>,
    stream: Arc<PictureStream>,
    /// One for each size.
    sending: JoinSet<()>,
    published: PublishedPictures,
    /// The user has yet to choose what is shown. Each opening has its own: a choice in a former picker is none in this one.
    is_to_be_chosen: Arc<AtomicBool>,
}

impl Drop for OpenInput {
    fn drop(&mut self) {
        self.stream.turn_off();
        self.tracks.iter().for_each(|track| track.borrow().set_shut(true));
        self.sending.abort_all();
        self.published.sender.no_picture(self.published.source);
    }
}

impl Publisher {
    /// Opens nothing. The tracks are those of its sizes, the smallest first.
    pub(super) fn new(
        source: PictureSource,
        tracks: Vec<SendingTrack>,
        shown: &ShownPictures,
        sender: &PublishedSender,
        notices: &mpsc::Sender<MediaNotice>,
    ) -> Self {
        let device = match source {
            PictureSource::Camera => MediaDevice::Camera,
            PictureSource::Screen => MediaDevice::Screen,
        };
        Self {
            ways: tracks.into_iter().map(Way::new).collect(),
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

    /// What is open stays so, and is sent by these tracks from now on.
    pub(super) fn send_by(&self, tracks: Vec<SendingTrack>) {
        for (way, track) in self.ways.iter().zip(tracks) {
            way.track.send_replace(track).set_shut(true);
        }
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
        let (outputs, queues): (Vec<_>, Vec<_>) = self.ways.iter().map(|_| mpsc::channel(PICTURE_QUEUE)).unzip();
        let (budget, shown) = (self.budget, self.shown.clone());
        let opened = match <[_; PICTURE_LAYERS]>::try_from(outputs) {
            Ok(outputs) => PictureStream::open_in_layers(wanted, budget, shown, outputs, tell),
            Err(mut one) => PictureStream::open(wanted, budget, shown, one.remove(0), tell),
        };
        match opened {
            Ok(stream) => {
                let told = Told { published: self.published.clone(), others: self.others.clone(), troubles };
                self.open = Some(self.begin_sending(Arc::new(stream), queues, told, is_to_be_chosen));
            }
            Err(error) => troubles.tell(error),
        }
    }

    fn begin_sending(
        &self,
        stream: Arc<PictureStream>,
        queues: Vec<mpsc::Receiver<EncodedPicture>>,
        told: Told,
        is_to_be_chosen: Arc<AtomicBool>,
    ) -> OpenInput {
        let (mut tracks, mut sending) = (Vec::with_capacity(self.ways.len()), JoinSet::new());
        for (size, (way, queue)) in self.ways.iter().zip(queues).enumerate() {
            let track = way.track.subscribe();
            track.borrow().set_shut(false);
            let output = Output { size, stream: Arc::clone(&stream), queue, clock: Arc::clone(&way.clock) };
            sending.spawn(send(track.clone(), output, told.clone()));
            tracks.push(track);
        }
        OpenInput { tracks, stream, sending, published: self.published.clone(), is_to_be_chosen }
    }

    /// Of what is sent, while something is: of each size that is, the largest first.
    pub(super) fn figures(&self) -> Vec<PictureFigures> {
        let Some(open) = &self.open else { return Vec::new() };
        let figures = |(track, sent): (&watch::Receiver<SendingTrack>, SentPictures)| PictureFigures {
            id: track.borrow().id(),
            source: self.source(),
            user: None,
            size: sent.size,
            freezes: 0,
            is_paused: sent.is_paused,
        };
        let sizes = open.stream.sent_sizes();
        let made: Vec<_> = open.tracks.iter().zip(sizes).filter_map(|(track, sent)| Some((track, sent?))).collect();
        if made.is_empty() {
            // None is taken yet, or nobody looks.
            return open.tracks.first().map(|track| figures((track, open.stream.sent()))).into_iter().collect();
        }
        made.into_iter().rev().map(figures).collect()
    }
}

impl Way {
    fn new(track: SendingTrack) -> Self {
        Self { track: watch::Sender::new(track), clock: Arc::new(Mutex::new(PictureClock::new())) }
    }
}

/// What comes of one of a stream's sizes.
struct Output {
    size: usize,
    stream: Arc<PictureStream>,
    queue: mpsc::Receiver<EncodedPicture>,
    clock: Arc<Mutex<PictureClock>>,
}

impl Output {
    /// Lets no more be made than the others want to see.
    fn heed(&self, track: TrackId, source: PictureSource, others: &Published, own: &Published) {
        match track.layer {
            Some(layer) => self.stream.set_wanted(self.size, is_wanted(layer, source, others, own)),
            None => self.stream.set_most_rows(rows(source, others, own)),
        }
    }

    fn leave(&self, picture: EncodedPicture) -> Option<Frame> {
        frames::leave_picture(picture, &mut self.clock.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the sending of pictures says, and what it is told.
#[derive(Clone)]
struct Told {
    published: PublishedPictures,
    others: watch::Receiver<Published>,
    troubles: Troubles,
}

/// Sends what the encoder makes, and as much as the others want, until that ends.
async fn send(mut tracks: watch::Receiver<SendingTrack>, mut output: Output, mut told: Told) {
    let source = told.published.source;
    let mut own = told.published.sender.subscribe();
    loop {
        let track = tracks.borrow_and_update().clone();
        output.heed(track.id(), source, &told.others.borrow_and_update(), &own.borrow_and_update());
        tokio::select! {
            () = track.key_frame_requested() => output.stream.request_key_frame(output.size),
            Ok(()) = tracks.changed() => {}
            Ok(()) = told.others.changed() => {}
            Ok(()) = own.changed() => {}
            picture = output.queue.recv() => {
                let Some(picture) = picture else { break };
                frames::publish_picture(&picture, source, &told.published.sender);
                let taken_at = picture.captured_at;
                let Some(frame) = output.leave(picture) else { continue };
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

/// Whether one of a source's sizes is to be made. Of what is not published yet the smallest is, whether anybody wants it or not.
fn is_wanted(layer: Layer, source: PictureSource, others: &Published, own: &Published) -> bool {
    let is_first = layer == Layer::Small && !source.is_in(*own);
    let is_looked_at = source.rows(others.wants) != Some(0);
    let is_named = others.wants.camera_layers.is_none_or(|layers| match layer {
        Layer::Small => layers.small,
        Layer::Medium => layers.medium,
        Layer::Large => layers.large,
    });
    is_first || (is_looked_at && is_named && source.is_in(*own))
}

#[cfg(test)]
mod tests {
    use carillon_protocol::{PublishedSize, WantedLayers, Wants};

    use super::*;

    #[test]
    fn what_nobody_wants_is_made_until_the_others_have_heard_of_it() {
        let others =
            |camera_rows| Published { wants: Wants { camera_rows, ..Wants::default() }, ..Published::default() };
        let (silent, on) =
            (Published::default(), Published { camera: PublishedSize::new(640, 360), ..Published::default() });
        let of_camera = |others: Published, own| rows(PictureSource::Camera, &others, &own);

        assert_eq!(of_camera(others(Some(0)), silent), Some(180));
        assert_eq!(of_camera(others(Some(0)), on), Some(0));
        assert_eq!(of_camera(others(Some(360)), silent), Some(360));
        assert_eq!((of_camera(others(None), silent), of_camera(others(None), on)), (None, None));
    }

    #[test]
    fn of_several_sizes_those_are_made_that_the_others_want_and_the_smallest_until_they_have_heard_of_it() {
        let others = |camera_rows, camera_layers| Published {
            wants: Wants { camera_rows, camera_layers, ..Wants::default() },
            ..Published::default()
        };
        let (silent, on) =
            (Published::default(), Published { camera: PublishedSize::new(1280, 720), ..Published::default() });
        let made =
            |others: Published, own| Layer::ALL.map(|layer| is_wanted(layer, PictureSource::Camera, &others, own));
        let named = |small, medium, large| Some(WantedLayers { small, medium, large });

        assert_eq!(made(others(Some(0), named(false, false, false)), &silent), [true, false, false]);
        assert_eq!(made(others(Some(0), named(false, false, false)), &on), [false; 3]);
        assert_eq!(made(others(Some(720), named(true, false, true)), &on), [true, false, true]);
        assert_eq!(made(others(Some(720), named(true, false, true)), &silent), [true, false, false]);
        assert_eq!(made(others(None, None), &on), [true; 3]);
        assert_eq!(made(others(Some(0), None), &on), [false; 3]);
    }
}
