//! `cargo xtask bench`: measurements, as a table and as JSON in `target/bench/`. Always of release builds.

mod sfu;

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    bundle,
    progress::Progress,
    run::run,
    setup::{self, Purpose},
    ui,
    workspace::Workspace,
};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(value_enum)]
    what: Bench,
    /// How many runs of each, for voice (30) and video (5)
    #[arg(long)]
    runs: Option<usize>,
    /// Only this part, for voice: `calls`, `networks`, `app`
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// Only the network of this name, for video: `clean`, `5 % loss`, `1 Mb/s`, `300 kb/s`
    #[arg(long, value_name = "NAME")]
    path: Vec<String>,
    /// How long our kit and Chromium look at each other, for video
    #[arg(long, default_value_t = 5)]
    minutes: u32,
    /// Only the scenario of this name, for sfu: `voice-8`, `voice-30`, `viewers`, `video-8`, `loss`, `churn`, `hundred`, `thousand`
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// How long each scenario is measured, for sfu
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Measure ours alone, for sfu
    #[arg(long)]
    alone: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Bench {
    /// A voice call: accept to audio, mouth to ear, CPU, also over networks that lose and delay packets (root only); the app's start, idle CPU and package size
    Voice,
    /// A video call: accept to picture, glass to glass, CPU, bitrate, freezes and likeness, over good and bad networks; beside Chromium (root only)
    Video,
    /// What forwards the media of group calls: CPU for each packet, delay, loss, memory, joins; beside Janus
    Sfu,
    /// The server: idle devices, calls per second and their latencies, messages; beside an XMPP server
    Signalling,
}

pub(crate) fn chore(workspace: &Workspace, args: &Args) -> Result<()> {
    match args.what {
        Bench::Voice => voice(workspace, args),
        Bench::Video => video(workspace, args),
        Bench::Sfu => sfu::chore(workspace, args),
        Bench::Signalling => signalling(workspace),
    }
}

fn signalling(workspace: &Workspace) -> Result<()> {
    let mut progress = Progress::new(3);
    progress.step("what the machine needs", || setup::ensure(workspace, Purpose::Bench))?;
    progress.step("a release build (minutes the first time)", || {
        run(&mut workspace.cargo(["build", "--release", "--package", "carillon-tests", "--bin", "bench-signalling"]))
    })?;
    progress.step("our server, then Prosody (ten minutes)", || {
        let mut bench = Command::new(workspace.built("release", "bench-signalling"));
        run(bench.arg("--output").arg(workspace.output.join("bench")))
    })
}

fn video(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut progress = Progress::new(3);
    progress.step("what the machine needs", || setup::ensure(workspace, Purpose::Test))?;
    progress.step("a release build (minutes the first time)", || {
        run(&mut workspace.cargo(["build", "--release", "--package", "carillon-tests", "--bin", "bench-video"]))
    })?;
    progress.step("video calls, ours, then Chromium's (a quarter of an hour)", || {
        let mut bench = Command::new(workspace.built("release", "bench-video"));
        bench.arg("--output").arg(workspace.output.join("bench")).args(["--runs", &args.runs.unwrap_or(5).to_string()]);
        bench.args(args.path.iter().flat_map(|path| ["--path", path]));
        run(bench.args(["--minutes", &args.minutes.to_string()]))
    })
}

fn voice(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut progress = Progress::new(5);
    progress.step("what the machine needs", || setup::ensure(workspace, Purpose::Test))?;
    progress.step("the windows' front end", || ui::bundle(workspace))?;
    progress.step("a release build (minutes the first time)", || {
        bundle::build(workspace)?;
        run(&mut workspace.cargo(["build", "--release", "--package", "carillon-tests", "--bin", "bench-voice"]))
    })?;
    let package = progress.step("the app's package", || bundle::app_package(workspace))?;
    progress.step("voice calls, Chromium's beside ours, over good networks and as root over bad ones, and the app (twenty-five minutes)", || {
        let mut bench = Command::new(workspace.built("release", "bench-voice"));
        bench.arg("--output").arg(workspace.output.join("bench")).args(["--runs", &args.runs.unwrap_or(30).to_string()]);
        bench.args(args.only.iter().flat_map(|part| ["--only", part]));
        run(bench.arg("--package").arg(package))
    })
}
