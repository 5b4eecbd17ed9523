//! `cargo xtask bundle`: packages of the app and of the server.
//!
//! What a package holds is said once ([`contents`]); each kind of package is made of it by its own system's tool.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::{
    progress::Progress,
    run::run,
    setup::{self, Purpose},
    ui,
    workspace::Workspace,
};
use place::Place;

mod app;
mod check;
mod contents;
mod deb;
mod macos;
mod nsis;
mod place;
mod rpm;
mod server;
mod sign;
mod tarball;

/// How to bundle.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Install, run, upgrade and remove each package on this machine afterwards, and look for leftovers (needs root); what is for Windows under Wine
    #[arg(long)]
    check: bool,
    /// Only these kinds, with commas; otherwise all that this system can make
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Kind>,
    /// Pack what the dev profile builds: to try the packages without minutes of release build
    #[arg(long)]
    dev: bool,
    /// Microsoft's WebView2 bootstrapper, to be inside the Windows installer instead of downloaded by it
    #[arg(long, value_name = "FILE")]
    webview2_setup: Option<PathBuf>,
}

/// A kind of package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// For Debian and its kin
    Deb,
    /// For Fedora, openSUSE and their kin
    Rpm,
    /// For one user, of any Linux and of macOS
    Tar,
    /// The app's installer for Windows
    Windows,
    /// The app for macOS
    Mac,
}

/// A package that was made.
struct Made {
    kind: Kind,
    file: PathBuf,
    is_app: bool,
}

/// What a package of the app may weigh.
const APP_LIMIT_BYTES: u64 = 15 * 1024 * 1024;
const WINDOWS_TARGET: &str = "x86_64-pc-windows-gnu";

/// Builds packages into `target/bundle/`, and with `--check` tries them.
pub(crate) fn chore(workspace: &Workspace, args: &Args) -> Result<()> {
    let kinds = args.kinds();
    let profile = if args.dev { "debug" } else { "release" };
    let mut progress = Progress::new(2 + 2 * kinds.len() + if args.check { kinds.len() } else { 0 });
    progress.step("what the machine needs", || setup::ensure(workspace, purpose(&kinds)))?;
    progress.step("the windows' front end", || ui::bundle(workspace))?;
    let mut made = Vec::new();
    for kind in &kinds {
        progress.step(&format!("{kind:?}: its programs (minutes the first time)"), || {
            build_for(workspace, *kind, args.dev)
        })?;
        made.extend(progress.step(&format!("{kind:?}: the packages"), || {
            pack(workspace, *kind, profile, &Place::shipped(workspace), args.webview2_setup.clone())
        })?);
    }
    for package in &made {
        println!("{} {:.1} MiB", package.file.display(), megabytes(&package.file)?);
    }
    if args.check {
        for kind in &kinds {
            progress.check(&format!("{kind:?}: install, run, upgrade, remove"), || {
                check::kind(workspace, *kind, profile, &made)
            });
        }
    }
    progress.summary();
    progress.verdict()?;
    if args.dev { Ok(()) } else { is_small(&made) }
}

impl Args {
    fn kinds(&self) -> Vec<Kind> {
        if self.only.is_empty() { Kind::of_this_system().to_vec() } else { self.only.clone() }
    }
}

impl Kind {
    const fn of_this_system() -> &'static [Self] {
        if cfg!(windows) {
            &[Self::Windows]
        } else if cfg!(target_os = "macos") {
            &[Self::Mac, Self::Tar]
        } else {
            &[Self::Deb, Self::Rpm, Self::Tar, Self::Windows]
        }
    }
}

/// On macOS nothing is made for another system.
fn purpose(kinds: &[Kind]) -> Purpose {
    let only_ours = kinds.iter().all(|kind| matches!(kind, Kind::Mac | Kind::Tar | Kind::Deb));
    if only_ours { Purpose::Package } else { Purpose::Bundle }
}

/// Release programs of this system, as they are shipped.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    build_here(workspace, false)
}

/// The app's package for Debian, from its release build.
pub(crate) fn app_package(workspace: &Workspace) -> Result<PathBuf> {
    deb::build(&app::contents(workspace, &workspace.target.join("release"))?, &Place::shipped(workspace))
}

fn build_here(workspace: &Workspace, dev: bool) -> Result<()> {
    let mut build =
        workspace.cargo(["build", "--bins", "--package", "carillon-desktop", "--package", "carillon-server"]);
    if !dev {
        build.arg("--release");
    }
    if cfg!(target_os = "linux") {
        build.args(["--features", "carillon-desktop/wayland"]);
    }
    run(&mut build)
}

fn build_for(workspace: &Workspace, kind: Kind, dev: bool) -> Result<()> {
    match kind {
        Kind::Deb | Kind::Rpm | Kind::Tar => build_here(workspace, dev),
        Kind::Mac => Ok(()), // its packer builds
        Kind::Windows => {
            let mut build = workspace.cargo(["build", "--bins"]);
            for package in ["carillon-desktop", "carillon-server", "carillon-cli"] {
                build.args(["--package", package]);
            }
            if !dev {
                build.arg("--release");
            }
            if !cfg!(windows) {
                build.args(["--target", WINDOWS_TARGET]);
            }
            run(&mut build)
        }
    }
}

/// Where the programs are that were built for a kind.
fn programs(workspace: &Workspace, kind: Kind, profile: &str) -> PathBuf {
    let crossed = kind == Kind::Windows && !cfg!(windows);
    let base = if crossed { workspace.target.join(WINDOWS_TARGET) } else { workspace.target.clone() };
    base.join(profile)
}

fn pack(
    workspace: &Workspace,
    kind: Kind,
    profile: &str,
    place: &Place,
    webview2_setup: Option<PathBuf>,
) -> Result<Vec<Made>> {
    let programs = programs(workspace, kind, profile);
    let programs: &Path = &programs;
    let (app, server) = match kind {
        Kind::Deb => (
            deb::build(&app::contents(workspace, programs)?, place)?,
            Some(deb::build(&server::contents(workspace, programs)?, place)?),
        ),
        Kind::Rpm => (
            rpm::build(&app::contents(workspace, programs)?, place)?,
            Some(rpm::build(&server::contents_of_rpm(workspace, programs)?, place)?),
        ),
        Kind::Tar => {
            let server = tarball::build(&server::contents_for_one_user(workspace, programs), place)?;
            if cfg!(target_os = "macos") {
                return Ok(vec![Made { kind, file: server, is_app: false }]);
            }
            (tarball::build(&app::contents_for_one_user(workspace, programs)?, place)?, Some(server))
        }
        Kind::Windows => {
            let program = programs.join("carillon-desktop.exe");
            (nsis::Installer { program, webview2_setup }.build(workspace, place)?, None)
        }
        Kind::Mac => {
            let files = macos::build(workspace, place)?;
            return Ok(files.into_iter().map(|file| Made { kind, file, is_app: true }).collect());
        }
    };
    let server = server.map(|file| Made { kind, file, is_app: false });
    Ok([Made { kind, file: app, is_app: true }].into_iter().chain(server).collect())
}

fn is_small(made: &[Made]) -> Result<()> {
    for package in made.iter().filter(|package| package.is_app) {
        if fs::metadata(&package.file)?.len() > APP_LIMIT_BYTES {
            bail!("{} is over {} MiB", package.file.display(), APP_LIMIT_BYTES / 1024 / 1024);
        }
    }
    Ok(())
}

fn megabytes(file: &Path) -> Result<f64> {
    #[expect(clippy::cast_precision_loss, reason = "shown to one digit")]
    Ok(fs::metadata(file)?.len() as f64 / 1024.0 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This checkout.
    pub(super) fn workspace() -> Workspace {
        Workspace::locate().expect("tests run in a checkout")
    }

    #[test]
    fn windows_programs_are_looked_for_where_they_are_built() {
        let workspace = workspace();

        assert!(programs(&workspace, Kind::Deb, "release").ends_with("release"));
        if !cfg!(windows) {
            assert!(programs(&workspace, Kind::Windows, "debug").ends_with("x86_64-pc-windows-gnu/debug"));
        }
    }

    #[test]
    fn only_what_other_systems_take_needs_their_tools() {
        assert_eq!(purpose(&[Kind::Mac, Kind::Tar]), Purpose::Package);
        assert_eq!(purpose(&[Kind::Deb, Kind::Rpm]), Purpose::Bundle);
    }
}
