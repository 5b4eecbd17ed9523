//! Pixels of a drawable, through memory that is shared with the X server, or over the connection where that cannot be.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use x11rb::connection::Connection as _;
use x11rb::protocol::shm;
use x11rb::protocol::xproto::{ConnectionExt as _, Drawable, ImageFormat};

use super::{Server, XError};

/// More pixels than any screen has; beyond it nothing is allocated.
const MOST_PIXELS: usize = 64 << 20;
const ALL_PLANES: u32 = !0;
/// Bytes of a pixel.
const BGRX: usize = 4;

/// A part of a drawable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i16,
    pub(super) y: i16,
    pub(super) width: u16,
    pub(super) height: u16,
}

impl Area {
    fn bytes(self) -> usize {
        usize::from(self.width) * usize::from(self.height) * BGRX
    }
}

/// Memory that the X server writes and this process reads. It is read as a file: mapped memory that another process writes is none that Rust can borrow.
struct Segment {
    id: shm::Seg,
    memory: File,
    bytes: usize,
}

/// Takes pixels.
#[derive(Default)]
pub(super) struct Grabber {
    segment: Option<Segment>,
    /// The X server refused shared memory: it runs on another machine, or has no such extension.
    is_unshared: bool,
}

impl Grabber {
    /// The pixels of an area, row by row (blue, green, red, nothing), in `pixels`.
    pub(super) fn grab(
        &mut self,
        server: &Server,
        from: Drawable,
        area: Area,
        pixels: &mut Vec<u8>,
    ) -> Result<(), XError> {
        if area.bytes() / BGRX > MOST_PIXELS {
            return Err(XError::Refused("more pixels than any screen has".into()));
        }
        match self.segment(server, area.bytes()) {
            Some(segment) => segment.grab(server, from, area, pixels),
            None => plain(server, from, area, pixels),
        }
    }

    fn segment(&mut self, server: &Server, bytes: usize) -> Option<&Segment> {
        if self.is_unshared {
            return None;
        }
        if self.segment.as_ref().is_none_or(|segment| segment.bytes < bytes) {
            if let Some(old) = self.segment.take() {
                let _ = shm::detach(&server.connection, old.id);
            }
            match Segment::new(server, bytes) {
                Ok(segment) => self.segment = Some(segment),
                Err(error) => {
                    tracing::debug!(%error, "no memory is shared with the X server");
                    self.is_unshared = true;
                }
            }
        }
        self.segment.as_ref()
    }
}

impl Segment {
    fn new(server: &Server, bytes: usize) -> Result<Self, XError> {
        let id = server.connection.generate_id()?;
        let size = u32::try_from(bytes).map_err(|_| XError::Refused("too large".into()))?;
        let made = shm::create_segment(&server.connection, id, size, false)?.reply()?;
        Ok(Self { id, memory: File::from(made.shm_fd), bytes })
    }

    fn grab(&self, server: &Server, from: Drawable, area: Area, pixels: &mut Vec<u8>) -> Result<(), XError> {
        let Area { x, y, width, height } = area;
        let format = ImageFormat::Z_PIXMAP.into();
        let image = shm::get_image(&server.connection, from, x, y, width, height, ALL_PLANES, format, self.id, 0);
        image?.reply()?;
        pixels.resize(area.bytes(), 0);
        self.memory.read_exact_at(pixels, 0).map_err(|error| XError::Lost(error.to_string()))
    }
}

fn plain(server: &Server, from: Drawable, area: Area, pixels: &mut Vec<u8>) -> Result<(), XError> {
    let Area { x, y, width, height } = area;
    let image = server.connection.get_image(ImageFormat::Z_PIXMAP, from, x, y, width, height, ALL_PLANES)?.reply()?;
    if image.data.len() < area.bytes() {
        return Err(XError::Refused("a picture is short".into()));
    }
    *pixels = image.data;
    Ok(())
}
