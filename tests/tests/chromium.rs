//! Interoperation: one end of a voice call is Chromium's WebRTC in a page that speaks our signalling, the other is the kit with
//! its own. Both must hear the other's voice, whichever of them calls.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_kit::media::measure::{Pitch, heard, write_voice};
use carillon_kit::media::wav;
use carillon_kit::{
    CallEvent, CallKit, CallPhase, Connection, Login, MediaOptions, Microphone, Register, Speaker, StartCall, UserId,
    register,
};
use carillon_server::{Config, RtcTokenPolicy, Running, Server};
use carillon_tests::browser::{self, Browser, Site, Sound};
use tempfile::TempDir;
use tokio::time::timeout;

/// The browser speaks low, the kit high.
const BROWSER: Pitch = Pitch::Low;
const KIT: Pitch = Pitch::High;

/// How long they talk, and how much of it is judged: the end, where jitter buffers and sound processing have settled.
const TALK: Duration = Duration::from_secs(7);
const JUDGED_SECONDS: u32 = 5;

const PASSWORD: &str = "eight bells at noon";
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_calls_chromium_and_each_hears_the_other() -> Result<()> {
    let house = House::open().await?;
    let browser = house.browser().await?;

    house.kit.start_call(StartCall::voice(UserId::new("chromium")?)).await?;
    browser.until("connected").await?;
    house.talk(&browser).await?;
    house.kit.hang_up().await?;
    browser.until("ended: hung_up").await?;

    let log = browser.log().await?;
    assert_eq!(log, ["online", "ringing", "joined", "connecting", "connected", "ended: hung_up"]);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_calls_the_kit_and_each_hears_the_other() -> Result<()> {
    let house = House::open().await?;
    let browser = house.browser().await?;

    browser.run("return device.call(arguments[0])", vec!["kit".into()]).await?;
    house.until(|phase| matches!(phase, CallPhase::RingingHere)).await?;
    house.kit.accept().await?;
    browser.until("connected").await?;
    house.talk(&browser).await?;
    browser.run("return device.hangUp()", Vec::new()).await?;
    browser.until("ended: hung_up").await?;
    house.until(|phase| matches!(phase, CallPhase::Ended { .. })).await?;

    let mut log = browser.log().await?;
    // The kit's first checks come by another way than the server's word, and may be there before it.
    log.retain(|entry| entry != "connecting");
    assert_eq!(log, ["online", "calling", "accepted", "connected", "ended: hung_up"]);
    browser.close().await
}

/// A server, the kit's device, and an account for the browser.
struct House {
    site: Site,
    login: Login,
    kit: CallKit,
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

        let (microphone, speaker) = (folder.path().join("kit.wav"), folder.path().join("heard.wav"));
        write_voice(&microphone, KIT, Duration::from_secs(10))?;
        let login = sign_up(&server, 1, "kit").await?;
        let app = login.signed_in.app.clone();
        let connection = Connection::open(login)?;
        let media = MediaOptions {
            microphone: Microphone::Wav(microphone),
            speaker: Speaker::Wav(speaker.clone()),
            ..MediaOptions::default()
        };
        let kit = CallKit::init_with(&app, UserId::new("kit")?, connection.clone(), media)?;
        ring_when_called(&kit);
        connection.connected().await?;
        Ok(Self { site, login: browsers, kit, speaker, folder, _server: server })
    }

    async fn browser(&self) -> Result<Browser> {
        Browser::open(&self.site, &self.login, &self.folder.path().join("chromium"), Sound::InPage).await
    }

    async fn until(&self, wanted: impl Fn(&CallPhase) -> bool) -> Result<()> {
        let mut call = self.kit.call();
        let reached = timeout(PATIENCE, call.wait_for(|status| wanted(&status.phase))).await;
        reached.with_context(|| format!("the kit's call is {:?}", self.kit.call().borrow().phase))??;
        Ok(())
    }

    /// Lets both talk, and checks that each heard the other, and how well they understood each other's encryption.
    async fn talk(&self, browser: &Browser) -> Result<()> {
        self.until(|phase| matches!(phase, CallPhase::Active { .. })).await?;
        tokio::time::sleep(TALK).await;

        let in_browser = browser.recording(JUDGED_SECONDS).await?;
        let in_kit = wav::read(&self.speaker)?;
        let in_kit = &in_kit[in_kit.len().saturating_sub(in_browser.len())..];
        heard(&in_browser, KIT, BROWSER).context("in the browser")?;
        heard(in_kit, BROWSER, KIT).context("in the kit")?;

        let agreed = browser.run("return device.agreed()", Vec::new()).await?;
        assert_eq!(agreed["srtpCipher"], "SRTP_AEAD_AES_128_GCM", "{agreed}");
        assert_eq!(agreed["mimeType"], "audio/opus", "{agreed}");
        assert_eq!(agreed["redundant"], true, "{agreed}");
        Ok(())
    }
}

async fn sign_up(server: &Running, invite: usize, user: &str) -> Result<Login> {
    let typed = Register {
        server: format!("http://{}", server.addr),
        allow_insecure: false,
        invite: server.invites[invite].clone(),
        user: user.to_owned(),
        display_name: String::new(),
        password: PASSWORD.to_owned(),
        device_name: "test".to_owned(),
    };
    Ok(register(typed).await?)
}

fn ring_when_called(kit: &CallKit) {
    let (kit, mut events) = (kit.clone(), kit.events());
    tokio::spawn(async move {
        while let Ok(event) = events.recv().await {
            if let CallEvent::Invited(_) = event {
                let _ = kit.answer_call(true, None).await;
            }
        }
    });
}
