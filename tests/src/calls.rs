//! Two kits in a video call over a network that this process makes: for stories of what a network does to pictures. Linux only.

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_kit::media::{Camera, Picture, PictureSize};
use carillon_kit::{CallEvent, CallKit, CallPhase, Connection, End, MediaOptions, PictureSource, StartCall};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::browser;
use crate::kit::{House, SOON, user};
use crate::network::{Course, Relay, Side, door};

/// How many pictures a second these cameras take.
pub const RATE: u32 = 15;

/// Alice and Bob, and the network between them.
pub struct Line {
    /// She calls.
    pub alice: CallKit,
    /// He answers.
    pub bob: CallKit,
    /// Between them; she is the first.
    pub relay: Relay,
    /// Where both have their accounts and their recordings.
    pub house: House,
}

impl Line {
    /// Two devices with pattern cameras that are ready to call.
    ///
    /// # Errors
    /// If one of them does not come online.
    pub async fn open(course: impl Into<Course>, seed: u64) -> Result<Self> {
        Self::open_with(course, seed, [camera(), camera()]).await
    }

    /// The same with these cameras, hers and his.
    ///
    /// # Errors
    /// If one of them does not come online.
    pub async fn open_with(course: impl Into<Course>, seed: u64, cameras: [Camera; 2]) -> Result<Self> {
        let house = House::with(&["alice", "bob"]).await?;
        let relay = Relay::new(course, seed);
        let [hers, his] = cameras;
        let alice = device(&house, ("alice", hers), &relay, Side::First).await?;
        let bob = device(&house, ("bob", his), &relay, Side::Second).await?;
        Ok(Self { alice, bob, relay, house })
    }

    /// Alice calls, Bob accepts, and media flow.
    ///
    /// # Errors
    /// If they do not in time.
    pub async fn connect(&self) -> Result<()> {
        self.connect_by(StartCall::video(user("bob"))).await
    }

    /// The same, by a call that may be of voices only.
    ///
    /// # Errors
    /// If they do not in time.
    pub async fn connect_by(&self, call: StartCall) -> Result<()> {
        let mut ring = self.bob.ring();
        self.alice.start_call(call).await?;
        timeout(SOON, ring.wait_for(Option::is_some)).await.context("it does not ring")??;
        self.bob.accept().await?;
        for kit in [&self.alice, &self.bob] {
            until_active(kit).await?;
        }
        Ok(())
    }

    /// What each of the two sees of the other.
    #[must_use]
    pub fn shown(&self) -> [watch::Receiver<Option<Picture>>; 2] {
        [&self.alice, &self.bob].map(others_camera)
    }

    /// Ends the call.
    ///
    /// # Errors
    /// If there is none.
    pub async fn hang_up(&self) -> Result<()> {
        self.alice.hang_up().await?;
        for kit in [&self.alice, &self.bob] {
            reaches(kit, |phase| matches!(phase, CallPhase::Ended { .. })).await?;
        }
        Ok(())
    }
}

/// What a kit sees of the other end's camera.
#[must_use]
pub fn others_camera(kit: &CallKit) -> watch::Receiver<Option<Picture>> {
    kit.picture(End::Other, PictureSource::Camera)
}

/// Waits until media flow.
///
/// # Errors
/// If they do not in time.
pub async fn until_active(kit: &CallKit) -> Result<()> {
    reaches(kit, |phase| matches!(phase, CallPhase::Active { .. })).await
}

/// Waits until the call is so far.
///
/// # Errors
/// If it is not in time.
pub async fn reaches(kit: &CallKit, wanted: impl Fn(&CallPhase) -> bool) -> Result<()> {
    let mut call = kit.call();
    let reached = timeout(SOON, call.wait_for(|status| wanted(&status.phase))).await;
    reached.with_context(|| format!("the call is {:?}", kit.call().borrow().phase))??;
    Ok(())
}

/// A small camera that shows the test pattern.
///
/// # Panics
/// Never: the size is a good one.
#[must_use]
pub fn camera() -> Camera {
    Camera::Pattern { size: PictureSize::new(320, 180).expect("a size"), frame_rate: RATE }
}

/// A device without a key, whose media go by the relay.
async fn device(house: &House, (name, camera): (&str, Camera), relay: &Relay, side: Side) -> Result<CallKit> {
    let mut login = browser::sign_in(&house.server.url(), name, House::PASSWORD).await?;
    login.server = door(relay, side, house.server.addr).await?;
    let app = login.signed_in.app.clone();
    let connection = Connection::open(login)?;
    let mut media = MediaOptions { camera: Some(camera), ..house.sounds(name) };
    if side == Side::Second {
        media.microphone = house.high_voice();
    }
    let kit = CallKit::init_with(&app, user(name), connection.clone(), media)?;
    ring_when_called(&kit);
    timeout(Duration::from_secs(20), connection.connected()).await??;
    Ok(kit)
}

/// Lets a device ring for every invite.
pub fn ring_when_called(kit: &CallKit) {
    let (kit, mut events) = (kit.clone(), kit.events());
    tokio::spawn(async move {
        while let Ok(event) = events.recv().await {
            // A caller may give up before this device can ring.
            if matches!(event, CallEvent::Invited(_)) {
                let _ = kit.answer_call(true, None).await;
            }
        }
    });
}
