//! The app for macOS: `.app` and `.dmg` by Tauri's own bundler, which signs and notarises them where the environment has the means.
//!
//! What is in them is said by `tauri.conf.json`, `Info.plist` and `src-tauri/packaging`. Nobody has run this yet: `docs/releasing.md`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::place::Place;
use crate::{run::run, workspace::Workspace};

/// The bundler's version, as an npm package: its Rust twin takes minutes to compile.
const TAURI_CLI: &str = "@tauri-apps/cli@2.12.4";

/// Builds the app and packs it: as an image for people, and as an archive for an updater.
pub(super) fn build(workspace: &Workspace, place: &Place) -> Result<[PathBuf; 2]> {
    let mut bundle = Command::new("npx");
    bundle.args(["--yes", TAURI_CLI, "build", "--ci", "--bundles", "app,dmg"]);
    run(bundle.current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target).stdout(std::io::stderr()))?;
    let made = newest(&workspace.target.join("release/bundle/dmg"))?;
    let file = place.result(&format!("carillon-desktop-{}-macos-{}.dmg", place.version, std::env::consts::ARCH));
    fs::create_dir_all(file.parent().context("a folder for packages")?)?;
    fs::copy(made, &file)?;
    let archive = file.with_extension("app.tar.gz");
    let mut pack = Command::new("tar");
    pack.args(["--create", "--gzip", "--file"]).arg(&archive).arg("--directory");
    run(pack.arg(workspace.target.join("release/bundle/macos")).arg("Carillon.app"))?;
    Ok([file, archive])
}

/// The bundler names its file by the version and the machine, in words of its own.
fn newest(folder: &Path) -> Result<PathBuf> {
    let images = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    let images = images.filter(|path| path.extension().is_some_and(|extension| extension == "dmg"));
    let changed = |path: &PathBuf| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    images.max_by_key(changed).with_context(|| format!("no image in {}", folder.display()))
}

#[cfg(test)]
mod tests {
    const CONFIG: &str = include_str!("../../../tauri.conf.json");
    const INFO: &str = include_str!("../../../Info.plist");
    const INFO_IN_CHINESE: &str = include_str!("../../../src-tauri/packaging/zh-Hans.lproj/InfoPlist.strings");
    const ENTITLEMENTS: &str = include_str!("../../../src-tauri/packaging/entitlements.plist");

    #[test]
    fn macos_is_told_why_each_thing_is_asked_for_in_each_language() {
        for key in ["NSCameraUsageDescription", "NSMicrophoneUsageDescription", "NSLocalNetworkUsageDescription"] {
            assert!(INFO.contains(&format!("<key>{key}</key>")), "{key}");
            assert!(INFO_IN_CHINESE.contains(&format!("{key} = \"")), "{key}");
        }
    }

    #[test]
    fn a_hardened_program_may_use_what_calls_take_and_is_given_our_links() {
        for entitlement in ["com.apple.security.device.audio-input", "com.apple.security.device.camera"] {
            assert!(ENTITLEMENTS.contains(&format!("<key>{entitlement}</key>\n  <true/>")), "{entitlement}");
        }
        assert!(INFO.contains("<key>CFBundleURLSchemes</key>\n      <array>\n        <string>carillon</string>"));
        for file in ["src-tauri/packaging/entitlements.plist", "src-tauri/packaging/zh-Hans.lproj/InfoPlist.strings"] {
            assert!(CONFIG.contains(file), "{file}");
        }
    }

    #[test]
    fn the_version_is_written_in_one_place() {
        let config: serde_json::Value = serde_json::from_str(CONFIG).expect("the configuration is JSON");

        assert!(config.get("version").is_none(), "Tauri takes it from Cargo.toml");
    }
}
