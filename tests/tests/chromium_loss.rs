//! A browser at the other end of a path that loses datagrams: each of the connection's beginning in turn, with the offer made by either end.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "what a browser says of its sound is worth reading")]

#[path = "../../crates/rtc/tests/common/mod.rs"]
mod common;

use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use carillon_kit::media::measure::Pitch;
use carillon_kit::{Register, register};
use carillon_rtc::{Description, DescriptionKind, Frame, TransportEvent};
use carillon_server::{Config, Running, Server};
use carillon_tests::browser::{self, Browser, Site, Sound};
use common::relay::Relay;
use common::{End, Local};
use tempfile::TempDir;
use tokio::time::Instant;

/// One datagram and what follows it so closely: repeats that do not wait for an answer.
const OUTAGE: Duration = Duration::from_millis(10);

/// Twenty to ninety milliseconds, by how soon the two send again, and what a busy machine adds: well below the second of the library.
const AT_MOST: Duration = Duration::from_millis(400);

/// A quiet machine sends fewer than this. On a busy one copies make the beginning longer, and would the story.
const MOST_LOST: usize = 40;

/// Seven seconds of voice.
const FRAMES: u64 = 350;

/// One of 20 ms: any bytes behind the first are some sound (RFC 6716 §3.1).
const OPUS_FRAME: &[u8] =
    &[0xf8, 0x5a, 0x13, 0x77, 0xc2, 0x9e, 0x41, 0x08, 0xd6, 0x2b, 0x90, 0x65, 0xee, 0x3c, 0xa1, 0x1f];

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
    this.peer.ontrack = ({ track, transceiver }) => {
      if (transceiver === this.peer.getTransceivers()[0]) this.play(track);
    };
    this.connected = this.reached("connectionstatechange", () => this.peer.connectionState === "connected");
    this.gathered = this.reached("icegatheringstatechange", () => this.peer.iceGatheringState === "complete");
    return true;
  },
  /** Chromium decodes only what is played. */
  play(track) {
    const speaker = new Audio();
    speaker.muted = true;
    speaker.srcObject = new MediaStream([track]);
    speaker.play();
  },
  async received() {
    const report = await this.peer.getStats();
    const received = [...report.values()].find(({ type, kind, codecId }) => type === "inbound-rtp" && kind === "audio" && codecId);
    return { ...received, codec: report.get(received.codecId)?.mimeType };
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
            println!("{offerer:?} offers, {nth} is lost: {took:?} instead of {:?}", clean.took);

            assert!(
                took < clean.took + AT_MOST,
                "{offerer:?} offers, {nth} is lost: {took:?} instead of {:?}",
                clean.took
            );
        }
    }
    stage.browser.close().await
}

#[tokio::test]
async fn what_is_lost_on_the_way_to_chromium_it_plays_from_the_packets_that_follow() -> Result<()> {
    let stage = Stage::open().await?;

    let plain = stage.received_at_loss(0).await?;
    let redundant = stage.received_at_loss(2).await?;

    println!("plain {plain:?}, redundant {redundant:?}");
    assert!(plain.lost > FRAMES / 10 && redundant.lost > FRAMES / 10, "{plain:?}, {redundant:?}");
    assert!(redundant.concealed * 4 < plain.concealed, "{plain:?}, {redundant:?}");
    stage.browser.close().await
}

/// What Chromium says of the voice that it got.
#[derive(Debug)]
struct Received {
    /// Packets.
    lost: u64,
    /// Samples that it made up.
    concealed: u64,
}

#[derive(Debug, Clone, Copy)]
enum Offerer {
    Us,
    Chromium,
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

    /// Sends voice to Chromium over a path that loses every fifth datagram, each packet with so many earlier frames.
    async fn received_at_loss(&self, earlier_frames: usize) -> Result<Received> {
        let relay = Relay::for_any_address(1);
        let end = self.connect_over(&relay, Offerer::Us).await?.0;
        assert!(end.sending.set_redundancy(earlier_frames), "Chromium takes redundant audio");

        let mut clock = tokio::time::interval(Duration::from_millis(20));
        for number in 0..FRAMES {
            clock.tick().await;
            // The first packets pass, so that it knows what it gets.
            relay.path.set_loss_percent(if number < 50 { 0 } else { 20 });
            let payload = Bytes::from_static(OPUS_FRAME);
            end.sending.send(Frame { payload, ticks: 960, skipped: 0 }).await?;
        }
        let stats = self.browser.run("return side.received()", Vec::new()).await?;
        end.transport.close().await;
        println!("{stats:#}");
        let number = |name: &str| stats[name].as_u64().with_context(|| format!("{name} in {stats}"));
        Ok(Received { lost: number("packetsLost")?, concealed: number("concealedSamples")? })
    }

    /// Connects over a relay that loses the `nth` datagram.
    async fn connect(&self, offerer: Offerer, nth: usize) -> Result<Outcome> {
        let relay = Relay::for_any_address(1);
        relay.path.lose_from(nth, OUTAGE);
        let (end, took) = self.connect_over(&relay, offerer).await?;
        let datagrams = relay.path.datagrams();
        end.transport.close().await;
        Ok(Outcome { took, datagrams })
    }

    /// Our end, and how long it took from the answer to where both are connected and we hear Chromium.
    async fn connect_over(&self, relay: &Relay, offerer: Offerer) -> Result<(End, Duration)> {
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
        end.frame().await;
        self.browser.run("return side.connected", Vec::new()).await?;
        Ok((end, answered_at.elapsed()))
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
