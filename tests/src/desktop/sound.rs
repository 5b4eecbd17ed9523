//! Sound devices made of nothing: PulseAudio with null sinks.

use std::{path::Path, process::Command, time::Duration};

use anyhow::Result;

use super::{
    process::{Process, private_folder},
    until,
};

/// PulseAudio's start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A sound server of its own, with one null sink per name.
pub struct SoundServer {
    address: String,
    _server: Process,
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
        server.arg(format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()));
        for sink in sinks {
            // Without `norewinds` an idle null sink plays two seconds ahead, and its monitor is silent until they are over.
            server.arg("-L").arg(format!("module-null-sink sink_name={sink} rate=48000 norewinds=1"));
        }
        server.env("XDG_RUNTIME_DIR", folder).env("HOME", folder).stderr(std::process::Stdio::null());
        let server = Process::start(&mut server)?;
        until("PulseAudio", PATIENCE, || async { socket.exists().then_some(()) }).await?;
        Ok(Self { address: format!("unix:{}", socket.display()), _server: server })
    }

    /// What goes into `PULSE_SERVER`.
    pub fn address(&self) -> &str {
        &self.address
    }
}
