//! Screens and windows of an X server: which there are, how they look, and their pictures as often as they change.

mod cursor;
mod grab;
mod list;
mod share;
#[cfg(test)]
mod tests;

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::{ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::xproto::{ImageOrder, Window};
use x11rb::protocol::{composite, damage, randr, shm, xfixes};
use x11rb::rust_connection::RustConnection;

use crate::error::MediaError;

pub(super) use list::list;
pub(super) use share::SharedScreen;

x11rb::atom_manager! {
    /// What window managers tell by.
    Atoms: AtomsCookie {
        _NET_CLIENT_LIST,
        _NET_WM_NAME,
        UTF8_STRING,
        WM_STATE,
    }
}

/// A connection to an X server that has all that sharing needs.
struct Server {
    connection: RustConnection,
    root: Window,
    atoms: Atoms,
}

impl Server {
    /// To this display, or to the one that `DISPLAY` names.
    fn connect(display: Option<&str>) -> Result<Self, MediaError> {
        let (connection, screen) = x11rb::connect(display).map_err(|error| {
            tracing::debug!(%error, "no X server");
            MediaError::NoScreen
        })?;
        let setup = connection.setup();
        let (root, depth) =
            setup.roots.get(screen).map(|screen| (screen.root, screen.root_depth)).ok_or(MediaError::NoScreen)?;
        let is_bgrx = setup.image_byte_order == ImageOrder::LSB_FIRST
            && matches!(depth, 24 | 32)
            && setup.pixmap_formats.iter().any(|format| format.depth == depth && format.bits_per_pixel == 32);
        if !is_bgrx {
            return Err(MediaError::UnsupportedFormat(format!("a screen with {depth} bits a pixel")));
        }
        let atoms = begin(&connection).map_err(|error| MediaError::Other(format!("the X server: {error}")))?;
        Ok(Self { connection, root, atoms })
    }
}

/// Agrees on versions of the extensions, without which their requests are refused.
fn begin(connection: &RustConnection) -> Result<Atoms, ReplyError> {
    composite::query_version(connection, 0, 4)?.reply()?;
    damage::query_version(connection, 1, 1)?.reply()?;
    randr::query_version(connection, 1, 5)?.reply()?;
    xfixes::query_version(connection, 5, 0)?.reply()?;
    if connection.extension_information(shm::X11_EXTENSION_NAME)?.is_some() {
        shm::query_version(connection)?.reply()?;
    }
    Atoms::new(connection)?.reply()
}

/// What an X server did not do.
#[derive(Debug, thiserror::Error)]
enum XError {
    /// It refused one request: what that was about is most likely gone.
    #[error("the X server refused: {0}")]
    Refused(String),
    /// It is gone.
    #[error("the X server does not answer: {0}")]
    Lost(String),
}

impl From<ConnectionError> for XError {
    fn from(error: ConnectionError) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<ReplyError> for XError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => error.into(),
            ReplyError::X11Error(error) => Self::Refused(format!("{:?}", error.error_kind)),
        }
    }
}

impl From<ReplyOrIdError> for XError {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::IdsExhausted => Self::Lost("no more ids".into()),
            ReplyOrIdError::ConnectionError(error) => error.into(),
            ReplyOrIdError::X11Error(error) => Self::Refused(format!("{:?}", error.error_kind)),
        }
    }
}

impl From<XError> for MediaError {
    fn from(error: XError) -> Self {
        Self::Other(error.to_string())
    }
}
