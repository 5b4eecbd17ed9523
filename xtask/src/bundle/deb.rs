//! A Debian package: a laid-out tree, a control file, and `dpkg-deb`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use super::{
    contents::{About, Contents, Kind, set_mode},
    place::Place,
};
use crate::run::run;

/// Packs it.
pub(super) fn build(contents: &Contents, place: &Place) -> Result<PathBuf> {
    let name = contents.about.name;
    let stage = place.work(&format!("{name}.deb"));
    contents.lay_out(&stage)?;
    let control = stage.join("DEBIAN");
    fs::create_dir_all(&control)?;
    fs::write(control.join("control"), control_file(contents.about, &place.version, size_of(&stage)? / 1024))?;
    let conffiles = conffiles(contents);
    if !conffiles.is_empty() {
        fs::write(control.join("conffiles"), conffiles)?;
    }
    for script in &contents.scripts {
        let file = control.join(script.name);
        fs::write(&file, &script.text)?;
        set_mode(&file, 0o755)?;
    }
    let file = place.result(&format!("{name}_{}_{}.deb", place.version, architecture()));
    let mut pack = Command::new("dpkg-deb");
    pack.args(["--root-owner-group", "-Zxz", "--build"]).arg(&stage).arg(&file).stdout(std::io::stderr());
    run(&mut pack)?;
    Ok(file)
}

fn control_file(about: &About, version: &str, kilobytes: u64) -> String {
    let mut text = format!(
        "Package: {}\nVersion: {version}\nArchitecture: {}\nMaintainer: The Carillon authors <authors@carillon.example>\n\
         Section: net\nPriority: optional\nInstalled-Size: {kilobytes}\n",
        about.name,
        architecture(),
    );
    for (field, packages) in [("Depends", about.debian.depends), ("Recommends", about.debian.recommends)] {
        if !packages.is_empty() {
            text.push_str(&format!("{field}: {}\n", packages.join(", ")));
        }
    }
    text.push_str(&format!("Description: {}\n", about.summary));
    text.extend(about.description.iter().map(|line| format!(" {line}\n")));
    text
}

fn conffiles(contents: &Contents) -> String {
    let choices = contents.entries.iter().filter(|entry| entry.kind == Kind::Choices);
    choices.map(|entry| format!("/{}\n", entry.to)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{app, server, tests::workspace};

    #[test]
    fn the_control_file_says_what_the_package_is_and_needs() {
        let text = control_file(&app::ABOUT, "1.2.3", 42);

        for line in ["Package: carillon-desktop", "Version: 1.2.3", "Installed-Size: 42"] {
            assert!(text.lines().any(|said| said == line), "{line} is not in:\n{text}");
        }
        assert!(text.contains("\nDepends: libc6 (>= 2.36), libgcc-s1, "), "{text}");
        assert!(text.contains("\nDescription: Calls on a server of your own team\n A call rings"), "{text}");
    }

    #[test]
    fn choices_of_the_operator_are_the_operators() {
        let contents = server::contents(&workspace(), Path::new("built")).expect("its scripts are here");

        assert_eq!(conffiles(&contents), "/etc/default/carillon-server\n/etc/carillon-server.toml\n");
    }
}
