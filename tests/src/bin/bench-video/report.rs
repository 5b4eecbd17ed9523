//! The benchmark as a whole: makes the namespaces, runs the calls in one of them, prints the table, keeps the JSON.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use carillon_tests::network::{Conditions, HERE, Namespaces};
use clap::Parser;
use serde_json::{Map, Value, json};

use crate::paths::{PATHS, Path, SEED, STEPS};
use crate::phone::Showing;
use crate::stage::Stage;

/// How to measure.
#[derive(Parser)]
pub(crate) struct Args {
    /// Where the results go
    #[arg(long, value_name = "FOLDER")]
    output: PathBuf,
    /// How many calls are timed over each network
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Only the network of this name; may be given more than once
    #[arg(long, value_name = "NAME")]
    path: Vec<String>,
    /// How long the kit and Chromium look at each other without a freeze; 0: not at all
    #[arg(long, default_value_t = 5)]
    minutes: u32,
    /// Started by itself, in a network namespace
    #[arg(long, hide = true)]
    pub(crate) inside: bool,
}

/// Who calls, by the key in the JSON.
const OURS: &str = "ours";
const CHROMIUM: &str = "chromium";
const CHROMIUM_VP8: &str = "chromium_vp8";
/// The key of why something could not be measured.
const FAILED: &str = "failed";
/// The key of the call between our kit and Chromium.
const ENDURANCE: &str = "ours_with_chromium";

/// What is shown of each network, what it is called in the JSON, and what we hold ourselves to, beside Chromium with H.264.
const TABLE: [(&str, &str, &str); 12] = [
    ("accept ► callee sees, ms", "accept_to_callee_sees_ms", "p50 ≤ 1.0 ×"),
    ("accept ► caller sees, ms", "accept_to_caller_sees_ms", "p50 ≤ 1.0 ×"),
    ("glass to glass, ms", "glass_to_glass_ms", "p50, p95 ≤ 0.9 ×"),
    ("CPU, both ends, cores", "call_cpu_cores", "≤ 0.8 ×"),
    ("bitrate used, kb/s", "bitrate_kbps", "≥ 0.95 ×"),
    ("pictures a second", "pictures_a_second", ""),
    ("frozen, ms", "frozen_ms", "≤ 1.0 ×"),
    ("likeness, SSIM", "ssim", "≥ 1.0 ×"),
    ("sound queues, ms", "sound_queued_ms", "p95 ≤ 30"),
    ("memory, both ends, MiB", "memory_mib", "≤ 1.0 ×"),
    ("screen: text, SSIM", "text_ssim", "≥ 1.0 ×"),
    ("screen: sharp after, ms", "text_sharp_after_ms", "≤ 1.0 ×"),
];

/// The same of the network whose rate changes.
const STEPS_TABLE: [(&str, &str, &str); 5] = [
    ("narrow, kb/s", "steps_narrow_kbps", "≥ 0.95 ×"),
    ("wide, kb/s", "steps_wide_kbps", "≥ 0.95 ×"),
    ("narrow again, kb/s", "steps_again_kbps", "≥ 0.95 ×"),
    ("sound queues then, ms", "steps_sound_queued_ms", "p95 ≤ 30"),
    ("frozen, ms", "steps_frozen_ms", "≤ 1.0 ×"),
];

/// Makes the namespaces, and starts this program in one of them.
pub(crate) fn run(args: &Args) -> Result<()> {
    let _namespaces = Namespaces::make().context("this benchmark makes networks, which only root may")?;
    let mut inside = Command::new("ip");
    inside
        .args(["netns", "exec", HERE])
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .arg("--inside");
    let done = inside.stderr(Stdio::inherit()).output()?;
    ensure!(done.status.success(), "the calls could not be measured");
    let said = String::from_utf8(done.stdout)?;
    let results: Map<String, Value> =
        serde_json::from_str(said.lines().last().context("no result of the calls")?).context("the calls' results")?;
    print(&results);
    std::fs::create_dir_all(&args.output)?;
    let path = args.output.join("video.json");
    std::fs::write(&path, serde_json::to_string_pretty(&results)?)?;
    println!("{}", path.display());
    Ok(())
}

/// Inside a namespace: measures the calls, and prints the results as one line of JSON.
pub(crate) async fn measure(args: &Args) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(folder.path()).await?;
    let mut results = Map::new();
    let is_wanted = |path: &&Path| args.path.is_empty() || args.path.iter().any(|name| name == path.name);
    for path in PATHS.iter().filter(is_wanted) {
        let mut row = over(path, args.runs, &stage).await?;
        if path.shares_screens {
            screens_over(path, &stage, &mut row).await?;
        }
        results.insert(path.name.into(), Value::Object(row));
    }
    if args.path.is_empty() || args.path.iter().any(|name| name == STEPS) {
        results.insert(STEPS.into(), Value::Object(steps(&stage).await?));
    }
    if args.minutes > 0 {
        eprintln!("  our kit with Chromium, for {} minutes", args.minutes);
        let pair = stage.mixed_pair().await?;
        results.insert(ENDURANCE.into(), kept(pair.endure(args.minutes).await));
        pair.close().await?;
    }
    stage.strike().await;
    println!("{}", Value::Object(results));
    Ok(())
}

/// All calls over one network, by who makes them.
async fn over(path: &Path, runs: usize, stage: &Stage) -> Result<Map<String, Value>> {
    let mut row = Map::new();
    let pair = stage.our_pair(path.id, Showing::Camera).await?;
    begin(path, "our calls", stage);
    row.insert(OURS.into(), kept(pair.measure(runs).await));
    pair.close().await?;
    for (key, codec) in [(CHROMIUM, "H264"), (CHROMIUM_VP8, "VP8")] {
        stage.network.become_course(Conditions::CLEAN, SEED);
        let pair = stage.chromium_pair(path.id, Showing::Camera, codec).await?;
        begin(path, &format!("Chromium's with {codec}"), stage);
        row.insert(key.into(), kept(pair.measure(runs).await));
        pair.close().await?;
    }
    stage.network.become_course(Conditions::CLEAN, SEED);
    Ok(row)
}

/// The network whose rate changes.
async fn steps(stage: &Stage) -> Result<Map<String, Value>> {
    let mut row = Map::new();
    stage.network.become_course(Conditions::CLEAN, SEED);
    eprintln!("  {STEPS}: our call, and Chromium's");
    let pair = stage.our_pair("steps", Showing::Camera).await?;
    row.insert(OURS.into(), kept(pair.measure_steps().await));
    pair.close().await?;
    stage.network.become_course(Conditions::CLEAN, SEED);
    let pair = stage.chromium_pair("steps", Showing::Camera, "H264").await?;
    row.insert(CHROMIUM.into(), kept(pair.measure_steps().await));
    pair.close().await?;
    stage.network.become_course(Conditions::CLEAN, SEED);
    Ok(row)
}

/// Shared screens over one network; Chromium's is a track with the hint `text`, which its encoder takes as it takes a shared screen.
async fn screens_over(path: &Path, stage: &Stage, row: &mut Map<String, Value>) -> Result<()> {
    let clip = stage.screen_clip();
    let mut page = None;
    for (key, codec) in [(CHROMIUM, "H264"), (CHROMIUM_VP8, "VP8")] {
        stage.network.become_course(Conditions::CLEAN, SEED);
        let id = format!("{}-screen", path.id);
        if page.is_none() {
            page = Some(stage.draw_screen(&id).await?);
        }
        let Some(page) = &page else { continue };
        let pair = stage.chromium_pair(&id, Showing::Screen(clip.clone()), codec).await?;
        begin(path, &format!("Chromium's screen with {codec}"), stage);
        extend(row, key, kept(pair.measure_screen(page).await));
        pair.close().await?;
    }
    stage.network.become_course(Conditions::CLEAN, SEED);
    let Some(page) = &page else { return Ok(()) };
    let pair = stage.our_pair(&format!("{}-screen", path.id), Showing::Screen(clip)).await?;
    begin(path, "our screen", stage);
    extend(row, OURS, kept(pair.measure_screen(page).await));
    stage.network.become_course(Conditions::CLEAN, SEED);
    pair.close().await
}

fn begin(path: &Path, who: &str, stage: &Stage) {
    eprintln!("  {}: {who}", path.name);
    stage.network.become_course(path.conditions, SEED);
}

/// What was measured, or why nothing was: the others' figures are worth having all the same.
fn kept(measured: Result<Map<String, Value>>) -> Value {
    measured.map_or_else(
        |error| {
            eprintln!("    failed: {error:#}");
            json!({ FAILED: format!("{error:#}") })
        },
        Value::Object,
    )
}

fn extend(row: &mut Map<String, Value>, who: &str, more: Value) {
    if let (Some(Value::Object(results)), Value::Object(more)) = (row.get_mut(who), more) {
        results.extend(more);
    }
}

fn print(results: &Map<String, Value>) {
    println!(
        "  {:<26} {:>16} {:>16} {:>6} {:>16}   target",
        "p50 (p95)", "ours", "Chromium H.264", "ratio", "Chromium VP8"
    );
    let tables = PATHS.iter().map(|path| (path.name, &TABLE[..])).chain([(STEPS, &STEPS_TABLE[..])]);
    for (name, table) in tables {
        let Some(row) = results.get(name) else { continue };
        println!("{name}");
        table.iter().for_each(|(title, key, target)| print_row(title, key, target, row));
        for who in [OURS, CHROMIUM, CHROMIUM_VP8] {
            if let Some(why) = row.get(who).and_then(|row| row.get(FAILED)) {
                println!("  {who} failed: {why}");
            }
        }
    }
    if let Some(Value::Object(endurance)) = results.get(ENDURANCE) {
        println!("our kit with Chromium (target: frozen 0):");
        endurance.iter().for_each(|(key, value)| println!("  {key:<28} {value}"));
    }
}

fn print_row(title: &str, key: &str, target: &str, row: &Value) {
    let [ours, peer, vp8] = [OURS, CHROMIUM, CHROMIUM_VP8].map(|who| row.get(who).and_then(|row| row.get(key)));
    let ratio = ours.and_then(middle).zip(peer.and_then(middle)).filter(|(_, peer)| *peer != 0.0);
    let ratio = ratio.map_or(String::new(), |(ours, peer)| format!("{:.2}", ours / peer));
    println!("  {title:<26} {:>16} {:>16} {ratio:>6} {:>16}   {target}", shown(ours), shown(peer), shown(vp8));
}

/// A value, or the middle one of a spread and nearly its worst.
fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "–".to_owned() };
    match (value.get("p50"), value.get("p95")) {
        (Some(middle), Some(worst)) => format!("{middle} ({worst})"),
        _ => value.to_string(),
    }
}

/// A value, or the middle one of a spread.
fn middle(value: &Value) -> Option<f64> {
    value.get("p50").unwrap_or(value).as_f64()
}
