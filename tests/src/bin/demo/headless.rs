//! One call, clicked through in two windows on a display without a screen, with pretended sound devices.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use carillon_ipc::testid;
use carillon_media::measure::{Pitch, heard, write_voice};
use carillon_tests::desktop::{
    App, AppOptions, Display, FakeNotifications, Person, ServerProcess, SessionBus, SinkRecorder, SoundServer, Window,
};
use serde::Serialize;

/// For a busy machine; what is measured does not depend on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longer than the ring window is deaf to clicks.
const PEOPLE_LOOK_FIRST: Duration = Duration::from_millis(700);

/// How long they talk.
const TALK: Duration = Duration::from_secs(6);
/// The callee says a word, and the caller answers. Both at once would be a test of echo cancellation: in the first seconds of a call
/// it takes what is said into the other's voice for an echo.
const BOB_SPEAKS_FIRST: Duration = Duration::from_millis(300);

const ALICES_VOICE: Pitch = Pitch::High;
const BOBS_VOICE: Pitch = Pitch::Low;

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// From Alice's click on *Call* to Bob's notification.
    ring_ms: u64,
    /// From Bob's click on *Accept* to the moment when both hear the other. Bob speaks from the click on, Alice [`BOB_SPEAKS_FIRST`] later.
    accept_to_audio_ms: Option<u64>,
    /// Alice heard Bob, and neither silence nor herself.
    pub(crate) alice_heard: bool,
    /// Bob heard Alice.
    pub(crate) bob_heard: bool,
    /// From the click on *Accept* until the notification was withdrawn.
    ring_stopped_ms: u64,
    screenshots: Vec<PathBuf>,
}

/// Sets the stage, plays the call, and tells how it went. Everything that was started ends with it.
pub(crate) async fn run(output: &Path) -> Result<Report> {
    let stage = Stage::set(output).await?;
    let report = stage.play().await;
    if report.is_err() {
        stage.keep_what_is_seen().await;
    }
    stage.clear().await;
    report
}

struct Stage {
    output: PathBuf,
    alice: Actor,
    bob: Actor,
    display: Display,
    _server: ServerProcess,
    sound: SoundServer,
    _folder: tempfile::TempDir,
}

/// One user with everything of theirs.
struct Actor {
    app: App,
    notifications: FakeNotifications,
    voice: PathBuf,
    mouth: String,
    ear: SinkRecorder,
    _bus: SessionBus,
}

impl Stage {
    async fn set(output: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        say("a display, a sound server and a Carillon server");
        let display = Display::start(1600, 1000)?;
        paper(&display)?;
        let sinks = ["alice_mouth", "alice_ear", "bob_mouth", "bob_ear"];
        let sound = SoundServer::start(&folder.path().join("sound"), &sinks).await?;
        let server = ServerProcess::start(&folder.path().join("server"))?;
        let set = Set { folder: folder.path(), display: &display, sound: &sound };
        say("Alice's window, and Bob's");
        let [alice, bob] =
            [server.register("alice", "Alice Chen", "demo").await?, server.register("bob", "Bob Li", "demo").await?];
        let alice = set.actor(alice, ALICES_VOICE).await?;
        let bob = set.actor(bob, BOBS_VOICE).await?;
        Ok(Self { output: output.to_owned(), alice, bob, display, _server: server, sound, _folder: folder })
    }

    async fn play(&self) -> Result<Report> {
        let Self { alice, bob, .. } = self;
        let mut screenshots = Vec::new();
        alice.app.look_at(Window::Main).await?;
        alice.app.click("person-bob").await?;
        alice.app.sees(testid::CALL_VOICE).await?;
        screenshots.extend(self.pictures(&alice.app, "main").await?);

        say("Alice calls Bob");
        bob.notifications.lock_screen(true).await?;
        let called_at = Instant::now();
        alice.app.click(testid::CALL_VOICE).await?;
        let ring = bob.notifications.ring(PATIENCE).await?;
        let ring_ms = millis(ring.shown_at - called_at);
        bob.app.look_at(Window::Ring).await?;
        bob.app.sees(testid::RING_ACCEPT).await?;
        screenshots.extend(self.pictures(&bob.app, "ring").await?);
        screenshots.push(self.desk("desk-ringing")?);
        tokio::time::sleep_until((ring.shown_at + PEOPLE_LOOK_FIRST).into()).await;

        say("Bob accepts, and both speak");
        let accepted_at = Instant::now();
        let bobs_voice = self.sound.speak(&bob.mouth, &bob.voice)?;
        bob.app.click(testid::RING_ACCEPT).await?;
        tokio::time::sleep_until((accepted_at + BOB_SPEAKS_FIRST).into()).await;
        let alices_voice = self.sound.speak(&alice.mouth, &alice.voice)?;
        let withdrawn_at = bob.notifications.withdrawn(ring.id, PATIENCE).await?;
        for actor in [alice, bob] {
            actor.app.look_at(Window::Call).await?;
            actor.app.attribute_is(testid::CALL, "data-state", "active").await?;
        }
        tokio::time::sleep_until((accepted_at + TALK).into()).await;
        let alice_hears = hears("Alice", &alice.ear.since(accepted_at), BOBS_VOICE, ALICES_VOICE);
        let bob_hears = hears("Bob", &bob.ear.since(accepted_at), ALICES_VOICE, BOBS_VOICE);
        screenshots.extend(self.pictures(&alice.app, "call").await?);
        screenshots.push(self.desk("desk-talking")?);
        drop((alices_voice, bobs_voice));

        say("Alice hangs up");
        alice.app.click(testid::CALL_HANGUP).await?;
        bob.app.attribute_is(testid::CALL, "data-state", "ended").await?;
        alice.app.look_at(Window::Main).await?;
        alice.app.click(testid::OPEN_SETTINGS).await?;
        alice.app.look_at(Window::Settings).await?;
        alice.app.sees(testid::SETTINGS).await?;
        screenshots.extend(self.pictures(&alice.app, "settings").await?);

        Ok(Report {
            ring_ms,
            accept_to_audio_ms: alice_hears.zip(bob_hears).map(|(alice, bob)| millis(alice.max(bob))),
            alice_heard: alice_hears.is_some(),
            bob_heard: bob_hears.is_some(),
            ring_stopped_ms: millis(withdrawn_at - accepted_at),
            screenshots,
        })
    }

    /// The window in both themes.
    async fn pictures(&self, app: &App, name: &str) -> Result<Vec<PathBuf>> {
        const DRESS: &str = "const page = document.documentElement; const before = page.dataset.theme; \
                             page.dataset.theme = arguments[0]; return before ?? 'system'";
        let mut pictures = Vec::new();
        let mut before = None;
        for theme in ["light", "dark"] {
            let found = app.run(DRESS, vec![theme.into()]).await?;
            before.get_or_insert(found);
            let path = self.output.join(format!("{name}-{theme}.png"));
            app.picture(&path).await.with_context(|| format!("the picture {name}-{theme}"))?;
            pictures.push(path);
        }
        if let Some(before) = before {
            app.run(DRESS, vec![before]).await?;
            app.settles().await?;
        }
        Ok(pictures)
    }

    /// For a person who has to find out why it went wrong.
    async fn keep_what_is_seen(&self) {
        let kept = [
            self.desk("stuck").err(),
            self.alice.app.picture(&self.output.join("stuck-alice.png")).await.err(),
            self.bob.app.picture(&self.output.join("stuck-bob.png")).await.err(),
        ];
        kept.into_iter().flatten().for_each(|error| say(&format!("no picture: {error:#}")));
    }

    fn desk(&self, name: &str) -> Result<PathBuf> {
        let path = self.output.join(format!("{name}.png"));
        self.display.picture(&path)?;
        Ok(path)
    }

    async fn clear(self) {
        for actor in [self.alice, self.bob] {
            // What remains of a window is ended with its driver.
            let _ = actor.app.close().await;
        }
    }
}

/// What both actors find in place.
struct Set<'a> {
    folder: &'a Path,
    display: &'a Display,
    sound: &'a SoundServer,
}

impl Set<'_> {
    async fn actor(&self, person: Person, pitch: Pitch) -> Result<Actor> {
        let user = person.user.as_str();
        let bus = SessionBus::start()?;
        let notifications = FakeNotifications::on_bus(&bus).await?;
        let voice = self.folder.join(format!("{user}.wav"));
        write_voice(&voice, pitch, TALK + PATIENCE)?;
        let (mouth, ear) = (format!("{user}_mouth"), format!("{user}_ear"));
        let env = [
            ("PULSE_SERVER", self.sound.address().to_owned()),
            ("PULSE_SOURCE", format!("{mouth}.monitor")),
            ("PULSE_SINK", ear.clone()),
        ];
        let app = App::launch(AppOptions {
            display: self.display,
            bus: &bus,
            profile: user,
            folder: self.folder.join(user),
            login: Some(person.login),
            secrets: "file",
            args: Vec::new(),
            env: env.map(|(name, value)| (name.to_owned(), value)).into(),
        })
        .await?;
        Ok(Actor { app, notifications, voice, mouth, ear: self.sound.listen(&ear)?, _bus: bus })
    }
}

/// A calm ground for the pictures of the whole desk; an X server's own is black.
fn paper(display: &Display) -> Result<()> {
    let mut paint = Command::new("display");
    paint.args(["-window", "root", "-size", "1600x1000", "gradient:#4a4238-#1d1a17"]).env("DISPLAY", display.name());
    paint.status().context("ImageMagick is missing")?;
    Ok(())
}

/// How long it took until the other's voice was there, if it was.
fn hears(who: &str, recording: &[f32], other: Pitch, own: Pitch) -> Option<Duration> {
    match heard(recording, other, own) {
        Ok(voice) => {
            say(&format!(
                "{who} hears {} vowels at {:.0} Hz, {:.0} dB",
                voice.bursts, voice.pitch_hz, voice.level_dbov
            ));
            Some(voice.starts_at)
        }
        Err(why) => {
            say(&format!("{who} does not hear the other: {why}"));
            None
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn say(what: &str) {
    eprintln!("    {what}");
}
