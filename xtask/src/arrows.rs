//! `cargo xtask imports`: who imports whom, where that is a circle, or upwards.

use std::path::Path;

use anyhow::{Context, Result};
use xtask::imports::{Crate, FloorPlan, upward};

use crate::workspace::Workspace;

/// The crates that have floors.
const CRATES: [&str; 2] = ["server", "call"];

pub(crate) fn chore(workspace: &Workspace) -> Result<()> {
    let page = std::fs::read_to_string(workspace.root.join("ARCHITECTURE.md"))?;
    let plans = FloorPlan::drawn(&page);
    for name in CRATES {
        let source = workspace.root.join("crates").join(name).join("src");
        let read =
            Crate::read(&source.join("lib.rs")).with_context(|| format!("{} cannot be read", source.display()))?;
        let circles = read.circles();
        println!("{name}: {} files, {} circles", read.len(), circles.len());
        for circle in &circles {
            println!(
                "  a circle of {}: {}",
                circle.len(),
                circle.iter().map(|file| shown(&source, file)).collect::<Vec<_>>().join(", ")
            );
        }
        for arrow in plans.iter().filter(|plan| plan.name == name).flat_map(|plan| upward(&read, plan)) {
            println!("  upwards: {arrow}");
        }
    }
    Ok(())
}

fn shown(source: &Path, file: &Path) -> String {
    file.strip_prefix(source).unwrap_or(file).display().to_string()
}
