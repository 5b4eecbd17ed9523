//! Tries packages on this machine: install an earlier version, run it, upgrade, run that, remove, look for leftovers.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use super::{Kind, Made, pack, place::Place};
use crate::{
    run::{output, run, succeeds},
    workspace::Workspace,
};

mod app;
mod debian;
mod one_user;
mod rpm;
mod server;
mod windows;

/// Tries the packages of a kind.
pub(super) fn kind(workspace: &Workspace, kind: Kind, profile: &str, made: &[Made]) -> Result<()> {
    if kind == Kind::Mac {
        eprintln!("The app for macOS is tried by hand: docs/releasing.md says how.");
        return Ok(());
    }
    if kind == Kind::Windows {
        return windows::installer(workspace, profile, of_app(kind, made)?);
    }
    let earlier = pack(workspace, kind, profile, &Place::earlier(workspace), None)?;
    for package in made.iter().filter(|package| package.kind == kind) {
        let before = earlier.iter().find(|before| before.is_app == package.is_app).context("both are made")?;
        let upgrade = Upgrade { from: &before.file, to: &package.file, is_app: package.is_app };
        match kind {
            Kind::Deb => debian::package(&upgrade)?,
            Kind::Rpm => rpm::package(workspace, &upgrade)?,
            Kind::Tar => one_user::archive(&upgrade)?,
            Kind::Windows | Kind::Mac => {}
        }
    }
    Ok(())
}

/// A package, and one of an earlier version.
struct Upgrade<'a> {
    from: &'a Path,
    to: &'a Path,
    is_app: bool,
}

fn of_app(kind: Kind, made: &[Made]) -> Result<&Path> {
    let app = made.iter().find(|package| package.kind == kind && package.is_app);
    Ok(&app.context("the app was packed")?.file)
}

/// systemd's own reading of the unit, where it is installed.
fn unit_is_sound() -> Result<()> {
    if !succeeds(Command::new("systemd-analyze").arg("--version")) {
        return Ok(());
    }
    run(Command::new("systemd-analyze").args(["verify", "/usr/lib/systemd/system/carillon-server.service"]))
}

/// # Errors
/// Names the files that are still there.
fn all_gone(name: &str, files: &[PathBuf]) -> Result<()> {
    let left: Vec<_> = files.iter().filter(|file| file.exists()).collect();
    ensure!(left.is_empty(), "{name} left behind: {left:?}");
    eprintln!("{name}: installed {} files, ran, was upgraded with its data kept, and left nothing behind", files.len());
    Ok(())
}

/// Those of the files that a package manager lists, without folders.
fn files(list: &mut Command) -> Result<Vec<PathBuf>> {
    Ok(output(list)?.lines().map(PathBuf::from).filter(|path| path.is_file()).collect())
}
