//! What is measured, as the workloads see it: a server, and devices that are signed in to it.

use std::{process::Command, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};

/// For a server that is as busy as it can be.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The core of the server under test, and ours.
pub(crate) const SERVER_CORE: &str = "0";
pub(crate) const OWN_CORE: &str = "1";

/// A server.
pub(crate) trait System: Send + Sync + 'static {
    type Device: Device;

    /// Makes an account; what is known of it is enough to sign devices in.
    async fn sign_up(self: &Arc<Self>, user: &str) -> Result<()>;

    /// Signs another device of a user in and gives it its link.
    fn link(self: &Arc<Self>, user: &str) -> impl Future<Output = Result<Self::Device>> + Send;

    /// The process whose memory is read.
    fn process(&self) -> u32;
}

/// A device with a link. Each method returns when the device has been told what it says.
pub(crate) trait Device: Send + 'static {
    /// Calls a user, and returns the call's name as soon as the server has taken it.
    fn invite(&mut self, user: &str) -> impl Future<Output = Result<String>> + Send;
    /// Waits until it rings, and says that it does.
    fn ring(&mut self) -> impl Future<Output = Result<String>> + Send;
    /// Answers.
    fn accept(&mut self, call: &str) -> impl Future<Output = Result<()>> + Send;
    /// The caller: waits for the answer.
    fn accepted(&mut self, call: &str) -> impl Future<Output = Result<()>> + Send;
    /// A sibling: waits until it need not ring any more.
    fn silenced(&mut self, call: &str) -> impl Future<Output = Result<()>> + Send;
    /// Hangs up.
    fn hang_up(&mut self, call: &str) -> impl Future<Output = Result<()>> + Send;
    /// The other one: waits for the end.
    fn ended(&mut self, call: &str) -> impl Future<Output = Result<()>> + Send;
    /// Writes a text to a user; returns when the server has taken it.
    fn write(&mut self, user: &str, text: &str) -> impl Future<Output = Result<()>> + Send;
    /// Waits for the next text.
    fn read(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// A command that runs on one core.
pub(crate) fn on_core(core: &str, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

/// How much memory a process holds, in KiB.
pub(crate) fn resident_kib(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process has memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
