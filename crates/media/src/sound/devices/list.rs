//! What is plugged in, for menus. Listing opens no device.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::watch as channel;

use super::hardware::{Side, SoundSystem};
use crate::threads::{self, Restarts};

/// No system that cpal reaches tells of new devices, so they are looked for.
const POLL: Duration = Duration::from_secs(1);

/// The watching thread.
const WATCH: &str = "device watch";

/// One microphone or speaker, as a menu shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Stable across restarts and replugging: store this.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether the system would choose it now.
    pub is_default: bool,
}

/// Everything there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceList {
    /// Devices that hear.
    pub microphones: Vec<DeviceInfo>,
    /// Devices that play.
    pub speakers: Vec<DeviceInfo>,
}

/// Lists what is plugged in now; empty where there is no sound system. Blocks for some milliseconds.
#[must_use]
pub fn list() -> DeviceList {
    list_from(SoundSystem)
}

fn list_from(system: SoundSystem) -> DeviceList {
    DeviceList { microphones: side(system, Side::Microphone), speakers: side(system, Side::Speaker) }
}

fn side(system: SoundSystem, side: Side) -> Vec<DeviceInfo> {
    let default = system.default_device(side).map(|found| found.known.id);
    let found = system.devices(side).unwrap_or_default();
    let infos = found.into_iter().map(|found| {
        let is_default = default.as_ref() == Some(&found.known.id);
        DeviceInfo { id: found.known.id, name: found.known.name, is_default }
    });
    infos.filter(|info| info.is_default || !is_monitor(info)).collect()
}

/// PulseAudio offers what each speaker plays as a microphone too; in a menu that only confuses.
fn is_monitor(info: &DeviceInfo) -> bool {
    info.id.starts_with("pulseaudio:") && info.id.ends_with(".monitor")
}

/// Watches what is plugged in until it is dropped.
pub struct DeviceWatch {
    lists: channel::Receiver<DeviceList>,
    // Dropping this stops the thread.
    _stop: std::sync::mpsc::Sender<()>,
}

impl DeviceWatch {
    /// The newest list, and news of changes.
    #[must_use]
    pub fn lists(&self) -> channel::Receiver<DeviceList> {
        self.lists.clone()
    }
}

/// Starts to watch; the first list is there at once, a change shows after a second at most.
#[must_use]
pub fn watch() -> DeviceWatch {
    let (lists_tx, lists) = channel::channel(list_from(SoundSystem));
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let poll = move || {
        let mut restarts = Restarts::new();
        while threads::guarded(WATCH, || poll(&lists_tx, &stopped)).is_err() && restarts.take() {}
    };
    let gone = |error| tracing::error!(%error, "device changes are not noticed");
    threads::start(WATCH, poll, gone).map_or_else(gone, drop);
    DeviceWatch { lists, _stop: stop }
}

fn poll(lists: &channel::Sender<DeviceList>, stopped: &Receiver<()>) {
    while stopped.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
        let found = list_from(SoundSystem);
        lists.send_if_modified(|known| {
            let changed = *known != found;
            *known = found;
            changed
        });
    }
}
