//! Windows: one task makes, shows and closes them, in the order it is told.
//!
//! A web view takes a while to start, and a busy machine makes that seconds. So the ring and the call window are made before they
//! are needed, out of sight, and once one has gone the next is made. A spare is not shown twice: only a window that was never
//! shown is sure to take no focus, and to show nothing of the call before.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::{Duration, Instant},
};

use carillon_ipc::Theme;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tokio::sync::mpsc;

use super::place::{self, CALL_MIN_SIZE, Place, RING_SIZE};
use crate::{
    controller::ControllerHandle,
    desktop::{PutAway, Shape},
    window::WindowName,
};

/// A window shows itself when it has rendered; one that has not by then is shown as it is.
const REVEAL_ANYWAY: Duration = Duration::from_secs(1);
/// Those that there is always one of, shown or not.
const SPARES: [WindowName; 2] = [WindowName::Ring, WindowName::Call];

/// What is to happen with a window.
#[derive(Debug, Clone)]
pub(crate) enum WindowOrder {
    Open(WindowName),
    Title(WindowName, String),
    Theme(Theme),
    Zoom(u16),
    Reveal(WindowName),
    /// It has not said that it has rendered.
    RevealAnyway(WindowName),
    Close(WindowName),
    PutAway(WindowName, PutAway),
    Shape(WindowName, Shape),
    RingLooks(bool),
    /// It has gone.
    Gone(WindowName),
}

impl WindowOrder {
    /// Whether a window is to be seen by it.
    fn shows(&self, window: WindowName) -> bool {
        matches!(self, Self::Open(shown) | Self::Reveal(shown) | Self::RevealAnyway(shown) if *shown == window)
    }
}

/// What all windows of this profile have in common.
#[derive(Debug, Clone)]
pub(crate) struct WindowSettings {
    /// Where the web view keeps what it keeps. One folder: windows that share a context share its processes.
    pub(crate) data_folder: PathBuf,
    /// Whether the main window waits in the tray until it is asked for.
    pub(crate) hidden: bool,
    /// Dark, light, or the system's.
    pub(crate) theme: Theme,
    /// How large everything is, in percent.
    pub(crate) zoom: u16,
}

/// The windows there are.
pub(crate) struct Windows {
    app: AppHandle,
    settings: WindowSettings,
    /// For what comes later.
    orders: mpsc::Sender<WindowOrder>,
    /// Asked for and not on show yet, since when.
    awaited: BTreeMap<WindowName, Instant>,
    /// Told to go. The system takes its time, and the next of that name has to wait for it.
    going: BTreeSet<WindowName>,
    /// Those that are not whole, and how they stood when they were.
    shapes: BTreeMap<WindowName, (Shape, Place)>,
    main_waits: bool,
    has_spares: bool,
}

impl Windows {
    /// Makes the main window, hidden. It is the first one and lives as long as the program.
    pub(crate) fn begin(
        app: AppHandle,
        settings: WindowSettings,
        orders: mpsc::Sender<WindowOrder>,
    ) -> tauri::Result<Self> {
        let main_waits = settings.hidden;
        let (awaited, going) = (BTreeMap::new(), BTreeSet::new());
        let shapes = BTreeMap::new();
        let mut windows = Self { app, settings, orders, awaited, going, shapes, main_waits, has_spares: false };
        windows.create(WindowName::Main)?;
        if !main_waits {
            windows.await_ready(WindowName::Main);
        }
        Ok(windows)
    }

    /// Works through orders until the program ends.
    pub(crate) async fn run(mut self, mut orders: mpsc::Receiver<WindowOrder>, handle: ControllerHandle) {
        while let Some(order) = orders.recv().await {
            if let Err(error) = self.obey(&order) {
                tracing::warn!(%error, ?order, "a window did not do as told");
                if order.shows(WindowName::Ring) {
                    handle.ring_unseen().await;
                }
            }
        }
    }

    fn obey(&mut self, order: &WindowOrder) -> tauri::Result<()> {
        match order {
            WindowOrder::Open(window) => self.open(*window),
            WindowOrder::Title(window, title) => self.with(*window, |shown| shown.set_title(title)),
            WindowOrder::Theme(theme) => self.set_theme(*theme),
            WindowOrder::Zoom(percent) => self.set_zoom(*percent),
            WindowOrder::Reveal(window) => self.has_rendered(*window),
            WindowOrder::RevealAnyway(window) => self.reveal_anyway(*window),
            WindowOrder::Close(window) => self.close(*window),
            WindowOrder::PutAway(window, how) => self.with(*window, |shown| put_away(shown, *how)),
            WindowOrder::RingLooks(on) => self.with(WindowName::Ring, |shown| place::ring_looks(shown, *on)),
            WindowOrder::Shape(window, shape) => self.set_shape(*window, *shape),
            WindowOrder::Gone(window) => self.gone(*window),
        }
    }

    fn get(&self, window: WindowName) -> Option<WebviewWindow> {
        self.app.get_webview_window(window.label())
    }

    fn with(&self, window: WindowName, work: impl FnOnce(&WebviewWindow) -> tauri::Result<()>) -> tauri::Result<()> {
        self.get(window).map_or(Ok(()), |shown| work(&shown))
    }

    fn open(&mut self, window: WindowName) -> tauri::Result<()> {
        self.main_waits &= window != WindowName::Main;
        if !self.going.contains(&window) {
            match self.get(window) {
                Some(spare) if SPARES.contains(&window) && !spare.is_visible()? => {}
                Some(shown) => return raise(&shown, window),
                None => self.create(window)?,
            }
        }
        self.await_ready(window);
        Ok(())
    }

    fn await_ready(&mut self, window: WindowName) {
        self.awaited.insert(window, Instant::now());
        let orders = self.orders.clone();
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(REVEAL_ANYWAY).await;
            // Fails only at the program's end.
            let _ = orders.send(WindowOrder::RevealAnyway(window)).await;
        });
    }

    fn has_rendered(&mut self, window: WindowName) -> tauri::Result<()> {
        if let Some(asked_at) = self.awaited.remove(&window) {
            tracing::debug!(window = window.label(), after_ms = asked_at.elapsed().as_millis(), "rendered");
            self.with(window, |shown| reveal(shown, window))?;
        }
        if window == WindowName::Main { self.make_spares() } else { Ok(()) }
    }

    fn reveal_anyway(&mut self, window: WindowName) -> tauri::Result<()> {
        let is_late = self.awaited.get(&window).is_some_and(|asked_at| asked_at.elapsed() >= REVEAL_ANYWAY);
        if !is_late {
            return Ok(());
        }
        self.awaited.remove(&window);
        tracing::warn!(window = window.label(), "shown before it had rendered");
        self.with(window, |shown| reveal(shown, window))
    }

    fn close(&mut self, window: WindowName) -> tauri::Result<()> {
        self.awaited.remove(&window);
        let Some(shown) = self.get(window) else { return Ok(()) };
        if self.going.insert(window) { shown.destroy() } else { Ok(()) }
    }

    fn set_shape(&mut self, window: WindowName, shape: Shape) -> tauri::Result<()> {
        let Some(shown) = self.get(window) else { return Ok(()) };
        let (was, whole) = match self.shapes.remove(&window) {
            Some(kept) => kept,
            None => (Shape::Whole, Place::of(&shown)?),
        };
        if shape != Shape::Whole {
            self.shapes.insert(window, (shape, whole));
        }
        place::steps(was, shape, whole.is_maximised).into_iter().try_for_each(|step| place::take(&shown, step, whole))
    }

    fn gone(&mut self, window: WindowName) -> tauri::Result<()> {
        self.going.remove(&window);
        self.shapes.remove(&window);
        let is_spare = self.has_spares && SPARES.contains(&window);
        if is_spare || self.awaited.contains_key(&window) { self.create(window) } else { Ok(()) }
    }

    /// They are made once there is nothing more urgent.
    fn make_spares(&mut self) -> tauri::Result<()> {
        if std::mem::replace(&mut self.has_spares, true) {
            return Ok(());
        }
        let missing = |window: &WindowName| self.get(*window).is_none();
        SPARES.into_iter().filter(missing).try_for_each(|window| self.create(window))
    }

    fn set_theme(&mut self, theme: Theme) -> tauri::Result<()> {
        self.settings.theme = theme;
        WindowName::ALL.into_iter().filter_map(|window| self.get(window)).try_for_each(|shown| self.lay_ground(&shown))
    }

    fn set_zoom(&mut self, percent: u16) -> tauri::Result<()> {
        self.settings.zoom = percent;
        WindowName::ALL.into_iter().try_for_each(|window| self.with(window, |shown| self.zoom(window, shown)))
    }

    /// The ring window has just the size of what is in it.
    fn zoom(&self, window: WindowName, shown: &WebviewWindow) -> tauri::Result<()> {
        if window == WindowName::Ring { Ok(()) } else { shown.set_zoom(f64::from(self.settings.zoom) / 100.0) }
    }

    fn create(&self, window: WindowName) -> tauri::Result<()> {
        let builder = WebviewWindowBuilder::new(&self.app, window.label(), WebviewUrl::default())
            .title(crate::APP_NAME)
            .visible(false)
            // For *Paste* in our own menu; a page without that could not have one.
            .enable_clipboard_access()
            .data_directory(self.settings.data_folder.clone());
        let builder = match window {
            // Files that are dropped are the page's, which shows them before they are sent.
            WindowName::Main => {
                builder.inner_size(960.0, 640.0).min_inner_size(720.0, 480.0).disable_drag_drop_handler()
            }
            WindowName::Call => {
                builder.inner_size(760.0, 560.0).min_inner_size(CALL_MIN_SIZE.width, CALL_MIN_SIZE.height)
            }
            WindowName::Settings => builder.inner_size(800.0, 640.0).min_inner_size(480.0, 400.0),
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
        let shown = builder.build()?;
        self.zoom(window, &shown)?;
        self.lay_ground(&shown)
    }

    /// So that no window flashes before it has rendered.
    fn lay_ground(&self, shown: &WebviewWindow) -> tauri::Result<()> {
        let is_dark = match self.settings.theme {
            Theme::System => shown.theme()? == tauri::Theme::Dark,
            Theme::Dark => true,
            Theme::Light => false,
        };
        shown.set_background_color(Some(place::ground(is_dark)))
    }
}

fn reveal(shown: &WebviewWindow, window: WindowName) -> tauri::Result<()> {
    if window == WindowName::Ring {
        place::ring(shown)?;
        return shown.show(); // never `set_focus`: what the user types elsewhere must not answer a ring
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
