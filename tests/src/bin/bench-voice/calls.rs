//! Calls between two kits in this process, each with sound devices of its own.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use carillon_kit::{
    CallKit, CallPhase, Connection, Login, MediaOptions, Microphone, Processing, Register, Speaker, StartCall, UserId,
    media::devices, register,
};
use carillon_media::measure::{CHIRP_EVERY, Pitch, chirps, delays_ms, voice};
use carillon_media::{SAMPLE_RATE, level_dbov, wav};
use carillon_server::{Config, Running, Server};
use carillon_tests::desktop::{Ear, speak};
use serde_json::{Map, Value, json};

use crate::{
    cpu,
    report::{Args, spread},
};

const PATIENCE: Duration = Duration::from_secs(15);
/// Both ends have gathered their candidates, as they have when people take their time.
const RING_FOR: Duration = Duration::from_millis(400);
/// Longer than any call takes to be heard; later than this counts as never.
const LISTEN_FOR: Duration = Duration::from_millis(1_500);
/// Ten milliseconds of this are heard.
const AUDIBLE_DBOV: f32 = -45.0;
const FRAME: usize = SAMPLE_RATE as usize / 100;

/// Prints the results as one line of JSON.
pub(crate) async fn measure(args: &Args, sound: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pair = Pair::ready(folder.path(), sound).await?;
    let mut results = Map::new();
    pair.accept_to_audio(args.runs, &mut results).await?;
    pair.mouth_to_ear(args.runs, &mut results).await?;
    println!("{}", Value::Object(results));
    pair.server.shutdown().await;
    Ok(())
}

/// Alice calls, Bob answers.
struct Pair {
    sound: String,
    alice: End,
    bob: End,
    /// Speech without a pause, so that the first sound is heard when the path opens and not a word later.
    steady: PathBuf,
    chirps: PathBuf,
    server: Running,
}

/// One of the two.
struct End {
    kit: CallKit,
    mouth: &'static str,
    /// What is said into the microphone, and what comes out of the speaker.
    says: Ear,
    hears: Ear,
}

impl Pair {
    async fn ready(folder: &Path, sound: &str) -> Result<Self> {
        let server = Server::start(Config::local(folder.join("server"))).await?;
        let alice = End::ready(&server, sound, "alice", "alice_mouth", "alice_ear").await?;
        let bob = End::ready(&server, sound, "bob", "bob_mouth", "bob_ear").await?;
        let (steady, chirping) = (folder.join("steady.wav"), folder.join("chirps.wav"));
        let vowels = voice(Pitch::Middle, Duration::from_secs(20));
        wav::write(&steady, &vowels.into_iter().filter(|sample| *sample != 0.0).collect::<Vec<_>>())?;
        wav::write(&chirping, &chirps(200))?;
        Ok(Self { sound: sound.to_owned(), alice, bob, steady, chirps: chirping, server })
    }

    async fn accept_to_audio(&self, runs: usize, results: &mut Map<String, Value>) -> Result<()> {
        let (mut callee, mut caller) = (Vec::new(), Vec::new());
        for run in 1..=runs {
            let voices = [
                speak(&self.sound, self.alice.mouth, &self.steady)?,
                speak(&self.sound, self.bob.mouth, &self.steady)?,
            ];
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
        results.insert("accept_to_callee_hears_ms".into(), spread(callee));
        results.insert("accept_to_caller_hears_ms".into(), spread(caller));
        Ok(())
    }

    /// One direction after the other: the same chirps both ways at once would look like an echo.
    async fn mouth_to_ear(&self, runs: usize, results: &mut Map<String, Value>) -> Result<()> {
        // Two more: the first teaches the sound processing, the last may still be on its way.
        let listen_for = CHIRP_EVERY * u32::try_from(runs + 2)?;
        let mut used = Duration::ZERO;
        self.connect().await?;
        for (key, from, to) in [("out", &self.alice, &self.bob), ("back", &self.bob, &self.alice)] {
            eprintln!("    {runs} chirps {key}");
            let (began_at, used_before) = (Instant::now(), cpu::used_by_me()?);
            let chirping = speak(&self.sound, from.mouth, &self.chirps)?;
            tokio::time::sleep(listen_for).await;
            used += cpu::used_by_me()?.saturating_sub(used_before);
            let mut delays = delays_ms(&from.says.since(began_at), &to.hears.since(began_at));
            delays.truncate(runs);
            results.insert(format!("mouth_to_ear_{key}_ms"), spread(delays));
            drop(chirping);
        }
        let cores = cpu::share(used, listen_for * 2);
        results.insert("call_cpu_cores".into(), json!((cores * 1_000.0).round() / 1_000.0));
        self.hang_up().await
    }

    /// Calls, lets it ring, and accepts. Returns when the user pressed *Accept*, once both ends talk.
    async fn connect(&self) -> Result<Instant> {
        self.alice.kit.start_call(StartCall::voice(UserId::new("bob")?)).await?;
        let mut rings = self.bob.kit.ring();
        tokio::time::timeout(PATIENCE, rings.wait_for(Option::is_some))
            .await
            .context("Bob's device does not ring")??;
        tokio::time::sleep(RING_FOR).await;
        let accepted_at = Instant::now();
        self.bob.kit.accept().await?;
        for end in [&self.alice, &self.bob] {
            end.reaches(|phase| matches!(phase, CallPhase::Active { .. })).await?;
        }
        Ok(accepted_at)
    }

    async fn hang_up(&self) -> Result<()> {
        self.alice.kit.hang_up().await?;
        for end in [&self.alice, &self.bob] {
            end.reaches(|phase| matches!(phase, CallPhase::Ended { .. })).await?;
            end.kit.dismiss().await?;
            end.reaches(|phase| *phase == CallPhase::Idle).await?;
        }
        Ok(())
    }
}

impl End {
    async fn ready(server: &Running, sound: &str, user: &str, mouth: &'static str, ear: &'static str) -> Result<Self> {
        let invite = server.mint_invites(1).await?.pop().context("one invite was asked for")?;
        let login = register(Register {
            server: server.url(),
            allow_insecure: false,
            invite,
            user: user.to_owned(),
            display_name: String::new(),
            password: format!("{user}'s password"),
            device_name: "bench".to_owned(),
        })
        .await?;
        let media = MediaOptions {
            microphone: Microphone::Device(device(&devices::list().microphones, mouth)?),
            speaker: Speaker::Device(device(&devices::list().speakers, ear)?),
            processing: Processing::default(),
        };
        Ok(Self { kit: kit(login, user, media)?, mouth, says: Ear::on(sound, mouth)?, hears: Ear::on(sound, ear)? })
    }

    async fn reaches(&self, wanted: impl Fn(&CallPhase) -> bool) -> Result<()> {
        let mut call = self.kit.call();
        let reached = tokio::time::timeout(PATIENCE, call.wait_for(|status| wanted(&status.phase))).await;
        if reached.is_err() {
            bail!("the call is stuck: {:?}", self.kit.call().borrow().phase);
        }
        Ok(())
    }
}

/// A kit that lets its device ring for every call.
fn kit(login: Login, user: &str, media: MediaOptions) -> Result<CallKit> {
    let app = login.signed_in.app.clone();
    let kit = CallKit::init_with(&app, UserId::new(user)?, Connection::open(login)?, media)?;
    let (mut events, answering) = (kit.events(), kit.clone());
    tokio::spawn(async move {
        while let Ok(event) = events.recv().await {
            if matches!(event, carillon_kit::CallEvent::Invited(_)) && answering.answer_call(true, None).await.is_err()
            {
                break;
            }
        }
    });
    Ok(kit)
}

/// The id of the device that belongs to a null sink.
fn device(present: &[devices::DeviceInfo], sink: &str) -> Result<String> {
    let found = present.iter().find(|device| device.id.contains(sink) || device.name.contains(sink));
    Ok(found.with_context(|| format!("{sink} is not among {present:?}"))?.id.clone())
}

fn first_audible_ms(recording: &[f32]) -> Option<f64> {
    let first = recording.chunks_exact(FRAME).position(|frame| level_dbov(frame) >= AUDIBLE_DBOV)?;
    Some(first as f64 * 10.0)
}
