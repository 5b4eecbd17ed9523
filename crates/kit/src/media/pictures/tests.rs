use carillon_media::measure::frame_number;
use carillon_media::{Camera, PictureSize};
use carillon_protocol::{Published, PublishedSize};
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
    for side in [alice, bob] {
        assert!(side.pictures.close().await.is_empty());
    }
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
        let pictures = Pictures::prepare(
            &transport,
            &MediaOptions::default(),
            &shown,
            &published_tx,
            &LipSync::new(Instant::now()),
        );
        Self { transport, pictures, published, shown: shown.look(End::Other, PictureSource::Camera) }
    }

    async fn sent(&self) -> u64 {
        self.transport.stats().await.of(TrackId { end: End::This, source: Source::Camera }).frames
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
