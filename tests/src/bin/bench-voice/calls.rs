//! Calls between two phones, each with sound devices of its own: ours in this process, and Chromium's for comparison.
//!
//! Both kinds call over the same server, speak and listen on the same null sinks, and are asked the same questions.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use carillon_kit::{Login, Register, register};
use carillon_media::measure::{CHIRP_EVERY, Pitch, chirps, delays_ms, voice};
use carillon_media::{SAMPLE_RATE, level_dbov, wav};
use carillon_server::{Config, RtcTokenPolicy, Running, Server};
use carillon_tests::{
    browser::{self, Site},
    cpu,
    desktop::{SinkRecorder, SoundServer},
    network::{self, NETWORK_THREAD, Network},
    spread,
};
use serde_json::{Map, Value, json};

use crate::{
    paths::{PATHS, SEED},
    phone::{Chromium, Ours, Phone},
    report::Args,
    speech,
};

/// Both ends have gathered their candidates, as they have when people take their time.
const RING_FOR: Duration = Duration::from_millis(400);
/// Longer than any call takes to be heard; later than this counts as never.
const LISTEN_FOR: Duration = Duration::from_millis(1_500);
/// After which devices are closed.
const SETTLE: Duration = Duration::from_secs(1);
/// For what the process costs without a call.
const IDLE_FOR: Duration = Duration::from_secs(5);
/// Ten milliseconds of this are heard.
const AUDIBLE_DBOV: f32 = -45.0;
const FRAME: usize = SAMPLE_RATE as usize / 100;

/// Measures our calls, then Chromium's.
pub(crate) async fn measure(args: &Args, sound: &SoundServer) -> Result<[Map<String, Value>; 2]> {
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(folder.path(), sound, Ipv4Addr::LOCALHOST).await?;
    eprintln!("  our calls");
    let ours = [Ours::open(&stage.sign_up("alice").await?, ALICE)?, Ours::open(&stage.sign_up("bob").await?, BOB)?];
    let ours = Pair::new(&stage, ours)?;
    let measured = ours.measure(args.runs).await?;
    ours.close().await?;
    eprintln!("  Chromium's calls");
    let alice =
        Chromium::open(&stage.site, &stage.sign_up_for_a_page("cr-alice").await?, sound, ALICE, folder.path()).await?;
    let bob =
        Chromium::open(&stage.site, &stage.sign_up_for_a_page("cr-bob").await?, sound, BOB, folder.path()).await?;
    let chromiums = Pair::new(&stage, [alice, bob])?;
    let theirs = chromiums.measure(args.runs).await?;
    chromiums.close().await?;
    stage.server.shutdown().await;
    Ok([measured, theirs])
}

/// Measures the same calls over each bad network, ours and Chromium's in turn.
pub(crate) async fn measure_networks(args: &Args, sound: &SoundServer) -> Result<Vec<[Map<String, Value>; 2]>> {
    let folder = tempfile::tempdir()?;
    let network = Network::open().await?;
    let stage = Stage::set(folder.path(), sound, network::OURS).await?;
    let bobs = stage.sign_up("bob").await?;
    let bob = network.there(async move { Ours::open(&bobs, BOB) }).await?;
    let ours = Pair::new(&stage, [Ours::open(&stage.sign_up("alice").await?, ALICE)?, bob])?;
    let alices = stage.sign_up_for_a_page("cr-alice").await?;
    let alice = Chromium::open(&stage.site, &alices, sound, ALICE, folder.path()).await?;
    let chromiums = Pair::new(&stage, [alice, stage.chromium_there(&network, folder.path()).await?])?;
    let mut rows = Vec::new();
    for path in PATHS {
        eprintln!("  {}: our calls", path.name);
        network.become_course(path.conditions, SEED);
        chromiums.rest(true).await?;
        let measured = ours.measure(args.runs).await?;
        chromiums.rest(false).await?;
        eprintln!("  {}: Chromium's calls", path.name);
        network.become_course(path.conditions, SEED);
        rows.push([measured, chromiums.measure(args.runs).await?]);
    }
    ours.close().await?;
    chromiums.close().await?;
    stage.server.shutdown().await;
    Ok(rows)
}

/// Where a user speaks and listens: the names of two sinks, and of the microphone that hears the first.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) mouth: &'static str,
    pub(crate) microphone: &'static str,
    pub(crate) ear: &'static str,
}

const ALICE: Place = Place { mouth: "alice_mouth", microphone: "alice_microphone", ear: "alice_ear" };
const BOB: Place = Place { mouth: "bob_mouth", microphone: "bob_microphone", ear: "bob_ear" };

/// What all phones share.
struct Stage<'a> {
    sound: &'a SoundServer,
    server: Running,
    site: Arc<Site>,
    /// Speech without a pause, so that the first sound is heard when the path opens and not a word later.
    steady: PathBuf,
    chirps: PathBuf,
    speech: PathBuf,
}

impl<'a> Stage<'a> {
    /// With the server and the page at an address.
    async fn set(folder: &Path, sound: &'a SoundServer, address: Ipv4Addr) -> Result<Self> {
        for place in [ALICE, BOB] {
            sound.add_microphone(place.microphone, place.mouth)?;
        }
        let site = Arc::new(Site::open_on(address, folder, Pitch::Middle).await?);
        // The page knows nothing of RTC tokens; the kit fetches its own while it rings.
        let listen = SocketAddr::from((address, 0));
        let config = Config { listen, rtc_tokens: RtcTokenPolicy::Optional, ..Config::local(folder.join("server")) };
        let server = Server::start(Config { allowed_origins: vec![site.origin.clone()], ..config }).await?;
        let (steady, chirping) = (folder.join("steady.wav"), folder.join("chirps.wav"));
        let vowels = voice(Pitch::Middle, Duration::from_secs(20));
        wav::write(&steady, &vowels.into_iter().filter(|sample| *sample != 0.0).collect::<Vec<_>>())?;
        wav::write(&chirping, &chirps(200))?;
        let speech = speech::write(folder)?;
        Ok(Self { sound, server, site, steady, chirps: chirping, speech })
    }

    async fn sign_up(&self, user: &str) -> Result<Login> {
        let invite = self.server.mint_invites(1).await?.pop().context("one invite was asked for")?;
        let typed = Register {
            server: self.server.url(),
            allow_insecure: true, // the network is made of this process
            invite,
            user: user.to_owned(),
            display_name: String::new(),
            password: format!("{user}'s password"),
            device_name: "bench".to_owned(),
        };
        Ok(register(typed).await?)
    }

    /// Bob's browser, in the other namespace.
    async fn chromium_there(&self, network: &Network, folder: &Path) -> Result<Chromium> {
        let login = self.sign_up_for_a_page("cr-bob").await?;
        let (site, folder) = (Arc::clone(&self.site), folder.to_owned());
        let sound = SoundServer::running(self.sound.address());
        network.there(async move { Chromium::open(&site, &login, &sound, BOB, &folder).await }).await
    }

    /// A page has no key of its own.
    async fn sign_up_for_a_page(&self, user: &str) -> Result<Login> {
        self.sign_up(user).await?;
        browser::sign_in(&self.server.url(), user, &format!("{user}'s password")).await
    }
}

/// Alice calls, Bob answers.
struct Pair<'a, P> {
    stage: &'a Stage<'a>,
    alice: End<P>,
    bob: End<P>,
}

/// One of the two: a phone, what is said into its microphone, and what comes out of its speaker.
struct End<P> {
    phone: P,
    place: Place,
    says: SinkRecorder,
    hears: SinkRecorder,
}

impl<P> End<P> {
    fn new(sound: &SoundServer, phone: P, place: Place) -> Result<Self> {
        Ok(Self { phone, place, says: sound.listen(place.mouth)?, hears: sound.listen(place.ear)? })
    }
}

impl<'a, P: Phone> Pair<'a, P> {
    fn new(stage: &'a Stage<'a>, [alice, bob]: [P; 2]) -> Result<Self> {
        let (alice, bob) = (End::new(stage.sound, alice, ALICE)?, End::new(stage.sound, bob, BOB)?);
        Ok(Self { stage, alice, bob })
    }

    async fn measure(&self, runs: usize) -> Result<Map<String, Value>> {
        let mut results = Map::new();
        self.accept_to_audio(runs, &mut results).await?;
        self.mouth_to_ear(runs, &mut results).await?;
        self.speech(&mut results).await?;
        Ok(results)
    }

    async fn close(self) -> Result<()> {
        self.alice.phone.close().await?;
        self.bob.phone.close().await
    }

    async fn accept_to_audio(&self, runs: usize, results: &mut Map<String, Value>) -> Result<()> {
        let (mut callee, mut caller) = (Vec::new(), Vec::new());
        for run in 1..=runs {
            let Stage { sound, steady, .. } = self.stage;
            let voices = [sound.speak(self.alice.place.mouth, steady)?, sound.speak(self.bob.place.mouth, steady)?];
            let accepted_at = self.connect().await?;
            tokio::time::sleep_until((accepted_at + LISTEN_FOR).into()).await;
            callee.extend(first_audible_ms(&self.bob.hears.since(accepted_at)));
            caller.extend(first_audible_ms(&self.alice.hears.since(accepted_at)));
            self.hang_up().await?;
            drop(voices);
            if run % 10 == 0 {
                eprintln!("    {run} of {runs} calls");
            }
        }
        if callee.len() < runs || caller.len() < runs {
            eprintln!(
                "    of {runs} calls, {} callees and {} callers heard the other in time",
                callee.len(),
                caller.len()
            );
        }
        results.insert("silent_calls".into(), json!(runs - callee.len().min(caller.len())));
        results.insert("accept_to_callee_hears_ms".into(), spread(callee));
        results.insert("accept_to_caller_hears_ms".into(), spread(caller));
        Ok(())
    }

    /// One direction after the other: the same chirps both ways at once would look like an echo.
    async fn mouth_to_ear(&self, runs: usize, results: &mut Map<String, Value>) -> Result<()> {
        // Two more: the first teaches the sound processing, the last may still be on its way.
        let listen_for = CHIRP_EVERY * u32::try_from(runs + 2)?;
        let mut used = Duration::ZERO;
        let idle = self.idle().await?;
        let mut recordings = Vec::new();
        self.connect().await?;
        for (key, from, to) in [("out", &self.alice, &self.bob), ("back", &self.bob, &self.alice)] {
            eprintln!("    {runs} chirps {key}");
            let (began_at, used_before) = (Instant::now(), self.cpu_used()?);
            let chirping = self.stage.sound.speak(from.place.mouth, &self.stage.chirps)?;
            tokio::time::sleep(listen_for).await;
            used += self.cpu_used()?.saturating_sub(used_before);
            recordings.push((key, from.says.since(began_at), to.hears.since(began_at)));
            drop(chirping);
        }
        self.hang_up().await?;
        // Only now: the search takes a core for about a second, which the call would feel.
        for (key, said, heard) in recordings {
            let mut delays = delays_ms(&said, &heard);
            delays.truncate(runs);
            results.insert(format!("mouth_to_ear_{key}_ms"), spread(delays));
        }
        let cores = (cpu::share(used, listen_for * 2) - idle).max(0.0);
        let rounded = |cores: f64| json!((cores * 1_000.0).round() / 1_000.0);
        results.insert("call_cpu_cores".into(), rounded(cores));
        results.insert("idle_cpu_cores".into(), rounded(idle));
        Ok(())
    }

    /// The mean of all pieces of both directions.
    async fn speech(&self, results: &mut Map<String, Value>) -> Result<()> {
        let mut recordings = Vec::new();
        self.connect().await?;
        for (from, to) in [(&self.alice, &self.bob), (&self.bob, &self.alice)] {
            let began_at = Instant::now();
            let speaking = self.stage.sound.speak(from.place.mouth, &self.stage.speech)?;
            tokio::time::sleep(speech::takes()).await;
            recordings.push((from.says.since(began_at), to.hears.since(began_at)));
            drop(speaking);
        }
        self.hang_up().await?;
        let mut scores = Vec::new();
        for (said, heard) in recordings {
            scores.extend(speech::scores(&said, &heard)?);
        }
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        results.insert("speech_pesq_wb".into(), json!((mean * 100.0).round() / 100.0));
        Ok(())
    }

    /// What is there without a call: the page, the server, and the recorder.
    async fn idle(&self) -> Result<f64> {
        self.rest(true).await?;
        tokio::time::sleep(SETTLE).await;
        let before = self.cpu_used()?;
        tokio::time::sleep(IDLE_FOR).await;
        let idle = cpu::share(self.cpu_used()?.saturating_sub(before), IDLE_FOR);
        self.rest(false).await?;
        Ok(idle)
    }

    async fn rest(&self, is_at_rest: bool) -> Result<()> {
        self.alice.phone.rest(is_at_rest).await?;
        self.bob.phone.rest(is_at_rest).await
    }

    /// Calls, lets it ring, and accepts. Returns when the user pressed *Accept*, once both ends talk.
    async fn connect(&self) -> Result<Instant> {
        self.alice.phone.call(self.bob.phone.user()).await?;
        self.bob.phone.rings().await?;
        tokio::time::sleep(RING_FOR).await;
        let accepted_at = self.bob.phone.accept().await?;
        self.alice.phone.talks().await?;
        self.bob.phone.talks().await?;
        Ok(accepted_at)
    }

    async fn hang_up(&self) -> Result<()> {
        self.alice.phone.hang_up().await?;
        self.alice.phone.is_idle().await?;
        self.bob.phone.is_idle().await
    }

    fn cpu_used(&self) -> Result<Duration> {
        let roots = [self.alice.phone.process(), self.bob.phone.process()];
        if roots[0] == roots[1] {
            // Both phones are in this process, and so are the recording and the network.
            cpu::used_by(roots[0], &[SinkRecorder::THREAD, NETWORK_THREAD])
        } else {
            Ok(cpu::used_by_tree(roots[0])? + cpu::used_by_tree(roots[1])?)
        }
    }
}

fn first_audible_ms(recording: &[f32]) -> Option<f64> {
    let first = recording.chunks_exact(FRAME).position(|frame| level_dbov(frame) >= AUDIBLE_DBOV)?;
    Some(first as f64 * 10.0)
}
