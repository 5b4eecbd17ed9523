//! Rust targets, and programs that come from crates.io.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    run::{output, run, succeeds},
    workspace::Workspace,
};

/// Makes sure that the standard library of `target` is installed.
///
/// # Errors
/// It is missing and rustup cannot get it.
pub(crate) fn ensure_rust_target(target: &str) -> Result<()> {
    let folder = output(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(folder.trim()).exists() {
        return Ok(());
    }
    eprintln!("Installing the Rust target {target}");
    run(Command::new("rustup").args(["target", "add", target]).stdout(std::io::stderr()))
        .with_context(|| format!("the standard library for {target} is missing, and only rustup can add it"))
}

/// Makes sure that `cargo <subcommand>` works, building it once into our own tools folder where it does not.
///
/// # Errors
/// It is missing and does not compile.
pub(crate) fn ensure_cargo_tool(workspace: &Workspace, package: &str, version: &str, about: &str) -> Result<()> {
    let subcommand = package.strip_prefix("cargo-").unwrap_or(package);
    if succeeds(workspace.cargo([subcommand, "--version"]).env_remove("CARGO_TARGET_DIR")) {
        return Ok(());
    }
    eprintln!("Building {package} {version} once, into {}: {about}", workspace.tools.display());
    let mut install = workspace.cargo(["install", "--locked", "--debug", package, "--version", version, "--root"]);
    // Its own build folder is thrown away by cargo; in ours it would only fill the cache.
    run(install.arg(&workspace.tools).env_remove("CARGO_TARGET_DIR"))?;
    if !succeeds(&mut workspace.cargo([subcommand, "--version"])) {
        bail!("{package} was built but does not run");
    }
    Ok(())
}
