//! Sound devices made of nothing: PulseAudio with null sinks.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Result, ensure};

use super::{
    process::{Process, private_folder},
    until,
};

/// PulseAudio's start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A sound server of its own, with one null sink per name.
pub struct SoundServer {
    address: String,
    /// Ends with this, if it was started here.
    _server: Option<Process>,
}

impl SoundServer {
    /// Starts one in `folder`.
    ///
    /// # Errors
    /// If PulseAudio is missing or does not start.
    pub async fn start(folder: &Path, sinks: &[&str]) -> Result<Self> {
        private_folder(folder)?;
        let socket = folder.join("pulse.socket");
        let mut server = Command::new("pulseaudio");
        server.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm", "-L"]);
        for sink in sinks {
            // Without `norewinds` an idle null sink plays two seconds ahead, and its monitor is silent until they are over.
            let module = format!("module-null-sink sink_name={sink} rate=48000 norewinds=1");
            server.arg(format!("{module} sink_properties=device.description={sink}")).arg("-L");
        }
        // The socket is the last to open: a client finds all sinks there.
        server.arg(format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()));
        server.env("XDG_RUNTIME_DIR", folder).env("HOME", folder).stderr(std::process::Stdio::null());
        let server = Process::start(&mut server)?;
        until("PulseAudio", PATIENCE, || async { socket.exists().then_some(()) }).await?;
        Ok(Self { address: format!("unix:{}", socket.display()), _server: Some(server) })
    }

    /// One that runs already, at an address as `PULSE_SERVER` has it.
    pub fn running(address: &str) -> Self {
        Self { address: address.to_owned(), _server: None }
    }

    /// Makes a microphone that hears a sink: apps and browsers take no monitor for one.
    ///
    /// # Errors
    /// If `pactl` is missing or refuses.
    pub fn add_microphone(&self, name: &str, sink: &str) -> Result<()> {
        let mut load = Command::new("pactl");
        load.args(["load-module", "module-remap-source", &format!("source_name={name}")]);
        load.args([format!("master={sink}.monitor"), format!("source_properties=device.description={name}")]);
        let done = load.env("PULSE_SERVER", &self.address).stdout(std::process::Stdio::null()).status()?;
        ensure!(done.success(), "pactl makes no microphone of {sink}");
        Ok(())
    }

    /// What goes into `PULSE_SERVER`.
    pub fn address(&self) -> &str {
        &self.address
    }
}
