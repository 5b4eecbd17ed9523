//! A real server in a process of its own, and people with accounts on it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use carillon_kit::{Login, Register};
use serde_json::Value;

use super::process::{Process, built};

const PATIENCE: Duration = Duration::from_secs(20);

/// A `carillon-server` on a free loopback port.
pub struct ServerProcess {
    url: String,
    folder: PathBuf,
    process: Process,
}

/// A user with an account.
#[derive(Clone)]
pub struct Person {
    /// The account's name.
    pub user: String,
    /// Its password.
    pub password: String,
    /// A sign-in, as the account's first device.
    pub login: Login,
}

impl ServerProcess {
    /// Starts one with its data in `folder`.
    ///
    /// # Errors
    /// If it is not built or does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        Self::start_at(folder, "127.0.0.1:0", &[])
    }

    /// Ends it without a word, as a crash would.
    ///
    /// # Errors
    /// If it is gone already.
    pub fn crash(&self) -> Result<()> {
        self.process.signal("KILL")
    }

    /// Starts it again where it was.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start_again(&mut self) -> Result<()> {
        self.start_again_with(&[])
    }

    /// Starts it again where it was, with other settings, such as `limits.message_megabytes_per_user=0`.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start_again_with(&mut self, settings: &[&str]) -> Result<()> {
        let place = self.url.trim_start_matches("http://").to_owned();
        // One that was killed holds the data folder until the system has cleared it away.
        self.process.ended(PATIENCE).context("the server still runs")?;
        *self = Self::start_at(&self.folder.clone(), &place, settings)?;
        Ok(())
    }

    fn start_at(folder: &Path, place: &str, settings: &[&str]) -> Result<Self> {
        let mut server = Command::new(built("carillon-server")?);
        server.arg("--json").arg("--data-dir").arg(folder).args(["--listen", place]);
        server.args(settings.iter().flat_map(|setting| ["--set", setting]));
        let (process, url) = Process::start_and_read(&mut server, PATIENCE, |line| {
            let said: Value = serde_json::from_str(line).ok()?;
            Some(said.get("url").filter(|_| said["event"] == "listening")?.as_str()?.to_owned())
        })?;
        Ok(Self { url, folder: folder.to_owned(), process })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The running program.
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// A new invite.
    ///
    /// # Errors
    /// If the server's program says none.
    pub fn invite(&self) -> Result<String> {
        let mut program = Command::new(built("carillon-server")?);
        let out = program.arg("--json").arg("--data-dir").arg(&self.folder).arg("invite").output()?;
        let lines = String::from_utf8_lossy(&out.stdout).into_owned();
        let code = lines
            .lines()
            .find_map(|line| serde_json::from_str::<Value>(line).ok()?.get("code")?.as_str().map(str::to_owned));
        code.with_context(|| format!("no invite: {}", String::from_utf8_lossy(&out.stderr)))
    }

    /// Makes an account, and signs a device in that is called `device_name`.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn register(&self, user: &str, display_name: &str, device_name: &str) -> Result<Person> {
        let password = format!("{user}'s password");
        let typed = Register {
            server: self.url.clone(),
            allow_insecure: false,
            invite: self.invite()?,
            user: user.to_owned(),
            display_name: display_name.to_owned(),
            password: password.clone(),
            device_name: device_name.to_owned(),
        };
        let login = carillon_kit::register(typed).await?;
        Ok(Person { user: user.to_owned(), password, login })
    }
}
