//! The whole stage of a story with windows: a display, a server, and users with an app each.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use carillon_ipc::testid;
use carillon_kit::{CallKit, Connection, Login, MediaOptions, Microphone, SignIn, Speaker, Uid};
use carillon_media::{
    measure::{Pitch, heard, write_voice},
    wav,
};
use serde_json::{Value, json};

use crate::{
    browser,
    network::{Relay, Side, door},
};

use super::{
    App, AppOptions, Display, FakeNotifications, Person, ServerProcess, SessionBus, SoundServer, Window, built, until,
};

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Enough for the hearing test's eight vowels, with a margin.
pub const TALK: Duration = Duration::from_secs(8);

/// A display, a server, and a folder that goes with them.
pub struct Stage {
    folder: tempfile::TempDir,
    /// Where the windows are.
    pub display: Display,
    /// Where the accounts are.
    pub server: ServerProcess,
    people: Vec<Person>,
}

/// A user with an app, a bus and two WAV files for a microphone and a speaker.
pub struct Actor {
    /// The app.
    pub app: App,
    /// What it tells the user.
    pub notifications: FakeNotifications,
    /// The bus it tells that over.
    pub bus: SessionBus,
    heard: PathBuf,
    voice: Pitch,
}

/// How a user's app begins.
struct Start<'a> {
    /// Who is signed in.
    person: Option<&'a Person>,
    /// Where the sign-in is kept.
    secrets: &'a str,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Default for Start<'_> {
    fn default() -> Self {
        Self { person: None, secrets: "file", args: Vec::new(), env: Vec::new() }
    }
}

impl Stage {
    /// Alice and Bob have accounts already, so that each finds the other in their list.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn set() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = ServerProcess::start(&folder.path().join("server"))?;
        let mut people = Vec::new();
        for user in ["alice", "bob"] {
            people.push(server.register(user, &format!("{user}'s name"), &format!("{user}'s laptop")).await?);
        }
        Ok(Self { display: Display::start(1600, 1000)?, server, people, folder })
    }

    /// A user with an account.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub fn person(&self, user: &str) -> Result<&Person> {
        self.people.iter().find(|person| person.user == user).context("somebody with an account")
    }

    /// What goes with the stage when it ends.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A picture's file.
    ///
    /// # Errors
    /// If the disk is full.
    pub fn picture(&self) -> Result<PathBuf> {
        let file = self.folder.path().join("picture.png");
        fs::write(&file, include_bytes!("../../../icons/128x128.png"))?;
        Ok(file)
    }

    /// A user's app, signed in.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn actor(&self, user: &str, voice: Pitch) -> Result<Actor> {
        let actor = self.enter(user, voice, Start { person: Some(self.person(user)?), ..Start::default() }).await?;
        actor.app.sees(testid::SEARCH).await?;
        Ok(actor)
    }

    /// A user's app, signed in, with more arguments, such as `--fake-camera`.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn actor_with(&self, user: &str, voice: Pitch, args: &[&str]) -> Result<Actor> {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        let start = Start { person: Some(self.person(user)?), args, ..Start::default() };
        let actor = self.enter(user, voice, start).await?;
        actor.app.sees(testid::SEARCH).await?;
        Ok(actor)
    }

    /// A user's app, signed in, in another environment.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn actor_with_env(&self, user: &str, voice: Pitch, env: Vec<(String, String)>) -> Result<Actor> {
        let start = Start { person: Some(self.person(user)?), env, ..Start::default() };
        let actor = self.enter(user, voice, start).await?;
        actor.app.sees(testid::SEARCH).await?;
        Ok(actor)
    }

    /// A user's app, signed in, whose media go over a network of the story's own. Its device has no key, which would sign where its media are.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn actor_over(
        &self,
        relay: &Relay,
        side: Side,
        user: &str,
        voice: Pitch,
        args: &[&str],
    ) -> Result<Actor> {
        let person = self.person(user)?;
        let mut login = browser::sign_in(self.server.url(), user, &person.password).await?;
        let server = self.server.url().trim_start_matches("http://").parse()?;
        login.server = door(relay, side, server).await?;
        let person = Person { login, ..person.clone() };
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        let actor = self.enter(user, voice, Start { person: Some(&person), args, ..Start::default() }).await?;
        actor.app.sees(testid::SEARCH).await?;
        Ok(actor)
    }

    /// A user's app, at its sign-in page.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn actor_without_login(&self, user: &str) -> Result<Actor> {
        let actor = self.enter(user, Pitch::High, Start::default()).await?;
        actor.app.sees(testid::SIGN_IN).await?;
        Ok(actor)
    }

    /// A user's app, at its sign-in page, on a system whose keychain is asked, and which has none.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn actor_without_keychain(&self, user: &str) -> Result<Actor> {
        let actor = self.enter(user, Pitch::High, Start { secrets: "keychain", ..Start::default() }).await?;
        actor.app.sees(testid::SIGN_IN).await?;
        Ok(actor)
    }

    /// A user without an app: a link to the server, to see there what another user's app does.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn elsewhere(&self, user: &str) -> Result<Connection> {
        let connection = Connection::open(self.person(user)?.login.clone())?;
        connection.connected().await?;
        Ok(connection)
    }

    /// A user's device without windows, which can call.
    ///
    /// # Errors
    /// If it gets no link.
    pub async fn phone(&self, login: Login) -> Result<CallKit> {
        let (app, user) = (login.signed_in.app.clone(), login.signed_in.account.user.clone());
        let voice = self.folder.path().join(format!("{user}-on-the-phone.wav"));
        write_voice(&voice, Pitch::Low, TALK * 4)?;
        let media = MediaOptions {
            microphone: Microphone::Wav(voice),
            speaker: Speaker::Wav(self.folder.path().join(format!("{user}-hears.wav"))),
            ..MediaOptions::default()
        };
        let connection = Connection::open(login)?;
        let phone = CallKit::init_with(&app, Uid::from(user), connection.clone(), media)?;
        connection.connected().await?;
        Ok(phone)
    }

    /// Signs a user's first device in once more. It has lost its key, and makes another.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn sign_in_again(&self, user: &str) -> Result<Login> {
        let person = self.person(user)?;
        let typed = SignIn {
            server: self.server.url().to_owned(),
            allow_insecure: false,
            user: person.user.clone(),
            password: person.password.clone(),
            device_name: format!("{user}'s laptop"),
            device: Some(person.login.signed_in.device),
            device_secret: None,
        };
        Ok(carillon_kit::sign_in(typed).await?)
    }

    /// A user's app with the sound server's devices.
    ///
    /// # Errors
    /// As [`actor`](Self::actor).
    pub async fn actor_with_sound(&self, user: &str, sound: &SoundServer) -> Result<Actor> {
        let env = vec![("PULSE_SERVER".to_owned(), sound.address().to_owned())];
        let start = Start { person: Some(self.person(user)?), env, ..Start::default() };
        let actor = self.enter_with(user, Pitch::High, start).await?;
        actor.app.sees(testid::SEARCH).await?;
        Ok(actor)
    }

    async fn enter(&self, user: &str, voice: Pitch, start: Start<'_>) -> Result<Actor> {
        let folder = self.folder.path().join(user);
        let (microphone, heard) = (self.folder.path().join(format!("{user}-says.wav")), folder.join("heard.wav"));
        write_voice(&microphone, voice, TALK * 4)?;
        let path = |path: &PathBuf| path.display().to_string();
        let sound = ["--fake-mic".into(), path(&microphone), "--fake-speaker".into(), path(&heard)];
        let args = start.args.into_iter().chain(sound).collect();
        self.enter_with(user, voice, Start { args, ..start }).await
    }

    async fn enter_with(&self, user: &str, voice: Pitch, start: Start<'_>) -> Result<Actor> {
        let Start { person, secrets, mut args, env } = start;
        let folder = self.folder.path().join(user);
        let heard = folder.join("heard.wav");
        let bus = SessionBus::start()?;
        let notifications = FakeNotifications::on_bus(&bus).await?;
        args.extend(["--data-dir".into(), folder.join("own").display().to_string()]);
        let login = person.map(|person| person.login.clone());
        let display = &self.display;
        let options = AppOptions { display, bus: &bus, profile: user, folder, login, secrets, args, env };
        let app = App::launch(options).await?;
        Ok(Actor { app, notifications, bus, heard, voice })
    }

    /// Top right of the screen, above the others, and it does not take the keyboard's focus.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn ring_window_is_where_it_belongs(&self, typing: &Actor) -> Result<()> {
        let ring =
            until("the ring window on the screen", PATIENCE, || async { self.display.window("is calling").ok() })
                .await?;
        let [x, y, width, height] = self.display.geometry(&ring)?;
        assert_eq!((width, height), (400, 132));
        assert!(x > 1100 && y < 80, "the ring window is at {x}, {y}");
        assert!(!self.display.focused().contains("calling"), "the ring window took the focus");
        typing.app.look_at(Window::Call).await
    }

    /// For a person to look at: in `target/desktop`.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn keep_pictures(&self, actor: &Actor, name: &str) -> Result<()> {
        let folder = built("carillon-desktop")?.with_file_name("../desktop");
        fs::create_dir_all(&folder)?;
        actor.app.picture(&folder.join(format!("{name}.png"))).await?;
        self.display.picture(&folder.join(format!("{name}-screen.png")))
    }

    /// The same in both themes.
    ///
    /// # Errors
    /// As [`keep_pictures`](Self::keep_pictures).
    pub async fn keep_pictures_in_both_themes(&self, actor: &Actor, name: &str) -> Result<()> {
        const DRESS: &str = "document.documentElement.dataset.theme = arguments[0]";
        for theme in ["dark", "light"] {
            actor.app.run(DRESS, vec![json!(theme)]).await?;
            self.keep_pictures(actor, &format!("{name}-{theme}")).await?;
        }
        actor.app.run(DRESS, vec![json!("system")]).await.map(drop)
    }

    /// What another start of a user's app begins with.
    pub fn environment(&self, actor: &Actor) -> Vec<(&'static str, String)> {
        let home = actor.app.folder().display().to_string();
        vec![
            ("DISPLAY", self.display.name().to_owned()),
            ("DBUS_SESSION_BUS_ADDRESS", actor.bus.address().to_owned()),
            ("GDK_BACKEND", "x11".into()),
            ("XDG_DATA_HOME", format!("{home}/data")),
            ("HOME", home),
        ]
    }
}

impl Actor {
    /// Opens the settings, and turns to them.
    ///
    /// # Errors
    /// If they do not come.
    pub async fn open_settings(&self) -> Result<()> {
        self.app.look_at(Window::Main).await?;
        self.app.click(testid::OPEN_SETTINGS).await?;
        self.app.look_at(Window::Settings).await?;
        self.app.sees(testid::SETTINGS).await
    }

    /// Waits until a setting is kept like this.
    ///
    /// # Errors
    /// When it is not.
    pub async fn keeps(&self, setting: &str, value: Value) -> Result<()> {
        let file = self.app.folder().join("own/settings.json");
        let look = || async {
            let kept: Value = serde_json::from_slice(&fs::read(&file).ok()?).ok()?;
            (kept[setting] == value).then_some(())
        };
        until(&format!("the setting {setting} to be {value}"), PATIENCE, look).await
    }

    /// Calls a user by clicks.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn call(&self, user: &str) -> Result<()> {
        self.app.look_at(Window::Main).await?;
        self.app.click(&format!("person-{user}")).await?;
        self.app.click(testid::CALL_VOICE).await
    }

    /// Calls a user with pictures, by clicks.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn video_call(&self, user: &str) -> Result<()> {
        self.app.look_at(Window::Main).await?;
        self.app.click(&format!("person-{user}")).await?;
        self.app.click(testid::CALL_VIDEO).await
    }

    /// Whether the other's voice was heard, and not one's own.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub fn hears(&self, other: Pitch) -> Result<()> {
        heard(&wav::read(&self.heard)?, other, self.voice).map(|_| ()).context("the other's voice")
    }

    /// What a page's call of a command comes to.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn invoke(&self, command: &str, arguments: Value) -> Result<String> {
        let script = "const done = arguments[2]; \
                      window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1]).then(() => done('done'), e => done(JSON.stringify(e)))";
        let said = self.app.run_async(script, vec![json!(command), arguments]).await?;
        Ok(said.as_str().unwrap_or_default().to_owned())
    }

    /// Ends the app as a crash does.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub fn kill(&self) -> Result<()> {
        for process in self.processes()? {
            let done = std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status()?;
            ensure!(done.success(), "the app is gone already");
        }
        Ok(())
    }

    /// Gives one of the app's windows the focus.
    ///
    /// # Errors
    /// When it does not get it.
    pub async fn focus(&self, display: &Display, title: &str) -> Result<()> {
        let look = || async {
            let processes = self.processes().ok()?;
            processes.into_iter().find_map(|process| display.activate(process, title).ok())
        };
        until(&format!("the focus in {title:?}"), PATIENCE, look).await
    }

    fn processes(&self) -> Result<Vec<u32>> {
        let marker = self.app.folder().display().to_string();
        let is_it = |process: &fs::DirEntry| {
            let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command);
            command.contains("carillon-desktop") && command.contains(&marker)
        };
        let all = fs::read_dir("/proc")?.flatten().filter(is_it);
        Ok(all.filter_map(|process| process.file_name().to_str()?.parse().ok()).collect())
    }
}
