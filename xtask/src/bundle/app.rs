//! What is in the app's packages.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};

use super::{
    contents::{About, Contents, Kind, Needs},
    place::VERSION,
};
use crate::{run::output, workspace::Workspace};

pub(super) const PROGRAM: &str = "carillon-desktop";
const ID: &str = "org.carillon.desktop";

const ICON_SIZES: [(&str, &str); 9] = [
    ("16x16", "16x16.png"),
    ("22x22", "22x22.png"),
    ("24x24", "24x24.png"),
    ("32x32", "32x32.png"),
    ("48x48", "48x48.png"),
    ("64x64", "64x64.png"),
    ("128x128", "128x128.png"),
    ("256x256", "256x256.png"),
    ("512x512", "icon.png"),
];

pub(super) const ABOUT: About = About {
    name: PROGRAM,
    title: "Carillon",
    summary: "Calls on a server of your own team",
    description: &[
        "A call rings on all of your devices; you answer on one and the others",
        "fall silent. Carillon is calling for teams that host it",
        "themselves; the server is in the package carillon-server.",
    ],
    debian: Needs {
        depends: &[
            "libc6 (>= 2.36)",
            "libgcc-s1",
            "libstdc++6",
            "libwebkit2gtk-4.1-0 (>= 2.40)",
            "libgtk-3-0 | libgtk-3-0t64",
            "libasound2 | libasound2t64",
            "libdbus-1-3",
            // The library only: where no PipeWire runs, the app starts as well, and no screen of a Wayland session is shared.
            "libpipewire-0.3-0 | libpipewire-0.3-0t64",
        ],
        recommends: &[
            "pipewire-pulse | pulseaudio",
            "xdg-desktop-portal",
            "gnome-keyring | kwalletmanager | keepassxc",
        ],
    },
    rpm_recommends: &["pipewire-pulseaudio", "xdg-desktop-portal"],
};

/// Everything that the app installs for all users of a Linux machine.
pub(super) fn contents(workspace: &Workspace, programs: &Path) -> Result<Contents> {
    let mut contents = shared(workspace, "usr/share")?;
    contents.file(Kind::Program, &programs.join(PROGRAM), format!("usr/bin/{PROGRAM}"));
    contents.text(Kind::Plain, desktop_file(workspace)?, format!("usr/share/applications/{ID}.desktop"));
    Ok(contents)
}

/// The same for one user, whose programs need not be on the desktop's `PATH`.
pub(super) fn contents_for_one_user(workspace: &Workspace, programs: &Path) -> Result<Contents> {
    let mut contents = shared(workspace, "share")?;
    contents.file(Kind::Program, &programs.join(PROGRAM), format!("bin/{PROGRAM}"));
    let text = desktop_file(workspace)?.replace(&format!("Exec={PROGRAM}"), &format!("Exec=\"@BIN@/{PROGRAM}\""));
    contents.text(Kind::Plain, text, format!("share/applications/{ID}.desktop"));
    Ok(contents)
}

fn shared(workspace: &Workspace, share: &str) -> Result<Contents> {
    let mut contents = Contents::new(&ABOUT);
    let icons = workspace.root.join("icons");
    contents.text(Kind::Plain, metainfo(workspace)?, format!("{share}/metainfo/{ID}.metainfo.xml"));
    for (folder, file) in ICON_SIZES {
        contents.file(Kind::Plain, &icons.join(file), format!("{share}/icons/hicolor/{folder}/apps/{ID}.png"));
    }
    contents.file(Kind::Plain, &icons.join("carillon.svg"), format!("{share}/icons/hicolor/scalable/apps/{ID}.svg"));
    contents.file(Kind::Plain, &workspace.root.join("LICENSE-MIT"), format!("{share}/doc/{PROGRAM}/copyright"));
    Ok(contents)
}

fn desktop_file(workspace: &Workspace) -> Result<String> {
    ours(workspace, &format!("{ID}.desktop"))
}

/// With the release that is being packed, and the day of its last change.
fn metainfo(workspace: &Workspace) -> Result<String> {
    let text = ours(workspace, &format!("{ID}.metainfo.xml"))?;
    Ok(text.replace("@VERSION@", VERSION).replace("@DATE@", &day(workspace)))
}

fn ours(workspace: &Workspace, name: &str) -> Result<String> {
    let file = workspace.root.join("src-tauri/packaging").join(name);
    fs::read_to_string(&file).with_context(|| file.display().to_string())
}

/// Of the commit, so that the same sources make the same package; outside of a repository a day that says that nobody knows.
fn day(workspace: &Workspace) -> String {
    let mut log = Command::new("git");
    log.args(["log", "-1", "--format=%cs"]).current_dir(&workspace.root);
    output(&mut log).map_or_else(|_| "1970-01-01".into(), |day| day.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::tests::workspace;

    #[test]
    fn the_desktop_hands_links_over_as_the_app_takes_them() {
        let text = desktop_file(&workspace()).expect("it is in the checkout");

        assert!(text.contains("\nExec=carillon-desktop --open-link %u\n"), "{text}");
        assert!(text.contains("\nMimeType=x-scheme-handler/carillon;\n"), "{text}");
        let actions = text.lines().find_map(|line| line.strip_prefix("Actions=")).expect("it has actions");
        for action in actions.split(';').filter(|action| !action.is_empty()) {
            assert!(text.contains(&format!("\n[Desktop Action {action}]\n")), "{action}");
        }
    }

    #[test]
    fn the_metainfo_names_the_release_that_is_packed() {
        let text = metainfo(&workspace()).expect("it is in the checkout");

        assert!(text.contains(&format!("<release version=\"{VERSION}\" date=\"")) && !text.contains('@'), "{text}");
    }

    #[test]
    fn one_users_desktop_finds_the_program_by_its_whole_path() {
        let contents = contents_for_one_user(&workspace(), Path::new("built")).expect("its files are here");

        assert!(contents.entries.iter().all(|entry| entry.to.starts_with("bin/") || entry.to.starts_with("share/")));
        let desktop = desktop_file(&workspace()).expect("it is in the checkout");
        assert_eq!(desktop.matches("Exec=").count(), desktop.matches(&format!("Exec={PROGRAM}")).count());
    }

    #[test]
    fn every_icon_that_is_installed_was_drawn() {
        for (_, file) in ICON_SIZES {
            assert!(workspace().root.join("icons").join(file).exists(), "{file}: run `cargo xtask icons`");
        }
    }
}
