//! Programs that end with the one that started them.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// How long a program may take to end in good manners.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running program; dropping it ends it.
pub struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.stdin(Stdio::null()).spawn().with_context(|| format!("{name} cannot be started"))?;
        Ok(Self { name, child })
    }

    /// Starts a program that says on its standard output when it is ready, and reads lines until `ready` has found what it
    /// waits for. What comes later is thrown away.
    ///
    /// # Errors
    /// If there is no such program, or if it does not say so within `patience`.
    #[expect(clippy::disallowed_methods, reason = "its panic shows in the test that waits for what it reads")]
    pub fn start_and_read<T: Send + 'static>(
        command: &mut Command,
        patience: Duration,
        mut ready: impl FnMut(&str) -> Option<T> + Send + 'static,
    ) -> Result<(Self, T)> {
        let mut process = Self::start(command.stdout(Stdio::piped()))?;
        let output = process.child.stdout.take().context("the output is a pipe")?;
        let (found_tx, found) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(value) = ready(&line) {
                    // The story may not wait any more; the pipe is read on either way, so that the program never blocks.
                    let _ = found_tx.try_send(value);
                }
            }
        });
        let value = found.recv_timeout(patience).with_context(|| format!("{} does not get ready", process.name))?;
        Ok((process, value))
    }

    /// The process' id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, such as `TERM` or `KILL`.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let id = self.child.id().to_string();
        let done = Command::new("kill").args(["-s", signal, &id]).status()?;
        if !done.success() {
            bail!("{} takes no {signal}", self.name);
        }
        Ok(())
    }

    /// Whether it has ended by itself within `patience`, and well.
    #[allow(clippy::disallowed_methods, reason = "the end of another program is no event here; it is asked for")]
    pub fn ended(&mut self, patience: Duration) -> Option<bool> {
        let give_up = Instant::now() + patience;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status.success()),
                Err(_) => return None,
                Ok(None) if Instant::now() > give_up => return None,
                Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_some() {
            return;
        }
        // A program that does not listen is ended for it.
        let asked = self.signal("TERM").is_ok();
        if !asked || self.ended(PATIENCE).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A program of this workspace, built beforehand into the same folder as the running one.
///
/// # Errors
/// If it is not there; the text says how to build it.
pub fn built(program: &str) -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let folders = me.ancestors().skip(1).take(2); // a test is one folder further down
    let found = folders.map(|folder| folder.join(program)).find(|path| path.exists());
    found.with_context(|| {
        format!("{program} is not built: run `cargo build --workspace --bins --exclude carillon-ui` first")
    })
}

/// Every window in every state, for a browser, with what judges pages.
///
/// # Errors
/// If it is not built.
pub fn gallery() -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let found = me.ancestors().map(|folder| folder.join("gallery")).find(|folder| folder.join("axe.min.js").exists());
    found.context("the gallery is not built: run `cargo xtask test` first")
}

/// A folder made for one run.
pub(super) fn private_folder(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(path)?;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?)
}
