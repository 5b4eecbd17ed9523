//! The way to the system's sound service, which may end and come again, or give way to another one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use cpal::traits::DeviceTrait;

use super::DeviceName;

/// A sound server that is not there is asked for again only after this: one that hangs takes seconds to refuse.
#[cfg(target_os = "linux")]
const ASK_AGAIN: Duration = Duration::from_millis(300);

/// More devices than a machine ever has. The names of further ones are not remembered.
const MOST_NAMES: usize = 256;

/// All of the process share one connection: cpal's PulseAudio client keeps its thread and its place at the server for ever, and
/// servers have few places.
static HOST: Mutex<HostState> = Mutex::new(HostState {
    host: None,
    #[cfg(target_os = "linux")]
    asked_at: None,
    names: BTreeMap::new(),
});

struct HostState {
    host: Option<Arc<cpal::Host>>,
    /// When the sound server was last asked for in vain.
    #[cfg(target_os = "linux")]
    asked_at: Option<Instant>,
    /// What people call the devices that were ever seen, by id: one that is gone cannot be asked any more.
    names: BTreeMap<String, String>,
}

/// The service that the system offers now.
pub(super) fn current() -> Arc<cpal::Host> {
    let mut state = host_state();
    if state.is_outdone() {
        state.host = None;
    }
    Arc::clone(state.host.get_or_insert_with(|| {
        #[cfg(target_os = "linux")]
        super::pulse::cookie::ensure();
        Arc::new(cpal::default_host())
    }))
}

/// The service may have ended, and another may have come.
pub(super) fn forget() {
    host_state().host = None;
}

/// A device's id and name; the name is remembered.
pub(super) fn name_of(device: &cpal::Device) -> Option<DeviceName> {
    let id = device.id().ok()?.to_string();
    let name = device.description().map_or_else(|_| id.clone(), |described| described.name().to_owned());
    let names = &mut host_state().names;
    if names.len() < MOST_NAMES || names.contains_key(&id) {
        names.insert(id.clone(), name.clone());
    }
    Some(DeviceName { id, name })
}

/// What a device was called when it was last seen; empty if this process never saw it.
pub(super) fn last_name_of(id: &str) -> String {
    host_state().names.get(id).cloned().unwrap_or_default()
}

impl HostState {
    /// ALSA stands in while no sound server answers. As soon as one does it has the devices, and ALSA would get none of them.
    #[cfg(target_os = "linux")]
    fn is_outdone(&mut self) -> bool {
        let stands_in = self.host.as_ref().is_some_and(|host| host.id() != cpal::HostId::PulseAudio);
        if !stands_in || self.asked_at.is_some_and(|at| at.elapsed() < ASK_AGAIN) {
            return false;
        }
        let answers = super::pulse::answers();
        self.asked_at = (!answers).then(Instant::now);
        answers
    }

    /// Elsewhere the service is the system itself.
    #[cfg(not(target_os = "linux"))]
    fn is_outdone(&mut self) -> bool {
        false
    }
}

fn host_state() -> MutexGuard<'static, HostState> {
    HOST.lock().unwrap_or_else(PoisonError::into_inner)
}
