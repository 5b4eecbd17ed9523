//! The driver of `cargo xtask bench voice`: how soon and how late one hears the other, and what a call and the app cost.
//!
//! Both ends of the calls are in this process, on the real kit, against a real server, over PulseAudio null sinks: what is measured is
//! what the sound devices hear. Chromium makes the same calls over the same server and the same sinks in the same run, and is what
//! ours are compared with, also over networks that lose and delay packets, which only root can make. The app is measured as a program of its own.
#![allow(clippy::print_stdout, reason = "the table is this program's output")]

#[cfg(target_os = "linux")]
mod app;
#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod paths;
#[cfg(target_os = "linux")]
mod phone;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod speech;

#[cfg(target_os = "linux")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    use clap::Parser;

    let args = report::Args::parse();
    match std::env::var("PULSE_SERVER") {
        Ok(sound) if args.networks => report::measure_networks(&args, &sound).await,
        Ok(sound) if args.inside => report::measure_calls(&args, &sound).await,
        _ => report::run(&args).await,
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("null sinks are PulseAudio's: this benchmark runs on Linux")
}
