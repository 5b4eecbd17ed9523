//! An archive with its script, for a user whose home is a folder of ours.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use super::{Upgrade, all_gone, app, server::Installed};
use crate::run::run;

/// Installs, runs, upgrades, runs and uninstalls it.
pub(super) fn archive(upgrade: &Upgrade<'_>) -> Result<()> {
    let home = std::env::temp_dir().join(format!("carillon-bundle-home-{}", std::process::id()));
    fs::create_dir_all(&home)?;
    let tried = in_home(upgrade, &home);
    fs::remove_dir_all(&home)?;
    tried
}

fn in_home(upgrade: &Upgrade<'_>, home: &Path) -> Result<()> {
    let name = if upgrade.is_app { "carillon-desktop" } else { "carillon-server" };
    let program = home.join(".local/bin").join(name);
    let server = Installed {
        program: program.clone(),
        config: home.join(".config/carillon-server.toml"),
        data: home.join(".local/state/carillon-server"),
    };
    for (archive, is_first) in [(upgrade.from, true), (upgrade.to, false)] {
        let unpacked = home.join("unpacked");
        fs::create_dir_all(&unpacked)?;
        run(Command::new("tar").arg("--extract").arg("--file").arg(archive).arg("--directory").arg(&unpacked))?;
        let folder = fs::read_dir(&unpacked)?.next().context("it has a folder")??.path();
        run(as_user(home, &folder.join("install.sh")).stdout(std::io::stderr()))?;
        fs::remove_dir_all(&unpacked)?;
        match (upgrade.is_app, is_first) {
            (true, _) => app::runs(&program)?,
            (false, true) => server.leaves_traces()?,
            (false, false) => server.has_its_traces()?,
        }
    }
    let all = installed(&home.join(".local/share").join(name).join("files"))?;
    let mut uninstall = as_user(home, &home.join(".local/share").join(name).join("install.sh"));
    run(uninstall.arg("--uninstall").stdout(std::io::stderr()))?;
    if !upgrade.is_app {
        ensure!(server.data.join("carillon.db").exists(), "the accounts are lost");
        ensure!(server.config.exists(), "the choices are lost");
    }
    ensure!(!home.join(".local/share").join(name).exists(), "{name} left its own list behind");
    all_gone(name, &all)
}

fn as_user(home: &Path, script: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.arg(script).env("HOME", home);
    for variable in ["CARILLON_BIN", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        shell.env_remove(variable);
    }
    shell
}

fn installed(list: &Path) -> Result<Vec<PathBuf>> {
    Ok(fs::read_to_string(list)?.lines().map(PathBuf::from).collect())
}
