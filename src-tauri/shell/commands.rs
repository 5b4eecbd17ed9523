//! The commands: two for each window, and each only for its own window. Names as in [`carillon_ipc::command`].

use std::sync::Arc;

use carillon_ipc::{
    CallRequest, CallView, Levels, MainRequest, MainView, Notice, NoticeCode, RingRequest, RingView, SettingsRequest,
    SettingsView,
};
use tauri::{Runtime, State, Webview, ipc::Channel};
use tokio::sync::{Notify, mpsc};

use super::{channels::Channels, windows::WindowOrder};
use crate::{
    controller::{ControllerHandle, WindowRequest},
    window::WindowName,
};

type Reply = Result<(), Notice>;

/// What commands need.
pub(crate) struct Shell {
    pub(crate) handle: ControllerHandle,
    pub(crate) channels: Arc<Channels>,
    pub(crate) windows: mpsc::Sender<WindowOrder>,
    /// The call window is elsewhere, or of another size.
    pub(crate) call_window_moved: Arc<Notify>,
}

/// The capabilities say so too; this holds even if they are widened.
fn only<R: Runtime>(webview: &Webview<R>, window: WindowName) -> Reply {
    if webview.label() == window.label() {
        return Ok(());
    }
    let detail = format!("the window {:?} asked in the place of {:?}", webview.label(), window.label());
    Err(Notice { code: NoticeCode::NotAllowed, name: String::new(), detail })
}

macro_rules! commands {
    ($($window:ident: $request:ident($ask:ident), $subscribe:ident($view:ident) by $set:ident;)*) => {$(
        #[tauri::command]
        pub(crate) async fn $request<R: Runtime>(webview: Webview<R>, shell: State<'_, Shell>, req: $ask) -> Reply {
            only(&webview, WindowName::$window)?;
            shell.handle.ask(WindowRequest::$window(req)).await
        }

        #[tauri::command]
        pub(crate) async fn $subscribe<R: Runtime>(
            webview: Webview<R>,
            shell: State<'_, Shell>,
            views: Channel<$view>,
        ) -> Reply {
            only(&webview, WindowName::$window)?;
            shell.channels.$set(views);
            shell.handle.subscribed(WindowName::$window).await;
            Ok(())
        }
    )*};
}

commands! {
    Main: main_request(MainRequest), main_subscribe(MainView) by set_main;
    Ring: ring_request(RingRequest), ring_subscribe(RingView) by set_ring;
    Call: call_request(CallRequest), call_subscribe(CallView) by set_call;
    Settings: settings_request(SettingsRequest), settings_subscribe(SettingsView) by set_settings;
}

#[tauri::command]
pub(crate) async fn call_levels<R: Runtime>(
    webview: Webview<R>,
    shell: State<'_, Shell>,
    levels: Channel<Levels>,
) -> Reply {
    only(&webview, WindowName::Call)?;
    shell.channels.set_levels(levels);
    Ok(())
}

/// Every command there is, ready for Tauri's builder.
pub(crate) fn handler<R: Runtime>() -> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        main_request,
        main_subscribe,
        ring_request,
        ring_subscribe,
        call_request,
        call_subscribe,
        call_levels,
        settings_request,
        settings_subscribe,
    ]
}
