//! A PulseAudio server of one's own, with null sinks for speakers, for tests that need real sound devices.
//!
//! What is played to sink `x` can be captured from source `x.monitor`. The server reads the user's configuration as
//! little as it touches the user's sound: everything lives in a temporary folder.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long the server may take to answer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A private sound server; it ends when this is dropped.
pub struct Pulse {
    /// `None` where it belongs to the process that started this one.
    server: Option<Child>,
    folder: PathBuf,
}

/// Where a child process finds its parent's server.
const FOLDER: &str = "CARILLON_PRIVATE_PULSE";

impl Pulse {
    /// Starts a server with one null sink of 48 kHz for each name; the first is the default, its monitor the default source.
    ///
    /// # Errors
    /// If `pulseaudio` is not installed or does not answer in time.
    pub fn start(sinks: &[&str]) -> io::Result<Self> {
        Self::start_in(private_folder()?, sinks)
    }

    /// Starts it at the same address, after [`Pulse::stop`].
    ///
    /// # Errors
    /// As [`Pulse::start`].
    pub fn start_again(&self, sinks: &[&str]) -> io::Result<Self> {
        Self::start_in(self.folder.clone(), sinks)
    }

    /// Ends the server, whichever process started it.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn stop(&self) -> io::Result<()> {
        // The server may be gone before it has answered.
        let _ = self.control(&["exit"]);
        let socket = self.folder.join("native");
        let deadline = Instant::now() + PATIENCE;
        while UnixStream::connect(&socket).is_ok() {
            if Instant::now() >= deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "pulseaudio does not end"));
            }
            thread::park_timeout(Duration::from_millis(5));
        }
        Ok(())
    }

    fn start_in(folder: PathBuf, sinks: &[&str]) -> io::Result<Self> {
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--log-target=null", "--use-pid-file=no"]);
        command.args([
            "-L",
            &format!("module-native-protocol-unix auth-anonymous=1 socket={}", folder.join("native").display()),
        ]);
        for sink in sinks {
            command.args(["-L", &null_sink(sink)]);
        }
        command.env("XDG_RUNTIME_DIR", &folder).env("HOME", &folder).env_remove("PULSE_SERVER");
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut pulse = Self { server: Some(server), folder };
        pulse.wait_until_it_answers()?;
        if let Some(first) = sinks.first() {
            pulse.control(&["set-default-sink", first])?;
            pulse.control(&["set-default-source", &format!("{first}.monitor")])?;
        }
        Ok(pulse)
    }

    /// The server whose [environment](Self::environment) this process was started with.
    #[must_use]
    pub fn inherited() -> Option<Self> {
        let folder = std::env::var_os(FOLDER)?.into();
        Some(Self { server: None, folder })
    }

    /// What a program's environment needs for it to use this server.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let folder = self.folder.display().to_string();
        let server = format!("unix:{}", self.folder.join("native").display());
        vec![("PULSE_SERVER".into(), server), ("XDG_RUNTIME_DIR".into(), folder.clone()), (FOLDER.into(), folder)]
    }

    /// Runs `pactl` against this server and returns what it says.
    ///
    /// # Errors
    /// If it cannot be run or refuses.
    pub fn control(&self, arguments: &[&str]) -> io::Result<String> {
        let output = Command::new("pactl").args(arguments).envs(self.environment()).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(io::Error::other(format!("pactl {}: {said}", arguments.join(" "))));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Plugs another null sink in; the answer is what [`Pulse::unplug`] takes.
    ///
    /// # Errors
    /// If the server refuses.
    pub fn plug(&self, sink: &str) -> io::Result<String> {
        let module = null_sink(sink);
        let mut arguments = vec!["load-module"];
        arguments.extend(module.split(' '));
        Ok(self.control(&arguments)?.trim().to_owned())
    }

    /// Pulls a sink out that was plugged in with [`Pulse::plug`].
    ///
    /// # Errors
    /// If it is not there.
    pub fn unplug(&self, module: &str) -> io::Result<()> {
        self.control(&["unload-module", module]).map(|_| ())
    }

    /// How many programs are playing and how many are capturing.
    ///
    /// # Errors
    /// If the server does not answer.
    pub fn streams(&self) -> io::Result<(usize, usize)> {
        let playing = self.control(&["list", "short", "sink-inputs"])?.lines().count();
        let capturing = self.control(&["list", "short", "source-outputs"])?.lines().count();
        Ok((playing, capturing))
    }

    fn wait_until_it_answers(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.control(&["info"]).is_err() {
            if let Some(status) = self.server.as_mut().and_then(|server| server.try_wait().transpose()).transpose()? {
                return Err(io::Error::other(format!("pulseaudio ended with {status}")));
            }
            if Instant::now() >= deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "pulseaudio does not answer"));
            }
            thread::park_timeout(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        // What cannot be cleaned up here the system cleans up with its temporary folder.
        let _ = server.kill();
        let _ = server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Without `norewinds` an idle null sink plays two seconds ahead, and its monitor is silent until they are over.
fn null_sink(name: &str) -> String {
    format!(
        "module-null-sink sink_name={name} rate=48000 channels=1 norewinds=1 sink_properties=device.description=The_{name}"
    )
}

/// A folder that no other user may read, as PulseAudio demands of its runtime folder.
fn private_folder() -> io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;

    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("carillon-pulse-{}-{number}", std::process::id()));
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}
