//! An archive with a script that installs it for one user, without root, and takes it away again.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use super::{
    contents::{Contents, set_mode},
    place::Place,
};
use crate::run::run;

const INSTALL: &str = include_str!("install.sh");

/// Packs it.
pub(super) fn build(contents: &Contents, place: &Place) -> Result<PathBuf> {
    let folder = folder_name(contents.about.name, &place.version);
    let stage = place.work(&folder);
    contents.lay_out(&stage.join("files"))?;
    let script = stage.join("install.sh");
    fs::write(&script, install_script(contents))?;
    set_mode(&script, 0o755)?;
    fs::write(stage.join("README"), readme(contents))?;
    let file = place.result(&format!("{folder}.tar.gz"));
    let mut pack = Command::new("tar");
    // Modes and names only: whoever unpacks it owns it.
    pack.args(["--create", "--gzip", "--file"]).arg(&file);
    if cfg!(target_os = "linux") {
        pack.args(["--owner=0", "--group=0", "--numeric-owner", "--sort=name"]);
    }
    run(pack.arg("--directory").arg(place.work("")).arg(&folder))?;
    Ok(file)
}

fn folder_name(name: &str, version: &str) -> String {
    format!("{name}-{version}-{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

fn install_script(contents: &Contents) -> String {
    INSTALL.replace("@NAME@", contents.about.name)
}

fn readme(contents: &Contents) -> String {
    let about = contents.about;
    format!(
        "{}: {}\n\n\
         ./install.sh installs it for you alone, without root, and says what is next.\n\
         sh ~/.local/share/{}/install.sh --uninstall takes it away again; what you have said and chosen stays.\n",
        about.title, about.summary, about.name,
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bundle::{app, tests::workspace};

    #[test]
    fn the_archive_says_what_it_is_of_and_for_which_machine() {
        let name = folder_name("carillon-server", "1.2.3");

        assert!(name.starts_with("carillon-server-1.2.3-") && name.ends_with(std::env::consts::ARCH), "{name}");
    }

    #[test]
    fn the_script_and_the_page_name_the_package() {
        let contents = app::contents_for_one_user(&workspace(), Path::new("built")).expect("its files are here");

        assert!(install_script(&contents).contains("name=carillon-desktop\n") && !INSTALL.contains("carillon-desktop"));
        assert!(readme(&contents).contains("~/.local/share/carillon-desktop/install.sh --uninstall"));
    }
}
