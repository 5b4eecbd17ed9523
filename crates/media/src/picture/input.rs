//! What can be seen in a call: cameras, screens and windows, and what stands in for them.

use std::path::{Path, PathBuf};

use super::camera;
use super::encoder::PictureContent;
use super::picture::{Picture, PictureSize};
use super::source::{LiveScreen, PatternSource, PictureMaker, Stop, Y4mSource};
use crate::error::MediaError;
use crate::sound::devices::DeviceInfo;

/// Where a camera's pictures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Camera {
    /// The test pattern, whose number is that of the time of day ([`frame_number_at`](crate::measure::frame_number_at)).
    Pattern {
        /// How large.
        size: PictureSize,
        /// Pictures a second.
        frame_rate: u32,
    },
    /// A Y4M file, over and over.
    Y4m(PathBuf),
    /// A real one.
    Device {
        /// Which ([`DeviceInfo::id`]); `None`: the system's first.
        id: Option<String>,
    },
}

/// Where the pictures of a shared screen come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screen {
    /// The test pattern, whose number is that of the time of day ([`frame_number_at`](crate::measure::frame_number_at)).
    Pattern {
        /// How large.
        size: PictureSize,
        /// Pictures a second.
        frame_rate: u32,
    },
    /// A Y4M file, over and over.
    Y4m(PathBuf),
    /// A real screen, or one window.
    Device(ScreenId),
}

/// Names a screen or a window, as long as it is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScreenId(pub String);

/// What the ids of the desktop's pickers begin with.
const PICKER: &str = "portal:";

impl ScreenId {
    /// One of the desktop's pickers.
    #[cfg(all(target_os = "linux", feature = "wayland"))]
    pub(super) fn of_picker(number: u64) -> Self {
        Self(format!("{PICKER}{number}"))
    }

    /// Whether it stands for what the user is to choose in the desktop's picker.
    fn is_picker(&self) -> bool {
        self.0.starts_with(PICKER)
    }
}

impl std::fmt::Display for ScreenId {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.0)
    }
}

/// What of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenKind {
    /// All that one monitor shows.
    Screen,
    /// One window, also where others are before it.
    Window,
    /// The desktop's own picker, which comes up when this is shared and lets the user choose.
    Picker,
}

/// A screen or a window that can be shared, as a menu shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenInfo {
    /// What to share it by.
    pub id: ScreenId,
    /// What people call it: the monitor's name, or the window's title.
    pub name: String,
    /// What it is.
    pub kind: ScreenKind,
    /// In pixels, width and height. What is shared may be smaller.
    pub size: (u32, u32),
    /// How it looks now, if that is wanted and can be seen.
    pub thumbnail: Option<Picture>,
}

/// The cameras that are plugged in, the system's first one first. Turns none on. Blocks for some milliseconds.
#[must_use]
pub fn cameras() -> Vec<DeviceInfo> {
    camera::list()
}

/// Whether it is shown how screens and windows look, for which each is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thumbnails {
    /// For a menu.
    Made,
    /// Where names are enough.
    LeftOut,
}

/// Screens and windows that can be shared, screens first. Blocks while their thumbnails are made. Where no program may see screens without the
/// user's own choice, there is the desktop's picker instead.
#[must_use]
pub fn screens(thumbnails: Thumbnails) -> Vec<ScreenInfo> {
    #[cfg(target_os = "linux")]
    return on_this_desktop(thumbnails);
    #[cfg(target_os = "macos")]
    return super::macos::list(thumbnails);
    #[cfg(windows)]
    return super::windows::list(thumbnails);
    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    {
        let _ = thumbnails;
        Vec::new()
    }
}

/// On Wayland an X server sees the windows of X11 programs, and a black screen.
#[cfg(target_os = "linux")]
fn on_this_desktop(thumbnails: Thumbnails) -> Vec<ScreenInfo> {
    if !is_wayland(std::env::var_os("WAYLAND_DISPLAY").as_deref()) {
        return super::x11::list(None, thumbnails);
    }
    #[cfg(feature = "wayland")]
    if let Some(picker) = super::wayland::picker() {
        return vec![picker];
    }
    let mut found = super::x11::list(None, thumbnails);
    found.retain(|info| info.kind == ScreenKind::Window);
    found
}

#[cfg(target_os = "linux")]
fn is_wayland(display: Option<&std::ffi::OsStr>) -> bool {
    display.is_some_and(|display| !display.is_empty())
}

#[cfg(target_os = "linux")]
fn shared(id: &ScreenId, stop: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
    #[cfg(feature = "wayland")]
    if id.is_picker() {
        return Ok(Box::new(LiveScreen::new(super::wayland::CastScreen::open(id, stop)?)));
    }
    let _ = stop;
    Ok(Box::new(LiveScreen::new(super::x11::SharedScreen::open(None, id)?)))
}

#[cfg(target_os = "macos")]
fn shared(id: &ScreenId, _: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
    Ok(Box::new(LiveScreen::new(super::macos::SharedScreen::open(id)?)))
}

#[cfg(windows)]
fn shared(id: &ScreenId, _: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
    Ok(Box::new(LiveScreen::new(super::windows::SharedScreen::open(id)?)))
}

/// Carillon has no way to this system's screens.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn shared(_: &ScreenId, _: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
    Err(MediaError::NoScreen)
}

/// What one slot of a call shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureInput {
    /// People and rooms.
    Camera(Camera),
    /// Text and windows.
    Screen(Screen),
}

impl Camera {
    /// Whether it can be opened, as far as that can be said without opening a device.
    ///
    /// # Errors
    /// [`MediaError`] of the file.
    pub fn check(&self) -> Result<(), MediaError> {
        match self {
            Self::Y4m(path) => Y4mSource::open(path).map(drop),
            Self::Pattern { .. } | Self::Device { .. } => Ok(()),
        }
    }

    fn open(&self, stop: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
        match self {
            Self::Pattern { size, frame_rate } => Ok(pattern(*size, *frame_rate)),
            Self::Y4m(path) => file(path),
            Self::Device { id } => camera::open(id.as_deref(), stop),
        }
    }
}

impl Screen {
    /// Whether it can be opened, as far as that can be said without looking at a screen.
    ///
    /// # Errors
    /// [`MediaError`] of the file.
    pub fn check(&self) -> Result<(), MediaError> {
        match self {
            Self::Y4m(path) => Y4mSource::open(path).map(drop),
            Self::Pattern { .. } | Self::Device(_) => Ok(()),
        }
    }

    fn open(&self, stop: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
        match self {
            Self::Pattern { size, frame_rate } => Ok(pattern(*size, *frame_rate)),
            Self::Y4m(path) => file(path),
            Self::Device(id) => shared(id, stop),
        }
    }
}

impl PictureInput {
    /// What decides how its pictures are encoded.
    pub(super) fn content(&self) -> PictureContent {
        match self {
            Self::Camera(_) => PictureContent::Camera,
            Self::Screen(_) => PictureContent::Screen,
        }
    }

    /// Whether it is waited for when it is not there: people plug in cameras again; a window that was closed is gone.
    pub(super) fn is_awaited(&self) -> bool {
        matches!(self, Self::Camera(_))
    }

    /// Whether the user is to choose first what it shows, in a window of the desktop's.
    #[must_use]
    pub fn is_to_be_chosen(&self) -> bool {
        matches!(self, Self::Screen(Screen::Device(id)) if id.is_picker())
    }

    /// Where the user is to choose first, that is waited for, and not beyond `stop`.
    pub(super) fn open(&self, stop: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
        match self {
            Self::Camera(camera) => camera.open(stop),
            Self::Screen(screen) => screen.open(stop),
        }
    }
}

fn pattern(size: PictureSize, frame_rate: u32) -> Box<dyn PictureMaker> {
    Box::new(PatternSource::new(size, frame_rate))
}

fn file(path: &Path) -> Result<Box<dyn PictureMaker>, MediaError> {
    Ok(Box::new(Y4mSource::open(path)?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_behind_the_desktops_picker_is_anything_to_be_chosen() {
        let shared = |id: &str| PictureInput::Screen(Screen::Device(ScreenId(id.into()))).is_to_be_chosen();

        assert!(shared("portal:0") && !shared("x11:screen:portal:0"));
        assert!(!PictureInput::Camera(Camera::Device { id: Some("portal:0".into()) }).is_to_be_chosen());
    }

    #[test]
    fn a_session_is_waylands_if_it_has_a_display_there() {
        assert!(is_wayland(Some("wayland-0".as_ref())));
        assert!(!is_wayland(Some("".as_ref())) && !is_wayland(None));
    }
}
