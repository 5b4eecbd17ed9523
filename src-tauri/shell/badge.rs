//! The program's entry in the task bar or the dock: it carries what waits, and asks for attention while a call rings.

use tauri::{AppHandle, Manager as _};
use tokio::sync::watch;

use crate::window::WindowName;

/// Keeps the number on the entry in step with what waits, until the owner of `waiting` goes.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn follow(app: AppHandle, mut waiting: watch::Receiver<u32>) {
    while waiting.changed().await.is_ok() {
        let count = *waiting.borrow_and_update();
        let Some(main) = app.get_webview_window(WindowName::Main.label()) else { continue };
        #[cfg(windows)]
        let shown = main.set_overlay_icon((count > 0).then(dot));
        #[cfg(target_os = "macos")]
        let shown = main.set_badge_count((count > 0).then_some(i64::from(count)));
        if let Err(error) = shown {
            tracing::debug!(%error, "the task bar shows nothing of what waits");
        }
    }
}

/// The same for docks of Linux, which look the program up by its desktop file.
#[cfg(target_os = "linux")]
pub(crate) async fn follow(bus: Option<zbus::Connection>, mut waiting: watch::Receiver<u32>) {
    let Some(bus) = bus else { return };
    while waiting.changed().await.is_ok() {
        let count = *waiting.borrow_and_update();
        if let Err(error) = tell_docks(&bus, count).await {
            tracing::debug!(%error, "docks hear nothing of what waits");
        }
    }
}

/// What Unity began, and Ubuntu's dock, KDE's task bar and others listen for.
#[cfg(target_os = "linux")]
async fn tell_docks(bus: &zbus::Connection, count: u32) -> zbus::Result<()> {
    use std::collections::HashMap;
    use zbus::zvariant::Value;
    let entry = format!("application://{}.desktop", crate::APP_ID);
    let shown = HashMap::from([("count", Value::I64(count.into())), ("count-visible", Value::Bool(count > 0))]);
    let (path, interface) = ("/org/carillon/desktop", "com.canonical.Unity.LauncherEntry");
    bus.emit_signal(None::<&str>, path, interface, "Update", &(entry, shown)).await
}

/// A red disc: Windows puts it over a corner of the entry, where a number would be too small to read.
#[cfg(any(test, windows))]
fn dot() -> tauri::image::Image<'static> {
    const SIDE: u32 = 32;
    const RED: [u8; 4] = [0xd9, 0x3a, 0x3a, 0xff];
    let centre = f64::from(SIDE - 1) / 2.0;
    let mut rgba = Vec::with_capacity(4 * SIDE as usize * SIDE as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let is_inside = (f64::from(x) - centre).hypot(f64::from(y) - centre) <= f64::from(SIDE) / 2.0 - 2.0;
            rgba.extend(if is_inside { RED } else { [0; 4] });
        }
    }
    tauri::image::Image::new_owned(rgba, SIDE, SIDE)
}

/// Asks for attention while a call rings.
#[derive(Clone)]
pub(super) struct Attention {
    app: AppHandle,
    /// What macOS was asked last: its dock goes on until that is taken back.
    #[cfg(target_os = "macos")]
    asked: std::sync::Arc<std::sync::atomic::AtomicIsize>,
}

impl Attention {
    pub(super) fn new(app: AppHandle) -> Self {
        Self {
            app,
            #[cfg(target_os = "macos")]
            asked: std::sync::Arc::default(),
        }
    }

    /// Flashes in the task bar until it is over, or the user has looked.
    #[cfg(not(target_os = "macos"))]
    pub(super) fn draw(&self, ringing: bool) {
        let Some(main) = self.app.get_webview_window(WindowName::Main.label()) else { return };
        // Some desktops know no such thing; the ring says it in other ways too.
        let _ = main.request_user_attention(ringing.then_some(tauri::UserAttentionType::Critical));
    }

    /// Bounces in the dock until it is over, or the user has looked.
    #[cfg(target_os = "macos")]
    pub(super) fn draw(&self, ringing: bool) {
        use objc2_app_kit::{NSApplication, NSRequestUserAttentionType};
        use std::sync::atomic::Ordering;
        let asked = std::sync::Arc::clone(&self.asked);
        let told = self.app.run_on_main_thread(move || {
            let Some(main) = objc2::MainThreadMarker::new() else { return };
            let app = NSApplication::sharedApplication(main);
            let now = if ringing { app.requestUserAttention(NSRequestUserAttentionType::CriticalRequest) } else { 0 };
            let before = asked.swap(now, Ordering::Relaxed);
            if before != 0 {
                app.cancelUserAttentionRequest(before);
            }
        });
        if let Err(error) = told {
            tracing::debug!(%error, "the dock is still");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_what_waits_is_a_disc_with_clear_corners() {
        let dot = dot();

        let pixel = |x: u32, y: u32| dot.rgba()[4 * (y * dot.width() + x) as usize..][..4].to_vec();
        assert_eq!((dot.width(), dot.height()), (32, 32));
        assert_eq!(pixel(16, 16), [0xd9, 0x3a, 0x3a, 0xff]);
        assert_eq!(pixel(0, 0), [0; 4]);
        assert_eq!(pixel(31, 31), [0; 4]);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn docks_are_told_how_much_waits_and_that_it_is_gone() {
        use std::collections::HashMap;

        use futures_util::StreamExt as _;
        use zbus::zvariant::OwnedValue;

        let bus = crate::ring::testing::Bus::start().await;
        let dock = bus.connect().await;
        let rule = "type='signal',interface='com.canonical.Unity.LauncherEntry',member='Update'";
        let mut told = zbus::MessageStream::for_match_rule(rule, &dock, None).await.expect("a bus");
        let (waiting, waiting_rx) = watch::channel(0);
        tokio::spawn(follow(Some(bus.connect().await), waiting_rx));

        for count in [3, 0] {
            waiting.send_replace(count);
            let message = told.next().await.expect("the bus lives").expect("a message");
            let body = message.body();
            let (entry, shown): (String, HashMap<String, OwnedValue>) = body.deserialize().expect("its own shape");
            assert_eq!(entry, "application://org.carillon.desktop.desktop");
            assert_eq!(shown["count"].downcast_ref::<i64>().ok(), Some(count.into()));
            assert_eq!(shown["count-visible"].downcast_ref::<bool>().ok(), Some(count > 0));
        }
    }
}
