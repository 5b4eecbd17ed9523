//! The pictures of a call: this end's camera and screen, which are open only while its user wants it, and what the other end shows.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use carillon_media::{
    EncodedPicture, MediaError, Picture, PictureEvent, PictureInput, PictureStream, PictureViewer, ViewerEvent,
};
use carillon_protocol::{Published, Wants};
use carillon_rtc::{End, ReceivingTrack, SendingTrack, Transport};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::stats::PictureFigures;
use super::{
    MediaDevice, MediaNotice, MediaOptions, PictureSource, ShownPictures, bitrates, frames, published::PublishedSender,
    shown::Curtain,
};

/// Encoded pictures that wait for the transport. The encoder leaves out what would wait behind them.
const PICTURE_QUEUE: usize = 2;
/// A screen that is opened fails at most twice, a camera as often as it is unplugged, and each viewer a few times.
const NOTICE_QUEUE: usize = 16;
/// The last picture stays for so long when those after it are no use, and how often that is looked at.
const LAST_STAYS: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A longer pause than this is no freeze.
const OFF_AFTER: Duration = Duration::from_secs(10);
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
    ) -> Self {
        let (notices_tx, notices) = mpsc::channel(NOTICE_QUEUE);
        let slot = |source| {
            let published = PublishedPictures { source, sender: published.clone() };
            Slot::prepare(published, transport, options, shown, &notices_tx)
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

    /// The path is there, or there again: what was sent before may be lost.
    pub(super) fn refresh(&self) {
        for open in self.slots.iter().filter_map(|slot| slot.publisher.open.as_ref()) {
            open.stream.request_key_frame();
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
        options: &MediaOptions,
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
        let receiving = tokio::spawn(receive(receiving, view, stopped));
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
                told.troubles.are_over(String::new());
                frames::publish_picture(&picture, source, &told.published.sender);
                let frame = frames::leave_picture(picture, &mut clock.lock().unwrap_or_else(PoisonError::into_inner));
                let Some(frame) = frame else { continue };
                if let Err(error) = track.send(frame).await {
                    tracing::debug!(%error, "a picture is lost");
                }
            }
        }
    }
    told.published.sender.no_picture(source);
}

/// Where the other end's pictures go.
struct View {
    source: PictureSource,
    recording: Option<PathBuf>,
    /// What the other end says that it shows.
    published: watch::Receiver<Published>,
    /// What this end wants to see of it, and where that is said.
    wants: watch::Receiver<Wants>,
    published_tx: PublishedSender,
    shown: watch::Sender<Option<Picture>>,
    needs_key_frame: Arc<Notify>,
    notices: mpsc::Sender<MediaNotice>,
    freezes: Arc<AtomicU32>,
}

impl View {
    /// A decoder and a thread, for a call that has pictures.
    fn start(&self) -> Option<PictureViewer> {
        let (needs_key_frame, notices) = (Arc::clone(&self.needs_key_frame), self.notices.clone());
        let tell = move |event| match event {
            ViewerEvent::KeyFrameNeeded => needs_key_frame.notify_one(),
            ViewerEvent::Failed(error) => note(&notices, MediaNotice::of(MediaDevice::Picture, error)),
        };
        let started = PictureViewer::start(self.shown.clone(), self.recording.as_deref(), tell);
        started.map_err(|error| note(&self.notices, MediaNotice::of(MediaDevice::Picture, error))).ok()
    }
}

/// How evenly pictures come: a freeze is a pause of three times the usual one, and of at least 150 ms more than it (as in WebRTC's
/// statistics, `freezeCount`).
#[derive(Debug, Default)]
struct Pace {
    last: Option<Instant>,
    usual: Option<Duration>,
}

impl Pace {
    fn is_frozen_before(&mut self, now: Instant) -> bool {
        let Some(last) = self.last.replace(now) else { return false };
        let pause = now.saturating_duration_since(last);
        let Some(usual) = self.usual else {
            self.usual = Some(pause);
            return false;
        };
        // A camera that was off did not freeze.
        let is_frozen = pause > (usual * 3).max(usual + Duration::from_millis(150)) && pause < OFF_AFTER;
        if !is_frozen && pause < OFF_AFTER {
            self.usual = Some((usual * 9 + pause) / 10);
        }
        is_frozen
    }
}

/// Shows what the other end sends, until the transport ends or this is stopped.
async fn receive(mut track: ReceivingTrack, mut view: View, mut stopped: oneshot::Receiver<()>) {
    let (mut viewer, mut pace) = (None, Pace::default());
    let mut curtain = Curtain::of(view.source, *view.published.borrow_and_update(), *view.wants.borrow_and_update());
    view.published_tx.wants(*view.wants.borrow());
    let mut seen = view.shown.subscribe();
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            frame = track.next() => {
                let Some(frame) = frame else { break };
                if pace.is_frozen_before(frame.arrived_at) {
                    view.freezes.fetch_add(1, Ordering::Relaxed);
                }
                if viewer.is_none() {
                    viewer = Some(view.start());
                }
                if let Some(Some(viewer)) = &viewer {
                    viewer.push(frames::arrive_picture(frame));
                }
            }
            () = view.needs_key_frame.notified() => track.need_key_frame(),
            Ok(()) = view.published.changed() => {
                curtain.hear(*view.published.borrow_and_update());
                seen.mark_changed();
            }
            Ok(()) = view.wants.changed() => {
                let wants = *view.wants.borrow_and_update();
                view.published_tx.wants(wants);
                curtain.want(wants);
                seen.mark_changed();
            }
            // A picture that was still on its way, or the last one.
            Ok(()) = seen.changed(), if curtain.is_drawn() => {
                view.shown.send_if_modified(|shown| shown.take().is_some());
            }
            _ = looks.tick(), if viewer.is_some() => {
                if track.useless_since().is_some_and(|since| since.elapsed() > LAST_STAYS) {
                    view.shown.send_if_modified(|shown| shown.take().is_some());
                }
            }
            _ = &mut stopped => break,
        }
    }
    // The last of a recording is written, which is waited for elsewhere.
    let ended = tokio::task::spawn_blocking(move || drop(viewer)).await;
    if let Err(error) = ended {
        tracing::warn!(%error, "a viewer did not end well");
    }
    view.shown.send_replace(None);
}

#[cfg(test)]
mod tests {
    use carillon_media::measure::frame_number;
    use carillon_media::{Camera, PictureSize};
    use carillon_protocol::PublishedSize;
    use carillon_rtc::{Candidate, Description, Source, TrackId, TransportConfig, TransportEvent};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_camera_that_is_on_is_seen_and_off_not_one_more_picture_leaves() {
        let (mut alice, bob) = Side::connected().await;
        let size = PictureSize::new(320, 180).expect("a size");
        let camera = Some(PictureInput::Camera(Camera::Pattern { size, frame_rate: 30 }));

        assert_eq!(alice.sent().await, 0, "it is off at first");
        alice.pictures.set(PictureSource::Camera, camera.clone());
        let first = bob.seen().await;
        let second = bob.seen().await;
        assert!(second > first, "{first}, {second}");
        assert_eq!(alice.published.borrow().camera, PublishedSize::new(320, 180));

        alice.pictures.set(PictureSource::Camera, None);
        assert_eq!(alice.published.borrow().camera, None, "at once");
        // The one that was on its way, if any.
        tokio::task::yield_now().await;
        let sent = alice.sent().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(alice.sent().await, sent);

        alice.pictures.set(PictureSource::Camera, camera.clone());
        while bob.seen().await <= second {}
        bob.hears(*alice.published.borrow());
        bob.hears(Published::default());
        timeout(PATIENCE, bob.shown.clone().wait_for(Option::is_none)).await.expect("in time").expect("it lives");
        bob.hears(*alice.published.borrow());
        bob.seen().await;
        for side in [alice, bob] {
            assert!(side.pictures.close().await.is_empty());
        }
    }

    #[tokio::test]
    async fn a_camera_that_cannot_be_opened_is_told_of_once_and_tried_again_only_when_it_is_turned_on_again() {
        let mut alice = Side::new(transport().await.0);
        let broken = Some(PictureInput::Camera(Camera::Y4m("/nowhere/camera.y4m".into())));
        let failed = |notice: MediaNotice| matches!(notice, MediaNotice::Failed { device: MediaDevice::Camera, .. });

        alice.pictures.set(PictureSource::Camera, broken.clone());
        assert!(failed(timeout(PATIENCE, alice.pictures.notice()).await.expect("it is told")));
        alice.pictures.set(PictureSource::Camera, broken.clone());
        assert!(alice.pictures.notices.try_recv().is_err(), "something else was set meanwhile, such as mute");

        alice.pictures.set(PictureSource::Camera, None);
        alice.pictures.set(PictureSource::Camera, broken);
        assert!(failed(timeout(PATIENCE, alice.pictures.notice()).await.expect("it is told")));

        let size = PictureSize::new(320, 180).expect("a size");
        let well = PictureInput::Camera(Camera::Pattern { size, frame_rate: 30 });
        alice.pictures.set(PictureSource::Camera, Some(well));
        let told = timeout(PATIENCE, alice.pictures.notice()).await.expect("it is told");
        assert_eq!(told, MediaNotice::Restored { device: MediaDevice::Camera, name: String::new() });
    }

    #[tokio::test]
    async fn what_the_other_end_does_not_look_at_is_not_sent_and_comes_back_when_it_looks() {
        let (mut alice, bob) = Side::connected().await;
        let size = PictureSize::new(320, 180).expect("a size");
        alice.pictures.set(PictureSource::Camera, Some(PictureInput::Camera(Camera::Pattern { size, frame_rate: 30 })));
        bob.seen().await;

        bob.all.want(PictureSource::Camera, Some(0));
        bob.publishes(|published| published.wants.camera_rows == Some(0)).await;
        alice.hears(*bob.published.borrow());
        tokio::time::sleep(Duration::from_millis(300)).await;
        let sent = alice.sent().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(alice.sent().await, sent);
        assert!(bob.shown.borrow().is_none(), "nothing newer comes");
        assert!(alice.published.borrow().camera.is_some(), "the camera is on");

        bob.all.want(PictureSource::Camera, None);
        bob.publishes(|published| published.wants.is_everything()).await;
        alice.hears(*bob.published.borrow());
        let looked_at = Instant::now();
        bob.seen().await;
        assert!(looked_at.elapsed() <= Duration::from_millis(500), "{:?}", looked_at.elapsed());
    }

    #[test]
    fn a_pause_of_several_pictures_is_a_freeze_and_a_camera_that_was_off_is_none() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        let mut after = |milliseconds| {
            now += Duration::from_millis(milliseconds);
            pace.is_frozen_before(now)
        };

        assert!((0..30).all(|_| !after(33)));
        assert!(!after(120), "a picture or two are late");
        assert!(after(250));
        assert!(!after(33) && !after(30_000) && !after(33));
    }

    #[test]
    fn the_clock_of_pictures_neither_drifts_nor_runs_backwards() {
        let mut clock = PictureClock::new();
        let began_at = clock.began_at;
        let moments: Vec<Instant> =
            (0..=900).step_by(100).map(|third| began_at + Duration::from_micros(third * 1000 / 3)).collect();

        let ticks: Vec<u32> = moments.iter().map(|moment| clock.ticks_until(*moment)).collect();

        assert_eq!(ticks.iter().sum::<u32>(), 27_000, "{ticks:?}");
        assert_eq!(clock.ticks_until(began_at), 0);
    }

    struct Side {
        transport: Transport,
        all: ShownPictures,
        pictures: Pictures,
        published: watch::Receiver<Published>,
        shown: watch::Receiver<Option<Picture>>,
    }

    impl Side {
        async fn connected() -> (Self, Self) {
            let ((alice, mut from_alice), (bob, mut from_bob)) = (transport().await, transport().await);
            alice.create_offer().await.expect("an offer");
            pass_on(&mut from_alice, &bob).await;
            pass_on(&mut from_bob, &alice).await;
            for events in [&mut from_alice, &mut from_bob] {
                while timeout(PATIENCE, events.recv()).await.expect("in time").expect("it lives")
                    != TransportEvent::Connected
                {}
                // Nothing else is told, and it is not waited for.
                events.close();
            }
            (Self::new(alice), Self::new(bob))
        }

        fn new(transport: Transport) -> Self {
            let shown = ShownPictures::default();
            let (published_tx, published) = PublishedSender::new();
            let pictures = Pictures::prepare(&transport, &MediaOptions::default(), &shown, &published_tx);
            let others = shown.look(End::Other, PictureSource::Camera);
            Self { transport, all: shown, pictures, published, shown: others }
        }

        /// What the other end publishes.
        fn hears(&self, published: Published) {
            self.all.other_publishes(published);
        }

        async fn publishes(&self, wanted: impl FnMut(&Published) -> bool) {
            let mut published = self.published.clone();
            timeout(PATIENCE, published.wait_for(wanted)).await.expect("in time").expect("it lives");
        }

        async fn sent(&self) -> u64 {
            self.transport.stats().await.of(TrackId::sent(Source::Camera)).frames
        }

        /// The number of the next picture.
        async fn seen(&self) -> u32 {
            let mut shown = self.shown.clone();
            shown.mark_unchanged();
            timeout(PATIENCE, shown.changed()).await.expect("in time").expect("it is shown");
            let picture = shown.borrow().clone();
            picture.as_ref().and_then(frame_number).expect("it has a number")
        }
    }

    async fn transport() -> (Transport, mpsc::Receiver<TransportEvent>) {
        let config = TransportConfig { loopback: true, ..TransportConfig::default() };
        Transport::prepare(config).await.expect("a transport")
    }

    /// All that one end tells, up to its last candidate.
    async fn pass_on(events: &mut mpsc::Receiver<TransportEvent>, to: &Transport) {
        let (mut description, mut candidates): (Option<Description>, Vec<Candidate>) = (None, Vec::new());
        loop {
            let event = timeout(PATIENCE, events.recv()).await.expect("in time").expect("it lives");
            if let TransportEvent::LocalDescription(told) = event {
                description = Some(told);
            } else if let TransportEvent::LocalCandidate(told) = event {
                candidates.push(told);
            } else {
                assert_eq!(event, TransportEvent::EndOfCandidates);
                break;
            }
        }
        to.set_remote(description.expect("it is told")).await.expect("a good description");
        for candidate in candidates {
            to.add_candidate(candidate).await.expect("a good candidate");
        }
    }
}
