//! A group call with pictures: two desktop windows and a command line see each other, and each control of the window by its effect.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Result, ensure};
use carillon_ipc::testid;
use carillon_protocol::{GroupId, UserId};
use carillon_tests::{
    desktop::{Desk, Display, Window, until},
    programs::{Device, House, Person, make_team},
};
use serde_json::json;

const SOON: Duration = Duration::from_secs(30);
/// Of the shape of a tile, and not so large that a busy machine leaves pictures out.
const CAMERA_AND_SCREEN: &[&str] = &["--fake-camera", "pattern:320x180@10", "--fake-screen", "pattern:640x360@5"];
const COMMAND_LINE: &[&str] = &["--accept-after", "200ms", "--once", "--fake-camera", "pattern:320x180@10"];
/// The call window as small as it can be made has four tiles on a page.
const SMALL: (u32, u32) = (400, 420);
const LARGE: (u32, u32) = (1000, 700);
const LABEL: &str = "return document.querySelector(`[data-testid=\"${arguments[0]}\"]`)?.getAttribute('aria-label')";
const SET_VOLUME: &str = "
    const slider = document.querySelector(`[data-testid=\"${arguments[0]}\"]`);
    slider.value = arguments[1];
    slider.dispatchEvent(new Event('change', { bubbles: true }));";

#[tokio::test(flavor = "multi_thread")]
async fn three_see_each_other_in_a_grid_in_the_spotlight_and_on_pages() -> Result<()> {
    let stage = Stage::set(&[Person::DORA, Person::ERIN]).await?;
    let Stage { alice, bob, .. } = &stage;
    let [first, second, third] = ["bob", "carol", "alice"].map(user);

    for (desk, others) in [(alice, [&first, &second]), (bob, [&second, &third])] {
        for other in others {
            desk.app.shows_pattern(&testid::camera_of(other)).await?;
        }
        desk.app.shows_pattern(testid::CALL_OWN_CAMERA).await?;
    }
    alice.app.says(&testid::tile(&user("dora")), "Ringing").await?;
    alice.app.attribute_is(testid::CALL_TILES, "data-layout", "grid").await?;
    stage.keep_picture("grid").await?;

    alice.app.click(testid::CALL_SPOTLIGHT).await?;
    alice.app.attribute_is(testid::CALL_TILES, "data-layout", "spotlight").await?;
    alice.app.click(&testid::tile(&second)).await?;
    alice.app.attribute_is(testid::CALL_TILES, "data-large", "person-carol").await?;
    alice.app.attribute_is(&testid::tile(&second), "aria-pressed", "true").await?;
    alice.app.shows_pattern(&testid::camera_of(&second)).await?;
    let large = alice.app.size_of(&testid::camera_of(&second)).await?;
    let small = alice.app.size_of(testid::CALL_OWN_CAMERA).await?;
    ensure!(large.0 > 2.0 * small.0, "Carol is {large:?}, one's own picture {small:?}");
    stage.keep_picture("pinned").await?;
    alice.app.click(&testid::tile(&second)).await?;
    alice.app.attribute_is(&testid::tile(&second), "aria-pressed", "false").await?;
    alice.app.keys("g").await?;
    alice.app.attribute_is(testid::CALL_TILES, "data-layout", "grid").await?;

    alice.app.resize(SMALL.0, SMALL.1).await?;
    alice.app.says(testid::CALL_PAGE, &page(1)).await?;
    stage.keep_picture("pages").await?;
    alice.app.click(testid::CALL_PAGE_NEXT).await?;
    alice.app.says(testid::CALL_PAGE, &page(2)).await?;
    alice.app.sees(&testid::tile(&user("erin"))).await?;
    alice.app.misses(&testid::camera_of(&first)).await?;
    alice.app.click(testid::CALL_PAGE_BACK).await?;
    alice.app.shows_pattern(&testid::camera_of(&first)).await?;
    alice.app.click(&testid::call_page(2)).await?;
    alice.app.misses(&testid::camera_of(&first)).await?;
    alice.app.keys("\u{e00e}").await?; // PageUp
    alice.app.shows_pattern(&testid::camera_of(&first)).await?;
    alice.app.resize(LARGE.0, LARGE.1).await?;
    alice.app.misses(testid::CALL_PAGE).await?;
    stage.leave().await
}

/// Numbers in texts are isolated from the direction of what is around them.
fn page(number: u32) -> String {
    format!("Page \u{2068}{number}\u{2069} of \u{2068}2\u{2069}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_is_off_is_an_avatar_a_shared_screen_is_large_and_each_voice_has_its_volume() -> Result<()> {
    let stage = Stage::set(&[]).await?;
    let Stage { alice, bob, .. } = &stage;
    let him = user("bob");
    alice.app.shows_pattern(&testid::camera_of(&him)).await?;

    bob.app.click(testid::CALL_CAMERA).await?;
    alice.app.misses(&testid::camera_of(&him)).await?;
    alice.app.sees(&testid::tile(&him)).await?;
    bob.app.misses(testid::CALL_OWN_CAMERA).await?;
    stage.keep_picture("camera-off").await?;
    bob.app.click(testid::CALL_CAMERA).await?;
    alice.app.shows_pattern(&testid::camera_of(&him)).await?;

    bob.app.click(testid::CALL_SHARE).await?;
    bob.app.click(&testid::screen("stand-in")).await?;
    bob.app.says(testid::CALL_SHARING, "You're sharing").await?;
    alice.app.attribute_is(testid::CALL_TILES, "data-large", "screen-bob").await?;
    alice.app.shows_pattern(&testid::screen_of(&him)).await?;
    alice.app.sees(&testid::screen_tile(&him)).await?;
    stage.keep_picture("screen").await?;
    bob.app.click(testid::CALL_STOP_SHARING).await?;
    alice.app.misses(&testid::screen_of(&him)).await?;
    alice.app.attribute_is(testid::CALL_TILES, "data-layout", "grid").await?;

    alice.app.click(testid::CALL_PEOPLE).await?;
    alice.shows("bob", "In the call").await?;
    alice.app.attribute_is(&testid::silence(&him), "aria-pressed", "false").await?;
    alice.app.click(&testid::silence(&him)).await?;
    alice.app.attribute_is(&testid::silence(&him), "aria-pressed", "true").await?;
    let volume = testid::volume(&him);
    alice.app.run(SET_VOLUME, vec![json!(volume), json!("60")]).await?;
    alice.app.attribute_is(&volume, "aria-valuetext", "60 %").await?;
    stage.keep_picture("people").await?;
    bob.app.click(testid::CALL_MUTE).await?;
    let label = || async {
        let label = alice.app.run(LABEL, vec![json!(testid::tile(&him))]).await.ok()?;
        label.as_str()?.contains("is muted").then_some(())
    };
    until("the sign on his tile", SOON, label).await?;
    stage.leave().await
}

/// A house with a group that talks: Alice and Bob at their desks, and Carol's command line.
struct Stage {
    alice: Desk,
    bob: Desk,
    carol: Device,
    _display: Display,
    _house: House,
}

impl Stage {
    /// Alice calls Bob and Carol with pictures, and these people who have no device.
    async fn set(away: &[Person]) -> Result<Self> {
        let others: Vec<_> = [Person::BOB, Person::CAROL].into_iter().chain(away.iter().copied()).collect();
        let everybody: Vec<_> = [Person::ALICE].into_iter().chain(others.iter().copied()).collect();
        let house = House::with(&everybody)?;
        let team = GroupId::new(make_team(&house, &others)?)?;
        let display = Display::start(1600, 1000)?;
        let alice = Desk::open(&house, &display, Person::ALICE, CAMERA_AND_SCREEN).await?;
        let bob = Desk::open(&house, &display, Person::BOB, CAMERA_AND_SCREEN).await?;
        let carol = house.listen(Person::CAROL, "boat", COMMAND_LINE)?;
        let names: Vec<_> = others.iter().map(|person| person.user).collect();
        alice.call_group(&team, testid::GROUP_VIDEO_CALL, &names, &[]).await?;
        bob.app.look_at(Window::Ring).await?;
        bob.app.attribute_is(testid::RING, "data-armed", "true").await?;
        bob.app.click(testid::RING_ACCEPT).await?;
        for desk in [&alice, &bob] {
            desk.app.look_at(Window::Call).await?;
            desk.app.resize(LARGE.0, LARGE.1).await?;
            desk.app.attribute_is(testid::CALL, "data-state", "active").await?;
        }
        Ok(Self { alice, bob, carol, _display: display, _house: house })
    }

    /// For a person to look at, with those of the other stories: in `target/desktop`.
    async fn keep_picture(&self, name: &str) -> Result<()> {
        let folder = carillon_tests::desktop::built("carillon-desktop")?.with_file_name("../desktop");
        std::fs::create_dir_all(&folder)?;
        self.alice.app.picture(&folder.join(format!("group-{name}.png"))).await
    }

    async fn leave(mut self) -> Result<()> {
        for desk in [&self.alice, &self.bob] {
            desk.app.click(testid::CALL_HANGUP).await?;
            desk.app.gone(Window::Call).await?;
        }
        self.carol.interrupt()?;
        self.carol.end(SOON).map(drop)
    }
}

fn user(name: &str) -> UserId {
    UserId::new(name).expect("a good name")
}
