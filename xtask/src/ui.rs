//! The windows' front end: Yew, compiled for WebAssembly and bound for the web view.
//!
//! No trunk and no wasm-bindgen program: they cost minutes to install, the library that they wrap costs seconds.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::{progress::Progress, run::run, setup, workspace::Workspace};

const BUNDLE: &str = "carillon-ui";
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What `ui/` holds besides its Rust: files that go into the bundle as they are.
const STATIC_PARTS: [&str; 4] = ["index.html", "boot.js", "painter", "styles"];

/// What `cargo xtask ui` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build the gallery instead, into target/gallery: every window in every state, to be served by any web server
    #[arg(long)]
    gallery: bool,
}

/// `cargo xtask ui`.
pub(crate) fn chore(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut progress = Progress::new(2);
    progress.step("the WebAssembly target", || setup::ensure_rust_target(WASM_TARGET))?;
    progress.step("the windows' front end", || if args.gallery { gallery(workspace) } else { bundle(workspace) })
}

/// The gallery, and beside it what judges its pages: for the tests.
pub(crate) fn gallery_to_judge(workspace: &Workspace) -> Result<()> {
    gallery(workspace)?;
    let axe = fs::read(setup::ensure_axe(workspace)?)?;
    Ok(write_if_changed(&workspace.target.join("gallery/axe.min.js"), &axe)?)
}

/// The gallery has a build folder of its own, so that the app's bundle is never built from its features.
fn gallery(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target.join("gallery");
    build(workspace, &["--features", "gallery"], &workspace.target.join("ui-gallery"), &folder)
}

/// Brings `ui/dist` up to date. Files that would not change are not touched, so that the app is not rebuilt for nothing.
pub(crate) fn bundle(workspace: &Workspace) -> Result<()> {
    build(workspace, &[], &workspace.target.join("ui"), &workspace.root.join("ui/dist"))
}

fn build(workspace: &Workspace, features: &[&str], build_folder: &Path, dist: &Path) -> Result<()> {
    let mut build = workspace.cargo(["build", "--package", BUNDLE, "--target", WASM_TARGET]);
    run(build.args(["--profile", "wasm-release"]).args(features).env("CARGO_TARGET_DIR", build_folder))?;

    let wasm = build_folder.join(WASM_TARGET).join("wasm-release").join(format!("{BUNDLE}.wasm"));
    let bound = build_folder.join("bound");
    bind(&wasm, &bound)?;

    let ui = workspace.root.join("ui");
    let mut kept = BTreeSet::new();
    mirror(&bound, &bound, dist, &mut kept)?;
    for part in STATIC_PARTS {
        let part = ui.join(part);
        if part.exists() {
            mirror(&part, &ui, dist, &mut kept)?;
        }
    }
    remove_leftovers(dist, &kept)
}

fn bind(wasm: &Path, bound: &Path) -> Result<()> {
    let result = bound.join(format!("{BUNDLE}_bg.wasm"));
    if newer(&result, wasm) {
        return Ok(());
    }
    Bindgen::new()
        .input_path(wasm)
        .out_name(BUNDLE)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(bound)
        .context("binding the WebAssembly")
}

fn newer(result: &Path, source: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified());
    matches!((changed(result), changed(source)), (Ok(result), Ok(source)) if result >= source)
}

/// Copies `from`, a file or a folder below `base`, to the same place below `dist`, and notes every file in `kept`.
fn mirror(from: &Path, base: &Path, dist: &Path, kept: &mut BTreeSet<PathBuf>) -> Result<()> {
    if from.is_dir() {
        for entry in fs::read_dir(from)? {
            mirror(&entry?.path(), base, dist, kept)?;
        }
        return Ok(());
    }
    let to = dist.join(from.strip_prefix(base).context("a part outside of its folder")?);
    write_if_changed(&to, &fs::read(from)?)?;
    kept.insert(to);
    Ok(())
}

/// Writes a file unless it already says the same.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)
}

fn remove_leftovers(folder: &Path, kept: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_leftovers(&path, kept)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(&path)?;
            }
        } else if !kept.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
