//! The programs that stories run, and what runs them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

/// The server and the command line, of one system.
#[derive(Debug, Clone)]
pub enum Programs {
    /// Of this workspace, built beforehand into the folder of the program that runs.
    Built,
    /// Of this folder, for Windows.
    UnderWine(PathBuf),
}

impl Programs {
    /// Runs one of them.
    ///
    /// # Errors
    /// If it is not built.
    pub(super) fn command(&self, program: &str) -> Result<Command> {
        match self {
            Self::Built => built(program).map(Command::new),
            Self::UnderWine(folder) => {
                let file = folder.join(format!("{program}.exe"));
                anyhow::ensure!(file.exists(), "{} is not built", file.display());
                let mut wine = Command::new("wine");
                wine.arg(file);
                Ok(wine)
            }
        }
    }
}

fn built(program: &str) -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let folders = me.ancestors().skip(1).take(2); // a test is one folder further down
    let found = folders.map(|folder: &Path| folder.join(program)).find(|path| path.exists());
    found.with_context(|| format!("{program} is not built: run `cargo build -p carillon-cli -p carillon-server` first"))
}
