//! A camera that only this device's own user sees.

use tokio::sync::watch;

use super::input::{Camera, PictureInput};
use super::picture::Picture;
use super::source::Stop;
use super::taking::{PictureEvent, PictureTaker, Taking};
use crate::error::MediaError;

const THREAD: &str = "camera preview";

/// An open camera that nothing is sent of. Dropping it closes the camera.
pub struct CameraPreview {
    stop: Stop,
    shown: watch::Receiver<Option<Picture>>,
}

impl CameraPreview {
    /// Begins to open a camera, because this device's own user wants to look at themself. `failed` is told why there are no (more) pictures.
    ///
    /// # Errors
    /// [`MediaError`]: the system refuses a thread.
    pub fn open(camera: &Camera, failed: impl Fn(MediaError) + Clone + Send + 'static) -> Result<Self, MediaError> {
        let input = PictureInput::Camera(camera.clone());
        let (stop, (shown_tx, shown)) = (Stop::default(), watch::channel(None));
        let preview = Self { stop: stop.clone(), shown };
        let tell = move |event| match event {
            PictureEvent::Failed(error) => failed(error),
            // The preview has ended, and nobody chooses first.
            PictureEvent::Restored(_) | PictureEvent::Chosen(_) => {}
        };
        let taking = Taking {
            thread: THREAD,
            open: move |stop: &Stop| input.open(stop),
            is_awaited: false,
            is_to_be_chosen: false,
            stop,
            tell,
        };
        taking.begin(Showing(shown_tx))?;
        Ok(preview)
    }

    /// The latest picture; `None` before the first and after the last.
    #[must_use]
    pub fn pictures(&self) -> watch::Receiver<Option<Picture>> {
        self.shown.clone()
    }
}

impl Drop for CameraPreview {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

struct Showing(watch::Sender<Option<Picture>>);

impl PictureTaker for Showing {
    fn begin(&mut self, _: u32) {}

    fn take(&mut self, picture: Picture) -> bool {
        self.0.send_replace(Some(picture));
        true
    }

    fn end(&mut self) {
        self.0.send_replace(None);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::PictureSize;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_preview_shows_pictures_until_it_is_closed() {
        let size = PictureSize::new(320, 180).expect("a size");
        let camera = Camera::Pattern { size, frame_rate: 30 };
        let preview = CameraPreview::open(&camera, |error| panic!("{error}")).expect("it opens");
        let mut pictures = preview.pictures();

        let shown = timeout(PATIENCE, pictures.wait_for(Option::is_some)).await.expect("in time").expect("it lives");
        assert_eq!(shown.as_ref().map(Picture::size), Some(size));
        drop(shown);

        drop(preview);
        timeout(PATIENCE, pictures.wait_for(Option::is_none)).await.expect("in time").expect("it tells the end");
        assert!(timeout(PATIENCE, pictures.changed()).await.expect("in time").is_err(), "the camera is let go");
    }

    #[tokio::test]
    async fn why_a_preview_does_not_open_is_told() {
        let (failed_tx, mut failed) = tokio::sync::mpsc::unbounded_channel();
        let camera = Camera::Y4m("/nowhere/camera.y4m".into());

        let preview = CameraPreview::open(&camera, move |error| drop(failed_tx.send(error)));

        let error = timeout(PATIENCE, failed.recv()).await.expect("in time").expect("it is told");
        assert!(preview.is_ok() && matches!(error, MediaError::File { .. }), "{error}");
    }
}
