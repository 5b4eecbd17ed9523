//! The channels over which windows get their views.

use std::sync::{Mutex, MutexGuard, PoisonError};

use carillon_ipc::{CallView, Levels, MainView, RingView, SettingsView};
use tauri::ipc::Channel;

use crate::{desktop::View, window::WindowName};

/// One for each window that listens. A channel whose window has gone swallows what it is given.
#[derive(Default)]
pub(crate) struct Channels(Mutex<Open>);

#[derive(Default)]
struct Open {
    main: Option<Channel<MainView>>,
    ring: Option<Channel<RingView>>,
    call: Option<Channel<CallView>>,
    levels: Option<Channel<Levels>>,
    settings: Option<Channel<SettingsView>>,
}

impl Channels {
    pub(crate) fn set_main(&self, views: Channel<MainView>) {
        self.open().main = Some(views);
    }

    pub(crate) fn set_ring(&self, views: Channel<RingView>) {
        self.open().ring = Some(views);
    }

    pub(crate) fn set_call(&self, views: Channel<CallView>) {
        self.open().call = Some(views);
    }

    pub(crate) fn set_levels(&self, levels: Channel<Levels>) {
        self.open().levels = Some(levels);
    }

    pub(crate) fn set_settings(&self, views: Channel<SettingsView>) {
        self.open().settings = Some(views);
    }

    pub(crate) fn forget(&self, window: WindowName) {
        let mut open = self.open();
        match window {
            WindowName::Main => open.main = None,
            WindowName::Ring => open.ring = None,
            WindowName::Call => (open.call, open.levels) = (None, None),
            WindowName::Settings => open.settings = None,
        }
    }

    pub(crate) fn show(&self, view: View) {
        let open = self.open();
        let sent = match view {
            View::Main(view) => open.main.as_ref().map(|channel| channel.send(*view)),
            View::Ring(view) => open.ring.as_ref().map(|channel| channel.send(*view)),
            View::Call(view) => open.call.as_ref().map(|channel| channel.send(*view)),
            View::Settings(view) => open.settings.as_ref().map(|channel| channel.send(*view)),
        };
        if let Some(Err(error)) = sent {
            tracing::debug!(%error, "a view found no window");
        }
    }

    pub(crate) fn levels(&self, levels: Levels) {
        // The next one comes in a twentieth of a second.
        let _ = self.open().levels.as_ref().map(|channel| channel.send(levels));
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
