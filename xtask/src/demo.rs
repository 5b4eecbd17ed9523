//! `cargo xtask demo`: one server, two windows, one call.

use std::env;

use anyhow::Result;

use crate::{
    progress::Progress,
    run::run,
    setup::{self, Purpose},
    ui,
    workspace::Workspace,
};

/// How the demo is to run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Without a person to watch: bring up a display, a bus and sound devices, click through one call, leave screenshots
    #[arg(long)]
    headless: bool,
}

/// Builds what the demo needs and hands over to its driver, a program of `carillon-tests`.
pub(crate) fn chore(workspace: &Workspace, args: &Args) -> Result<()> {
    let headless = args.headless || no_display();
    let purpose = if headless { Purpose::Headless } else { Purpose::Build };
    let mut progress = Progress::new(4);
    progress.step("what the machine needs", || setup::ensure(workspace, purpose))?;
    progress.step("the windows' front end", || ui::bundle(workspace))?;
    progress.step("the app, the server and the demo's driver (minutes the first time)", || build(workspace))?;
    progress.step("one call between Alice and Bob", || drive(workspace, headless))
}

/// The dev profile, with its optimised codecs: minutes faster to build, and within a few milliseconds of release in a call.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(["build", "--workspace", "--exclude", "carillon-ui", "--exclude", "xtask", "--bins"]))
}

/// Runs the driver; its last line on stdout is the report.
pub(crate) fn drive(workspace: &Workspace, headless: bool) -> Result<()> {
    let mut driver = std::process::Command::new(workspace.built("debug", "demo"));
    driver.arg("--output").arg(workspace.output.join("demo")).current_dir(&workspace.root);
    if headless {
        driver.arg("--headless");
    }
    run(&mut driver)
}

fn no_display() -> bool {
    cfg!(target_os = "linux") && env::var_os("DISPLAY").is_none() && env::var_os("WAYLAND_DISPLAY").is_none()
}
