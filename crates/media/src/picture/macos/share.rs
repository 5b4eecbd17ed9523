//! A shared screen or window: a picture whenever something has changed, at most so often, and one now and then.

use std::time::{Duration, Instant};

use objc2_screen_capture_kit::SCStreamOutputType;

use super::frame::{self, Frame};
use super::list::Target;
use crate::error::MediaError;
use crate::macos::{Content, Stream, may_see_screens};
use crate::picture::Picture;
use crate::picture::fit::{Fitter, MOST};
use crate::picture::input::ScreenId;
use crate::picture::latest::{LatestReceiver, latest};
use crate::picture::source::{SCREEN_RATE, ScreenDriver};

/// Makes pictures of a screen or a window. One whose size changes meanwhile is scaled by the system to what it was.
pub(crate) struct SharedScreen {
    name: String,
    // Before the frames, which its thread sends to.
    stream: Stream,
    frames: LatestReceiver<Frame>,
    fitter: Fitter,
}

impl SharedScreen {
    pub(crate) fn open(id: &ScreenId) -> Result<Self, MediaError> {
        if !may_see_screens() {
            return Err(MediaError::PermissionDenied);
        }
        let content = Content::now()?;
        let target = Target::of(id, &content).ok_or_else(|| MediaError::Gone(String::new()))?;
        let (name, filter) = (target.name(), target.filter());
        let configuration = frame::configured(&filter, target.points(), MOST, SCREEN_RATE);
        let configuration = configuration.ok_or_else(|| MediaError::UnsupportedFormat(name.clone()))?;
        let (to, frames) = latest();
        let take = move |sample: &objc2_core_media::CMSampleBuffer| {
            if let Some(frame) = Frame::of(sample) {
                let _ = to.send(frame); // whoever has stopped takes no more
            }
        };
        let stream = Stream::begin(&filter, &configuration, SCStreamOutputType::Screen, take)?;
        Ok(Self { name, stream, frames, fitter: Fitter::default() })
    }

    fn picture(&mut self, captured_at: Instant) -> Option<Picture> {
        self.frames.recv_timeout(Duration::ZERO)?.picture(&mut self.fitter, MOST, captured_at)
    }

    /// What has ended has the name that people know.
    fn named(&self, error: MediaError) -> MediaError {
        if matches!(error, MediaError::Gone(_)) { MediaError::Gone(self.name.clone()) } else { error }
    }
}

impl ScreenDriver for SharedScreen {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn look(&mut self, due: Instant) -> Result<Option<Picture>, MediaError> {
        match self.stream.ended() {
            Some(error) => Err(self.named(error)),
            None => Ok(self.picture(due)),
        }
    }
}
