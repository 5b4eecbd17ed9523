//! A server, and people with command lines.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use anyhow::{Context as _, Result};
use carillon_media::measure::{Pitch, write_voice};
use tempfile::TempDir;

use super::{Device, Programs};

/// Programs start slowly where many do.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server of its own folder, on a free port of this machine.
pub struct House {
    programs: Programs,
    patience: Duration,
    folder: TempDir,
    server: Device,
    url: String,
}

/// A user with an account.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// The account's name.
    pub user: &'static str,
    /// The voice that stands in for the microphone.
    pub pitch: Pitch,
}

impl Person {
    /// Alice has a low voice.
    pub const ALICE: Self = Self { user: "alice", pitch: Pitch::Low };
    /// Bob has a high one.
    pub const BOB: Self = Self { user: "bob", pitch: Pitch::High };
    /// Carol has one between.
    pub const CAROL: Self = Self { user: "carol", pitch: Pitch::Middle };
    /// Dora is for calls without sound.
    pub const DORA: Self = Self { user: "dora", pitch: Pitch::Middle };
    /// So is Erin.
    pub const ERIN: Self = Self { user: "erin", pitch: Pitch::Middle };
    /// The password of all users.
    pub const PASSWORD: &'static str = "correct horse";
}

impl House {
    /// Starts a server, and makes accounts for these people.
    ///
    /// # Errors
    /// If the programs are not built, or do not do it.
    pub fn with(people: &[Person]) -> Result<Self> {
        Self::with_env(people, &[])
    }

    /// The same with variables set for the server.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn with_env(people: &[Person], env: &[(&str, &str)]) -> Result<Self> {
        Self::of(Programs::Built, PATIENCE, people, env)
    }

    /// The same with these programs, which start within `patience`.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn of(programs: Programs, patience: Duration, people: &[Person], env: &[(&str, &str)]) -> Result<Self> {
        let folder = TempDir::new()?;
        let program = programs.command("carillon-server")?;
        let (server, url, invites) = start_server(program, patience, folder.path(), "127.0.0.1:0", people.len(), env)?;
        let house = Self { programs, patience, folder, server, url };
        for (person, invite) in people.iter().zip(invites) {
            write_voice(&house.voice(*person), person.pitch, Duration::from_secs(8))?;
            let made = house.command(*person, "first")?.args(["register", "--invite", &invite]).output()?;
            anyhow::ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        Ok(house)
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server's port.
    pub fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap_or_default()
    }

    /// The server's program.
    pub fn server(&mut self) -> &mut Device {
        &mut self.server
    }

    /// Starts the server again, on the same folder and the same port.
    ///
    /// # Errors
    /// If it does not start.
    pub fn restart_server(&mut self) -> Result<()> {
        let address = self.url.trim_start_matches("http://").to_owned();
        let program = self.programs.command("carillon-server")?;
        (self.server, self.url, _) = start_server(program, self.patience, self.folder.path(), &address, 0, &[])?;
        Ok(())
    }

    /// `carillon` of one of a user's devices, with its own microphone and speaker files for `call` and `listen`.
    ///
    /// # Errors
    /// If it is not built.
    pub fn run(&self, person: Person, device: &str, arguments: &[&str]) -> Result<Device> {
        let mut command = self.command(person, device)?;
        command.args(arguments);
        command.arg("--fake-mic").arg(self.voice(person)).arg("--fake-speaker").arg(self.heard_by(person, device));
        Device::run(&format!("{}'s {device}", person.user), &mut command)
    }

    /// The same through `sh`, whose `script` runs it as `"$@"`, and with another file for a microphone.
    ///
    /// # Errors
    /// If it is not built.
    pub fn run_in_shell(
        &self,
        person: Person,
        device: &str,
        script: &str,
        microphone: &Path,
        arguments: &[&str],
    ) -> Result<Device> {
        let mut command = self.command(person, device)?;
        command.args(arguments);
        command.arg("--fake-mic").arg(microphone).arg("--fake-speaker").arg(self.heard_by(person, device));
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh"]).arg(command.get_program()).args(command.get_args());
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Device::run(&format!("{}'s {device}", person.user), &mut shell)
    }

    /// `carillon` of one of a user's devices, for what makes no sound.
    ///
    /// # Errors
    /// If it is not built.
    pub fn ask(&self, person: Person, device: &str, arguments: &[&str]) -> Result<Device> {
        self.ask_with_env(person, device, arguments, &[])
    }

    /// The same with variables set for it.
    ///
    /// # Errors
    /// If it is not built.
    pub fn ask_with_env(
        &self,
        person: Person,
        device: &str,
        arguments: &[&str],
        env: &[(&str, &str)],
    ) -> Result<Device> {
        let mut command = self.command(person, device)?;
        command.args(arguments).envs(env.iter().copied());
        Device::run(&format!("{}'s {device}", person.user), &mut command)
    }

    /// The same, and what it says is read only when the story waits for it.
    ///
    /// # Errors
    /// If it is not built.
    pub fn ask_unread(&self, person: Person, device: &str, arguments: &[&str]) -> Result<Device> {
        Device::run_unread(&format!("{}'s {device}", person.user), self.command(person, device)?.args(arguments))
    }

    /// `carillon … listen`, online.
    ///
    /// # Errors
    /// If it does not get online.
    pub fn listen(&self, person: Person, device: &str, arguments: &[&str]) -> Result<Device> {
        let mut listening = self.run(person, device, &[&["listen"], arguments].concat())?;
        listening.until("online", self.patience)?;
        Ok(listening)
    }

    /// `carillon` with these arguments, to its end.
    ///
    /// # Errors
    /// If it is not built.
    pub fn finish(&self, person: Person, arguments: &[&str]) -> Result<Output> {
        Ok(self.command(person, "first")?.args(arguments).output()?)
    }

    /// What a device has heard so far: 48 kHz, mono.
    ///
    /// # Errors
    /// If it has no speaker file.
    pub fn recording(&self, person: Person, device: &str) -> Result<Vec<f32>> {
        Ok(carillon_media::wav::read(&self.heard_by(person, device))?)
    }

    fn command(&self, person: Person, device: &str) -> Result<Command> {
        let mut command = self.programs.command("carillon")?;
        command.args(["--server", &self.url, "--user", person.user, "--device", device, "--json", "--state-dir"]);
        command.arg(self.folder.path().join("state")).env("CARILLON_PASSWORD", Person::PASSWORD);
        Ok(command)
    }

    /// The voice that stands in for a user's microphone.
    pub fn voice(&self, person: Person) -> PathBuf {
        self.folder.path().join(format!("{}.wav", person.user))
    }

    fn heard_by(&self, person: Person, device: &str) -> PathBuf {
        self.folder.path().join(format!("heard-by-{}-{device}.wav", person.user))
    }
}

fn start_server(
    mut program: Command,
    patience: Duration,
    folder: &Path,
    listen: &str,
    invites: usize,
    env: &[(&str, &str)],
) -> Result<(Device, String, Vec<String>)> {
    program.arg("--json").arg("--data-dir").arg(folder.join("server")).args(["--listen", listen]);
    program.args(["--sign-ins-per-minute", "1000", "--invites", &invites.to_string()]);
    program.env("CARILLON_LOG", "warn").envs(env.iter().copied());
    let mut server = Device::run("the server", &mut program)?;
    let text =
        |line: &super::Line, field: &str| line[field].as_str().map(str::to_owned).context("a line of the server");
    let url = text(&server.until("listening", patience)?, "url")?;
    let codes = (0..invites).map(|_| text(&server.until("invite", patience)?, "code")).collect::<Result<_>>()?;
    Ok((server, url, codes))
}
