//! Somebody's desktop app in a house of command lines, for calls of many.

use std::time::Duration;

use anyhow::Result;
use carillon_ipc::testid;
use carillon_kit::SignIn;
use carillon_protocol::{GroupId, UserId};
use serde_json::json;

use super::{App, AppOptions, Display, FakeNotifications, SessionBus, until};
use crate::programs::{House, Person};

const SOON: Duration = Duration::from_secs(30);

/// Somebody's desktop app.
pub struct Desk {
    /// The app.
    pub app: App,
    /// What it tells its user.
    pub notifications: FakeNotifications,
    _bus: SessionBus,
    _folder: tempfile::TempDir,
}

impl Desk {
    /// Starts it, signed in, with more arguments such as `--fake-camera`.
    ///
    /// # Errors
    /// If something of it does not start, or does not come in time.
    pub async fn open(house: &House, display: &Display, person: Person, args: &[&str]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let bus = SessionBus::start()?;
        let notifications = FakeNotifications::on_bus(&bus).await?;
        let login = carillon_kit::sign_in(SignIn {
            server: house.url().to_owned(),
            allow_insecure: false,
            user: person.user.to_owned(),
            password: Person::PASSWORD.to_owned(),
            device_name: format!("{}'s laptop", person.user),
            device: None,
            device_secret: None,
        })
        .await?;
        let (voice, heard) = (house.voice(person).display().to_string(), folder.path().join("heard.wav"));
        let sound = ["--fake-mic", &voice, "--fake-speaker", &heard.display().to_string()].map(str::to_owned);
        let options = AppOptions {
            display,
            bus: &bus,
            profile: person.user,
            folder: folder.path().to_owned(),
            login: Some(login),
            secrets: "file",
            args: sound.into_iter().chain(args.iter().map(|arg| (*arg).to_owned())).collect(),
            env: vec![],
        };
        let app = App::launch(options).await?;
        app.sees(testid::SEARCH).await?;
        Ok(Self { app, notifications, _bus: bus, _folder: folder })
    }

    /// Calls some of a group and leaves out others, as one clicks it: `button` is the one for voice or for video.
    ///
    /// # Errors
    /// If something of it does not come.
    pub async fn call_group(&self, team: &GroupId, button: &str, whom: &[&str], but: &[&str]) -> Result<()> {
        self.app.click(&testid::group(team)).await?;
        self.app.click(button).await?;
        self.choose(whom, but).await
    }

    /// Ticks some people in the open picker and no others, and goes on.
    ///
    /// # Errors
    /// If somebody is not in it.
    pub async fn choose(&self, whom: &[&str], but: &[&str]) -> Result<()> {
        const IS_TICKED: &str = "return document.querySelector(`[data-testid=\"${arguments[0]}\"]`).checked";
        self.app.sees(testid::PICKER).await?;
        for (name, is_wanted) in whom.iter().map(|name| (name, true)).chain(but.iter().map(|name| (name, false))) {
            let choice = testid::choose(&UserId::new(*name)?);
            self.app.sees(&choice).await?;
            if self.app.run(IS_TICKED, vec![json!(choice)]).await? != json!(is_wanted) {
                self.app.click(&choice).await?;
            }
        }
        self.app.click(testid::PICKER_DONE).await
    }

    /// Waits until the open list of people says so about one of them.
    ///
    /// # Errors
    /// When it does not.
    pub async fn shows(&self, user: &str, state: &str) -> Result<()> {
        let leg = testid::leg(&UserId::new(user)?);
        let look = || async { self.app.text(&leg).await.ok()?.contains(state).then_some(()) };
        until(&format!("{user} {state}"), SOON, look).await
    }
}
