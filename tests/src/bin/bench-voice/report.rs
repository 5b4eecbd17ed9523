//! The benchmark as a whole: sets the stage, runs the parts, prints the table, keeps the JSON.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use carillon_tests::{
    desktop::SoundServer,
    network::{self, Namespaces},
};
use clap::{Parser, ValueEnum};
use serde_json::{Map, Value, json};

use crate::{app, calls, paths::PATHS};

/// How to measure.
#[derive(Parser)]
pub(crate) struct Args {
    /// Where the results go
    #[arg(long, value_name = "FOLDER")]
    output: PathBuf,
    /// How many calls, and how many chirps each way
    #[arg(long, default_value_t = 30)]
    pub(crate) runs: usize,
    /// What to measure; all of it otherwise
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
    /// The app's package, for its size
    #[arg(long, value_name = "FILE")]
    package: Option<PathBuf>,
    /// Started by itself, with a sound server in the environment
    #[arg(long, hide = true)]
    pub(crate) inside: bool,
    /// The same, in a network namespace
    #[arg(long, hide = true)]
    pub(crate) networks: bool,
}

/// A part that can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Calls on this machine
    Calls,
    /// Calls over bad networks
    Networks,
    /// The app's window
    App,
}

impl Args {
    fn measures(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

/// The null sinks that two people need.
pub(crate) const SINKS: [&str; 4] = ["alice_mouth", "alice_ear", "bob_mouth", "bob_ear"];

pub(crate) async fn run(args: &Args) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sound = SoundServer::start(&folder.path().join("sound"), &SINKS).await?;
    let mut results = if args.measures(Part::Calls) { calls(args, &sound)? } else { Map::new() };
    if args.measures(Part::Networks) {
        results.insert(NETWORKS.into(), Value::Object(networks(args, &sound)?));
    }
    if args.measures(Part::App) {
        results.extend(app::measure(folder.path(), &sound).await?);
    }
    if let Some(package) = &args.package {
        let bytes = std::fs::metadata(package)?.len();
        results.insert("app_package_mib".into(), json!((bytes as f64 / 1024.0 / 1024.0 * 10.0).round() / 10.0));
    }
    print(&results);
    print_networks(&results);
    keep(&args.output, &results)
}

/// The calls run in a process of their own: which sound server a program talks to is decided by its environment.
fn calls(args: &Args, sound: &SoundServer) -> Result<Map<String, Value>> {
    let mut inside = Command::new(std::env::current_exe()?);
    inside.arg("--inside");
    measured_by(inside, args.runs, args, sound)
}

/// The same over bad networks, which only root can make.
fn networks(args: &Args, sound: &SoundServer) -> Result<Map<String, Value>> {
    let Ok(_namespaces) = Namespaces::make() else {
        eprintln!("  without root there are no bad networks to call over");
        return Ok(Map::new());
    };
    let mut inside = Command::new("ip");
    inside.args(["netns", "exec", network::HERE]).arg(std::env::current_exe()?).arg("--networks");
    measured_by(inside, args.runs.min(CALLS_A_NETWORK), args, sound)
}

fn measured_by(mut inside: Command, runs: usize, args: &Args, sound: &SoundServer) -> Result<Map<String, Value>> {
    inside.args(["--runs", &runs.to_string()]).arg("--output").arg(&args.output);
    let inside = inside.env("PULSE_SERVER", sound.address()).stderr(std::process::Stdio::inherit()).output()?;
    ensure!(inside.status.success(), "the calls could not be measured");
    let said = String::from_utf8(inside.stdout)?;
    serde_json::from_str(said.lines().last().context("no result of the calls")?).context("the calls' results")
}

/// Inside: measures the calls, and prints the results as one line of JSON.
pub(crate) async fn measure_calls(args: &Args, sound: &str) -> Result<()> {
    let [mut ours, chromium] = calls::measure(args, &SoundServer::running(sound)).await?;
    ours.insert(PEER.into(), Value::Object(chromium));
    println!("{}", Value::Object(ours));
    Ok(())
}

/// Inside a namespace: the same over bad networks.
pub(crate) async fn measure_networks(args: &Args, sound: &str) -> Result<()> {
    let rows = calls::measure_networks(args, &SoundServer::running(sound)).await?;
    let mut networks = Map::new();
    for (path, [mut ours, chromium]) in PATHS.iter().zip(rows) {
        ours.insert(PEER.into(), Value::Object(chromium));
        networks.insert(path.name.into(), Value::Object(ours));
    }
    println!("{}", Value::Object(networks));
    Ok(())
}

/// The key of what was measured over bad networks.
const NETWORKS: &str = "networks";
/// Enough to see one in twenty go wrong.
const CALLS_A_NETWORK: usize = 20;

/// The key of what Chromium did in the same run.
const PEER: &str = "chromium";

/// What is shown, what it is called in the JSON, and what we hold ourselves to.
const TABLE: [(&str, &str, &str); 9] = [
    ("accept ► callee hears, ms", "accept_to_callee_hears_ms", "p50 ≤ 100, p95 ≤ 250"),
    ("accept ► caller hears, ms", "accept_to_caller_hears_ms", "p50 ≤ 100, p95 ≤ 250"),
    ("mouth to ear, caller to callee, ms", "mouth_to_ear_out_ms", "p50 ≤ 80"),
    ("mouth to ear, callee to caller, ms", "mouth_to_ear_back_ms", "p50 ≤ 80"),
    ("speech, PESQ-WB", "speech_pesq_wb", "at least Chromium's"),
    ("CPU of a call, both ends, cores", "call_cpu_cores", "≤ 0.07, half of Chromium's"),
    ("app: start to visible window, ms", "app_start_ms", "≤ 1000"),
    ("app: idle CPU, cores", "app_idle_cpu_cores", "≈ 0"),
    ("app: package, MiB", "app_package_mib", "≤ 15"),
];

fn print(results: &Map<String, Value>) {
    println!("{:<36} {:>7} {:>7} {:>5} {:>13} {:>6}   target", "", "p50", "p95", "runs", "Chromium p50", "ratio");
    for (title, key, target) in TABLE {
        let (ours, peer) = (results.get(key), results.get(PEER).and_then(|peer| peer.get(key)));
        let of = |what: &str| ours.and_then(|ours| ours.get(what)).map_or(String::new(), Value::to_string);
        let ratio = ours.and_then(middle).zip(peer.and_then(middle)).map(|(ours, peer)| format!("{:.2}", ours / peer));
        println!(
            "{title:<36} {:>7} {:>7} {:>5} {:>13} {:>6}   {target}",
            ours.and_then(middle).map_or("–".into(), |value| value.to_string()),
            of("p95"),
            of("runs"),
            peer.and_then(middle).map_or(String::new(), |value| value.to_string()),
            ratio.unwrap_or_default(),
        );
    }
}

/// What is shown of each network.
const NETWORK_TABLE: [(&str, &str); 7] = [
    ("callee hears, ms", "accept_to_callee_hears_ms"),
    ("caller hears, ms", "accept_to_caller_hears_ms"),
    ("silent calls", "silent_calls"),
    ("mouth to ear, out, ms", "mouth_to_ear_out_ms"),
    ("mouth to ear, back, ms", "mouth_to_ear_back_ms"),
    ("speech, PESQ-WB", "speech_pesq_wb"),
    ("CPU, both ends, cores", "call_cpu_cores"),
];

/// Ours (Chromium's); the target of hearing is p50 ≤ 0.7 × and max ≤ 1.0 × Chromium's, and no silent call.
fn print_networks(results: &Map<String, Value>) {
    println!("\n{:<26} {:<24} {:>17} {:>17} {:>9}", "network", "ours (Chromium's)", "p50", "max", "runs");
    for path in PATHS {
        let Some(ours) = results.get(NETWORKS).and_then(|networks| networks.get(path.name)) else { continue };
        for (title, key) in NETWORK_TABLE {
            let both = |of: fn(&Value) -> Option<Value>| {
                let text =
                    |value: Option<&Value>| value.and_then(of).map_or("–".to_owned(), |value| value.to_string());
                format!("{} ({})", text(ours.get(key)), text(ours.get(PEER).and_then(|peer| peer.get(key))))
            };
            let (middle, max) = (both(|value| middle(value).map(Value::from)), both(|value| value.get("max").cloned()));
            let runs = both(|value| value.get("runs").cloned());
            println!("{:<26} {title:<24} {middle:>17} {max:>17} {runs:>9}", path.name);
        }
    }
}

/// A value, or the middle one of a spread.
fn middle(value: &Value) -> Option<f64> {
    value.get("p50").unwrap_or(value).as_f64()
}

fn keep(output: &Path, results: &Map<String, Value>) -> Result<()> {
    std::fs::create_dir_all(output)?;
    let path = output.join("voice.json");
    std::fs::write(&path, serde_json::to_string_pretty(results)?)?;
    println!("{}", path.display());
    Ok(())
}
