//! Cameras by Media Foundation. It brings frames on threads of its own, one for each that was asked for.

mod library;
mod reader;

use std::time::Duration;

use windows::Win32::Media::MediaFoundation::{
    IMFActivate, IMFMediaType, MF_MT_DEFAULT_STRIDE, MF_MT_FRAME_RATE, MF_MT_FRAME_SIZE, MF_MT_SUBTYPE,
    MFVideoFormat_MJPG, MFVideoFormat_NV12, MFVideoFormat_YUY2,
};
use windows::core::GUID;

use self::library::Library;
use self::reader::{Arrived, Reader};
use super::arrivals::ArrivedFrame;
use super::{Driver, LiveCamera, Mode, Packing, RawFrame, best, hresult};
use crate::error::MediaError;
use crate::picture::source::{PictureMaker, Stop};
use crate::sound::devices::DeviceInfo;

/// The cameras that are plugged in, in the system's order. Turns none on.
pub(crate) fn list() -> Vec<DeviceInfo> {
    let listed = Library::open().and_then(|library| {
        let found = library.cameras()?.into_iter().enumerate();
        Ok(found.map(|(at, found)| DeviceInfo { id: found.id, name: found.name, is_default: at == 0 }).collect())
    });
    listed.unwrap_or_else(|error| {
        tracing::debug!(%error, "no cameras are listed");
        Vec::new()
    })
}

/// Turns a camera on; `None`: the first one.
pub(crate) fn open(id: Option<&str>, _: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
    let library = Library::open().map_err(|error| error_of("", &error))?;
    let found = library.cameras().map_err(|error| error_of("", &error))?;
    let chosen = match id {
        // Its id means nothing to people, and what it was called nobody knows any more.
        Some(id) => found.into_iter().find(|found| found.id == id).ok_or(MediaError::Gone(String::new()))?,
        None => found.into_iter().next().ok_or(MediaError::NoCamera)?,
    };
    let Found { activate, name, .. } = chosen;
    let told = |error| error_of(&name, &error);
    let reader = Reader::open(library, activate).map_err(told)?;
    let offered: Vec<(Mode, IMFMediaType)> =
        reader.offered().filter_map(|offered| Some((mode_of(&offered)?, offered))).collect();
    let mode = best(offered.iter().map(|(mode, _)| *mode));
    let chosen = offered.into_iter().find(|(offered, _)| Some(*offered) == mode);
    let (mode, media_type) = chosen.ok_or_else(|| MediaError::UnsupportedFormat(name.clone()))?;
    reader.choose(&media_type).map_err(told)?;
    let layout = Layout::of(&media_type).ok_or_else(|| MediaError::UnsupportedFormat(name.clone()))?;
    reader.ask().map_err(told)?;
    tracing::info!(name, width = mode.width, height = mode.height, packing = ?mode.packing, "a camera is on");
    let driver = Camera { name: name.clone(), reader, layout, latest: None };
    Ok(Box::new(LiveCamera::new(name, mode.frame_rate, driver)))
}

/// A camera that is plugged in.
pub(super) struct Found {
    activate: IMFActivate,
    /// The path that Windows has for its place, which stays when it is plugged in there again.
    id: String,
    name: String,
}

/// A camera that is on.
struct Camera {
    name: String,
    reader: Reader,
    layout: Layout,
    latest: Option<ArrivedFrame>,
}

impl Driver for Camera {
    fn next_frame(&mut self, wait: Duration) -> Result<Option<RawFrame<'_>>, MediaError> {
        let bytes = match self.reader.wait(wait) {
            None => return Ok(None),
            Some(Arrived::Came { bytes, is_other_format }) => {
                if is_other_format && let Some(layout) = self.reader.current().as_ref().and_then(Layout::of) {
                    self.layout = layout;
                }
                bytes
            }
            Some(Arrived::Ended) => return Err(MediaError::Gone(self.name.clone())),
            Some(Arrived::Failed(error)) => return Err(error_of(&self.name, &error)),
        };
        self.reader.ask().map_err(|error| error_of(&self.name, &error))?;
        let Layout { packing, width, height, stride } = self.layout;
        self.latest = bytes.map(|bytes| ArrivedFrame { packing, width, height, stride, bytes });
        Ok(self.latest.as_ref().map(ArrivedFrame::raw))
    }
}

/// How the bytes of a frame are laid out.
#[derive(Clone, Copy)]
struct Layout {
    packing: Packing,
    width: usize,
    height: usize,
    stride: usize,
}

impl Layout {
    fn of(media_type: &IMFMediaType) -> Option<Self> {
        let (width, height) = library::pair(media_type, &MF_MT_FRAME_SIZE)?;
        // Of pictures that stand on their head it is negative, which these formats never do.
        let stride = library::number(media_type, &MF_MT_DEFAULT_STRIDE).unwrap_or(0).cast_signed();
        Some(Self {
            packing: packing_of(&library::kind(media_type, &MF_MT_SUBTYPE)?)?,
            width: width as usize,
            height: height as usize,
            stride: usize::try_from(stride).unwrap_or(0),
        })
    }
}

fn mode_of(media_type: &IMFMediaType) -> Option<Mode> {
    let packing = packing_of(&library::kind(media_type, &MF_MT_SUBTYPE)?)?;
    let (width, height) = library::pair(media_type, &MF_MT_FRAME_SIZE)?;
    let (pictures, seconds) = library::pair(media_type, &MF_MT_FRAME_RATE)?;
    let frame_rate = pictures.saturating_add(seconds / 2).checked_div(seconds)?;
    Some(Mode { packing, width, height, frame_rate })
}

fn packing_of(subtype: &GUID) -> Option<Packing> {
    [(MFVideoFormat_NV12, Packing::Nv12), (MFVideoFormat_YUY2, Packing::Yuyv), (MFVideoFormat_MJPG, Packing::Mjpeg)]
        .into_iter()
        .find_map(|(known, packing)| (known == *subtype).then_some(packing))
}

fn error_of(name: &str, error: &windows::core::Error) -> MediaError {
    hresult::error_of(name, error.code().0, &error.message())
}
