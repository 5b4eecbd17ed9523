//! The driver of `cargo xtask bench signalling`: what the server's half of calls and messages costs, beside an XMPP server that does
//! the same work on the same machine in the same run.
//!
//! The server under test has core 0, this program core 1. Both servers keep everything in SQL: ours in SQLite, Prosody in SQLite
//! through `mod_storage_sql`, with message archive (XEP-0313), carbons (XEP-0280) and call invitations (XEP-0353).
#![allow(clippy::print_stdout, reason = "the table is this program's output")]

#[cfg(target_os = "linux")]
mod ours;
#[cfg(target_os = "linux")]
mod questions;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod system;
#[cfg(target_os = "linux")]
mod work;
#[cfg(target_os = "linux")]
mod xmpp;

/// As the server's own program has it.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(target_os = "linux")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    use clap::Parser;

    let args = report::Args::parse();
    match &args.serve {
        Some(data_dir) => ours::serve(data_dir).await,
        None => Box::pin(report::run(&args)).await,
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("cores and memory are counted in /proc: this benchmark runs on Linux")
}
