//! Interoperation of pictures: one end of a video call is Chromium with a clip for its camera, the other is the kit with a test pattern. Both must see which
//! picture the other one shows, whichever of them calls, and whatever is turned off and on.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what was seen is worth reading")]

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use carillon_kit::media::measure::{Pitch, frame_number_at, write_voice};
use carillon_kit::media::{Picture, PictureSize, Screen};
use carillon_kit::{
    CallKit, CallPhase, Connection, Login, MediaOptions, Microphone, Register, Speaker, StartCall, UserId, register,
};
use carillon_server::{Config, RtcTokenPolicy, Running, Server};
use carillon_tests::browser::{self, Browser, Page, PageCamera, Site, Sound};
use carillon_tests::calls::{RATE, camera, others_camera, reaches, ring_when_called, until_active};
use carillon_tests::pictures::{next_number, write_clip};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::timeout;

/// Chromium's camera: two seconds, over and over.
const CLIP: u32 = 60;
const CLIP_RATE: u32 = 30;
const CLIP_SIZE: (usize, usize) = (320, 180);

/// How many pictures of its screen the kit shares a second.
const SCREEN_RATE: u32 = 10;

/// A picture is so late at most on a busy machine.
const LATE: Duration = Duration::from_secs(5);
/// What was on its way when something was turned off has come in.
const ON_ITS_WAY: Duration = Duration::from_millis(300);
/// In which nothing comes.
const STILL: Duration = Duration::from_millis(500);

const PASSWORD: &str = "eight bells at noon";

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_calls_chromium_and_each_sees_what_the_other_turns_off_and_on() -> Result<()> {
    let house = House::open().await?;
    let browser = house.browser().await?;

    house.kit.start_call(StartCall::video(UserId::new("chromium")?)).await?;
    browser.until("connected").await?;
    until_active(&house.kit).await?;
    house.each_sees_the_other(&browser).await?;
    check_codecs(&browser).await?;

    browser.run("return device.pictures.setOn(false)", Vec::new()).await?;
    house.sees_nothing_new().await?;
    browser.run("return device.pictures.setOn(true)", Vec::new()).await?;
    house.each_sees_the_other(&browser).await?;

    house.turn_camera(false)?;
    assert_eq!(counted_while_still(&browser, PICTURES).await?, 0, "the kit's camera is off");
    house.sees_chromium().await?;
    house.turn_camera(true)?;
    house.each_sees_the_other(&browser).await?;

    house.shares_its_screen(&browser).await?;

    house.kit.set_muted(true);
    assert_eq!(counted_while_still(&browser, SOUND).await?, 0, "the kit's microphone is muted");
    house.each_sees_the_other(&browser).await?;
    house.kit.set_muted(false);

    house.kit.hang_up().await?;
    browser.until("ended: hung_up").await?;
    reaches(&house.kit, |phase| matches!(phase, CallPhase::Ended { .. })).await?;
    ensure!(house.shown().borrow().is_none(), "a picture of a call that has ended");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_calls_the_kit_and_they_see_each_other_over_another_path_too() -> Result<()> {
    let house = House::open().await?;
    let browser = house.browser().await?;

    browser.run("return device.call(arguments[0])", vec!["kit".into()]).await?;
    reaches(&house.kit, |phase| matches!(phase, CallPhase::RingingHere)).await?;
    house.kit.accept().await?;
    browser.until("connected").await?;
    until_active(&house.kit).await?;
    house.each_sees_the_other(&browser).await?;
    check_codecs(&browser).await?;

    let before = browser.run(CREDENTIALS, Vec::new()).await?;
    browser.run("return device.restart()", Vec::new()).await?;
    assert_ne!(browser.run(CREDENTIALS, Vec::new()).await?, before, "the other end has begun anew, too");
    house.each_sees_the_other(&browser).await?;
    house.shares_its_screen(&browser).await?;

    browser.run("return device.hangUp()", Vec::new()).await?;
    browser.until("ended: hung_up").await?;
    reaches(&house.kit, |phase| matches!(phase, CallPhase::Ended { .. })).await?;
    browser.close().await
}

/// Of the kit's answer, as Chromium knows it.
const CREDENTIALS: &str = "return device.peer.currentRemoteDescription.sdp.match(/a=ice-ufrag:(.*)/)[1]";

/// How many pictures have come.
const PICTURES: &str = "device.pictures.views.camera.count";
const SCREENS: &str = "device.pictures.views.screen.count";
/// How many packets of sound have come.
const SOUND: &str = "[...(await device.peer.getStats()).values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio').packetsReceived";

/// By how much something grows while nothing should come.
async fn counted_while_still(browser: &Browser, what: &str) -> Result<i64> {
    let (first, then) = (ON_ITS_WAY.as_millis(), STILL.as_millis());
    let script = format!(
        "const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
         return rest({first}).then(async () => {{
           const before = {what};
           await rest({then});
           return {what} - before;
         }})"
    );
    let counted = browser.run(&script, Vec::new()).await?;
    counted.as_i64().with_context(|| format!("a count, not {counted}"))
}

/// Both ends say H.264 and nothing else.
async fn check_codecs(browser: &Browser) -> Result<()> {
    let stats = browser.run("return device.pictures.stats()", Vec::new()).await?;
    for way in ["received", "sent"] {
        assert_eq!(stats[way]["codec"], "video/H264", "{stats}");
        let format = stats[way]["format"].as_str().context("parameters of the codec")?;
        assert!(format.contains("packetization-mode=1") && format.contains("profile-level-id=42e0"), "{format}");
    }
    assert!(stats["received"]["framesDecoded"].as_u64() > Some(0), "{stats}");
    println!("Chromium froze {} times", stats["received"]["freezeCount"]);
    Ok(())
}

/// A server, the kit's device, and an account for the browser.
struct House {
    site: Site,
    login: Login,
    kit: CallKit,
    clip: PathBuf,
    folder: TempDir,
    _server: Running,
}

impl House {
    async fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let site = Site::open(folder.path(), Pitch::Low).await?;
        let config = Config {
            invites: Some(2),
            rtc_tokens: RtcTokenPolicy::Optional, // the page knows nothing of them
            allowed_origins: vec![site.origin.clone()],
            ..Config::local(folder.path().join("server"))
        };
        let server = Server::start(config).await?;
        sign_up(&server, 0, "chromium").await?;
        let browsers = browser::sign_in(&server.url(), "chromium", PASSWORD).await?;

        let (microphone, clip) = (folder.path().join("kit.wav"), folder.path().join("clip.y4m"));
        write_voice(&microphone, Pitch::High, Duration::from_secs(10))?;
        write_clip(&clip, clip_size()?, CLIP_RATE, CLIP)?;
        let login = sign_up(&server, 1, "kit").await?;
        let app = login.signed_in.app.clone();
        let connection = Connection::open(login)?;
        let media = MediaOptions {
            microphone: Microphone::Wav(microphone),
            speaker: Speaker::Wav(folder.path().join("heard.wav")),
            camera: Some(camera()),
            ..MediaOptions::default()
        };
        let kit = CallKit::init_with(&app, UserId::new("kit")?, connection.clone(), media)?;
        ring_when_called(&kit);
        connection.connected().await?;
        Ok(Self { site, login: browsers, kit, clip, folder, _server: server })
    }

    async fn browser(&self) -> Result<Browser> {
        let camera = PageCamera { clip: &self.clip, size: clip_size()?, codec: "H264", hint: "" };
        let page = Page { sound: Sound::InPage, camera: Some(camera), by_hand: false };
        Browser::open_page(&self.site, &self.login, &self.folder.path().join("chromium"), page).await
    }

    fn shown(&self) -> watch::Receiver<Option<Picture>> {
        others_camera(&self.kit)
    }

    fn turn_camera(&self, on: bool) -> Result<()> {
        Ok(self.kit.set_camera(on.then(camera))?)
    }

    async fn each_sees_the_other(&self, browser: &Browser) -> Result<()> {
        self.sees_chromium().await?;
        sees(browser, "camera", clip_size()?, RATE).await
    }

    /// A screen is seen beside the camera until it is shared no more.
    async fn shares_its_screen(&self, browser: &Browser) -> Result<()> {
        let size = PictureSize::new(640, 360)?;
        self.kit.set_screen(Some(Screen::Pattern { size, frame_rate: SCREEN_RATE }))?;
        sees(browser, "screen", size, SCREEN_RATE).await?;
        self.each_sees_the_other(browser).await?;
        self.kit.set_screen(None)?;
        assert_eq!(counted_while_still(browser, SCREENS).await?, 0, "the kit's screen is shared no more");
        Ok(())
    }

    /// The clip's pictures go on.
    async fn sees_chromium(&self) -> Result<()> {
        let mut shown = self.shown();
        shown.mark_unchanged();
        let first = next_number(&mut shown).await?;
        let second = next_number(&mut shown).await?;
        assert!(first != second && first.max(second) < CLIP, "{first}, {second}");
        Ok(())
    }

    /// Once what was on its way has come, nothing does.
    async fn sees_nothing_new(&self) -> Result<()> {
        let mut shown = self.shown();
        let still = async { while timeout(ON_ITS_WAY, shown.changed()).await.is_ok() {} };
        timeout(LATE, still).await.context("pictures of a camera that is off go on")?;
        let came = timeout(STILL, shown.changed()).await;
        ensure!(came.is_err(), "a picture of a camera that is off");
        Ok(())
    }
}

/// The pattern's pictures go on, and are those of this moment.
async fn sees(browser: &Browser, source: &str, size: PictureSize, rate: u32) -> Result<()> {
    let mut numbers = Vec::new();
    while numbers.len() < 2 {
        let picture = browser.run("return device.pictures.next(arguments[0])", vec![source.into()]).await?;
        numbers.push(u32::try_from(picture["number"].as_u64().context("a number")?)?);
        assert!(has_shape(&picture, size), "{} × {} of {size}", picture["width"], picture["height"]);
    }
    let late = frame_number_at(SystemTime::now(), rate).wrapping_sub(numbers[1]);
    assert!(numbers[1] > numbers[0] && late <= LATE.as_secs() as u32 * rate, "{numbers:?}, late by {late}");
    Ok(())
}

/// As wide for its height, and no larger: a path that does not carry it all makes pictures smaller.
fn has_shape(picture: &Value, size: PictureSize) -> bool {
    let side = |key: &str| picture[key].as_f64().unwrap_or_default();
    let (width, height) = (side("width"), side("height"));
    let (shape, wanted) = (width / height, size.width() as f64 / size.height() as f64);
    width <= size.width() as f64 && (shape / wanted - 1.0).abs() < 0.1
}

fn clip_size() -> Result<PictureSize> {
    Ok(PictureSize::new(CLIP_SIZE.0, CLIP_SIZE.1)?)
}

async fn sign_up(server: &Running, invite: usize, user: &str) -> Result<Login> {
    let typed = Register {
        server: server.url(),
        allow_insecure: false,
        invite: server.invites[invite].clone(),
        user: user.to_owned(),
        display_name: String::new(),
        password: PASSWORD.to_owned(),
        device_name: "test".to_owned(),
    };
    Ok(register(typed).await?)
}
