//! `cargo xtask bundle`: the packages.

use anyhow::Result;

use crate::workspace::Workspace;

/// How to bundle.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Install, run and remove each package on this machine afterwards, and look for leftovers (needs root)
    #[arg(long)]
    check: bool,
}

pub(crate) fn chore(_workspace: &Workspace, args: &Args) -> Result<()> {
    let _ = args.check;
    anyhow::bail!("not here yet")
}
