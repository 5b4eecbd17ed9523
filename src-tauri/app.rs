//! The program: puts the controller, the kit and Tauri together, and runs until the user quits.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use carillon_ipc::Locale;
use carillon_kit::{Login, Microphone, Speaker, media::StandIn};
use tauri::{App, AppHandle, Manager, RunEvent, Window, WindowEvent};
use tauri_plugin_window_state::StateFlags;
use tokio::sync::{Notify, mpsc, watch};

use crate::{
    controller::{Controller, ControllerHandle, DeviceOverrides, Moment, Setup},
    options::{Options, Profile, SecretsIn},
    ring,
    shell::{
        Surfaces, TauriDesktop,
        autostart::Autostart,
        badge,
        channels::Channels,
        commands::{self, Shell},
        kit::Kit,
        notifications, pictures, shortcuts, sound, tray,
        windows::{WindowOrder, WindowSettings, Windows},
    },
    starts,
    store::{FileVault, Keychain, KeysFile, OutboxFile, SecretError, Secrets, SettingsFile},
    window::WindowName,
};

/// A window manager has done what was asked of it by then.
const SETTLED: Duration = Duration::from_millis(300);
/// More presses than this between two steps are a stuck button.
const PRESSES: usize = 16;

/// Runs the app until it is quit.
///
/// # Errors
/// What keeps Tauri from starting, such as a missing display.
#[allow(
    clippy::disallowed_methods,
    reason = "the context's macro exits where macOS cannot start the app; nothing is open yet"
)]
pub fn run(options: Options) -> anyhow::Result<()> {
    let mut context = tauri::generate_context!();
    let identifier = options.profile.identifier(&context.config().identifier);
    #[cfg(windows)]
    known_as(&identifier);
    context.config_mut().identifier.clone_from(&identifier);
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, args, _| starts::again(app, args))) // first: a second instance must go no further
        .plugin(tauri_plugin_notification::init())
        .plugin(remember_windows())
        .invoke_handler(commands::handler())
        .register_asynchronous_uri_scheme_protocol(pictures::SCHEME, pictures::answer)
        .on_window_event(window_event)
        .setup(move |app| Ok(set_up(app, options, &identifier)?))
        .build(context)
        .context("the desktop does not let Carillon start")?;
    app.run(run_event);
    Ok(())
}

/// Windows groups windows in the task bar by this, and has it from the shortcut otherwise, which not every start comes by.
#[cfg(windows)]
fn known_as(identifier: &str) {
    use windows::{Win32::UI::Shell::SetCurrentProcessExplicitAppUserModelID, core::HSTRING};
    #[expect(unsafe_code, reason = "what C declares is called: it copies a string that lives for as long as the call")]
    // SAFETY: the string ends with a zero, as `HSTRING` has it.
    let told = unsafe { SetCurrentProcessExplicitAppUserModelID(&HSTRING::from(identifier)) };
    if let Err(error) = told {
        tracing::debug!(%error, "the task bar takes the program for another one");
    }
}

fn window_event(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event {
        api.prevent_close();
        close_requested(window.app_handle(), window.label());
    }
    if let WindowEvent::Focused(focused) = *event
        && window.label() == WindowName::Main.label()
    {
        with_controller(window.app_handle(), move |handle| async move { handle.focused(focused).await });
    }
    if matches!(event, WindowEvent::Focused(_) | WindowEvent::Resized(_))
        && window.label() == WindowName::Call.label()
        && let Some(shell) = window.app_handle().try_state::<Shell>()
    {
        shell.call_window_moved.notify_one();
    }
}

/// Looks whether the call window is minimised whenever it has moved: no desktop tells of it as an event of its own, and some say so a moment
/// later. A window that is made larger moves many times a second, which is one look now and one afterwards.
async fn follow_call_window(moved: Arc<Notify>, is_minimised: impl Fn() -> Option<bool>, handle: ControllerHandle) {
    loop {
        moved.notified().await;
        for wait in [Duration::ZERO, SETTLED] {
            tokio::time::sleep(wait).await;
            if let Some(is_minimised) = is_minimised() {
                handle.seen(WindowName::Call, !is_minimised).await;
            }
        }
    }
}

fn run_event(app: &AppHandle, event: RunEvent) {
    // The system's own ways to quit come without a code; ours has one.
    if let RunEvent::ExitRequested { code: None, api, .. } = &event {
        api.prevent_exit();
        with_controller(app, |handle| async move { handle.quit().await });
    }
    #[cfg(target_os = "macos")]
    if let RunEvent::Opened { urls } = &event {
        urls.iter().for_each(|url| starts::link_opened(app, url.as_str()));
    }
    if let RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. } = event {
        gone(app, &label);
    }
}

/// Where the user left the main and the call window. The ring window has its own place.
fn remember_windows<R: tauri::Runtime>() -> tauri::plugin::TauriPlugin<R> {
    tauri_plugin_window_state::Builder::default()
        .with_state_flags(StateFlags::all() - StateFlags::VISIBLE - StateFlags::DECORATIONS)
        .with_denylist(&[WindowName::Ring.label()])
        .build()
}

fn set_up(app: &App, options: Options, identifier: &str) -> anyhow::Result<()> {
    let folder = match &options.data_dir {
        Some(folder) => folder.clone(),
        None => app.path().app_local_data_dir().context("the system has no place for data")?,
    };
    if options.quit {
        app.handle().exit(0); // there was no other instance to end
        return Ok(());
    }
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let file = FileVault::in_folder(&folder);
    let secrets = match options.secrets {
        SecretsIn::Keychain => Secrets::new(Keychain::new(identifier), file),
        SecretsIn::File => Secrets::in_file_only(file),
    };
    let channels = Arc::new(Channels::default());
    let autostart = autostart(app, identifier, &options);
    let (desktop, surfaces) = TauriDesktop::new(app.handle().clone(), Arc::clone(&channels), autostart);
    let downloads = match (&options.data_dir, app.path().download_dir()) {
        (None, Ok(downloads)) => downloads,
        // What is kept elsewhere is kept there whole; and some systems have no such folder.
        (Some(_), _) | (None, Err(_)) => folder.join("downloads"),
    };
    let setup = controller_setup(&options, &folder, downloads, secrets.clone());
    let (in_file, theme, zoom) = (setup.settings.login_in_file, setup.settings.theme, setup.settings.zoom);
    let (controller, handle) = Controller::new(desktop, setup);
    let orders = surfaces.window_orders.clone();
    let call_window_moved = Arc::new(Notify::new());
    tauri::async_runtime::spawn(follow_call_window(
        Arc::clone(&call_window_moved),
        is_call_window_minimised(app.handle().clone()),
        handle.clone(),
    ));
    app.manage(Shell { handle: handle.clone(), channels, windows: orders.clone(), call_window_moved });
    let window_settings = WindowSettings { data_folder: folder.join("web"), hidden: options.hidden, theme, zoom };
    let windows = Windows::begin(app.handle().clone(), window_settings, orders)?;
    notifications::follow_clicks(app.handle(), &handle);
    follow_surfaces(app.handle(), surfaces, windows, &handle);
    tauri::async_runtime::spawn(controller.run());
    tauri::async_runtime::spawn(quit_on_signal(handle.clone()));
    let link = starts::link(&options, app);
    tauri::async_runtime::spawn(async move {
        let login = first_login(&options, &secrets, in_file).await;
        handle.begin(login).await;
        starts::first(&options, link, &handle).await;
    });
    Ok(())
}

/// The system's own list of what starts when the user logs in.
fn autostart(app: &App, identifier: &str, options: &Options) -> Option<Autostart> {
    let folders = app.path();
    let folder = if cfg!(target_os = "macos") {
        folders.home_dir().map(|home| home.join("Library"))
    } else {
        folders.config_dir()
    };
    let entry = Autostart::new(identifier.to_owned(), options, folder.ok()?);
    entry.inspect_err(|error| tracing::warn!(%error, "the program does not know where it is")).ok()
}

fn is_call_window_minimised(app: AppHandle) -> impl Fn() -> Option<bool> {
    move || app.get_webview_window(WindowName::Call.label())?.is_minimized().ok()
}

fn controller_setup(options: &Options, folder: &Path, downloads: PathBuf, secrets: Secrets) -> Setup {
    let settings_file = SettingsFile::in_folder(folder);
    let mut settings = settings_file.load();
    if let Some(server) = &options.server {
        settings.server.clone_from(server);
    }
    let always_in_file = options.secrets == SecretsIn::File;
    settings.login_in_file |= always_in_file;
    Setup {
        backend: Arc::new(Kit),
        secrets,
        settings_file,
        keys_file: KeysFile::in_folder(folder),
        outbox_file: OutboxFile::in_folder(folder),
        downloads,
        settings,
        always_in_file,
        device_overrides: DeviceOverrides {
            microphone: options.fake_mic.clone().map(Microphone::Wav),
            speaker: options.fake_speaker.clone().map(Speaker::Wav),
            camera: options.fake_camera.clone().map(StandIn::camera),
            screen: options.fake_screen.clone().map(StandIn::screen),
        },
        hidden: options.hidden,
        device_name: device_name(&options.profile),
        clock: Arc::new(Moment::now),
        system_locale: Locale::for_system(&sys_locale::get_locale().unwrap_or_default()),
    }
}

/// The machine's name, and the profile's if there may be several.
fn device_name(profile: &Profile) -> String {
    let machine = gethostname::gethostname().to_string_lossy().into_owned();
    if *profile == Profile::default() { machine } else { format!("{machine} ({profile})") }
}

/// The sign-in to begin with: handed over in a file, or kept from last time.
async fn first_login(options: &Options, secrets: &Secrets, in_file: bool) -> Result<Option<Login>, SecretError> {
    let Some(path) = &options.login_from else { return secrets.load(in_file).await };
    let text = fs::read_to_string(path)?;
    fs::remove_file(path)?; // a secret has one place
    let login = serde_json::from_str(&text)?;
    secrets.save(&login, in_file).await?;
    Ok(Some(login))
}

fn follow_surfaces(app: &AppHandle, surfaces: Surfaces, windows: Windows, handle: &ControllerHandle) {
    let Surfaces { windows: orders, rings, shortcuts: keys, sounds, trays, waiting, notices, .. } = surfaces;
    let (presses, presses_rx) = mpsc::channel(PRESSES);
    tauri::async_runtime::spawn(windows.run(orders, handle.clone()));
    tauri::async_runtime::spawn(notifications::follow(app.clone(), notices));
    tauri::async_runtime::spawn(shortcuts::follow(app.clone(), keys, handle.clone()));
    tauri::async_runtime::spawn(sound::follow(Arc::new(Kit), sounds));
    tauri::async_runtime::spawn(pass_presses_on(presses_rx, handle.clone()));
    let (app, handle) = (app.clone(), handle.clone());
    #[cfg(target_os = "linux")]
    tauri::async_runtime::spawn(async move {
        let bus = session_bus().await;
        if let Some(bus) = bus.clone() {
            tauri::async_runtime::spawn(follow_lock(bus, handle.clone()));
        }
        tauri::async_runtime::spawn(tray::follow(app, tray::watch_host(bus.clone()), trays, handle));
        tauri::async_runtime::spawn(badge::follow(bus.clone(), waiting));
        let notifier = match &bus {
            Some(bus) => ring::FreedesktopNotifier::on_bus(bus).await.ok(),
            None => None,
        };
        follow_rings(notifier, rings, presses).await;
    });
    #[cfg(not(target_os = "linux"))]
    {
        tauri::async_runtime::spawn(badge::follow(app.clone(), waiting));
        tauri::async_runtime::spawn(tray::follow(app, tray::watch_host(None), trays, handle));
        #[cfg(windows)]
        let notifier = ring::TaggedNotifier::of_app(crate::APP_ID);
        #[cfg(target_os = "macos")]
        let notifier = ring::TaggedNotifier::of_this_app();
        let notifier = notifier.inspect_err(|error| tracing::warn!(%error, "rings have no notification"));
        tauri::async_runtime::spawn(follow_rings(notifier.ok(), rings, presses));
    }
}

/// Where the system has no notifications with buttons, the other surfaces say it all.
async fn follow_rings(
    notifier: Option<impl ring::RingNotifier>,
    rings: watch::Receiver<Option<ring::RingContent>>,
    presses: mpsc::Sender<ring::RingPress>,
) {
    match notifier {
        Some(notifier) => ring::follow(notifier, rings, presses).await,
        None => ring::follow(ring::NoNotifier, rings, presses).await,
    }
}

/// Tells whether the screen is locked, as long as the bus does.
#[cfg(target_os = "linux")]
async fn follow_lock(bus: zbus::Connection, handle: ControllerHandle) {
    use futures_util::StreamExt as _;
    match ring::watch_lock(&bus).await {
        Ok(mut locked) => {
            while let Some(locked) = locked.next().await {
                handle.screen_locked(locked).await;
            }
        }
        Err(error) => tracing::warn!(%error, "nobody knows whether the screen is locked"),
    }
}

/// One connection for the life of the program.
#[cfg(target_os = "linux")]
async fn session_bus() -> Option<zbus::Connection> {
    zbus::Connection::session()
        .await
        .inspect_err(|error| tracing::warn!(%error, "no session bus: no tray, and no notification with buttons"))
        .ok()
}

async fn pass_presses_on(mut presses: mpsc::Receiver<ring::RingPress>, handle: ControllerHandle) {
    while let Some(press) = presses.recv().await {
        handle.pressed(press).await;
    }
}

/// The next window of its name can be made now.
fn gone(app: &AppHandle, label: &str) {
    if let (Some(window), Some(shell)) = (WindowName::by_label(label), app.try_state::<Shell>()) {
        let orders = shell.windows.clone();
        tauri::async_runtime::spawn(async move { orders.send(WindowOrder::Gone(window)).await });
    }
}

fn close_requested(app: &AppHandle, label: &str) {
    if let Some(window) = WindowName::by_label(label) {
        with_controller(app, move |handle| async move { handle.close_requested(window).await });
    }
}

/// Tells the controller something from a thread that must not wait.
pub(crate) fn with_controller<F: Future<Output = ()> + Send + 'static>(
    app: &AppHandle,
    tell: impl FnOnce(ControllerHandle) -> F,
) {
    if let Some(shell) = app.try_state::<Shell>() {
        tauri::async_runtime::spawn(tell(shell.handle.clone()));
    }
}

#[cfg(unix)]
async fn quit_on_signal(handle: ControllerHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminated), Ok(mut interrupted)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    handle.quit().await;
}

#[cfg(not(unix))]
async fn quit_on_signal(handle: ControllerHandle) {
    if tokio::signal::ctrl_c().await.is_ok() {
        handle.quit().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_window_that_moves_many_times_is_looked_at_now_and_afterwards() {
        let (moved, looks) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        let (handle, _inputs) = ControllerHandle::new();
        let look = {
            let looks = Arc::clone(&looks);
            move || {
                looks.fetch_add(1, Ordering::SeqCst);
                Some(false)
            }
        };
        tokio::spawn(follow_call_window(Arc::clone(&moved), look, handle));

        for _ in 0..50 {
            moved.notify_one();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        tokio::time::sleep(4 * SETTLED).await;
        assert_eq!(looks.load(Ordering::SeqCst), 4);
    }
}
