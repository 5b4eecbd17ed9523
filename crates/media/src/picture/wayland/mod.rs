//! Screens and windows of a Wayland session: the desktop's own picker asks the user, and PipeWire brings the pixels.
//!
//! No program sees the screens of a Wayland session by itself, so that there is no list and there are no thumbnails: what is listed is one entry that stands for the
//! desktop's picker. It comes up when that is opened, which takes as long as the user takes.

mod frames;
mod portal;

use std::time::Instant;

use self::frames::{Frames, Heard};
use self::portal::Cast;
use super::Picture;
use super::fit::{Fitter, MOST, Pixels};
use super::input::{ScreenId, ScreenInfo, ScreenKind};
use super::source::{ScreenDriver, Stop};
use crate::error::MediaError;

/// The desktop's picker, if it has one.
pub(super) fn picker() -> Option<ScreenInfo> {
    let id = portal::new_id()?;
    Some(ScreenInfo { id, name: String::new(), kind: ScreenKind::Picker, size: (0, 0), thumbnail: None })
}

/// What the user has picked.
pub(super) struct CastScreen {
    id: ScreenId,
    // Before the cast: a stream is closed before what it is a stream of.
    frames: Frames,
    cast: Cast,
    fitter: Fitter,
}

impl CastScreen {
    /// Lets the user pick, unless this was picked before. Waits for that, and not for longer than it is wanted.
    pub(super) fn open(id: &ScreenId, stop: &Stop) -> Result<Self, MediaError> {
        let (cast, remote) = Cast::pick(id, stop)?;
        let frames = Frames::begin(remote)?;
        Ok(Self { id: id.clone(), frames, cast, fitter: Fitter::default() })
    }

    fn picture(&mut self, captured_at: Instant) -> Option<Picture> {
        let frame = self.frames.take()?;
        let pixels = Pixels { width: frame.width, height: frame.height, order: frame.order, bytes: &frame.bytes };
        let picture = self.fitter.picture(pixels, MOST, captured_at);
        self.frames.give_back(frame);
        picture
    }
}

impl ScreenDriver for CastScreen {
    fn look(&mut self, due: Instant) -> Result<Option<Picture>, MediaError> {
        if self.frames.hear() == Heard::Ended || self.cast.is_over() {
            portal::forget(&self.id);
            return Err(MediaError::Gone(String::new()));
        }
        Ok(self.picture(due))
    }
}
