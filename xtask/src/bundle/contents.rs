//! What a package holds and says of itself, whichever kind of package is made of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::run::run;

/// What a package says of itself.
pub(super) struct About {
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) title: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static [&'static str],
    pub(super) debian: Needs,
    /// Libraries are found by `rpmbuild` itself, by their sonames, which all distributions share.
    pub(super) rpm_recommends: &'static [&'static str],
}

/// By the names of Debian's packages.
pub(super) struct Needs {
    pub(super) depends: &'static [&'static str],
    pub(super) recommends: &'static [&'static str],
}

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The package's, to be run.
    Program,
    /// The operator's, once it is installed.
    Choices,
    /// The package's.
    Plain,
}

/// A file of a package.
pub(super) struct Entry {
    /// Where it goes, below the root of what is installed.
    pub(super) to: String,
    pub(super) kind: Kind,
    content: Content,
}

enum Content {
    File(PathBuf),
    Text(String),
}

/// A script that a package manager runs.
pub(super) struct Script {
    /// As the manager calls it: `postinst`, `%post`.
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// Everything of a package.
pub(super) struct Contents {
    pub(super) about: &'static About,
    pub(super) entries: Vec<Entry>,
    pub(super) scripts: Vec<Script>,
}

impl Contents {
    pub(super) fn new(about: &'static About) -> Self {
        Self { about, entries: Vec::new(), scripts: Vec::new() }
    }

    pub(super) fn file(&mut self, kind: Kind, from: &Path, to: impl Into<String>) {
        self.entries.push(Entry { to: to.into(), kind, content: Content::File(from.to_path_buf()) });
    }

    pub(super) fn text(&mut self, kind: Kind, text: String, to: impl Into<String>) {
        self.entries.push(Entry { to: to.into(), kind, content: Content::Text(text) });
    }

    pub(super) fn script(&mut self, name: &'static str, from: &Path) -> Result<()> {
        let text = fs::read_to_string(from).with_context(|| from.display().to_string())?;
        self.scripts.push(Script { name, text });
        Ok(())
    }

    /// Puts every file at its place below an empty `root`.
    pub(super) fn lay_out(&self, root: &Path) -> Result<()> {
        if root.exists() {
            fs::remove_dir_all(root)?;
        }
        fs::create_dir_all(root)?;
        for entry in &self.entries {
            let to = root.join(&entry.to);
            fs::create_dir_all(to.parent().context("a place in the tree")?)?;
            match &entry.content {
                Content::File(from) => {
                    fs::copy(from, &to).with_context(|| from.display().to_string())?;
                }
                Content::Text(text) => fs::write(&to, text)?,
            }
            set_mode(&to, entry.kind.mode())?;
            if entry.kind == Kind::Program && cfg!(target_os = "linux") {
                // Without the symbols that only a debugger reads.
                run(Command::new("strip").arg("--strip-unneeded").arg(&to))?;
            }
        }
        Ok(())
    }
}

impl Kind {
    pub(super) const fn mode(self) -> u32 {
        match self {
            Self::Program => 0o755,
            Self::Choices | Self::Plain => 0o644,
        }
    }
}

#[cfg(unix)]
pub(super) fn set_mode(file: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(mode))?)
}

/// What is packed on Windows has no modes.
#[cfg(not(unix))]
pub(super) fn set_mode(_file: &Path, _mode: u32) -> Result<()> {
    Ok(())
}
