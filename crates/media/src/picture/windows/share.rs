//! A shared screen or window: a picture whenever something has changed, at most so often, and one now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use windows::Win32::Foundation::E_ACCESSDENIED;
use windows_capture::capture::{CaptureControl, Context, GraphicsCaptureApiError, GraphicsCaptureApiHandler};
use windows_capture::frame::Frame;
use windows_capture::graphics_capture_api::{Error as CaptureError, InternalCaptureControl};
use windows_capture::settings::{
    ColorFormat, CursorCaptureSettings, DirtyRegionSettings, DrawBorderSettings, GraphicsCaptureItemType,
    MinimumUpdateIntervalSettings, SecondaryWindowSettings, Settings,
};

use super::list::Target;
use super::texture::LatestTexture;
use crate::error::MediaError;
use crate::picture::Picture;
use crate::picture::fit::{Fitter, MOST, Order, Pixels};
use crate::picture::input::ScreenId;
use crate::picture::source::ScreenDriver;

type Control = CaptureControl<Watcher, windows::core::Error>;
type ControlError = GraphicsCaptureApiError<windows::core::Error>;

/// Makes pictures of a screen or a window.
pub(crate) struct SharedScreen {
    name: String,
    /// `None` once it is stopped.
    control: Option<Control>,
    is_closed: Arc<AtomicBool>,
    pixels: Vec<u8>,
    fitter: Fitter,
}

impl SharedScreen {
    pub(crate) fn open(id: &ScreenId) -> Result<Self, MediaError> {
        let target = Target::of(id).ok_or_else(|| MediaError::Gone(String::new()))?;
        let is_closed = Arc::new(AtomicBool::new(false));
        let begun = match target {
            Target::Monitor(monitor) => Watcher::start_free_threaded(settings(monitor, &is_closed)),
            Target::Window(window) => Watcher::start_free_threaded(settings(window, &is_closed)),
        };
        Ok(Self {
            name: target.name(),
            control: Some(begun.map_err(explain)?),
            is_closed,
            pixels: Vec::new(),
            fitter: Fitter::default(),
        })
    }

    /// The window was closed, or the monitor was taken away; or the thread that watches has ended, which nobody told it to.
    fn is_over(&self) -> bool {
        self.is_closed.load(Ordering::Acquire) || self.control.as_ref().is_none_or(Control::is_finished)
    }

    fn picture(&mut self, captured_at: Instant) -> Result<Option<Picture>, MediaError> {
        let Some(control) = &self.control else { return Ok(None) };
        let read = control.callback().lock().latest.read(&mut self.pixels);
        let Some((width, height)) = read.map_err(|error| error_of(&error))? else { return Ok(None) };
        let pixels = Pixels { width, height, order: Order::Bgrx, bytes: &self.pixels };
        Ok(self.fitter.picture(pixels, MOST, captured_at))
    }
}

impl ScreenDriver for SharedScreen {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn look(&mut self, due: Instant) -> Result<Option<Picture>, MediaError> {
        if self.is_over() {
            return Err(MediaError::Gone(self.name.clone()));
        }
        self.picture(due)
    }
}

impl Drop for SharedScreen {
    fn drop(&mut self) {
        // What fails here has ended by itself.
        let _ = self.control.take().map(Control::stop);
    }
}

/// Keeps each frame, on the thread that the library has for that.
struct Watcher {
    latest: LatestTexture,
    is_closed: Arc<AtomicBool>,
}

impl GraphicsCaptureApiHandler for Watcher {
    type Flags = Arc<AtomicBool>;
    type Error = windows::core::Error;

    fn new(context: Context<Self::Flags>) -> Result<Self, Self::Error> {
        let latest = LatestTexture::new(context.device, context.device_context)?;
        Ok(Self { latest, is_closed: context.flags })
    }

    fn on_frame_arrived(&mut self, frame: &mut Frame<'_>, _: InternalCaptureControl) -> Result<(), Self::Error> {
        self.latest.keep(frame.as_raw_texture(), frame.desc())
    }

    fn on_closed(&mut self) -> Result<(), Self::Error> {
        self.is_closed.store(true, Ordering::Release);
        Ok(())
    }
}

/// What can be set differs from one Windows to the next: as it is, the pointer is in the picture, and there is a border around what is shared.
fn settings<T: TryInto<GraphicsCaptureItemType>>(item: T, is_closed: &Arc<AtomicBool>) -> Settings<Arc<AtomicBool>, T> {
    Settings::new(
        item,
        CursorCaptureSettings::Default,
        DrawBorderSettings::Default,
        SecondaryWindowSettings::Default,
        MinimumUpdateIntervalSettings::Default,
        DirtyRegionSettings::Default,
        ColorFormat::Bgra8,
        Arc::clone(is_closed),
    )
}

fn explain(error: ControlError) -> MediaError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "of the others none is anything that a user can act on")]
    match error {
        // Before Windows 10 of May 2019.
        ControlError::GraphicsCaptureApiError(CaptureError::Unsupported) => MediaError::NoScreen,
        ControlError::GraphicsCaptureApiError(CaptureError::WindowsError(error)) => error_of(&error),
        // It was closed meanwhile.
        ControlError::ItemConvertFailed => MediaError::Gone(String::new()),
        error => MediaError::Other(error.to_string()),
    }
}

fn error_of(error: &windows::core::Error) -> MediaError {
    if error.code() == E_ACCESSDENIED {
        return MediaError::PermissionDenied;
    }
    MediaError::Other(error.to_string())
}
