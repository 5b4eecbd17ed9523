//! Where the ring window belongs on the screen, and what lies under every window.

use tauri::{LogicalSize, PhysicalPosition, PhysicalSize, WebviewWindow, utils::config::Color};

use crate::desktop::Shape;

/// Between a small window and the edges of the screen.
const MARGIN: f64 = 16.0;
/// About the height of the line that window managers draw above a window.
const MINI_FRAME: f64 = 32.0;
/// The ring window's.
pub(super) const RING_SIZE: LogicalSize<f64> = LogicalSize::new(400.0, 132.0);
/// With a picture of 16:9 in it.
const RING_LOOK_SIZE: LogicalSize<f64> = LogicalSize::new(400.0, 360.0);
/// The least that the whole call window needs.
pub(super) const CALL_MIN_SIZE: LogicalSize<f64> = LogicalSize::new(400.0, 420.0);
/// A picture, and a line of controls below it.
const MINI_SIZE: LogicalSize<f64> = LogicalSize::new(320.0, 240.0);

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

/// Makes the ring window higher, downwards, or as it was.
pub(super) fn ring_looks(shown: &WebviewWindow, on: bool) -> tauri::Result<()> {
    let size = if on { RING_LOOK_SIZE } else { RING_SIZE };
    // In this order neither is ever beyond the other.
    shown.set_min_size(Some(RING_SIZE))?;
    shown.set_max_size(Some(size))?;
    shown.set_size(size)?;
    shown.set_min_size(Some(size))
}

/// How a whole window stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    position: PhysicalPosition<i32>,
    size: PhysicalSize<u32>,
    pub(super) is_maximised: bool,
}

impl Place {
    pub(super) fn of(shown: &WebviewWindow) -> tauri::Result<Self> {
        let is_maximised = shown.is_maximized()?;
        Ok(Self { position: shown.outer_position()?, size: shown.inner_size()?, is_maximised })
    }
}

/// One thing that a window manager is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    LeaveFullScreen,
    Unmaximise,
    /// Small, on top of all others, bottom right of the screen that it is on.
    Shrink,
    /// An ordinary window again.
    Unpin,
    /// Where the whole window was, and as large.
    PutBack,
    Maximise,
    FillScreen,
}

/// What leads from one shape to another. A window manager makes nothing small that it keeps large, and gives a window that it has kept large
/// its size back by itself.
pub(super) fn steps(from: Shape, to: Shape, was_maximised: bool) -> Vec<Step> {
    use Step::{FillScreen, LeaveFullScreen, Maximise, PutBack, Shrink, Unmaximise, Unpin};
    if from == to {
        return Vec::new();
    }
    let mut steps = match from {
        Shape::Whole => vec![],
        Shape::FullScreen => vec![LeaveFullScreen],
        Shape::Mini => vec![Unpin, PutBack],
    };
    match to {
        Shape::Whole if from == Shape::Mini && was_maximised => steps.push(Maximise),
        Shape::Whole => {}
        Shape::FullScreen => steps.push(FillScreen),
        Shape::Mini => steps.extend(was_maximised.then_some(Unmaximise).into_iter().chain([Shrink])),
    }
    steps
}

/// Takes one of the [`steps`] of the call window.
pub(super) fn take(shown: &WebviewWindow, step: Step, whole: Place) -> tauri::Result<()> {
    match step {
        Step::LeaveFullScreen => shown.set_fullscreen(false),
        Step::Unmaximise => shown.unmaximize(),
        Step::Shrink => shrink(shown),
        Step::Unpin => shown.set_always_on_top(false).and_then(|()| shown.set_visible_on_all_workspaces(false)),
        Step::PutBack => put_back(shown, whole),
        Step::Maximise => shown.maximize(),
        Step::FillScreen => shown.set_fullscreen(true),
    }
}

fn shrink(shown: &WebviewWindow) -> tauri::Result<()> {
    let monitor = shown.current_monitor()?.or(shown.primary_monitor()?);
    shown.set_min_size(Some(MINI_SIZE))?;
    shown.set_size(MINI_SIZE)?;
    shown.set_always_on_top(true)?;
    shown.set_visible_on_all_workspaces(true)?;
    if let Some(monitor) = monitor.filter(|_| !is_wayland()) {
        let (area, scale) = (monitor.work_area(), monitor.scale_factor());
        shown.set_position(bottom_right(area.position, area.size, scale))?;
    }
    shown.unminimize()?;
    shown.show()
}

fn put_back(shown: &WebviewWindow, whole: Place) -> tauri::Result<()> {
    shown.set_size(whole.size)?;
    shown.set_min_size(Some(CALL_MIN_SIZE))?;
    if is_wayland() { Ok(()) } else { shown.set_position(whole.position) }
}

/// In physical pixels, of a screen's free part.
fn bottom_right(at: PhysicalPosition<i32>, size: PhysicalSize<u32>, scale: f64) -> PhysicalPosition<f64> {
    let (right, bottom) = (f64::from(at.x) + f64::from(size.width), f64::from(at.y) + f64::from(size.height));
    PhysicalPosition::new(
        right - (MINI_SIZE.width + MARGIN) * scale,
        bottom - (MINI_SIZE.height + MINI_FRAME + MARGIN) * scale,
    )
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

    #[test]
    fn the_mini_window_is_in_the_bottom_right_corner_of_its_screen() {
        let place = bottom_right(PhysicalPosition::new(1600, 0), PhysicalSize::new(1600, 1000), 1.0);

        assert_eq!(place, PhysicalPosition::new(2864.0, 712.0));
    }

    #[test]
    fn a_window_that_the_system_keeps_large_is_let_go_before_it_is_made_small_and_is_large_again_afterwards() {
        use Shape::{FullScreen, Mini, Whole};
        use Step::{FillScreen, LeaveFullScreen, Maximise, PutBack, Shrink, Unmaximise, Unpin};

        assert_eq!(steps(Whole, Mini, true), [Unmaximise, Shrink]);
        assert_eq!(steps(Mini, Whole, true), [Unpin, PutBack, Maximise]);
        assert_eq!(steps(FullScreen, Mini, true), [LeaveFullScreen, Unmaximise, Shrink]);
        assert_eq!(steps(FullScreen, Mini, false), [LeaveFullScreen, Shrink]);
        assert_eq!(steps(Mini, FullScreen, false), [Unpin, PutBack, FillScreen]);
        assert_eq!(steps(FullScreen, Whole, true), [LeaveFullScreen], "its manager maximises it again");
        assert_eq!((steps(Whole, Mini, false), steps(Mini, Whole, false)), (vec![Shrink], vec![Unpin, PutBack]));
        assert_eq!(steps(Mini, Mini, true), []);
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
