//! A Debian package: files at their places, a control file, and `dpkg-deb`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{run::run, workspace::Workspace};

/// What a package says of itself.
pub(super) struct Control {
    pub(super) name: &'static str,
    pub(super) section: &'static str,
    pub(super) depends: &'static [&'static str],
    pub(super) recommends: &'static [&'static str],
    pub(super) summary: &'static str,
    pub(super) description: &'static [&'static str],
}

/// A tree that becomes a package.
pub(super) struct Package {
    control: Control,
    stage: PathBuf,
    conffiles: Vec<&'static str>,
}

impl Package {
    /// An empty tree below `target/bundle/`.
    pub(super) fn stage(workspace: &Workspace, control: Control) -> Result<Self> {
        let stage = workspace.output.join("bundle").join(control.name);
        if stage.exists() {
            fs::remove_dir_all(&stage)?;
        }
        fs::create_dir_all(stage.join("DEBIAN"))?;
        let package = Self { control, stage, conffiles: Vec::new() };
        let documents = format!("usr/share/doc/{}", package.control.name);
        package.file(&workspace.root.join("LICENSE-MIT"), &format!("{documents}/copyright"), 0o644)?;
        Ok(package)
    }

    /// Puts a copy of `from` at `to`, which is written as it will be below `/`.
    pub(super) fn file(&self, from: &Path, to: &str, mode: u32) -> Result<()> {
        let to = self.stage.join(to);
        fs::create_dir_all(to.parent().context("a place in the tree")?)?;
        fs::copy(from, &to).with_context(|| format!("{} for the package", from.display()))?;
        set_mode(&to, mode)
    }

    /// A program into `/usr/bin`, without the symbols that only a debugger reads.
    pub(super) fn program(&self, from: &Path) -> Result<()> {
        let name = from.file_name().context("a program's name")?.to_string_lossy();
        let to = format!("usr/bin/{name}");
        self.file(from, &to, 0o755)?;
        run(Command::new("strip").arg("--strip-unneeded").arg(self.stage.join(to)))
    }

    /// A file that belongs to the operator once it is installed.
    pub(super) fn conffile(&mut self, from: &Path, to: &'static str) -> Result<()> {
        self.file(from, to, 0o644)?;
        self.conffiles.push(to);
        Ok(())
    }

    /// A maintainer script: `postinst` and its kin.
    pub(super) fn script(&self, from: &Path, name: &str) -> Result<()> {
        self.file(from, &format!("DEBIAN/{name}"), 0o755)
    }

    /// Packs the tree.
    pub(super) fn build(self, workspace: &Workspace) -> Result<PathBuf> {
        fs::write(self.stage.join("DEBIAN/control"), self.control_file()?)?;
        if !self.conffiles.is_empty() {
            let list: String = self.conffiles.iter().map(|file| format!("/{file}\n")).collect();
            fs::write(self.stage.join("DEBIAN/conffiles"), list)?;
        }
        let name = format!("{}_{}_{}.deb", self.control.name, version(), architecture());
        let file = workspace.output.join("bundle").join(name);
        let mut pack = Command::new("dpkg-deb");
        pack.args(["--root-owner-group", "-Zxz", "--build"]).arg(&self.stage).arg(&file).stdout(std::io::stderr());
        run(&mut pack)?;
        Ok(file)
    }

    fn control_file(&self) -> Result<String> {
        let Control { name, section, depends, recommends, summary, description } = &self.control;
        let mut text = format!(
            "Package: {name}\nVersion: {}\nArchitecture: {}\nMaintainer: The Carillon authors <authors@carillon.example>\n\
             Section: {section}\nPriority: optional\nInstalled-Size: {}\n",
            version(),
            architecture(),
            size_of(&self.stage)? / 1024,
        );
        for (field, packages) in [("Depends", depends), ("Recommends", recommends)] {
            if !packages.is_empty() {
                text.push_str(&format!("{field}: {}\n", packages.join(", ")));
            }
        }
        text.push_str(&format!("Description: {summary}\n"));
        text.extend(description.iter().map(|line| format!(" {line}\n")));
        Ok(text)
    }
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn size_of(path: &Path) -> Result<u64> {
    let meta = fs::metadata(path)?;
    if meta.is_file() {
        return Ok(meta.len());
    }
    fs::read_dir(path)?.try_fold(0, |sum, entry| Ok(sum + size_of(&entry?.path())?))
}

#[cfg(unix)]
fn set_mode(file: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(mode))?)
}

/// Debian packages are made on Debian; elsewhere `dpkg-deb` is what is missing.
#[cfg(not(unix))]
fn set_mode(_file: &Path, _mode: u32) -> Result<()> {
    Ok(())
}
