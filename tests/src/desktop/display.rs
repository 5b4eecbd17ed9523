//! A display without a screen, and pictures of it.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Result, ensure};

use super::process::Process;

/// An X server takes a moment; a busy machine's a longer one.
const PATIENCE: Duration = Duration::from_secs(20);

/// An X server in memory, with a window manager.
pub struct Display {
    name: String,
    _manager: Process,
    _server: Process, // ends after the manager
}

impl Display {
    /// Starts one, on a number that is free.
    ///
    /// # Errors
    /// If Xvfb or openbox is missing.
    pub fn start(width: u32, height: u32) -> Result<Self> {
        let screen = format!("{width}x{height}x24");
        let mut server = Command::new("Xvfb");
        server.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"]);
        server.stderr(std::process::Stdio::null());
        let (server, number) = Process::start_and_read(&mut server, PATIENCE, |line| line.trim().parse::<u32>().ok())?;
        let name = format!(":{number}");
        let mut manager = Command::new("openbox");
        manager.args(["--sm-disable"]).env("DISPLAY", &name).stderr(std::process::Stdio::null());
        let manager = Process::start(&mut manager)?;
        Ok(Self { name, _manager: manager, _server: server })
    }

    /// What goes into `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A picture of the whole screen, as people would see it.
    ///
    /// # Errors
    /// If ImageMagick's `import` is missing or fails.
    pub fn picture(&self, to: &Path) -> Result<()> {
        let done =
            Command::new("import").args(["-silent", "-window", "root"]).arg(to).env("DISPLAY", &self.name).status()?;
        ensure!(done.success(), "no picture of the screen");
        Ok(())
    }

    /// The X window with such a title that can be seen.
    ///
    /// # Errors
    /// If there is none.
    pub fn window(&self, title: &str) -> Result<String> {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", title])?;
        let first = found.lines().next().unwrap_or_default().trim().to_owned();
        ensure!(!first.is_empty(), "no window called {title:?} can be seen");
        Ok(first)
    }

    /// The title of the window that has the focus; empty if none has.
    pub fn focused(&self) -> String {
        self.xdotool(&["getactivewindow", "getwindowname"]).unwrap_or_default().trim().to_owned()
    }

    /// Presses keys such as `ctrl+shift+a`, wherever the focus is.
    ///
    /// # Errors
    /// If xdotool is missing.
    pub fn press(&self, keys: &str) -> Result<()> {
        self.xdotool(&["key", keys]).map(drop)
    }

    /// Gives a window of a process the focus, as a click on its frame does. Whether it has it is [`focused`](Self::focused)'s to say.
    ///
    /// # Errors
    /// If there is no such window.
    pub fn activate(&self, process: u32, title: &str) -> Result<()> {
        let process = process.to_string();
        let found = self.xdotool(&["search", "--onlyvisible", "--all", "--pid", &process, "--name", title])?;
        let window = found.lines().next().unwrap_or_default().trim().to_owned();
        ensure!(!window.is_empty(), "no window called {title:?} can be seen");
        self.xdotool(&["windowactivate", &window])?;
        let active = self.xdotool(&["getactivewindow"])?;
        ensure!(active.trim() == window, "{title:?} has no focus yet");
        Ok(())
    }

    /// Where a window is and how large: x, y, width, height.
    ///
    /// # Errors
    /// If there is no such window.
    pub fn geometry(&self, window: &str) -> Result<[i64; 4]> {
        let text = self.xdotool(&["getwindowgeometry", "--shell", window])?;
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.and_then(|value| value.parse().ok()).unwrap_or_default()
        };
        Ok([value("X"), value("Y"), value("WIDTH"), value("HEIGHT")])
    }

    /// Minimises a window, as its user would by its frame.
    ///
    /// # Errors
    /// If xdotool is missing.
    pub fn minimise(&self, window: &str) -> Result<()> {
        self.xdotool(&["windowminimize", window]).map(drop)
    }

    fn xdotool(&self, args: &[&str]) -> Result<String> {
        let out = Command::new("xdotool").args(args).env("DISPLAY", &self.name).output()?;
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    }
}
