//! Checks the Tauri configuration and the capabilities, and makes sure that there is a UI to embed.

use std::{fs, io, path::Path};

/// What is embedded until the real UI has been built: plain cargo builds and tests need no wasm.
const PLACEHOLDER: &str = "<!doctype html><meta charset=\"utf-8\"><title>Carillon</title>\
<p>The user interface is not built yet: run <code>cargo xtask ui</code>, then build again.</p>\n";

fn main() {
    ensure_ui().expect("ui/dist can be written");
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    println!("cargo:rerun-if-changed=ui/dist");
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*.toml"));
    tauri_build::try_build(attributes).expect("the Tauri configuration is valid");
}

fn ensure_ui() -> io::Result<()> {
    let index = Path::new("ui/dist/index.html");
    if index.exists() {
        return Ok(());
    }
    fs::create_dir_all("ui/dist")?;
    fs::write(index, PLACEHOLDER)
}
