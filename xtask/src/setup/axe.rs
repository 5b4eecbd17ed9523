//! axe-core, which judges pages by the rules of WCAG: a single script, from the registry of npm, by npm.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use super::{manager, manager::Manager, needs};
use crate::{
    run::{run, succeeds},
    workspace::Workspace,
};

/// A later one may know more rules: it is taken on purpose, never by itself.
const VERSION: &str = "4.11.0";

/// Gets it once, into our own tools folder, and says where it is.
///
/// # Errors
/// It is missing and npm cannot get it.
pub(crate) fn ensure_axe(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.tools.join(format!("axe-core-{VERSION}"));
    let script = folder.join("package/axe.min.js");
    if script.exists() {
        return Ok(script);
    }
    if !succeeds(&mut npm()) {
        manager::ensure(Manager::of_this_machine(), &[&needs::NPM])?;
    }
    eprintln!("Getting axe-core {VERSION} once, into {}", folder.display());
    fs::create_dir_all(&folder)?;
    let package = format!("axe-core@{VERSION}");
    let pack = ["pack", package.as_str(), "--silent", "--pack-destination", "."];
    run(Command::new("npm").args(pack).current_dir(&folder).stdout(std::io::stderr()))?;
    run(Command::new("tar").arg("-xzf").arg(format!("axe-core-{VERSION}.tgz")).current_dir(&folder))?;
    script.exists().then_some(script).context("the package of axe-core has no axe.min.js")
}

fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.arg("--version");
    npm
}
