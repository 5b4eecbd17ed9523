//! `cargo xtask bundle`: the Debian packages of the app and of the server.
//!
//! A package is a staged tree and a control file, packed by Debian's own `dpkg-deb`.

use std::{fs, path::PathBuf};

use anyhow::{Result, bail};

use crate::{
    progress::Progress,
    run::run,
    setup::{self, Purpose},
    ui,
    workspace::Workspace,
};

mod app;
mod check;
mod deb;
mod server;

/// How to bundle.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Install, run and remove each package on this machine afterwards, and look for leftovers (needs root)
    #[arg(long)]
    check: bool,
}

/// What the app's package may weigh.
const APP_LIMIT_BYTES: u64 = 15 * 1024 * 1024;

/// Builds both packages into `target/bundle/`, and with `--check` tries them.
pub(crate) fn chore(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut progress = Progress::new(if args.check { 6 } else { 5 });
    progress.step("what the machine needs", || setup::ensure(workspace, Purpose::Package))?;
    progress.step("the windows' front end", || ui::bundle(workspace))?;
    progress.step("a release build of the app and the server (minutes the first time)", || build(workspace))?;
    let app = progress.step("the app's package", || app_package(workspace))?;
    let server = progress.step("the server's package", || server::package(workspace)?.build(workspace))?;
    for package in [&app, &server] {
        println!("{} {:.1} MiB", package.display(), megabytes(package)?);
    }
    if fs::metadata(&app)?.len() > APP_LIMIT_BYTES {
        bail!("the app's package is over {} MiB", APP_LIMIT_BYTES / 1024 / 1024);
    }
    if args.check {
        progress.step("install, run, remove", || check::both(&app, &server))?;
    }
    progress.summary();
    Ok(())
}

/// Release programs, as they are shipped.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let mut build = workspace.cargo(["build", "--release", "--bins"]);
    build.args(["--package", "carillon-desktop", "--package", "carillon-server"]);
    run(build.args(["--features", "carillon-desktop/wayland"]))
}

/// The app's package, from its release build.
pub(crate) fn app_package(workspace: &Workspace) -> Result<PathBuf> {
    app::package(workspace)?.build(workspace)
}

fn megabytes(file: &PathBuf) -> Result<f64> {
    #[expect(clippy::cast_precision_loss, reason = "shown to one digit")]
    Ok(fs::metadata(file)?.len() as f64 / 1024.0 / 1024.0)
}
