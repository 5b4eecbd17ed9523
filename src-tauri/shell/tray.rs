//! The tray: an icon that says what is going on, and a menu to answer from.
//!
//! There may be no tray at all (stock GNOME), or one that comes after us (autostart) or restarts. The task here follows that, and
//! tells the controller, because a window must not hide where the user cannot find it.

use carillon_ipc::{Locale, Texts};
use tauri::{
    AppHandle,
    image::Image,
    menu::{CheckMenuItemBuilder, Menu, MenuBuilder, MenuItemBuilder},
    tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent},
};
use tokio::sync::watch;

use super::tray_icon;
use crate::{
    controller::ControllerHandle,
    desktop::{TrayAction, TrayContent, TrayState},
};

const ID: &str = "carillon";

/// Keeps the tray in step with what should show, and with whether there is a place to show it.
pub(crate) async fn follow(
    app: AppHandle,
    mut host: watch::Receiver<bool>,
    mut shown: watch::Receiver<Option<TrayContent>>,
    handle: ControllerHandle,
) {
    let mut tray = None;
    host.mark_changed();
    loop {
        tokio::select! {
            changed = host.changed() => {
                if changed.is_err() {
                    return;
                }
                let present = *host.borrow_and_update();
                tray = if present { create(&app, &handle) } else { remove(&app, tray.take()) };
                handle.tray_host(tray.is_some()).await;
            }
            changed = shown.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
        let latest = shown.borrow_and_update().clone();
        if let (Some(tray), Some(latest)) = (&tray, latest) {
            update(&app, tray, &latest);
        }
    }
}

fn create(app: &AppHandle, handle: &ControllerHandle) -> Option<TrayIcon> {
    let (on_menu, on_click) = (handle.clone(), handle.clone());
    let builder = TrayIconBuilder::with_id(ID)
        .show_menu_on_left_click(false)
        .on_menu_event(move |_, event| {
            if let Some(action) = action(event.id().as_ref()) {
                tell(&on_menu, action);
            }
        })
        .on_tray_icon_event(move |_, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event {
                tell(&on_click, TrayAction::Open);
            }
        });
    builder.build(app).inspect_err(|error| tracing::warn!(%error, "the tray takes no icon")).ok()
}

fn remove(app: &AppHandle, tray: Option<TrayIcon>) -> Option<TrayIcon> {
    if tray.is_some() {
        app.remove_tray_by_id(ID);
    }
    None
}

fn tell(handle: &ControllerHandle, action: TrayAction) {
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move { handle.tray(action).await });
}

fn update(app: &AppHandle, tray: &TrayIcon, shown: &TrayContent) {
    let icon = app.default_window_icon().map(|base| tray_icon::icon(base, &shown.state));
    if let Err(error) = redraw(app, tray, shown, icon) {
        tracing::warn!(%error, "the tray shows what was");
    }
}

/// The menu comes first: once the tooltip says that a call rings, the menu can answer it.
fn redraw(app: &AppHandle, tray: &TrayIcon, shown: &TrayContent, icon: Option<Image<'_>>) -> tauri::Result<()> {
    tray.set_menu(Some(menu(app, shown)?))?;
    tray.set_icon(icon)?;
    tray.set_tooltip(Some(tooltip(shown)))
}

fn tooltip(shown: &TrayContent) -> String {
    let texts = Texts::new(shown.locale);
    match &shown.state {
        TrayState::Ringing { name } => texts.with("tray-ringing", &[("name", name.as_str().into())]),
        TrayState::InCall { name } => texts.with("tray-in-call", &[("name", name.as_str().into())]),
        TrayState::Offline => texts.t("tray-offline"),
        TrayState::Missed { count } => texts.with("tray-missed", &[("count", (*count).into())]),
        TrayState::Unread { count } => texts.with("tray-unread", &[("count", (*count).into())]),
        TrayState::Silent => texts.t("tray-silent"),
        TrayState::Idle => texts.t("tray-idle"),
    }
}

/// What can be done, most urgent first.
fn actions(state: &TrayState) -> &'static [TrayAction] {
    match state {
        TrayState::Ringing { .. } => &[TrayAction::Accept, TrayAction::Decline],
        TrayState::InCall { .. } => &[TrayAction::ShowCall, TrayAction::HangUp],
        TrayState::Offline
        | TrayState::Missed { .. }
        | TrayState::Unread { .. }
        | TrayState::Silent
        | TrayState::Idle => &[],
    }
}

fn menu(app: &AppHandle, shown: &TrayContent) -> tauri::Result<Menu<tauri::Wry>> {
    let item = |action| MenuItemBuilder::with_id(id(action), label(action, shown.locale)).build(app);
    let now = actions(&shown.state).iter().map(|action| item(*action)).collect::<tauri::Result<Vec<_>>>()?;
    let mut menu = now.iter().fold(MenuBuilder::new(app), |menu, item| menu.item(item));
    if !now.is_empty() {
        menu = menu.separator();
    }
    menu = menu.item(&item(TrayAction::Open)?);
    if let Some(on) = shown.do_not_disturb {
        let silent = TrayAction::DoNotDisturb;
        menu =
            menu.item(&CheckMenuItemBuilder::with_id(id(silent), label(silent, shown.locale)).checked(on).build(app)?);
    }
    menu.item(&item(TrayAction::Settings)?).separator().item(&item(TrayAction::Quit)?).build()
}

const fn id(action: TrayAction) -> &'static str {
    match action {
        TrayAction::Open => "tray-open",
        TrayAction::Accept => "tray-accept",
        TrayAction::Decline => "tray-decline",
        TrayAction::ShowCall => "tray-show-call",
        TrayAction::HangUp => "tray-hang-up",
        TrayAction::DoNotDisturb => "tray-do-not-disturb",
        TrayAction::Settings => "tray-settings",
        TrayAction::Quit => "tray-quit",
    }
}

/// An item's id is the key of its text.
fn label(action: TrayAction, locale: Locale) -> String {
    Texts::new(locale).t(id(action))
}

const ALL: [TrayAction; 8] = [
    TrayAction::Open,
    TrayAction::Accept,
    TrayAction::Decline,
    TrayAction::ShowCall,
    TrayAction::HangUp,
    TrayAction::DoNotDisturb,
    TrayAction::Settings,
    TrayAction::Quit,
];

fn action(id_of_item: &str) -> Option<TrayAction> {
    ALL.into_iter().find(|action| id(*action) == id_of_item)
}

/// Whether there is a tray, now and from now on. Elsewhere than on Linux there always is.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch_host(_: Option<()>) -> watch::Receiver<bool> {
    let (present_tx, present) = watch::channel(true);
    // A receiver without a sender says that there is nothing to follow.
    tauri::async_runtime::spawn(async move { present_tx.closed().await });
    present
}

/// Whether there is a tray, now and from now on: whether anybody owns the watcher's name on the bus.
#[cfg(target_os = "linux")]
pub(crate) fn watch_host(bus: Option<zbus::Connection>) -> watch::Receiver<bool> {
    let (present_tx, present) = watch::channel(false);
    if let Some(bus) = bus {
        tauri::async_runtime::spawn(async move {
            if let Err(error) = follow_watcher(&bus, &present_tx).await {
                tracing::warn!(%error, "nobody knows whether there is a tray");
            }
        });
    }
    present
}

#[cfg(target_os = "linux")]
async fn follow_watcher(bus: &zbus::Connection, present: &watch::Sender<bool>) -> zbus::Result<()> {
    use futures_util::StreamExt;
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let names = zbus::fdo::DBusProxy::new(bus).await?;
    let mut changes = names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    let watcher = zbus::names::BusName::try_from(WATCHER)?;
    present.send_replace(names.name_has_owner(watcher).await?);
    while let Some(change) = changes.next().await {
        present.send_replace(change.args()?.new_owner().is_some());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_a_text_in_every_language() {
        for locale in Locale::ALL {
            for action in ALL {
                assert_ne!(label(action, *locale), id(action), "{locale:?}");
            }
        }
    }

    #[test]
    fn a_ring_can_be_answered_from_the_menu_and_nothing_else_can() {
        assert_eq!(actions(&TrayState::Ringing { name: "Ada".into() }), [TrayAction::Accept, TrayAction::Decline]);
        assert_eq!(actions(&TrayState::InCall { name: "Ada".into() }), [TrayAction::ShowCall, TrayAction::HangUp]);
        assert!(actions(&TrayState::Idle).is_empty());
    }

    #[test]
    fn a_chosen_item_is_known_by_its_id() {
        for chosen in ALL {
            assert_eq!(action(id(chosen)), Some(chosen));
        }
        assert_eq!(action("of another menu"), None);
    }
}
