//! A shared screen or window: a picture whenever something has changed, at most so often, and one now and then.

use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{self, NotifyMask};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConfigureNotifyEvent, ConnectionExt as _, EventMask, Pixmap, Window,
};
use x11rb::protocol::{Event, composite, damage, xfixes};

use super::cursor::Cursor;
use super::grab::{Area, Grabber};
use super::list::Target;
use super::{Server, XError};
use crate::error::MediaError;
use crate::picture::Picture;
use crate::picture::fit::{Fitter, MOST, Order, Pixels};
use crate::picture::input::ScreenId;
use crate::picture::source::ScreenDriver;

/// A window that can no longer be seen is closed if the window manager does not call it an icon after so long.
const CLOSED_AFTER: Duration = Duration::from_secs(1);
/// `IconicState` of ICCCM 4.1.3.1: minimised.
const ICONIC: u32 = 3;

/// Makes pictures of a screen or a window.
pub(crate) struct SharedScreen {
    server: Server,
    target: Target,
    name: String,
    damage: damage::Damage,
    content: Option<Content>,
    grabber: Grabber,
    fitter: Fitter,
    pixels: Vec<u8>,
    cursor: Cursor,
    is_dirty: bool,
    hidden_since: Option<Instant>,
}

/// Where pixels are taken from.
#[derive(Debug, Clone, Copy)]
struct Content {
    drawable: u32,
    area: Area,
    /// Of a window's content, which is given back.
    pixmap: Option<Pixmap>,
}

impl Content {
    /// Whether a window has another size now. Where it is on the desktop does not matter.
    fn differs(self, told: ConfigureNotifyEvent) -> bool {
        let with_border = |side: u16| side.saturating_add(told.border_width.saturating_mul(2));
        (self.area.width, self.area.height) != (with_border(told.width), with_border(told.height))
    }
}

impl SharedScreen {
    pub(crate) fn open(display: Option<&str>, id: &ScreenId) -> Result<Self, MediaError> {
        let target = Target::of(id).ok_or_else(|| MediaError::Gone(id.to_string()))?;
        let server = Server::connect(display)?;
        let begun = begin(&server, &target);
        let (name, damage) = begun.map_err(|error| match error {
            XError::Refused(_) => MediaError::Gone(id.to_string()),
            XError::Lost(_) => error.into(),
        })?;
        let mut shared = Self {
            server,
            target,
            name,
            damage,
            content: None,
            grabber: Grabber::default(),
            fitter: Fitter::default(),
            pixels: Vec::new(),
            cursor: Cursor::default(),
            is_dirty: true,
            hidden_since: None,
        };
        shared.find_content()?;
        Ok(shared)
    }

    fn gone(&self) -> MediaError {
        MediaError::Gone(self.name.clone())
    }

    /// What has happened since the last time.
    fn hear(&mut self) -> Result<(), MediaError> {
        // While a window is dragged or its size changes there are hundreds of events: what counts is where it is after them.
        let mut is_elsewhere = false;
        while let Some(event) = self.server.connection.poll_for_event().map_err(XError::from)? {
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "it has an event for everything that any program may ask for"
            )]
            match event {
                Event::DamageNotify(_) => {
                    let subtracted = damage::subtract(&self.server.connection, self.damage, x11rb::NONE, x11rb::NONE);
                    drop(subtracted.map_err(XError::from)?);
                    self.is_dirty = true;
                }
                Event::DestroyNotify(told) if self.target == Target::Window(told.window) => return Err(self.gone()),
                Event::UnmapNotify(_) => self.hidden_since = self.hidden_since.or(Some(Instant::now())),
                Event::ConfigureNotify(told) => {
                    is_elsewhere |= self.content.is_none_or(|content| content.differs(told))
                }
                Event::MapNotify(_) | Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_) => is_elsewhere = true,
                _ => {}
            }
        }
        if is_elsewhere {
            self.find_content()?;
        }
        match self.hidden_since {
            Some(since) if since.elapsed() > CLOSED_AFTER && self.is_closed() => Err(self.gone()),
            Some(_) | None => Ok(()),
        }
    }

    /// Of a window that cannot be seen.
    fn is_closed(&self) -> bool {
        let Target::Window(window) = self.target else { return false };
        let state = self.server.atoms.WM_STATE;
        let told = self.server.connection.get_property(false, window, state, AtomEnum::ANY, 0, 1);
        let state = told.map_err(XError::from).and_then(|told| Ok(told.reply()?));
        !state.is_ok_and(|state| state.value32().and_then(|mut values| values.next()) == Some(ICONIC))
    }

    /// Where the pixels are now. Of a window that cannot be seen nothing new is there.
    fn find_content(&mut self) -> Result<(), MediaError> {
        let found = match &self.target {
            Target::Monitor(name) => {
                let area = self.server.monitors()?.into_iter().find(|(other, _)| other == name).map(|(_, area)| area);
                let area = area.ok_or_else(|| self.gone())?;
                Content { drawable: self.server.root, area, pixmap: None }
            }
            Target::Window(window) => {
                if !self.is_shown(*window)? {
                    self.hidden_since = self.hidden_since.or(Some(Instant::now()));
                    return Ok(());
                }
                match self.server.content(*window) {
                    Ok((pixmap, area)) => Content { drawable: pixmap, area, pixmap: Some(pixmap) },
                    Err(XError::Refused(_)) => return Ok(()), // it has just been hidden, which is told
                    Err(error @ XError::Lost(_)) => return Err(error.into()),
                }
            }
        };
        self.hidden_since = None;
        self.replace_content(found);
        Ok(())
    }

    fn is_shown(&self, window: Window) -> Result<bool, MediaError> {
        match self.server.is_shown(window) {
            Ok(is_shown) => Ok(is_shown),
            Err(XError::Refused(_)) => Err(self.gone()),
            Err(error @ XError::Lost(_)) => Err(error.into()),
        }
    }

    fn replace_content(&mut self, content: Content) {
        let old = self.content.replace(content);
        if let Some(pixmap) = old.and_then(|old| old.pixmap) {
            let _ = self.server.connection.free_pixmap(pixmap);
        }
        self.is_dirty = true;
    }

    /// Whether there is anything new to see.
    fn has_changed(&mut self) -> Result<bool, MediaError> {
        self.hear()?;
        let Some(content) = self.content else { return Ok(false) };
        let cursor = self.cursor(content)?;
        let (width, height) = (content.area.width.into(), content.area.height.into());
        let can_be_seen = cursor.is_within(width, height) || self.cursor.is_within(width, height);
        let has_moved = cursor != self.cursor && can_be_seen;
        self.cursor = cursor;
        if !self.is_dirty {
            return Ok(has_moved);
        }
        match self.grabber.grab(&self.server, content.drawable, content.area, &mut self.pixels) {
            Ok(()) => self.is_dirty = false,
            // It has become smaller or is gone: an event says so.
            Err(XError::Refused(why)) => tracing::debug!(why, "a screen is not seen"),
            Err(error @ XError::Lost(_)) => return Err(error.into()),
        }
        Ok(!self.is_dirty || has_moved)
    }

    /// One that is nowhere, as long as no program has given the pointer a shape.
    fn cursor(&self, content: Content) -> Result<Cursor, MediaError> {
        match self.told_cursor(content) {
            Ok(cursor) => Ok(cursor),
            Err(XError::Refused(_)) => Ok(Cursor::default()),
            Err(error @ XError::Lost(_)) => Err(error.into()),
        }
    }

    fn told_cursor(&self, content: Content) -> Result<Cursor, XError> {
        let connection = &self.server.connection;
        let told = xfixes::get_cursor_image(connection)?.reply()?;
        let origin = match self.target {
            Target::Monitor(_) => (content.area.x.into(), content.area.y.into()),
            Target::Window(window) => {
                let at = connection.translate_coordinates(window, self.server.root, 0, 0)?.reply()?;
                (at.dst_x.into(), at.dst_y.into())
            }
        };
        Ok(Cursor::new(told, origin))
    }

    fn picture(&mut self, captured_at: Instant) -> Option<Picture> {
        let area = self.content?.area;
        let (width, height) = (area.width.into(), area.height.into());
        let under = self.cursor.draw(&mut self.pixels, width, height);
        let pixels = Pixels { width, height, order: Order::Bgrx, bytes: &self.pixels };
        let picture = self.fitter.picture(pixels, MOST, captured_at);
        under.restore(&mut self.pixels);
        picture
    }
}

impl ScreenDriver for SharedScreen {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn look(&mut self, due: Instant) -> Result<Option<Picture>, MediaError> {
        Ok(if self.has_changed()? { self.picture(due) } else { None })
    }
}

/// Has the X server tell of all that matters.
fn begin(server: &Server, target: &Target) -> Result<(String, damage::Damage), XError> {
    let connection = &server.connection;
    let (name, drawable) = match target {
        Target::Monitor(name) => {
            let mask = NotifyMask::SCREEN_CHANGE | NotifyMask::CRTC_CHANGE | NotifyMask::OUTPUT_CHANGE;
            randr::select_input(connection, server.root, mask)?.check()?;
            (name.clone(), server.root)
        }
        Target::Window(window) => {
            let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
            connection.change_window_attributes(*window, &events)?.check()?;
            composite::redirect_window(connection, *window, composite::Redirect::AUTOMATIC)?.check()?;
            (server.title(*window)?, *window)
        }
    };
    let damage = connection.generate_id()?;
    damage::create(connection, damage, drawable, damage::ReportLevel::NON_EMPTY)?.check()?;
    Ok((name, damage))
}
