//! Cameras of a group call in several sizes, through the kit and the real server: everybody is given the one that fits their tile, and what nobody is given is
//! not made.

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_kit::media::{Camera, Picture, PictureSize, measure::frame_number};
use carillon_kit::{CallKind, CallKit, CallPhase, End, PictureLayer, PictureSource, StartCall, WantedView};
use carillon_tests::calls::{reaches, until_active};
use carillon_tests::kit::{House, SOON, user};
use tokio::sync::watch;
use tokio::time::timeout;

/// Alice's camera, of which there are three sizes.
const ROWS: usize = 720;
const RATE: u32 = 15;

/// Three encoders on a busy machine take their time, and the path is found out meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn each_is_given_the_layer_that_fits_their_tile_and_what_nobody_is_given_is_not_made() -> Result<()> {
    let house = House::with(&["alice", "bob", "carol"]).await?;
    let alice = house.device("alice", "desk").await?;
    let (bob, carol) = (house.device("bob", "attic").await?, house.device("carol", "boat").await?);
    let size = PictureSize::new(ROWS * 16 / 9, ROWS)?;
    alice.choose_camera(Some(Camera::Pattern { size, frame_rate: RATE }));

    alice.start_call(StartCall::several(CallKind::Video, vec![user("bob"), user("carol")])).await?;
    for kit in [&bob, &carol] {
        reaches(kit, |phase| matches!(phase, CallPhase::RingingHere)).await?;
        kit.accept().await?;
        until_active(kit).await?;
    }

    show(&bob, 150);
    sees(&bob, 180).await?;
    makes(&alice, &[PictureLayer::Small]).await?;

    show(&carol, 360);
    sees(&carol, 360).await?;
    makes(&alice, &[PictureLayer::Medium, PictureLayer::Small]).await?;
    sees(&bob, 180).await?;

    show(&carol, 720);
    sees(&carol, 720).await?;
    makes(&alice, &[PictureLayer::Large, PictureLayer::Small]).await?;

    show(&carol, 150);
    sees(&carol, 180).await?;
    makes(&alice, &[PictureLayer::Small]).await?;
    for kit in [&bob, &carol, &alice] {
        kit.hang_up().await?;
    }
    Ok(())
}

/// Alice's camera is shown so high.
fn show(kit: &CallKit, height: u16) {
    kit.show(vec![WantedView { user: user("alice"), source: PictureSource::Camera, height }]);
}

/// Alice's pictures come to have so many rows.
async fn sees(kit: &CallKit, rows: usize) -> Result<()> {
    let mut shown = kit.picture_of(&user("alice"), PictureSource::Camera);
    let mut seen = Vec::new();
    let looking = async {
        loop {
            let picture = next(&mut shown).await?;
            seen.push(picture.size().height());
            if picture.size().height() == rows && frame_number(&picture).is_some() {
                return anyhow::Ok(());
            }
        }
    };
    timeout(PATIENCE, looking).await.with_context(|| format!("{rows} rows, and not {seen:?}"))?
}

/// Exactly these layers come to be made.
async fn makes(kit: &CallKit, wanted: &[PictureLayer]) -> Result<()> {
    let mut stats = kit.stats();
    let looking = stats.wait_for(|stats| {
        let pictures = stats.iter().flat_map(|stats| &stats.pictures).filter(|picture| picture.end == End::This);
        pictures.filter_map(|picture| picture.layer).eq(wanted.iter().copied())
    });
    let looked = timeout(PATIENCE, looking).await.map(|made| made.map(drop));
    looked.with_context(|| format!("{wanted:?}, and not {:?}", kit.stats().borrow()))??;
    Ok(())
}

/// The next picture of what is shown.
async fn next(shown: &mut watch::Receiver<Option<Picture>>) -> Result<Picture> {
    loop {
        timeout(SOON, shown.changed()).await.context("no picture")??;
        if let Some(picture) = shown.borrow_and_update().clone() {
            return Ok(picture);
        }
    }
}
