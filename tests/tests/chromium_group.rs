//! Interoperation in a group call: Chromium and the kit are in it through the server's forwarder. Each must hear and see the other, with one size of Chromium's
//! camera and with three.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what was seen is worth reading")]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use carillon_kit::media::measure::{Pitch, frame_number, heard, write_voice};
use carillon_kit::media::{Camera, Picture, PictureSize, wav};
use carillon_kit::{
    CallKind, CallKit, Connection, Login, MediaOptions, Microphone, PictureSource, Register, Speaker, StartCall,
    UserId, WantedView, register,
};
use carillon_server::{Config, RtcTokenPolicy, Running, Server};
use carillon_tests::browser::{self, Browser, Page, PageCamera, Site, Sound};
use carillon_tests::calls::{ring_when_called, until_active};
use carillon_tests::kit::user;
use carillon_tests::pictures::write_clip;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::timeout;

/// The browser speaks low, the kit high.
const BROWSER: Pitch = Pitch::Low;
const KIT: Pitch = Pitch::High;
const TALK: Duration = Duration::from_secs(7);
const JUDGED_SECONDS: u32 = 5;

/// Chromium's camera: two seconds, over and over. Of less it makes fewer sizes, and all sides of all sizes are even.
const CLIP: u32 = 60;
const CLIP_RATE: u32 = 30;
const CLIP_SIZE: (usize, usize) = (960, 544);
/// The kit's, of which it makes two sizes.
const CAMERA_SIZE: (usize, usize) = (640, 360);
const CAMERA_RATE: u32 = 15;

/// Three encoders on a busy machine take their time.
const PATIENCE: Duration = Duration::from_secs(60);

const PASSWORD: &str = "eight bells at noon";

#[tokio::test(flavor = "multi_thread")]
async fn in_a_group_call_chromium_and_the_kit_hear_and_see_each_other() -> Result<()> {
    let house = House::open().await?;
    let browser = house.browser(false).await?;

    house.meet(&browser).await?;
    house.sees_chromium(540, |rows| rows > 0).await?;
    browser_wants(&browser, 720).await?;
    sees(&browser, |rows| rows > 0).await?;
    house.talk(&browser).await?;

    house.leave(browser).await
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_sends_its_camera_in_sizes_and_each_is_given_the_one_that_fits() -> Result<()> {
    let house = House::open().await?;
    let browser = house.browser(true).await?;

    house.meet(&browser).await?;
    house.sees_chromium(720, |rows| rows == CLIP_SIZE.1).await?;
    house.sees_chromium(150, |rows| rows == CLIP_SIZE.1 / 4).await?;
    until_it_sends(&browser, &json!({ "l": CLIP_SIZE.1 / 4 })).await?;
    house.sees_chromium(720, |rows| rows == CLIP_SIZE.1).await?;

    browser_wants(&browser, 150).await?;
    sees(&browser, |rows| rows == CAMERA_SIZE.1 / 2).await?;
    browser_wants(&browser, 720).await?;
    sees(&browser, |rows| rows == CAMERA_SIZE.1).await?;

    house.leave(browser).await
}

/// The page shows the kit's camera so high.
async fn browser_wants(browser: &Browser, height: u16) -> Result<()> {
    let script = "return device.group.want(arguments[0], arguments[1]).then(() => true)";
    browser.run(script, vec!["kit".into(), height.into()]).await?;
    Ok(())
}

/// The pattern's pictures go on in the page, and come to have so many rows.
async fn sees(browser: &Browser, are_right: impl Fn(usize) -> bool) -> Result<()> {
    let mut seen = Vec::new();
    let looking = async {
        loop {
            let picture = browser.run("return device.group.next(arguments[0])", vec!["kit".into()]).await?;
            let rows = usize::try_from(picture["height"].as_u64().context("a height")?)?;
            let number = picture["number"].as_u64().filter(|_| are_right(rows));
            seen.push(rows);
            if number.is_some() {
                return anyhow::Ok(());
            }
        }
    };
    timeout(PATIENCE, looking).await.with_context(|| format!("pictures of {seen:?} rows in the browser"))?
}

/// The page sends these sizes and no others.
async fn until_it_sends(browser: &Browser, wanted: &Value) -> Result<()> {
    let mut sent = Value::Null;
    let looking = async {
        while sent != *wanted {
            sent = browser.run("return device.group.sends()", Vec::new()).await?;
        }
        anyhow::Ok(())
    };
    timeout(PATIENCE, looking).await.with_context(|| format!("it sends {sent}, and not {wanted}"))?
}

/// A server, the kit's device, and an account for the browser.
struct House {
    site: Site,
    login: Login,
    kit: CallKit,
    clip: PathBuf,
    speaker: PathBuf,
    folder: TempDir,
    _server: Running,
}

impl House {
    async fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let site = Site::open(folder.path(), BROWSER).await?;
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
        write_voice(&microphone, KIT, Duration::from_secs(10))?;
        write_clip(&clip, clip_size()?, CLIP_RATE, CLIP)?;
        let speaker = folder.path().join("heard.wav");
        let login = sign_up(&server, 1, "kit").await?;
        let app = login.signed_in.app.clone();
        let connection = Connection::open(login)?;
        let size = PictureSize::new(CAMERA_SIZE.0, CAMERA_SIZE.1)?;
        let media = MediaOptions {
            microphone: Microphone::Wav(microphone),
            speaker: Speaker::Wav(speaker.clone()),
            camera: Some(Camera::Pattern { size, frame_rate: CAMERA_RATE }),
            ..MediaOptions::default()
        };
        let kit = CallKit::init_with(&app, UserId::new("kit")?, connection.clone(), media)?;
        ring_when_called(&kit);
        connection.connected().await?;
        Ok(Self { site, login: browsers, kit, clip, speaker, folder, _server: server })
    }

    /// `is_in_sizes`: its camera is sent in three sizes.
    async fn browser(&self, is_in_sizes: bool) -> Result<Browser> {
        let camera = PageCamera { clip: &self.clip, size: clip_size()?, codec: "H264", hint: "" };
        let page = Page { sound: Sound::InPage, camera: Some(camera), by_hand: false };
        let browser = Browser::open_page(&self.site, &self.login, &self.folder.path().join("chromium"), page).await?;
        browser.run("device.isInSizes = arguments[0]; return true", vec![is_in_sizes.into()]).await?;
        Ok(browser)
    }

    /// The kit calls, and the page answers.
    async fn meet(&self, browser: &Browser) -> Result<()> {
        self.kit.start_call(StartCall::several(CallKind::Video, vec![user("chromium")])).await?;
        browser.until("connected").await?;
        until_active(&self.kit).await
    }

    /// Chromium's pictures go on here, and come to have the right number of rows for one that is shown so high.
    async fn sees_chromium(&self, height: u16, are_right: impl Fn(usize) -> bool) -> Result<()> {
        self.kit.show(vec![WantedView { user: user("chromium"), source: PictureSource::Camera, height }]);
        let mut shown = self.kit.picture_of(&user("chromium"), PictureSource::Camera);
        let mut seen = Vec::new();
        let looking = async {
            loop {
                let picture = next(&mut shown).await?;
                let rows = picture.size().height();
                seen.push(rows);
                if let Some(number) = frame_number(&picture).filter(|_| are_right(rows)) {
                    return anyhow::Ok(number);
                }
            }
        };
        let number = timeout(PATIENCE, looking).await.with_context(|| format!("pictures of {seen:?} rows"))??;
        ensure!(number < CLIP, "{number} is not of the clip");
        println!("{} pictures until one fits {height} rows", seen.len());
        Ok(())
    }

    /// Lets both talk, and checks that each heard the other.
    async fn talk(&self, browser: &Browser) -> Result<()> {
        tokio::time::sleep(TALK).await;
        let in_browser = browser.recording(JUDGED_SECONDS).await?;
        let in_kit = wav::read(&self.speaker)?;
        let in_kit = &in_kit[in_kit.len().saturating_sub(in_browser.len())..];
        heard(&in_browser, KIT, BROWSER).context("in the browser")?;
        heard(in_kit, BROWSER, KIT).context("in the kit")?;
        Ok(())
    }

    /// Both leave.
    async fn leave(&self, browser: Browser) -> Result<()> {
        browser.run("return device.hangUp().then(() => true)", Vec::new()).await?;
        self.kit.hang_up().await?;
        browser.close().await
    }
}

/// The next picture of what is shown.
async fn next(shown: &mut watch::Receiver<Option<Picture>>) -> Result<Picture> {
    loop {
        shown.changed().await?;
        if let Some(picture) = shown.borrow_and_update().clone() {
            return Ok(picture);
        }
    }
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
