//! A package of RPM's, by `rpm` with a database of its own: this machine's packages are another manager's, so nothing is said of what it needs.

use std::{fs, path::Path, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};

use super::{Upgrade, all_gone, debian::what_is_installed_runs, files, server::Installed};
use crate::{
    run::{output, run},
    workspace::Workspace,
};

/// Installs, runs, upgrades, runs and erases it; erases it in any case.
pub(super) fn package(workspace: &Workspace, upgrade: &Upgrade<'_>) -> Result<()> {
    let database = workspace.output.join("bundle/work/rpm-database");
    if database.exists() {
        fs::remove_dir_all(&database)?;
    }
    fs::create_dir_all(&database)?;
    let rpm = Rpm { database };
    let name = output(rpm.command(["--query", "--queryformat", "%{NAME}", "--package"]).arg(upgrade.to))?;
    finds_its_libraries(&rpm, upgrade)?;
    let mut all = Vec::new();
    let tried: Result<()> = (|| {
        run(rpm.command(["--upgrade", "--nodeps"]).arg(upgrade.from))?;
        what_is_installed_runs(upgrade.is_app, true)?;
        run(rpm.command(["--upgrade", "--nodeps"]).arg(upgrade.to))?;
        all = files(&mut rpm.command(["--query", "--list", &name]))?;
        what_is_installed_runs(upgrade.is_app, false)
    })();
    run(&mut rpm.command(["--erase", "--nodeps", &name]))?;
    tried.with_context(|| format!("{name} did not run as it should"))?;
    if !upgrade.is_app {
        let data = Installed::for_all().data;
        ensure!(data.join("carillon.db").exists(), "an erasure took the accounts away");
        fs::remove_dir_all(data)?;
        // RPM keeps an operator's own choices beside their place, and says so.
        let kept = Installed::for_all().config.with_extension("toml.rpmsave");
        ensure!(kept.exists(), "the operator's choices are lost");
        fs::remove_file(kept)?;
    }
    all_gone(&name, &all)
}

struct Rpm {
    database: PathBuf,
}

impl Rpm {
    fn command<const N: usize>(&self, words: [&str; N]) -> Command {
        let mut rpm = Command::new("rpm");
        // Debian's asks for this word: its users mean another manager.
        if Path::new("/etc/debian_version").exists() {
            rpm.arg("--force-debian");
        }
        rpm.arg("--dbpath").arg(&self.database).args(words);
        rpm
    }
}

/// What the package says that it needs was found by `rpmbuild`: no list of ours can be wrong, and none must be empty.
fn finds_its_libraries(rpm: &Rpm, upgrade: &Upgrade<'_>) -> Result<()> {
    let needs = output(rpm.command(["--query", "--requires", "--package"]).arg(upgrade.to))?;
    let expected = if upgrade.is_app { "libwebkit2gtk-4.1.so" } else { "libc.so.6" };
    ensure!(needs.contains(expected), "{} needs only:\n{needs}", upgrade.to.display());
    Ok(())
}
