use std::time::Instant;

use carillon_media::measure::frame_number;
use carillon_media::{Camera, Picture, PictureSize, Screen, ScreenId};
use carillon_protocol::{
    DeviceId, MediaSlot, Published, PublishedSize, PublishedSource, UserId, WantedLayers, WantedPicture, Wants,
};
use carillon_rtc::{
    Candidate, Description, End, Layer, Layout, Pools, Source, TrackId, TransportConfig, TransportEvent,
};
use tokio::sync::watch;

use super::super::{MediaDevice, slots::Slots};
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
    bob.seen().await;
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
async fn what_the_user_has_yet_to_choose_is_held_back() {
    let mut alice = Side::new(transport().await.0);
    let size = PictureSize::new(320, 180).expect("a size");
    let shared = |screen| Some(PictureInput::Screen(screen));

    alice.pictures.set(PictureSource::Screen, shared(Screen::Pattern { size, frame_rate: 5 }));
    assert!(!alice.pictures.is_held_back(PictureSource::Screen));

    alice.pictures.set(PictureSource::Screen, shared(Screen::Device(ScreenId("portal:0".into()))));
    assert!(alice.pictures.is_held_back(PictureSource::Screen), "and its sound is not heard");
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

#[tokio::test]
async fn in_a_group_call_nobody_is_shown_in_the_place_of_somebody_else_and_whoever_comes_begins_with_a_key_frame() {
    let mut slots = Slots::default();
    let (mut alice, bob) = Side::connected_to(Others::Many(slots.subscribe())).await;
    let size = PictureSize::new(320, 180).expect("a size");
    alice.pictures.set(PictureSource::Camera, Some(PictureInput::Camera(Camera::Pattern { size, frame_rate: 30 })));
    let [mut carol, mut dora] = ["carol", "dora"].map(|name| bob.all.look_at(&user(name), PictureSource::Camera));
    let seen = async |latest: &mut watch::Receiver<Option<Picture>>, is_seen: bool| {
        let wanted = latest.wait_for(|latest| latest.is_some() == is_seen);
        drop(timeout(PATIENCE, wanted).await.expect("in time").expect("it lives"));
    };

    slots.want(vec![wanted("carol")]);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(carol.borrow().is_none(), "nobody has said yet whose it is");
    slots.hear(vec![in_slot("carol")]);
    seen(&mut carol, true).await;
    assert!(dora.borrow().is_none());
    let of_carol: Vec<_> = bob.pictures.figures().into_iter().filter_map(|figures| figures.user).collect();
    assert_eq!(of_carol, [user("carol")]);

    slots.want(vec![wanted("dora")]);
    seen(&mut carol, false).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(carol.borrow().is_none() && dora.borrow().is_none(), "it may be of either");
    slots.hear(vec![in_slot("dora")]);
    seen(&mut dora, true).await;
    assert!(carol.borrow().is_none());

    slots.hear(vec![]);
    seen(&mut dora, false).await;
    assert!(bob.pictures.figures().is_empty());
}

#[tokio::test]
async fn in_a_group_call_a_camera_is_made_in_the_layers_that_somebody_is_given() {
    let layout = Layout::Channel(Pools { voices: 1, pictures: 1, screens: 1, screen_sounds: 1 });
    let config = TransportConfig { layout, has_layers: true, loopback: true, ..TransportConfig::default() };
    let (transport, _events) = Transport::prepare(config).await.expect("a transport");
    let mut alice = Side::with(transport, Others::Many(Slots::default().subscribe()));
    alice.pictures.set_available(3_000_000);
    let size = PictureSize::new(640, 360).expect("a size");
    alice.hears_of_layers(0, WantedLayers::default());
    alice.pictures.set(PictureSource::Camera, Some(PictureInput::Camera(Camera::Pattern { size, frame_rate: 30 })));
    alice.publishes(|published| published.camera == PublishedSize::new(640, 360)).await;

    alice.hears_of_layers(720, WantedLayers { small: true, medium: false, large: true });
    alice.makes(&[(Layer::Medium, 360), (Layer::Small, 180)]).await;
    alice.hears_of_layers(180, WantedLayers { small: true, ..WantedLayers::default() });
    alice.makes(&[(Layer::Small, 180)]).await;
    alice.hears_of_layers(720, WantedLayers { medium: true, ..WantedLayers::default() });
    alice.makes(&[(Layer::Medium, 360)]).await;

    assert!(alice.pictures.close().await.is_empty());
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
        Self::connected_to(Others::One(LipSync::new(Instant::now()))).await
    }

    /// The second of them sees these.
    async fn connected_to(others: Others) -> (Self, Self) {
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
        (Self::new(alice), Self::with(bob, others))
    }

    fn new(transport: Transport) -> Self {
        Self::with(transport, Others::One(LipSync::new(Instant::now())))
    }

    fn with(transport: Transport, others: Others) -> Self {
        let shown = ShownPictures::default();
        let (published_tx, published) = PublishedSender::new();
        let stage = Stage { shown: shown.clone(), published: published_tx, recordings: Recordings::default(), others };
        let pictures = Pictures::prepare(&transport, stage);
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

    /// The server says what it gives to somebody of this end's camera.
    fn hears_of_layers(&self, camera_rows: u16, camera_layers: WantedLayers) {
        let wants = Wants { camera_rows: Some(camera_rows), screen_rows: Some(0), camera_layers: Some(camera_layers) };
        self.hears(Published { wants, ..Published::default() });
    }

    /// Comes to make pictures in these layers, the largest first, of so many rows.
    async fn makes(&self, wanted: &[(Layer, u32)]) {
        let made =
            || self.pictures.figures().into_iter().filter_map(|figures| Some((figures.id.layer?, figures.size.1)));
        let looking = async {
            let mut looks = tokio::time::interval(Duration::from_millis(5));
            while !made().eq(wanted.iter().copied()) {
                looks.tick().await;
            }
        };
        timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("{:?}", made().collect::<Vec<_>>()));
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

fn wanted(name: &str) -> WantedPicture {
    WantedPicture { slot: 5, user: user(name), height: 180 }
}

fn in_slot(name: &str) -> MediaSlot {
    let device = DeviceId::new(uuid::Uuid::from_u128(7));
    MediaSlot { slot: 5, user: user(name), device, source: PublishedSource::Camera }
}

fn user(name: &str) -> UserId {
    UserId::new(name).expect("a good name")
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
