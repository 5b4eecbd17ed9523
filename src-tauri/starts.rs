//! What the program is started for: a link, the settings, its own end. The first start sees to it, or the one that runs when there is another.

use tauri::{App, AppHandle};

#[cfg(target_os = "macos")]
use crate::shell::commands::Shell;
use crate::{app::with_controller, controller::ControllerHandle, desktop::TrayAction, options::Options};
#[cfg(target_os = "macos")]
use tauri::Manager as _;

/// What the first start was asked for, beside starting.
pub(crate) async fn first(options: &Options, link: Option<String>, handle: &ControllerHandle) {
    if let Some(link) = link {
        handle.opened_link(&link).await;
    }
    if options.settings {
        handle.tray(TrayAction::Settings).await;
    }
}

/// Another instance was started and has ended; this one does what that one was started for.
pub(crate) fn again(app: &AppHandle, args: Vec<String>) {
    // Which argument was wrong is left out: an invite may be in it.
    let told = |error: &clap::Error| tracing::warn!(kind = %error.kind(), "started again in vain");
    let Ok(options) = Options::from_args(args).inspect_err(told) else { return };
    with_controller(app, |handle| async move {
        match options.link() {
            _ if options.quit => handle.quit().await,
            Some(link) => handle.opened_link(link).await,
            None if options.settings => handle.tray(TrayAction::Settings).await,
            None if options.hidden => {}
            None => handle.started_again().await,
        }
    });
}

/// The link that the first start was asked to open.
pub(crate) fn link(options: &Options, app: &App) -> Option<String> {
    options.link().map(str::to_owned).or_else(|| early_link(app))
}

/// The link that this program was started for, where the system hands it over before there is anything to hand it to.
#[cfg(target_os = "macos")]
struct EarlyLink(String);

#[cfg(target_os = "macos")]
pub(crate) fn link_opened(app: &AppHandle, link: &str) {
    let link = link.to_owned();
    if app.try_state::<Shell>().is_none() {
        app.manage(EarlyLink(link));
        return;
    }
    with_controller(app, |handle| async move { handle.opened_link(&link).await });
}

#[cfg(target_os = "macos")]
fn early_link(app: &App) -> Option<String> {
    app.try_state::<EarlyLink>().map(|early| early.0.clone())
}

/// Elsewhere links are arguments.
#[cfg(not(target_os = "macos"))]
const fn early_link(_: &App) -> Option<String> {
    None
}
