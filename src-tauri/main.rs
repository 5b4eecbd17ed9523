//! The desktop app's program.
#![cfg_attr(windows, windows_subsystem = "windows")] // no console window beside ours

use carillon_desktop_lib::options::Options;
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<()> {
    #[cfg(target_os = "linux")]
    carillon_desktop_lib::suit_web_views();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let options = Options::from_args(std::env::args_os()).unwrap_or_else(|error| error.exit());
    carillon_desktop_lib::run(options)
}
