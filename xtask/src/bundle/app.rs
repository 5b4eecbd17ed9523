//! What is in the app's package.

use anyhow::Result;

use super::deb::{Control, Package};
use crate::workspace::Workspace;

const ID: &str = "org.carillon.desktop";

const ICON_SIZES: [(&str, &str); 5] = [
    ("32x32", "32x32.png"),
    ("64x64", "64x64.png"),
    ("128x128", "128x128.png"),
    ("256x256", "256x256.png"),
    ("512x512", "icon.png"),
];

const CONTROL: Control = Control {
    name: "carillon-desktop",
    section: "net",
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
    recommends: &["pipewire-pulse | pulseaudio", "xdg-desktop-portal", "gnome-keyring | kwalletmanager | keepassxc"],
    summary: "Calls on a server of your own team",
    description: &[
        "A call rings on all of your devices; you answer on one and the others",
        "fall silent. Carillon is calling for teams that host it",
        "themselves; the server is in the package carillon-server.",
    ],
};

/// Stages everything that the app installs.
pub(super) fn package(workspace: &Workspace) -> Result<Package> {
    let package = Package::stage(workspace, CONTROL)?;
    let ours = workspace.root.join("src-tauri/packaging");
    let icons = workspace.root.join("icons");
    package.program(&workspace.built("release", "carillon-desktop"))?;
    package.file(&ours.join(format!("{ID}.desktop")), &format!("usr/share/applications/{ID}.desktop"), 0o644)?;
    package.file(&ours.join(format!("{ID}.metainfo.xml")), &format!("usr/share/metainfo/{ID}.metainfo.xml"), 0o644)?;
    for (folder, file) in ICON_SIZES {
        package.file(&icons.join(file), &format!("usr/share/icons/hicolor/{folder}/apps/{ID}.png"), 0o644)?;
    }
    package.file(&icons.join("carillon.svg"), &format!("usr/share/icons/hicolor/scalable/apps/{ID}.svg"), 0o644)?;
    Ok(package)
}
