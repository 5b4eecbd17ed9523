//! A camera that only this device's own user sees.

use tokio::sync::watch;

use super::input::{Camera, PictureInput};
use super::picture::Picture;
use super::source::{PictureMaker, Stop};
use crate::error::MediaError;
use crate::threads;

const THREAD: &str = "camera preview";

/// An open camera that nothing is sent of. Dropping it closes the camera.
pub struct CameraPreview {
    stop: Stop,
    shown: watch::Receiver<Option<Picture>>,
}

impl CameraPreview {
    /// Opens a camera, because this device's own user wants to look at themself. `failed` is told why there are no more pictures.
    ///
    /// # Errors
    /// [`MediaError`] of the device or file.
    pub fn open(camera: &Camera, failed: impl Fn(MediaError) + Clone + Send + 'static) -> Result<Self, MediaError> {
        let source = PictureInput::Camera(camera.clone()).open()?;
        let stop = Stop::default();
        let (shown_tx, shown) = watch::channel(None);
        let preview = Self { stop: stop.clone(), shown };
        let tell = failed.clone();
        threads::start(THREAD, move || show(source, &stop, &shown_tx, tell), failed)?;
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

fn show(
    mut source: Box<dyn PictureMaker>,
    stop: &Stop,
    shown: &watch::Sender<Option<Picture>>,
    failed: impl FnOnce(MediaError),
) {
    loop {
        match source.next_picture(stop) {
            Ok(Some(picture)) => drop(shown.send_replace(Some(picture))),
            Ok(None) => break,
            Err(error) => {
                failed(error);
                break;
            }
        }
    }
    shown.send_replace(None);
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
}
