//! A package of Debian's, by `apt-get` and `dpkg`.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use super::{Upgrade, all_gone, app, files, server::Installed, unit_is_sound};
use crate::run::{output, run, succeeds};

/// Installs, runs, upgrades, runs and purges it; purges it in any case.
pub(super) fn package(upgrade: &Upgrade<'_>) -> Result<()> {
    let name = output(Command::new("dpkg-deb").args(["--field"]).arg(upgrade.to).arg("Package"))?.trim().to_owned();
    ensure!(!succeeds(Command::new("dpkg").args(["--status", &name])), "{name} is already installed here");
    let mut all = Vec::new();
    let tried: Result<()> = (|| {
        install(upgrade.from)?;
        what_is_installed_runs(upgrade.is_app, true)?;
        install(upgrade.to)?;
        all = files(Command::new("dpkg").args(["--listfiles", &name]))?;
        what_is_installed_runs(upgrade.is_app, false)?;
        if !upgrade.is_app {
            run(Command::new("dpkg").args(["--remove", &name]).stdout(std::io::stderr()))?;
            ensure!(Installed::for_all().data.join("carillon.db").exists(), "a removal took the accounts away");
        }
        Ok(())
    })();
    run(Command::new("dpkg").args(["--purge", &name]).stdout(std::io::stderr()))?;
    tried.with_context(|| format!("{name} did not run as it should"))?;
    ensure!(!fs::exists(Installed::for_all().data)?, "a purge left the accounts");
    all_gone(&name, &all)
}

fn install(package: &Path) -> Result<()> {
    let mut install = Command::new("apt-get");
    // What the operator changed stays, without a question.
    install.args(["install", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]);
    run(install.arg(package).env("DEBIAN_FRONTEND", "noninteractive").stdout(std::io::stderr()))
}

/// What is installed runs, and a server finds what its predecessor left.
pub(super) fn what_is_installed_runs(is_app: bool, is_first: bool) -> Result<()> {
    match (is_app, is_first) {
        (true, _) => app::runs(Path::new("/usr/bin/carillon-desktop")),
        (false, true) => Installed::for_all().leaves_traces().and_then(|()| unit_is_sound()),
        (false, false) => Installed::for_all().has_its_traces(),
    }
}
