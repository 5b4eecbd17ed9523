//! The driver of `cargo xtask bench video`: how soon, how late, how well and at what cost one sees the other.
//!
//! Both ends of our calls are in this process, on the real kit, against a real server. Chromium makes the same calls with the same pattern for a
//! camera, over the same networks in the same run, and is what ours are compared with. Nothing is drawn to a screen at any end: a picture
//! is there when it is decoded. The networks are made of namespaces, which needs root.
#![allow(clippy::print_stdout, reason = "the table is this program's output")]

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod paths;
#[cfg(target_os = "linux")]
mod phone;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod screen;
#[cfg(target_os = "linux")]
mod stage;

#[cfg(target_os = "linux")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    use clap::Parser;

    let args = report::Args::parse();
    if args.inside { report::measure(&args).await } else { report::run(&args) }
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("network namespaces are Linux's: this benchmark runs there")
}
