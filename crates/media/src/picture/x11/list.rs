//! Which screens and windows there are.

use std::time::Instant;

use x11rb::connection::Connection as _;
use x11rb::protocol::composite;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Drawable, MapState, Pixmap, Window, WindowClass};

use super::grab::{Area, Grabber};
use super::{Atoms, Server, XError};
use crate::picture::Picture;
use crate::picture::fit::{Fitter, Order, Pixels};
use crate::picture::input::{ScreenId, ScreenInfo, ScreenKind, Thumbnails};

/// Thumbnails are at most so wide and so high.
const THUMBNAIL: (usize, usize) = (320, 180);
/// More windows than a menu can show.
const MOST_WINDOWS: usize = 64;
/// A title is cut behind so many bytes, counted in units of four as X has them.
const TITLE_UNITS: u32 = 64;

const SCREEN: &str = "x11:screen:";
const WINDOW: &str = "x11:window:";

/// What of an X server is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// All that this monitor shows.
    Monitor(String),
    /// One window.
    Window(Window),
}

impl Target {
    pub(super) fn id(&self) -> ScreenId {
        ScreenId(match self {
            Self::Monitor(name) => format!("{SCREEN}{name}"),
            Self::Window(window) => format!("{WINDOW}{window:#x}"),
        })
    }

    /// `None` for a name of something else.
    pub(super) fn of(id: &ScreenId) -> Option<Self> {
        if let Some(name) = id.0.strip_prefix(SCREEN) {
            return Some(Self::Monitor(name.to_owned()));
        }
        let number = id.0.strip_prefix(WINDOW)?.strip_prefix("0x")?;
        Window::from_str_radix(number, 16).ok().map(Self::Window)
    }
}

/// Screens first, the primary one before the others; then windows, as the window manager has them.
pub(crate) fn list(display: Option<&str>, thumbnails: Thumbnails) -> Vec<ScreenInfo> {
    let server = match Server::connect(display) {
        Ok(server) => server,
        Err(error) => {
            tracing::debug!(%error, "no screens are listed");
            return Vec::new();
        }
    };
    let mut lister = Lister { server, thumbnails, grabber: Grabber::default(), fitter: Fitter::default() };
    let found = lister.screens().and_then(|mut screens| {
        screens.extend(lister.windows()?);
        Ok(screens)
    });
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "screens and windows cannot be listed");
        Vec::new()
    })
}

struct Lister {
    server: Server,
    thumbnails: Thumbnails,
    grabber: Grabber,
    fitter: Fitter,
}

impl Lister {
    fn screens(&mut self) -> Result<Vec<ScreenInfo>, XError> {
        let mut screens = Vec::new();
        for (name, area) in self.server.monitors()? {
            let info = ScreenInfo {
                id: Target::Monitor(name.clone()).id(),
                name,
                kind: ScreenKind::Screen,
                size: (area.width.into(), area.height.into()),
                thumbnail: self.thumbnail(self.server.root, area),
            };
            screens.push(info);
        }
        Ok(screens)
    }

    fn windows(&mut self) -> Result<Vec<ScreenInfo>, XError> {
        let mut windows = Vec::new();
        for window in self.server.windows()? {
            // Windows close while they are listed.
            match self.window(window) {
                Ok(info) => windows.extend(info),
                Err(XError::Refused(_)) => {}
                Err(error @ XError::Lost(_)) => return Err(error),
            }
        }
        Ok(windows)
    }

    fn window(&mut self, window: Window) -> Result<Option<ScreenInfo>, XError> {
        let title = self.server.title(window)?;
        if title.is_empty() || !self.server.is_shown(window)? {
            return Ok(None);
        }
        let (area, thumbnail) = match self.thumbnails {
            Thumbnails::Made => self.look(window)?,
            Thumbnails::LeftOut => (self.server.size(window)?, None),
        };
        Ok(Some(ScreenInfo {
            id: Target::Window(window).id(),
            name: title,
            kind: ScreenKind::Window,
            size: (area.width.into(), area.height.into()),
            thumbnail,
        }))
    }

    /// At what a window shows, also where others are before it.
    fn look(&mut self, window: Window) -> Result<(Area, Option<Picture>), XError> {
        let connection = &self.server.connection;
        composite::redirect_window(connection, window, composite::Redirect::AUTOMATIC)?.check()?;
        let (pixmap, area) = self.server.content(window)?;
        let thumbnail = self.thumbnail(pixmap, area);
        self.server.connection.free_pixmap(pixmap)?;
        composite::unredirect_window(&self.server.connection, window, composite::Redirect::AUTOMATIC)?;
        Ok((area, thumbnail))
    }

    fn thumbnail(&mut self, drawable: u32, area: Area) -> Option<Picture> {
        if self.thumbnails == Thumbnails::LeftOut {
            return None;
        }
        let mut bgrx = Vec::new();
        self.grabber.grab(&self.server, drawable, area, &mut bgrx).ok()?;
        let pixels = Pixels { width: area.width.into(), height: area.height.into(), order: Order::Bgrx, bytes: &bgrx };
        self.fitter.picture(pixels, THUMBNAIL, Instant::now())
    }
}

impl Server {
    /// Each monitor's name, and where it is on the desktop; the primary one first.
    pub(super) fn monitors(&self) -> Result<Vec<(String, Area)>, XError> {
        let mut monitors = self.connection.randr_get_monitors(self.root, true)?.reply()?.monitors;
        monitors.sort_by_key(|monitor| !monitor.primary);
        let mut named = Vec::with_capacity(monitors.len());
        for monitor in monitors {
            let name = self.connection.get_atom_name(monitor.name)?.reply()?.name;
            let area = Area { x: monitor.x, y: monitor.y, width: monitor.width, height: monitor.height };
            named.push((String::from_utf8_lossy(&name).into_owned(), area));
        }
        Ok(named)
    }

    /// Windows that people see as such: those of the window manager, or where there is none those on the desktop.
    fn windows(&self) -> Result<Vec<Window>, XError> {
        let list = self.atoms._NET_CLIENT_LIST;
        let managed = self.connection.get_property(false, self.root, list, AtomEnum::WINDOW, 0, MOST_WINDOWS as u32)?;
        let managed: Vec<Window> = managed.reply()?.value32().map(Iterator::collect).unwrap_or_default();
        if !managed.is_empty() {
            return Ok(managed);
        }
        let children = self.connection.query_tree(self.root)?.reply()?.children;
        Ok(children.into_iter().rev().take(MOST_WINDOWS).collect())
    }

    pub(super) fn title(&self, window: Window) -> Result<String, XError> {
        let Atoms { _NET_WM_NAME: name, UTF8_STRING: utf8, .. } = self.atoms;
        for (name, kind) in [(name, utf8), (AtomEnum::WM_NAME.into(), AtomEnum::ANY.into())] {
            let title = self.connection.get_property(false, window, name, kind, 0, TITLE_UNITS)?.reply()?.value;
            if !title.is_empty() {
                return Ok(String::from_utf8_lossy(&title).trim_end_matches('\u{fffd}').to_owned());
            }
        }
        Ok(String::new())
    }

    /// Whether a window can be seen, apart from others before it. Menus and tooltips, which no window manager has, are none.
    pub(super) fn is_shown(&self, window: Window) -> Result<bool, XError> {
        let told = self.connection.get_window_attributes(window)?.reply()?;
        Ok(told.map_state == MapState::VIEWABLE && told.class == WindowClass::INPUT_OUTPUT && !told.override_redirect)
    }

    /// What a redirected window shows, and how large that is. To be freed.
    pub(super) fn content(&self, window: Window) -> Result<(Pixmap, Area), XError> {
        let pixmap = self.connection.generate_id()?;
        composite::name_window_pixmap(&self.connection, window, pixmap)?.check()?;
        match self.size(pixmap) {
            Ok(area) => Ok((pixmap, area)),
            Err(error) => {
                self.connection.free_pixmap(pixmap)?;
                Err(error)
            }
        }
    }

    /// How large a window or a pixmap is, with its border, if its pixels can be taken.
    fn size(&self, drawable: Drawable) -> Result<Area, XError> {
        let told = self.connection.get_geometry(drawable)?.reply()?;
        if !matches!(told.depth, 24 | 32) {
            return Err(XError::Refused(format!("{} bits a pixel", told.depth)));
        }
        let with_border = |side: u16| side.saturating_add(told.border_width.saturating_mul(2));
        Ok(Area { x: 0, y: 0, width: with_border(told.width), height: with_border(told.height) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_what_they_were_made_of_and_others_name_nothing() {
        for target in [Target::Monitor("HDMI-1".into()), Target::Monitor(String::new()), Target::Window(0x0160_0007)] {
            assert_eq!(Target::of(&target.id()), Some(target));
        }
        for other in ["", "x11:", "x11:window:17", "x11:window:0xfffffffff", "wayland:1"] {
            assert_eq!(Target::of(&ScreenId(other.into())), None, "{other}");
        }
    }
}
