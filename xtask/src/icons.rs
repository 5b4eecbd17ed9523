//! `cargo xtask icons`: every size of the icons, drawn from `icons/*.svg`.
//!
//! The results are committed, so that building the app needs no renderer; this runs only after a drawing has changed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    progress::Progress,
    run::{run, succeeds},
    ui::write_if_changed,
    workspace::Workspace,
};

/// The app's icon for Linux desktops, and what Tauri asks for by name.
const APP: [(&str, u32); 10] = [
    ("16x16.png", 16),
    ("22x22.png", 22),
    ("24x24.png", 24),
    ("32x32.png", 32),
    ("48x48.png", 48),
    ("64x64.png", 64),
    ("128x128.png", 128),
    ("128x128@2x.png", 256),
    ("256x256.png", 256),
    ("icon.png", 512),
];

/// Windows picks from these, at scales from 100 to 250 %; 256 is the one that Explorer shows large.
const ICO: [u32; 8] = [16, 20, 24, 32, 40, 48, 64, 256];

/// The types of an `.icns` that hold PNG, with their sizes.
const ICNS: [(&[u8; 4], u32); 8] = [
    (b"ic07", 128),
    (b"ic08", 256),
    (b"ic09", 512),
    (b"ic10", 1024),
    // Of 16, 32, 128 and 256 points, for sharp screens.
    (b"ic11", 32),
    (b"ic12", 64),
    (b"ic13", 256),
    (b"ic14", 512),
];

/// Twice the 22 pixels of a panel, rounded up to what sharp panels take.
const TRAY_SIZE: u32 = 64;

/// Draws everything.
pub(crate) fn chore(workspace: &Workspace) -> Result<()> {
    if !succeeds(Command::new("rsvg-convert").arg("--version")) {
        bail!("drawing icons takes rsvg-convert: librsvg2-bin on Debian, librsvg elsewhere");
    }
    let icons = workspace.root.join("icons");
    let drawings = drawings(&icons)?;
    let mut progress = Progress::new(drawings.len());
    for drawing in drawings {
        let name = drawing.file_stem().context("a drawing without a name")?.to_string_lossy().into_owned();
        progress.step(&name, || if name == "carillon" { app_icon(&drawing, &icons) } else { tray_icon(&drawing) })?;
    }
    Ok(())
}

fn drawings(icons: &Path) -> Result<Vec<PathBuf>> {
    let mut drawings = Vec::new();
    for entry in fs::read_dir(icons)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            drawings.push(path);
        }
    }
    drawings.sort();
    Ok(drawings)
}

fn app_icon(drawing: &Path, icons: &Path) -> Result<()> {
    for (name, size) in APP {
        write_if_changed(&icons.join(name), &png(drawing, size)?)?;
    }
    write_if_changed(&icons.join("icon.ico"), &ico(drawing)?)?;
    write_if_changed(&icons.join("icon.icns"), &icns(drawing)?)?;
    Ok(())
}

fn tray_icon(drawing: &Path) -> Result<()> {
    write_if_changed(&drawing.with_extension("png"), &png(drawing, TRAY_SIZE)?).map_err(Into::into)
}

/// One size as PNG, always RGBA: Tauri refuses any other.
fn png(drawing: &Path, size: u32) -> Result<Vec<u8>> {
    let file = std::env::temp_dir().join(format!("carillon-icon-{}.png", std::process::id()));
    let size = size.to_string();
    let mut convert = Command::new("rsvg-convert");
    run(convert.args(["--width", &size, "--height", &size, "--output"]).arg(&file).arg(drawing))?;
    let png = fs::read(&file)?;
    fs::remove_file(&file)?;
    // Byte 25 of a PNG is its colour type; 6 is RGBA.
    if png.get(25) != Some(&6) {
        bail!("{} was not drawn as RGBA", drawing.display());
    }
    Ok(png)
}

/// An `.ico`: a directory of 16-byte entries, then the images, as PNG.
fn ico(drawing: &Path) -> Result<Vec<u8>> {
    let images = ICO.map(|size| png(drawing, size).map(|png| (size, png))).into_iter().collect::<Result<Vec<_>>>()?;
    let mut file = vec![0, 0, 1, 0, u8::try_from(images.len())?, 0];
    let mut offset = u32::try_from(file.len() + 16 * images.len())?;
    for (size, png) in &images {
        // 256 is written as 0.
        let side = u8::try_from(size % 256)?;
        let length = u32::try_from(png.len())?;
        file.extend([side, side, 0, 0, 1, 0, 32, 0]);
        file.extend(length.to_le_bytes());
        file.extend(offset.to_le_bytes());
        offset += length;
    }
    file.extend(images.into_iter().flat_map(|(_, png)| png));
    Ok(file)
}

/// An `.icns`: `icns` and the length of all, then each image behind its type and length.
fn icns(drawing: &Path) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    for (kind, size) in ICNS {
        let png = png(drawing, size)?;
        body.extend(kind);
        body.extend(u32::try_from(png.len() + 8)?.to_be_bytes());
        body.extend(png);
    }
    let mut file = b"icns".to_vec();
    file.extend(u32::try_from(body.len() + 8)?.to_be_bytes());
    file.extend(body);
    Ok(file)
}
