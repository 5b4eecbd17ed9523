//! Signals of the operating system: stop, and read again what may have changed.

use anyhow::Context as _;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OsSignal {
    /// Stop.
    Stop,
    /// Read again what may have changed.
    Reload,
}

/// The operating system's signals, from when they are listened for.
pub(crate) struct OsSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
}

impl OsSignals {
    #[cfg(unix)]
    pub(crate) fn listen() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("SIGTERM cannot be handled")?,
            interrupt: signal(SignalKind::interrupt()).context("SIGINT cannot be handled")?,
            hang_up: signal(SignalKind::hangup()).context("SIGHUP cannot be handled")?,
        })
    }

    #[cfg(not(unix))]
    pub(crate) fn listen() -> anyhow::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    pub(crate) async fn next(&mut self) -> OsSignal {
        tokio::select! {
            _ = self.terminate.recv() => OsSignal::Stop,
            _ = self.interrupt.recv() => OsSignal::Stop,
            _ = self.hang_up.recv() => OsSignal::Reload,
        }
    }

    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) -> OsSignal {
        tokio::signal::ctrl_c().await.context("Ctrl-C cannot be handled").ok();
        OsSignal::Stop
    }

    /// Waits for a signal to stop.
    pub(crate) async fn stop(&mut self) {
        while self.next().await != OsSignal::Stop {}
    }
}
