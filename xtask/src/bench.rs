//! `cargo xtask bench`: measurements, as a table and as JSON in `target/bench/`.

use anyhow::Result;
use clap::ValueEnum;

use crate::workspace::Workspace;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(value_enum)]
    what: Bench,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Bench {
    /// A voice call: accept to audio, mouth to ear, CPU; the app's start and idle CPU; package sizes
    Voice,
}

pub(crate) fn chore(_workspace: &Workspace, args: &Args) -> Result<()> {
    match args.what {
        Bench::Voice => anyhow::bail!("not here yet"),
    }
}
