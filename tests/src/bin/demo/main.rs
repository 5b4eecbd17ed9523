//! The driver of `cargo xtask demo`: a server of its own, Alice and Bob, and a window for each.
//!
//! With `--headless` it needs no person to watch or to click; the last line on stdout is then a report, as one JSON object.
#![allow(clippy::print_stdout, reason = "the report is this program's output")]

use std::path::PathBuf;

use clap::Parser;

mod by_hand;
#[cfg(target_os = "linux")]
mod headless;

#[derive(Parser)]
struct Args {
    /// Click through one call where there is no screen, and prove that both heard the other
    #[arg(long)]
    headless: bool,
    /// Where pictures go
    #[arg(long, value_name = "FOLDER")]
    output: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    std::fs::create_dir_all(&args.output)?;
    if !args.headless {
        return by_hand::run().await;
    }
    #[cfg(target_os = "linux")]
    {
        let report = headless::run(&args.output).await?;
        println!("{}", serde_json::to_string(&report)?);
        anyhow::ensure!(report.alice_heard && report.bob_heard, "a voice was not heard");
        Ok(())
    }
    #[cfg(not(target_os = "linux"))]
    anyhow::bail!("--headless is for Linux: elsewhere windows need a screen")
}
