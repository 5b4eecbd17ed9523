//! Whether types hold on macOS, from a machine that has none of its headers: nothing is linked, so that nothing needs to be compiled but Rust.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{run::run, workspace::Workspace};

/// What is checked: where this system differs from the others.
const PACKAGE: &str = "carillon-media";

pub(crate) const TARGET: &str = "aarch64-apple-darwin";

/// Stands in for a C compiler, an archiver and CMake: it makes empty files of the names that are asked for, and says that it is clang when it is asked.
const STAND_IN: &str = r#"#!/bin/sh
out=
while [ $# -gt 0 ]; do
    case "$1" in
        -o) out=$2; shift ;;
        *.a) out=${out:-$1} ;;
    esac
    shift
done
[ -z "$out" ] || : > "$out"
echo clang
"#;

/// Checks the types of what takes sound and pictures there.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut check = workspace.cargo(["check", "--target", TARGET, "--package", PACKAGE]);
    if !cfg!(target_os = "macos") {
        let stand_in = stand_in(&workspace.output.join("macos"))?;
        for tool in ["CC", "CXX", "AR", "RANLIB", "CMAKE"] {
            check.env(format!("{tool}_{}", TARGET.replace('-', "_")), &stand_in);
        }
        // Who is not told of one looks for it with Apple's tools.
        check.env("SDKROOT", "/");
    }
    run(&mut check)
}

fn stand_in(folder: &Path) -> Result<std::path::PathBuf> {
    fs::create_dir_all(folder)?;
    let file = folder.join("no-compiler");
    fs::write(&file, STAND_IN).with_context(|| file.display().to_string())?;
    executable(&file)?;
    Ok(file)
}

#[cfg(unix)]
fn executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o755))?)
}

/// Only a shell's own system runs it.
#[cfg(not(unix))]
fn executable(_: &Path) -> Result<()> {
    anyhow::bail!("the types of macOS are checked on Linux and on macOS")
}
