//! Windows: one task makes, shows and closes them, in the order it is told.

use std::{path::PathBuf, time::Duration};

use tauri::{
    AppHandle, LogicalSize, Manager, PhysicalPosition, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    utils::config::Color,
};
use tokio::sync::mpsc;

use crate::{desktop::PutAway, window::WindowName};

/// A window shows itself when it has rendered; one that has not by then shows whatever it has.
const REVEAL_ANYWAY: Duration = Duration::from_secs(1);
/// Between the ring window and the edges of the screen.
const RING_MARGIN: f64 = 16.0;
const RING_SIZE: LogicalSize<f64> = LogicalSize::new(400.0, 132.0);
/// The ground of the dark theme, so that no window flashes white before it has rendered.
const GROUND: Color = Color(0x14, 0x12, 0x0f, 0xff);

/// What is to happen with a window.
#[derive(Debug, Clone)]
pub(crate) enum WindowOrder {
    Open(WindowName),
    Title(WindowName, String),
    Reveal(WindowName),
    Close(WindowName),
    PutAway(WindowName, PutAway),
}

/// What all windows of this profile have in common.
#[derive(Debug, Clone)]
pub(crate) struct WindowSettings {
    /// Where the web view keeps what it keeps. One folder: windows that share a context share its processes.
    pub(crate) data_folder: PathBuf,
    /// Whether the main window waits in the tray until it is asked for.
    pub(crate) hidden: bool,
}

/// Works through orders until there is nobody to give any.
pub(crate) async fn run(app: AppHandle, settings: WindowSettings, mut orders: mpsc::Receiver<WindowOrder>) {
    let mut main_waits = settings.hidden;
    while let Some(order) = orders.recv().await {
        let done = match &order {
            WindowOrder::Reveal(WindowName::Main) if main_waits => Ok(()),
            WindowOrder::Open(window) => {
                main_waits &= *window != WindowName::Main;
                open(&app, &settings, *window)
            }
            WindowOrder::Title(window, title) => get(&app, *window).map_or(Ok(()), |shown| shown.set_title(title)),
            WindowOrder::Reveal(window) => get(&app, *window).map_or(Ok(()), |shown| reveal(&shown, *window)),
            WindowOrder::Close(window) => get(&app, *window).map_or(Ok(()), |shown| shown.destroy()),
            WindowOrder::PutAway(window, how) => get(&app, *window).map_or(Ok(()), |shown| put_away(&shown, *how)),
        };
        if let Err(error) = done {
            tracing::warn!(%error, ?order, "a window did not do as told");
        }
    }
}

fn get(app: &AppHandle, window: WindowName) -> Option<WebviewWindow> {
    app.get_webview_window(window.label())
}

/// Makes the main window, hidden. It is the first one and lives as long as the program.
pub(crate) fn create_main(app: &AppHandle, settings: &WindowSettings) -> tauri::Result<()> {
    create(app, settings, WindowName::Main)?;
    if !settings.hidden {
        reveal_anyway(app, WindowName::Main);
    }
    Ok(())
}

fn open(app: &AppHandle, settings: &WindowSettings, window: WindowName) -> tauri::Result<()> {
    match get(app, window) {
        Some(shown) => raise(&shown, window),
        None => {
            create(app, settings, window)?;
            reveal_anyway(app, window);
            Ok(())
        }
    }
}

fn create(app: &AppHandle, settings: &WindowSettings, window: WindowName) -> tauri::Result<WebviewWindow> {
    let builder = WebviewWindowBuilder::new(app, window.label(), WebviewUrl::default())
        .title(crate::APP_NAME)
        .visible(false)
        .background_color(GROUND)
        .data_directory(settings.data_folder.clone());
    let builder = match window {
        WindowName::Main => builder.inner_size(960.0, 640.0).min_inner_size(720.0, 480.0),
        WindowName::Call => builder.inner_size(760.0, 560.0).min_inner_size(400.0, 420.0),
        WindowName::Settings => builder.inner_size(720.0, 640.0).min_inner_size(480.0, 400.0),
        WindowName::Ring => builder
            .inner_size(RING_SIZE.width, RING_SIZE.height)
            // Not `resizable(false)`: GTK gives such a window its content's least height, which is 200 for any web view.
            .min_inner_size(RING_SIZE.width, RING_SIZE.height)
            .max_inner_size(RING_SIZE.width, RING_SIZE.height)
            .decorations(false)
            .always_on_top(true)
            .visible_on_all_workspaces(true)
            .skip_taskbar(true)
            .focused(false)
            .accept_first_mouse(true),
    };
    builder.build()
}

fn reveal_anyway(app: &AppHandle, window: WindowName) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(REVEAL_ANYWAY).await;
        let late = get(&app, window).filter(|shown| !shown.is_visible().unwrap_or(true));
        if let Some(shown) = late.filter(|shown| !shown.is_minimized().unwrap_or(false)) {
            tracing::warn!(window = window.label(), "shown before it had rendered");
            // The window may have gone in between.
            let _ = reveal(&shown, window);
        }
    });
}

fn reveal(shown: &WebviewWindow, window: WindowName) -> tauri::Result<()> {
    if window == WindowName::Ring {
        to_the_top_right(shown)?;
        return shown.show(); // never `set_focus`: nobody's typing may end in a ring
    }
    shown.show()?;
    shown.set_focus()
}

fn raise(shown: &WebviewWindow, window: WindowName) -> tauri::Result<()> {
    if window != WindowName::Ring {
        shown.unminimize()?;
    }
    reveal(shown, window)
}

fn put_away(shown: &WebviewWindow, how: PutAway) -> tauri::Result<()> {
    match how {
        PutAway::Hide => shown.hide(),
        PutAway::Minimise => shown.show().and_then(|()| shown.minimize()), // what is hidden is not in the task bar
    }
}

/// Of the screen that the user looks at: the one with the pointer. Wayland places windows as it likes.
fn to_the_top_right(shown: &WebviewWindow) -> tauri::Result<()> {
    let pointer = shown.cursor_position().unwrap_or_default();
    let here = shown.monitor_from_point(pointer.x, pointer.y)?;
    let Some(monitor) = here.or(shown.primary_monitor()?) else { return Ok(()) };
    let (area, scale) = (monitor.work_area(), monitor.scale_factor());
    let right = f64::from(area.position.x) + f64::from(area.size.width);
    let x = right - (RING_SIZE.width + RING_MARGIN) * scale;
    let y = f64::from(area.position.y) + RING_MARGIN * scale;
    shown.set_position(PhysicalPosition::new(x, y))
}
