//! Keys that answer what rings while another program has the focus.

use std::sync::mpsc;

use tauri::{AppHandle, Manager};
use tauri_plugin_global_shortcut::{
    Builder, Code, GlobalShortcut, GlobalShortcutExt as _, Modifiers, Shortcut, ShortcutState,
};
use tokio::sync::watch;

use crate::controller::Ear;

/// The same keys as in the windows of ours, and what they do.
const KEYS: [(Code, bool); 2] = [(Code::KeyA, true), (Code::KeyD, false)];
const MODIFIERS: Modifiers = if cfg!(target_os = "macos") { Modifiers::SUPER } else { Modifiers::CONTROL };

/// Takes the keys while they are wanted, until the program ends.
pub(crate) async fn follow(app: AppHandle, mut wanted: watch::Receiver<bool>, ear: Ear) {
    while wanted.changed().await.is_ok() {
        let on = *wanted.borrow_and_update();
        let (app, ear) = (app.clone(), ear.clone());
        // The window system answers when it likes.
        let done =
            tauri::async_runtime::spawn_blocking(move || if on { take(&app, &ear) } else { give_back(&app) }).await;
        if let Ok(Err(error)) = done {
            tracing::warn!(%error, on, "the system has no keys for the ring");
        }
    }
}

/// The plugin begins with the first use: not every system has what it needs, and most users do not want it.
fn take(app: &AppHandle, ear: &Ear) -> anyhow::Result<()> {
    if app.try_state::<GlobalShortcut<tauri::Wry>>().is_none() {
        install(app)?;
    }
    give_back(app)?; // two rings in quick succession are one change here
    for (code, accept) in KEYS {
        let ear = ear.clone();
        app.global_shortcut().on_shortcut(shortcut(code), move |_, _, event| {
            if event.state() == ShortcutState::Pressed {
                let ear = ear.clone();
                tauri::async_runtime::spawn(async move { ear.shortcut(accept).await });
            }
        })?;
    }
    Ok(())
}

/// Its window system wants it to be made where the windows are.
fn install(app: &AppHandle) -> anyhow::Result<()> {
    let (done_tx, done) = mpsc::sync_channel(1);
    let handle = app.clone();
    app.run_on_main_thread(move || {
        // Somebody waits: this ends before the program does.
        let _ = done_tx.send(handle.plugin(Builder::new().build()));
    })?;
    Ok(done.recv()??)
}

fn give_back(app: &AppHandle) -> anyhow::Result<()> {
    let Some(taken) = app.try_state::<GlobalShortcut<tauri::Wry>>() else { return Ok(()) };
    Ok(taken.unregister_all()?)
}

fn shortcut(code: Code) -> Shortcut {
    Shortcut::new(Some(MODIFIERS | Modifiers::SHIFT), code)
}
