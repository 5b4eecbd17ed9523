//! Which screens and windows there are.
#![allow(unsafe_code, reason = "what Objective-C declares is called here: each asks an object that lives")]

use std::time::Instant;

use objc2::rc::Retained;
use objc2_core_graphics::{CGMainDisplayID, CGPreflightScreenCaptureAccess};
use objc2_screen_capture_kit::{SCContentFilter, SCDisplay, SCWindow};

use super::frame;
use crate::error::MediaError;
use crate::macos::{Content, may_see_screens};
use crate::picture::Picture;
use crate::picture::fit::Fitter;
use crate::picture::input::{ScreenId, ScreenInfo, ScreenKind, Thumbnails};

/// Thumbnails are at most so wide and so high.
const THUMBNAIL: (usize, usize) = (320, 180);
/// More windows than a menu can show. Each is waited for while it is looked at.
const MOST_WINDOWS: usize = 32;
/// Of windows that people see as such; menus, the Dock and what floats above all are on others.
const NORMAL_LAYER: isize = 0;

const SCREEN: &str = "macos:screen:";
const WINDOW: &str = "macos:window:";

/// What is shared.
pub(super) enum Target {
    /// All that this display shows.
    Display(Retained<SCDisplay>),
    /// One window.
    Window(Retained<SCWindow>),
}

impl Target {
    /// `None` for what is no longer there, or never was.
    pub(super) fn of(id: &ScreenId, content: &Content) -> Option<Self> {
        if let Some(wanted) = id.0.strip_prefix(SCREEN) {
            // SAFETY: it asks an object that lives.
            let is_it = |display: &Retained<SCDisplay>| unsafe { display.displayID() }.to_string() == wanted;
            return content.displays().iter().find(is_it).map(Self::Display);
        }
        let wanted = id.0.strip_prefix(WINDOW)?;
        // SAFETY: it asks an object that lives.
        let is_it = |window: &Retained<SCWindow>| unsafe { window.windowID() }.to_string() == wanted;
        content.windows().iter().find(is_it).map(Self::Window)
    }

    pub(super) fn id(&self) -> ScreenId {
        // SAFETY: it asks objects that live.
        ScreenId(unsafe {
            match self {
                Self::Display(display) => format!("{SCREEN}{}", display.displayID()),
                Self::Window(window) => format!("{WINDOW}{}", window.windowID()),
            }
        })
    }

    /// A window's title, or where it has none, whose it is. Displays have no names here.
    pub(super) fn name(&self) -> String {
        let Self::Window(window) = self else { return String::new() };
        // SAFETY: it asks objects that live.
        unsafe {
            let title = window.title().map(|title| title.to_string()).filter(|title| !title.is_empty());
            title.or_else(|| Some(window.owningApplication()?.applicationName().to_string())).unwrap_or_default()
        }
    }

    /// Its width and height, in points.
    pub(super) fn points(&self) -> (f64, f64) {
        // SAFETY: it asks objects that live.
        let frame = unsafe {
            match self {
                Self::Display(display) => display.frame(),
                Self::Window(window) => window.frame(),
            }
        };
        (frame.size.width, frame.size.height)
    }

    pub(super) fn filter(&self) -> Retained<SCContentFilter> {
        match self {
            Self::Display(display) => Content::all_of(display),
            Self::Window(window) => Content::only(window),
        }
    }

    fn is_seen(&self) -> bool {
        let Self::Window(window) = self else { return true };
        // SAFETY: it asks an object that lives.
        unsafe { window.isOnScreen() && window.windowLayer() == NORMAL_LAYER && !self.name().is_empty() }
    }

    fn is_main(&self) -> bool {
        // SAFETY: it asks an object that lives.
        matches!(self, Self::Display(display) if unsafe { display.displayID() } == CGMainDisplayID())
    }
}

/// Screens first, the main one before the others. Where the user has not let this program see them, there is one entry for the main screen: choosing it
/// tells why it is not shown.
pub(crate) fn list(thumbnails: Thumbnails) -> Vec<ScreenInfo> {
    // From the command line nobody is asked for a list of names.
    let may_see = if thumbnails == Thumbnails::Made { may_see_screens() } else { CGPreflightScreenCaptureAccess() };
    let content = if may_see { Content::now() } else { Err(MediaError::PermissionDenied) };
    let content = match content {
        Ok(content) => content,
        Err(error) => {
            tracing::warn!(%error, "screens and windows cannot be listed");
            return vec![main_screen()];
        }
    };
    let mut displays: Vec<Target> = content.displays().iter().map(Target::Display).collect();
    displays.sort_by_key(|display| !display.is_main());
    let windows = content.windows();
    let windows = windows.iter().map(Target::Window).filter(Target::is_seen).take(MOST_WINDOWS);
    let mut fitter = (thumbnails == Thumbnails::Made).then(Fitter::default);
    displays.into_iter().chain(windows).enumerate().map(|(at, target)| info(at, &target, fitter.as_mut())).collect()
}

fn info(at: usize, target: &Target, fitter: Option<&mut Fitter>) -> ScreenInfo {
    let (width, height) = target.points();
    let side = |points: f64| points.round().clamp(0.0, f64::from(u16::MAX)) as u32;
    let (kind, name) = match target {
        Target::Display(_) => (ScreenKind::Screen, (at + 1).to_string()),
        Target::Window(_) => (ScreenKind::Window, target.name()),
    };
    let thumbnail = fitter.and_then(|fitter| thumbnail(target, fitter));
    ScreenInfo { id: target.id(), name, kind, size: (side(width), side(height)), thumbnail }
}

fn thumbnail(target: &Target, fitter: &mut Fitter) -> Option<Picture> {
    let filter = target.filter();
    let configuration = frame::configured(&filter, target.points(), THUMBNAIL, 1)?;
    frame::look(&filter, &configuration)?.picture(fitter, THUMBNAIL, Instant::now())
}

fn main_screen() -> ScreenInfo {
    let id = ScreenId(format!("{SCREEN}{}", CGMainDisplayID()));
    ScreenInfo { id, name: "1".to_owned(), kind: ScreenKind::Screen, size: (0, 0), thumbnail: None }
}
