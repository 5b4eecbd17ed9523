//! Where things are: the checkout, the build folder, the tools.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

/// The places that every chore shares.
pub(crate) struct Workspace {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Cargo's build folder: inside the checkout, but in a cache outside of it on a build server.
    pub(crate) target: PathBuf,
    /// Where results for people go: screenshots, reports, packages. Always `target/` of the checkout.
    pub(crate) output: PathBuf,
    /// Programs that we had to install ourselves; they outlive a checkout.
    pub(crate) tools: PathBuf,
}

impl Workspace {
    /// Finds the checkout that this program was started from, and makes all of it the working directory.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().context("xtask has no parent folder")?.to_path_buf();
        let cache = cache_folder().unwrap_or_else(|| root.join("target/cache"));
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(chosen) => root.join(chosen),
            None if env::var_os("CI").is_some() => cache.join("target"),
            None => root.join("target"),
        };
        Ok(Self { output: root.join("target"), tools: cache.join("tools"), target, root })
    }

    /// A cargo command of the pinned tool chain, at the root, building into our build folder.
    pub(crate) fn cargo<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(args).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target).env("PATH", self.path());
        // Those describe xtask to itself; build scripts of other packages must not see them.
        for inherited in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
            cargo.env_remove(inherited);
        }
        cargo
    }

    /// A program that the dev profile built.
    pub(crate) fn built(&self, profile_folder: &str, name: &str) -> PathBuf {
        self.target.join(profile_folder).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// `PATH`, with our own tools behind everything that the user has installed.
    fn path(&self) -> std::ffi::OsString {
        let mut folders: Vec<_> = env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
        folders.push(self.tools.join("bin"));
        env::join_paths(folders).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
    }
}

fn cache_folder() -> Option<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None if cfg!(windows) => PathBuf::from(env::var_os("LOCALAPPDATA")?),
        None => Path::new(&env::var_os("HOME")?).join(".cache"),
    };
    Some(base.join("carillon"))
}
