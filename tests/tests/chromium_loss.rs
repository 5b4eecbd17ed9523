//! A browser at the other end of a path that loses datagrams: each of the connection's beginning in turn, whoever makes the offer.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../crates/rtc/tests/common/mod.rs"]
mod common;

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_kit::media::measure::Pitch;
use carillon_kit::{Register, register};
use carillon_rtc::{Description, DescriptionKind, MediaTransport, TransportEvent};
use carillon_server::{Config, Running, Server};
use carillon_tests::browser::{self, Browser, Site, Sound};
use common::relay::Relay;
use common::{End, Local};
use tempfile::TempDir;
use tokio::time::Instant;

/// One datagram and what follows it so closely: repeats that do not wait for an answer.
const OUTAGE: Duration = Duration::from_millis(10);

/// Whatever a busy machine adds: well below the second that a lost flight used to cost.
const AT_MOST: Duration = Duration::from_millis(700);

/// Where Chromium offers, its last flight ends the handshake. It sends that again only for one of ours with new record numbers, which
/// the library makes after a second; a copy of the old one it takes for a replay.
const LAST_FLIGHT: Duration = Duration::from_secs(1);

/// A quiet machine sends fewer than this. On a busy one copies make the beginning longer, and would the story.
const MOST_LOST: usize = 40;

const PASSWORD: &str = "eight bells at noon";

/// A connection of the page's own, beside its device.
const SIDE: &str = r#"
window.side = {
  async open() {
    this.peer?.close();
    this.context ??= new AudioContext();
    const microphone = this.context.createMediaStreamDestination();
    const tone = new OscillatorNode(this.context);
    tone.connect(microphone);
    tone.start();
    this.peer = new RTCPeerConnection();
    this.peer.addTrack(microphone.stream.getAudioTracks()[0], microphone.stream);
    this.connected = this.reached("connectionstatechange", () => this.peer.connectionState === "connected");
    this.gathered = this.reached("icegatheringstatechange", () => this.peer.iceGatheringState === "complete");
    return true;
  },
  reached(event, test) {
    return new Promise((resolve) => this.peer.addEventListener(event, () => test() && resolve(true)));
  },
  async describe() {
    await this.peer.setLocalDescription();
    await this.gathered;
    return this.peer.localDescription.sdp;
  },
  async take(type, sdp) {
    await this.peer.setRemoteDescription({ type, sdp });
    return true;
  },
};
return true;
"#;

#[tokio::test]
async fn no_lost_datagram_keeps_chromium_and_us_apart_for_long() -> Result<()> {
    let stage = Stage::open().await?;

    for offerer in [Offerer::Us, Offerer::Chromium] {
        let clean = stage.connect(offerer, usize::MAX).await?;
        assert!(clean.datagrams > 8, "checks and a handshake, but {} datagrams", clean.datagrams);
        for nth in 0..clean.datagrams.min(MOST_LOST) {
            let took = stage.connect(offerer, nth).await?.took;

            assert!(
                took < clean.took + offerer.lost_at_most(),
                "{offerer:?} offers, {nth} is lost: {took:?} instead of {:?}",
                clean.took
            );
        }
    }
    stage.browser.close().await
}

#[derive(Debug, Clone, Copy)]
enum Offerer {
    Us,
    Chromium,
}

impl Offerer {
    /// What one lost datagram may cost.
    fn lost_at_most(self) -> Duration {
        match self {
            Self::Us => AT_MOST,
            Self::Chromium => AT_MOST + LAST_FLIGHT,
        }
    }
}

struct Outcome {
    /// From the answer to where both are connected and we hear Chromium.
    took: Duration,
    /// That had been sent by then.
    datagrams: usize,
}

struct Stage {
    browser: Browser,
    _server: Running,
    _site: Site,
    _folder: TempDir,
}

impl Stage {
    async fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let site = Site::open(folder.path(), Pitch::Low).await?;
        let config = Config { invites: Some(1), ..Config::local(folder.path().join("server")) };
        let server = Server::start(Config { allowed_origins: vec![site.origin.clone()], ..config }).await?;
        let typed = Register {
            server: server.url(),
            allow_insecure: false,
            invite: server.invites[0].clone(),
            user: "chromium".to_owned(),
            display_name: String::new(),
            password: PASSWORD.to_owned(),
            device_name: "test".to_owned(),
        };
        register(typed).await?;
        let login = browser::sign_in(&server.url(), "chromium", PASSWORD).await?;
        let browser = Browser::open(&site, &login, &folder.path().join("chromium"), Sound::InPage).await?;
        browser.run(SIDE, Vec::new()).await?;
        Ok(Self { browser, _server: server, _site: site, _folder: folder })
    }

    /// Connects over a relay that loses the `nth` datagram.
    async fn connect(&self, offerer: Offerer, nth: usize) -> Result<Outcome> {
        let relay = Relay::for_any_address(1);
        relay.path.lose_from(nth, OUTAGE);
        let mut end = End::on_loopback().await;
        self.browser.run("return side.open()", Vec::new()).await?;
        let answered_at = match offerer {
            Offerer::Us => {
                end.transport.create_offer().await?;
                self.give(relay.show(end.local().await).await).await?;
                let answer = relay.show(self.describe(DescriptionKind::Answer).await?).await;
                let answered_at = Instant::now();
                answer.give_to(&end.transport).await;
                answered_at
            }
            Offerer::Chromium => {
                let offer = relay.show(self.describe(DescriptionKind::Offer).await?).await;
                offer.give_to(&end.transport).await;
                let answer = relay.show(end.local().await).await;
                let answered_at = Instant::now();
                self.give(answer).await?;
                answered_at
            }
        };
        end.until(&TransportEvent::Connected).await;
        end.packet().await;
        self.browser.run("return side.connected", Vec::new()).await?;
        let (took, datagrams) = (answered_at.elapsed(), relay.path.datagrams());
        end.transport.close().await;
        Ok(Outcome { took, datagrams })
    }

    async fn describe(&self, kind: DescriptionKind) -> Result<Local> {
        let sdp = self.browser.run("return side.describe()", Vec::new()).await?;
        let sdp = sdp.as_str().context("a description")?.to_owned();
        Ok(Local { description: Some(Description { kind, sdp }), candidates: Vec::new() })
    }

    /// The page takes candidates inside the description.
    async fn give(&self, local: Local) -> Result<()> {
        let Description { kind, mut sdp } = local.description.context("a description")?;
        for candidate in local.candidates {
            sdp += &format!("a={}\r\n", candidate.candidate);
        }
        let kind = if kind == DescriptionKind::Offer { "offer" } else { "answer" };
        self.browser.run("return side.take(arguments[0], arguments[1])", vec![kind.into(), sdp.into()]).await?;
        Ok(())
    }
}
