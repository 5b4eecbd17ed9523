//! What the other end of a call publishes: heard in words, at once, and true.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use carillon_kit::{
    CallEvent, CallKind, CallKit, CallStatus, CommandError, End, FirstPictures, MicrophoneState, PictureSource,
    PublishedSource, StartCall, StateChange,
    media::{Camera, PictureSize, Screen},
};
use carillon_tests::{
    kit::{Events, House, SOON, active, until, user},
    programs::{House as Programs, Line, Person},
};
use tokio::time::timeout;

/// What may pass between a camera that is turned off at one end, and the avatar at the other.
const AT_ONCE_MS: u64 = 300;
const PATIENCE: Duration = Duration::from_secs(30);
/// From the look at a window that was away to a picture in it.
const SEEN_AGAIN: Duration = Duration::from_millis(500);

#[test]
fn a_camera_that_is_turned_off_is_heard_of_at_once_at_the_other_end() -> Result<()> {
    let house = Programs::with(&[Person::ALICE, Person::BOB])?;
    let mut bob = house.listen(Person::BOB, "attic", &["--accept-after", "0s", "--once"])?;
    let camera = ["--fake-camera", "pattern:320x180@15", "--camera-off-after", "1500ms"];
    let alices = [&["call", "bob", "--video", "--for", "3s"][..], &camera].concat();
    let mut alice = house.run(Person::ALICE, "desk", &alices)?;

    let ((at_alice, alice_ended), (at_bob, bob_ended)) = (alice.end(PATIENCE)?, bob.end(PATIENCE)?);

    assert_eq!((alice_ended, bob_ended), (0, 0), "{at_alice:?}");
    let published = changes(&at_bob, "user-published");
    assert_eq!(published, ["camera", "microphone"]);
    let off_at = at_ms(at_alice.iter().find(|line| line["event"] == "camera"))?;
    let is_camera_off = |line: &&Line| line["type"] == "user-unpublished" && line["source"] == "camera";
    let heard_at = at_ms(at_bob.iter().find(is_camera_off))?;
    println!("heard of after {} ms", heard_at.saturating_sub(off_at));
    assert!(heard_at >= off_at && heard_at - off_at <= AT_ONCE_MS, "{} ms", heard_at.saturating_sub(off_at));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_call_that_is_accepted_without_video_stays_one_and_asks_nobody_for_a_camera() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    let mut at_alice = alice.events();
    alice.choose_camera(Some(pattern()?));
    alice.start_call(StartCall::video(user("bob"))).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    assert!(bob.call().borrow().published.is_nothing(), "nobody is told before the accept");

    bob.choose_camera(Some(pattern()?));
    bob.accept_with(FirstPictures::WITHOUT_CAMERA).await?;

    active(&mut at_alice).await?;
    shows(&bob, |call| call.published.camera.is_some() && call.published.microphone == MicrophoneState::On).await?;
    shows(&alice, |call| call.published.microphone == MicrophoneState::On).await?;
    assert_eq!(alice.call().borrow().published.camera, None);
    for kit in [&alice, &bob] {
        let kind = kit.call().borrow().call.as_ref().map(|call| call.kind);
        assert_eq!(kind, Some(CallKind::Video), "it is what it was asked as");
    }

    bob.set_camera(Some(pattern()?))?;
    published(&mut at_alice, PublishedSource::Camera).await?;
    let mut pictures = alice.picture(End::Other, PictureSource::Camera);
    timeout(SOON, pictures.wait_for(Option::is_some)).await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_voice_call_mute_and_a_camera_are_heard_of_and_the_call_stays_one_of_voice() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    let mut at_alice = alice.events();
    alice.start_call(StartCall::voice(user("bob"))).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    bob.accept().await?;
    published(&mut at_alice, PublishedSource::Microphone).await?;

    bob.set_muted(true);
    unpublished(&mut at_alice, PublishedSource::Microphone).await?;
    assert_eq!(alice.call().borrow().published.microphone, MicrophoneState::Muted);
    bob.set_muted(false);
    published(&mut at_alice, PublishedSource::Microphone).await?;
    bob.set_camera(Some(pattern()?))?;
    published(&mut at_alice, PublishedSource::Camera).await?;

    let status = alice.call().borrow().clone();
    let size = status.published.camera.context("it is on")?;
    assert_eq!((size.width(), size.height()), (320, 180));
    assert_eq!(status.call.context("in it")?.kind, CallKind::Voice);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_cannot_be_opened_is_not_published() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    let (mut at_alice, mut at_bob) = (alice.events(), bob.events());
    alice.start_call(StartCall::video(user("bob"))).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;

    bob.choose_camera(Some(Camera::Y4m("/nowhere/camera.y4m".into())));
    bob.accept().await?;

    until(&mut at_bob, "a notice", |event| matches!(event, CallEvent::Media(_)).then_some(())).await?;
    published(&mut at_alice, PublishedSource::Microphone).await?;
    assert_eq!(alice.call().borrow().published.camera, None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_the_other_end_does_not_look_at_is_on_and_not_sent() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    bob.choose_camera(Some(pattern()?));
    alice.start_call(StartCall::video(user("bob"))).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    bob.accept().await?;
    let mut seen = alice.picture(End::Other, PictureSource::Camera);
    timeout(SOON, seen.wait_for(Option::is_some)).await??;

    alice.want(PictureSource::Camera, Some(0));
    timeout(SOON, seen.wait_for(Option::is_none)).await??;
    shows(&bob, |call| call.published.wants.camera_rows == Some(0)).await?;
    let mut counts = vec![sent(&bob).await?];
    while counts.len() < 5 && counts.windows(2).all(|pair| pair[0] != pair[1]) {
        counts.push(sent(&bob).await?);
    }
    println!("sent, from second to second: {counts:?}");
    ensure!(counts.len() <= 3, "it stands still within a second: {counts:?}");
    assert!(alice.call().borrow().published.camera.is_some(), "it is on");

    let looks_at = Instant::now();
    alice.want(PictureSource::Camera, None);
    timeout(SOON, seen.wait_for(Option::is_some)).await??;
    println!("seen again after {} ms", looks_at.elapsed().as_millis());
    ensure!(looks_at.elapsed() <= SEEN_AGAIN, "{:?}", looks_at.elapsed());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_turned_on_without_a_call_is_refused_and_on_in_no_later_one() -> Result<()> {
    let house = House::with(&["alice", "bob"]).await?;
    let (alice, bob) = (house.device("alice", "desk").await?, house.device("bob", "attic").await?);
    let mut at_alice = alice.events();
    let size = PictureSize::new(320, 180)?;
    let screen = || Some(Screen::Pattern { size, frame_rate: 5 });
    assert_eq!(bob.set_camera(Some(pattern()?)), Err(CommandError::NotInACall));
    alice.start_call(StartCall::voice(user("bob"))).await?;
    timeout(SOON, bob.ring().wait_for(Option::is_some)).await??;
    assert_eq!(bob.set_screen(screen()), Err(CommandError::NotInACall), "a ring is no call");

    bob.accept().await?;
    published(&mut at_alice, PublishedSource::Microphone).await?;
    let seen = alice.call().borrow().published;
    assert_eq!((seen.camera, seen.screen), (None, None));

    bob.set_screen(screen())?;
    published(&mut at_alice, PublishedSource::Screen).await?;
    bob.hang_up().await?;
    timeout(SOON, bob.call().wait_for(|call| !call.is_live())).await??;
    assert_eq!(bob.set_screen(screen()), Err(CommandError::NotInACall));
    Ok(())
}

/// How many pictures of its camera a kit has sent, by its next figures.
async fn sent(kit: &CallKit) -> Result<u64> {
    let mut stats = kit.stats();
    timeout(SOON, stats.changed()).await.context("no figures")??;
    let stats = stats.borrow().clone().context("media flow")?;
    let camera = stats.pictures.iter().find(|of| of.end == End::This && of.source == PictureSource::Camera);
    Ok(camera.context("its camera is on")?.pictures)
}

fn pattern() -> Result<Camera> {
    Ok(Camera::Pattern { size: PictureSize::new(320, 180)?, frame_rate: 15 })
}

async fn shows(kit: &CallKit, wanted: impl FnMut(&CallStatus) -> bool) -> Result<()> {
    timeout(SOON, kit.call().wait_for(wanted)).await.context("waited in vain for what is published")??;
    Ok(())
}

async fn published(events: &mut Events, wanted: PublishedSource) -> Result<()> {
    until(events, "user-published", |event| {
        let CallEvent::StateChanged(StateChange::UserPublished { source, .. }) = event else { return None };
        (source == wanted).then_some(())
    })
    .await
}

async fn unpublished(events: &mut Events, wanted: PublishedSource) -> Result<()> {
    until(events, "user-unpublished", |event| {
        let CallEvent::StateChanged(StateChange::UserUnpublished { source, .. }) = event else { return None };
        (source == wanted).then_some(())
    })
    .await
}

/// The sources of the changes of this type, by name.
fn changes(said: &[Line], kind: &str) -> Vec<String> {
    let changes = said.iter().filter(|line| line["event"] == "onStateChange" && line["type"] == kind);
    let mut sources: Vec<_> = changes.filter_map(|line| line["source"].as_str().map(str::to_owned)).collect();
    sources.sort();
    sources
}

fn at_ms(line: Option<&Line>) -> Result<u64> {
    line.and_then(|line| line["at_ms"].as_u64()).context("it is told")
}
