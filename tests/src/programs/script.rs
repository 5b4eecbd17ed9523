//! A program that says one JSON object a line.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// One line.
pub type Line = Value;

/// A running command line, or server. Dropping it kills it.
pub struct Device {
    name: String,
    child: Child,
    lines: mpsc::Receiver<Line>,
    said: Vec<Line>,
}

impl Device {
    /// Runs a program that says one JSON object a line.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn run(name: &str, program: &mut Command) -> Result<Self> {
        Self::run_and_keep(name, program, 4096)
    }

    /// The same, but what it says is read only when the story waits for it.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn run_unread(name: &str, program: &mut Command) -> Result<Self> {
        Self::run_and_keep(name, program, 0)
    }

    #[expect(clippy::disallowed_methods, reason = "its panic shows in the test that waits for what it reads")]
    fn run_and_keep(name: &str, program: &mut Command, lines: usize) -> Result<Self> {
        let mut child = program.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| name.to_owned())?;
        let out = child.stdout.take().context("the output is a pipe")?;
        let (lines_tx, lines) = mpsc::sync_channel(lines);
        std::thread::spawn(move || {
            let said = BufReader::new(out).lines().map_while(Result::ok);
            for line in said.filter_map(|line| serde_json::from_str(&line).ok()) {
                if lines_tx.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { name: name.to_owned(), child, lines, said: Vec::new() })
    }

    /// Waits for the first line from now on that has this event name, and (if it is one) this `type`.
    ///
    /// # Errors
    /// If it does not come in time; the text says what came instead.
    pub fn until(&mut self, event: &str, within: Duration) -> Result<Line> {
        let give_up = Instant::now() + within;
        let (event, kind) = event.split_once('/').map_or((event, None), |(event, kind)| (event, Some(kind)));
        loop {
            let left = give_up.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                let said: Vec<_> = self.said.iter().map(|line| line["event"].as_str().unwrap_or_default()).collect();
                bail!("{} did not say {event} {kind:?} within {within:?}; it said {said:?}", self.name);
            };
            self.said.push(line.clone());
            if line["event"] == event && kind.is_none_or(|kind| line["type"] == kind) {
                return Ok(line);
            }
        }
    }

    /// Waits for its end: everything that it said from the beginning, and its exit code.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn end(&mut self, within: Duration) -> Result<(Vec<Line>, i32)> {
        let exit = self.until("exit", within)?;
        self.child.wait()?;
        let code = exit["code"].as_i64().and_then(|code| i32::try_from(code).ok()).context("exit has a code")?;
        Ok((self.said.clone(), code))
    }

    /// Everything that it said before the last line that was waited for.
    pub fn said(&self, event: &str) -> bool {
        self.said.iter().any(|line| line["event"] == event)
    }

    /// Ends it without a word, as a crash would.
    ///
    /// # Errors
    /// If it is gone already.
    pub fn crash(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Stops it where it stands, as a machine does that is paused: nothing of it is closed, and nothing is answered.
    ///
    /// # Errors
    /// If it is gone already.
    pub fn freeze(&mut self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on that was [stopped](Self::freeze).
    ///
    /// # Errors
    /// If it is gone.
    pub fn thaw(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Asks it to end, as Ctrl-C would.
    ///
    /// # Errors
    /// If it is gone already.
    pub fn interrupt(&self) -> Result<()> {
        self.signal("INT")
    }

    /// The names of its threads, as far as Linux keeps them: 15 bytes.
    ///
    /// # Errors
    /// If it is gone, or this is not Linux.
    pub fn threads(&self) -> Result<Vec<String>> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()))?;
        let names = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        Ok(names.map(|name| name.trim().to_owned()).collect())
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let done = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status()?;
        if !done.success() {
            bail!("{} is gone", self.name);
        }
        Ok(())
    }

    /// Waits until it is gone by itself, and drops what it says.
    ///
    /// # Errors
    /// If waiting fails.
    pub fn gone(&mut self) -> Result<()> {
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // It may be gone already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
