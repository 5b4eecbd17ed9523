//! What a chore needs of the machine, and its installation. Cheap when everything is there.

use anyhow::Result;
use clap::ValueEnum;

pub(crate) use axe::ensure_axe;
pub(crate) use tools::{ensure_cargo_tool, ensure_rust_target};

use manager::Manager;
use needs::Need;

mod axe;
mod manager;
mod needs;
mod tools;

/// What the machine is to be made fit for. Each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Purpose {
    /// Compiling the app, the server and the command line
    Build,
    /// A demo without a person to watch: a display, a bus and sound devices of its own
    Headless,
    /// Compiling them as they are packaged: screens of Wayland sessions too
    Package,
    /// Everything that the tests drive: browsers, the Windows linker
    Test,
    /// Packing for all systems, and trying the packages
    Bundle,
    /// The programs that ours are measured beside
    Bench,
}

/// Installs the system packages and Rust targets that are missing.
///
/// # Errors
/// Something is missing and could not be installed; the message lists what to install by hand.
pub(crate) fn ensure(workspace: &crate::workspace::Workspace, purpose: Purpose) -> Result<()> {
    let needs: Vec<&Need> = needs::ALL.iter().filter(|need| need.purpose <= purpose).collect();
    manager::ensure(Manager::of_this_machine(), &needs)?;
    ensure_rust_target("wasm32-unknown-unknown")?;
    if purpose >= Purpose::Test {
        ensure_rust_target("x86_64-pc-windows-gnu")?;
        ensure_rust_target(crate::macos::TARGET)?;
        ensure_axe(workspace)?;
    }
    Ok(())
}
