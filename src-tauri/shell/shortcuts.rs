//! Keys that answer what rings while another program has the focus.

use std::sync::mpsc;

use tauri::{AppHandle, Manager};
use tauri_plugin_global_shortcut::{
    Builder, Code, GlobalShortcut, GlobalShortcutExt as _, Modifiers, Shortcut, ShortcutState,
};
use tokio::sync::watch;

use crate::controller::ControllerHandle;

/// The same keys as in the windows of ours, and what they do.
const KEYS: [(Code, bool); 2] = [(Code::KeyA, true), (Code::KeyD, false)];
const MODIFIERS: Modifiers = if cfg!(target_os = "macos") { Modifiers::SUPER } else { Modifiers::CONTROL };

/// Takes the keys while they are wanted, until the program ends.
pub(crate) async fn follow(app: AppHandle, mut wanted: watch::Receiver<bool>, handle: ControllerHandle) {
    let mut taken = Vec::new();
    while wanted.changed().await.is_ok() {
        let on = *wanted.borrow_and_update();
        let (app, handle, before) = (app.clone(), handle.clone(), std::mem::take(&mut taken));
        // The window system answers when it likes.
        let done = tauri::async_runtime::spawn_blocking(move || match (on, before.is_empty()) {
            (true, true) => take(&app, &handle),
            (true, false) => before,
            (false, _) => {
                give_back(&app, before);
                Vec::new()
            }
        });
        taken = done.await.unwrap_or_default();
    }
}

/// Takes what it can get, and says which. The plugin begins with the first use: not every system has what it needs, and most users
/// do not want it.
fn take(app: &AppHandle, handle: &ControllerHandle) -> Vec<Shortcut> {
    if app.try_state::<GlobalShortcut<tauri::Wry>>().is_none()
        && let Err(error) = install(app)
    {
        tracing::warn!(%error, "the system has no keys for the ring");
        return Vec::new();
    }
    let takes = |(code, accept): (Code, bool)| {
        let (keys, handle) = (shortcut(code), handle.clone());
        let taken = app.global_shortcut().on_shortcut(keys, move |_, _, event| {
            if event.state() == ShortcutState::Pressed {
                let handle = handle.clone();
                tauri::async_runtime::spawn(async move { handle.shortcut(accept).await });
            }
        });
        taken
            .inspect_err(|error| tracing::warn!(%error, %keys, "the system does not give these keys"))
            .ok()
            .map(|()| keys)
    };
    KEYS.into_iter().filter_map(takes).collect()
}

/// Its window system wants it to be made where the windows are.
fn install(app: &AppHandle) -> anyhow::Result<()> {
    let (done_tx, done) = mpsc::sync_channel(1);
    let handle = app.clone();
    app.run_on_main_thread(move || {
        // `install` waits for it, so it can be sent.
        let _ = done_tx.send(handle.plugin(Builder::new().build()));
    })?;
    Ok(done.recv()??)
}

/// One after the other: the plugin's `unregister_all` holds its lock while it waits for the thread that reads the keys, and that
/// thread waits for the lock if a key is released just then. Both, and the windows with them, would stand still for ever.
fn give_back(app: &AppHandle, taken: Vec<Shortcut>) {
    for keys in taken {
        if let Err(error) = app.global_shortcut().unregister(keys) {
            tracing::warn!(%error, %keys, "the system does not take these keys back");
        }
    }
}

fn shortcut(code: Code) -> Shortcut {
    Shortcut::new(Some(MODIFIERS | Modifiers::SHIFT), code)
}
