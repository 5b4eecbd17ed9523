//! Where the ring window belongs on the screen, and what lies under every window.

use tauri::{LogicalSize, PhysicalPosition, WebviewWindow, utils::config::Color};

/// Between the ring window and the edges of the screen.
const MARGIN: f64 = 16.0;
/// The ring window's.
pub(super) const RING_SIZE: LogicalSize<f64> = LogicalSize::new(400.0, 132.0);

/// As `--ground` of `ui/styles/tokens.css`.
const DARK: Color = Color(0x14, 0x12, 0x0f, 0xff);
/// As `--ground` of `ui/styles/tokens.css`.
const LIGHT: Color = Color(0xfa, 0xf7, 0xf2, 0xff);

/// What is seen of a window before it has painted.
pub(super) const fn ground(is_dark: bool) -> Color {
    if is_dark { DARK } else { LIGHT }
}

/// Puts the ring window where it belongs: top right of the screen that the user looks at, which is the one with the pointer.
/// Wayland tells no program where the pointer is, and lets none choose a place: there it is in the middle.
pub(super) fn ring(shown: &WebviewWindow) -> tauri::Result<()> {
    if is_wayland() {
        return shown.center();
    }
    let pointer = shown.cursor_position().unwrap_or_default();
    let here = shown.monitor_from_point(pointer.x, pointer.y)?;
    let Some(monitor) = here.or(shown.primary_monitor()?) else { return Ok(()) };
    let (area, scale) = (monitor.work_area(), monitor.scale_factor());
    shown.set_position(top_right((area.position.x, area.position.y, area.size.width), scale))
}

/// In physical pixels; `area` is the left, the top and the width of a screen's free part.
fn top_right(area: (i32, i32, u32), scale: f64) -> PhysicalPosition<f64> {
    let (left, top, width) = (f64::from(area.0), f64::from(area.1), f64::from(area.2));
    PhysicalPosition::new(left + width - (RING_SIZE.width + MARGIN) * scale, top + MARGIN * scale)
}

#[cfg(not(target_os = "linux"))]
const fn is_wayland() -> bool {
    false
}

/// As GTK chooses: X11 where it is asked for by name, else Wayland where there is one.
#[cfg(target_os = "linux")]
fn is_wayland() -> bool {
    let backend = std::env::var("GDK_BACKEND").ok();
    chooses_wayland(backend.as_deref(), std::env::var_os("WAYLAND_DISPLAY").is_some())
}

#[cfg(target_os = "linux")]
fn chooses_wayland(backend: Option<&str>, has_wayland: bool) -> bool {
    let first = backend.and_then(|names| names.split(',').next()).unwrap_or("*");
    has_wayland && matches!(first, "*" | "" | "wayland")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: &str = include_str!("../../ui/styles/tokens.css");

    #[test]
    fn the_ground_is_the_style_sheets_so_that_nothing_flashes() {
        let hex = |Color(red, green, blue, _): Color| format!("#{red:02x}{green:02x}{blue:02x}");
        let ground = format!("--ground: light-dark({}, {});", hex(ground(false)), hex(ground(true)));

        assert!(TOKENS.contains(&ground), "{ground}");
    }

    #[test]
    fn the_ring_window_is_in_the_top_right_corner_of_whichever_screen_at_whatever_scale() {
        assert_eq!(top_right((0, 0, 1600), 1.0), PhysicalPosition::new(1184.0, 16.0));
        assert_eq!(top_right((1600, 32, 3840), 2.0), PhysicalPosition::new(4608.0, 64.0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn wayland_is_told_from_x11_as_gtk_does() {
        assert!(chooses_wayland(None, true));
        assert!(chooses_wayland(Some("wayland,x11"), true));
        assert!(!chooses_wayland(Some("x11"), true), "asked for by name");
        assert!(!chooses_wayland(None, false), "there is none");
    }
}
