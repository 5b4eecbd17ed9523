//! The benchmark as a whole: starts both servers one after the other, prints the table, keeps the JSON.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use anyhow::{Result, ensure};
use clap::Parser;
use serde_json::{Map, Value, json};

use crate::{ours::Ours, questions, system::OWN_CORE, work, xmpp::Prosody};

/// How to measure.
#[derive(Parser)]
pub(crate) struct Args {
    /// Where the results go
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    output: PathBuf,
    /// How many idle devices
    #[arg(long, default_value_t = 5_000)]
    pub(crate) idle: usize,
    /// How long each kind of work goes on
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Ask the questions only: no calls, no messages, no peer
    #[arg(long)]
    questions: bool,
    /// Started by itself: be the server, with this data folder
    #[arg(long, hide = true)]
    pub(crate) serve: Option<PathBuf>,
}

impl Args {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let me = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-a", "-c", "-p", OWN_CORE, &me]).output()?;
    ensure!(pinned.status.success(), "this program could not be given a core of its own");
    let folder = tempfile::tempdir()?;
    eprintln!("  questions");
    let questions = Box::pin(questions::compare(folder.path())).await?;
    if args.questions {
        return keep(&args.output, &json!({ "questions": questions }));
    }
    eprintln!("  Carillon");
    let ours = Box::pin(work::measure(Arc::new(Ours::start(folder.path())?), args)).await?;
    eprintln!("  Prosody");
    let prosody = Box::pin(work::measure(Arc::new(Prosody::start(folder.path()).await?), args)).await?;
    print(&ours, &prosody);
    keep(&args.output, &json!({ "carillon": ours, "prosody": prosody, "questions": questions }))
}

/// What is shown, what it is called in the JSON, and what we hold ourselves to.
const TABLE: [(&str, &str, Option<&str>, &str); 9] = [
    ("idle device with its share of all, KiB", "idle_kib_per_device", None, "≤ 12"),
    ("one more idle device, KiB", "one_more_idle_kib", None, "≤ 4"),
    ("complete calls per second", "calls_per_second", None, "≥ 500"),
    ("invite ► ring at 100 calls/s, p50 ms", "invite_to_ring_ms", Some("p50"), ""),
    ("invite ► ring at 100 calls/s, p99 ms", "invite_to_ring_ms", Some("p99"), ""),
    ("accept ► ring stop at 100 calls/s, p50 ms", "accept_to_ring_stop_ms", Some("p50"), ""),
    ("accept ► ring stop at 100 calls/s, p99 ms", "accept_to_ring_stop_ms", Some("p99"), "≤ 50"),
    ("calls per second reached meanwhile", "reached_calls_per_second", None, "≥ 99"),
    ("messages per second", "messages_per_second", None, ""),
];

fn print(ours: &Map<String, Value>, prosody: &Map<String, Value>) {
    println!("{:<42} {:>9} {:>9} {:>7}   target", "", "Carillon", "Prosody", "ratio");
    for (title, key, part, target) in TABLE {
        let number = |of: &Map<String, Value>| {
            let value = of.get(key)?;
            part.map_or(Some(value), |part| value.get(part))?.as_f64()
        };
        let shown = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
        let (mine, peers) = (number(ours), number(prosody));
        let ratio = mine.zip(peers).filter(|(_, peers)| *peers > 0.0).map(|(mine, peers)| mine / peers);
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        println!("{title:<42} {:>9} {:>9} {ratio:>7}   {target}", shown(mine), shown(peers));
    }
}

fn keep(output: &Path, results: &Value) -> Result<()> {
    std::fs::create_dir_all(output)?;
    let path = output.join("signalling.json");
    std::fs::write(&path, serde_json::to_string_pretty(results)?)?;
    println!("{}", path.display());
    Ok(())
}

/// The middle, the nearly worst and the worst, rounded to hundredths.
pub(crate) fn spread(mut values: Vec<f64>) -> Value {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get(((values.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied();
    let rounded = |value: Option<f64>| value.map(|value| (value * 100.0).round() / 100.0);
    json!({ "p50": rounded(at(0.5)), "p99": rounded(at(0.99)), "max": rounded(values.last().copied()), "calls": values.len() })
}
