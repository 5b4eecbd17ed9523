//! The machine's package manager: what is missing, and its installation.

use std::{env, ffi::OsStr, process::Command};

use anyhow::{Context, Result, bail};

use super::needs::Need;
use crate::run;

/// The package managers that we can drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manager {
    Apt,
    Dnf,
    Pacman,
    Zypper,
    Brew,
    Winget,
}

impl Manager {
    /// The first one whose program is on the path.
    pub(crate) fn of_this_machine() -> Option<Self> {
        [Self::Apt, Self::Dnf, Self::Pacman, Self::Zypper, Self::Brew, Self::Winget]
            .into_iter()
            .find(|manager| on_path(manager.program()))
    }

    fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
            Self::Zypper => "zypper",
            Self::Brew => "brew",
            Self::Winget => "winget",
        }
    }

    fn packages(self, need: &Need) -> &'static [&'static str] {
        match self {
            Self::Apt => need.apt,
            Self::Dnf => need.dnf,
            Self::Pacman => need.pacman,
            Self::Zypper => need.zypper,
            Self::Brew => need.brew,
            Self::Winget => need.winget,
        }
    }

    fn has(self, package: &str) -> bool {
        let mut query = match self {
            Self::Apt => {
                let mut query = command("dpkg-query", &["--show", "--showformat=${db:Status-Abbrev}", package]);
                query.stderr(std::process::Stdio::null());
                return query.output().is_ok_and(|answer| answer.stdout.starts_with(b"ii"));
            }
            Self::Dnf | Self::Zypper => command("rpm", &["--query", "--whatprovides", package]),
            Self::Pacman => command("pacman", &["--deptest", package]),
            Self::Brew => command("brew", &["list", "--versions", package]),
            Self::Winget => command("winget", &["list", "--exact", "--id", package]),
        };
        run::succeeds(&mut query)
    }

    /// The commands that install `packages`, in their order.
    fn installation(self, packages: &[&'static str]) -> Vec<Vec<&'static str>> {
        let with = |head: &[&'static str]| head.iter().chain(packages).copied().collect::<Vec<_>>();
        match self {
            Self::Apt => vec![
                vec!["apt-get", "update", "-qq"],
                with(&["apt-get", "install", "-y", "-q", "--no-install-recommends"]),
            ],
            Self::Dnf => vec![with(&["dnf", "install", "-y", "--setopt=install_weak_deps=False"])],
            Self::Pacman => vec![with(&["pacman", "-Sy", "--needed", "--noconfirm"])],
            Self::Zypper => vec![with(&["zypper", "--non-interactive", "install", "--no-recommends"])],
            Self::Brew => vec![with(&["brew", "install"])],
            Self::Winget => packages
                .iter()
                .map(|package| {
                    let agree = ["--accept-source-agreements", "--accept-package-agreements"];
                    ["winget", "install", "--exact", "--id", package].into_iter().chain(agree).collect()
                })
                .collect(),
        }
    }

    /// Homebrew refuses to run as root, and winget asks for its rights itself.
    fn wants_root(self) -> bool {
        !matches!(self, Self::Brew | Self::Winget)
    }
}

/// Installs what is missing of `needs`.
pub(crate) fn ensure(manager: Option<Manager>, needs: &[&Need]) -> Result<()> {
    let Some(manager) = manager else {
        // Without a package manager nothing can be asked either; the compiler will say what is missing.
        eprintln!("No package manager that we know. Should the build miss something, it needs:\n{}", by_hand(needs));
        return Ok(());
    };
    let missing: Vec<&Need> = needs
        .iter()
        .copied()
        .filter(|need| !manager.packages(need).iter().all(|package| manager.has(package)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().flat_map(|need| manager.packages(need)).copied().collect();
    eprintln!("Installing with {}: {}", manager.program(), packages.join(" "));
    for words in manager.installation(&packages) {
        install(manager, &words).with_context(|| {
            let by_hand = manager.installation(&packages).iter().map(|words| words.join(" ")).collect::<Vec<_>>();
            format!("Please install this by hand, then start again:\n  {}", by_hand.join("\n  "))
        })?;
    }
    Ok(())
}

fn install(manager: Manager, words: &[&str]) -> Result<()> {
    let mut line = Vec::from(words);
    if manager.wants_root() && !is_root() {
        if !on_path("sudo") {
            bail!("{} wants root, and there is no sudo", manager.program());
        }
        line.splice(0..0, ["sudo", "DEBIAN_FRONTEND=noninteractive"]);
    }
    let mut command = command(line[0], &line[1..]);
    // Our stdout is for results.
    command.env("DEBIAN_FRONTEND", "noninteractive").stdout(std::io::stderr());
    run::run(&mut command)
}

fn by_hand(needs: &[&Need]) -> String {
    needs.iter().map(|need| format!("  {} (Debian: {})", need.what, need.apt.join(" "))).collect::<Vec<_>>().join("\n")
}

fn is_root() -> bool {
    run::output(&mut command("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}

fn on_path(program: &str) -> bool {
    let Some(path) = env::var_os("PATH") else { return false };
    env::split_paths(&path).any(|folder| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX)).is_file())
}

fn command<S: AsRef<OsStr>>(program: S, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::needs;

    #[test]
    fn apt_refreshes_its_index_before_it_installs() {
        let lines = Manager::Apt.installation(&["cmake", "xvfb"]);

        assert_eq!(lines[0], ["apt-get", "update", "-qq"]);
        assert_eq!(lines[1], ["apt-get", "install", "-y", "-q", "--no-install-recommends", "cmake", "xvfb"]);
    }

    #[test]
    fn every_linux_distribution_has_a_name_for_every_need() {
        for need in needs::ALL {
            for manager in [Manager::Apt, Manager::Dnf, Manager::Pacman, Manager::Zypper] {
                assert!(!manager.packages(need).is_empty(), "{manager:?} knows no package for {}", need.what);
            }
        }
    }
}
