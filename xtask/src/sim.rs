//! `cargo xtask sim`: random runs of calls in virtual time, far more of them than a test has time for.

use anyhow::Result;

use crate::{progress::Progress, run::run, workspace::Workspace};

/// Which runs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first seed; one that failed is replayed with `--seeds 1 --from N`
    #[arg(long, default_value_t = 0)]
    from: u64,
}

pub(crate) fn chore(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut progress = Progress::new(2);
    let build = ["build", "--package", "carillon-sim", "--bin", "sim"];
    progress.step("the simulator", || run(&mut workspace.cargo(build)))?;
    progress.step("random runs", || {
        let mut sim = std::process::Command::new(workspace.built("debug", "sim"));
        run(sim.args(["--seeds", &args.seeds.to_string(), "--from", &args.from.to_string()]))
    })
}
